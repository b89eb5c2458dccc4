"""The list of open items."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gasworks.foundation.lists import Column, Filter, ListSpec, Sort, register_list
from gasworks.foundation.scope import Scope
from gasworks.foundation.templatetags.gas import either, point_url
from gasworks.receivables.models import OpenItem


def _items(scope: Scope) -> QuerySet[OpenItem]:
    found = OpenItem.objects.filter(company_id=scope.company_id)
    return found.select_related("agreement__supply_point", "agreement__customer", "fee_type")


def _open_only(rows: QuerySet[OpenItem], value: bool) -> QuerySet[OpenItem]:
    return rows.exclude(open_fen=0) if value else rows.filter(open_fen=0)


def _fee(row: Any) -> str:
    return either(row.fee_type.name, row.fee_type.name_en)


ITEMS = register_list(
    ListSpec(
        code="open-items",
        title=_("Open items"),
        right="receivables.view",
        rows=_items,
        columns=(
            Column("id", _("Item"), "id"),
            Column(
                "number",
                pgettext_lazy("number", "Supply point"),
                "agreement.supply_point.number",
                link=lambda row: point_url(row.agreement.supply_point_id),
            ),
            Column("name", pgettext_lazy("customer", "Name"), "agreement.customer.name"),
            Column("fee", _("Fee"), _fee),
            Column("month", _("Accounting month"), "month", kind="month"),
            Column("due", _("Due on"), "due_on", kind="date", phone=False),
            Column("gross", _("Amount (yuan)"), "gross_fen", kind="yuan"),
            Column("open", _("Open (yuan)"), "open_fen", kind="yuan"),
            Column("invoiced", _("Invoiced (yuan)"), "invoiced_fen", kind="yuan", phone=False),
            Column("state", _("State"), "state", kind="state"),
        ),
        sorts=(Sort("newest", _("Newest first"), ("id",), "receivables_openitem_pkey", descending=True),),
        filters=(
            Filter("number", pgettext_lazy("number", "Supply point"), lookup="agreement__supply_point__number"),
            Filter("month", _("Accounting month"), kind="month"),
            Filter("state", _("State"), kind="choice", choices=OpenItem.State.choices),
            Filter("open", _("Something open"), kind="flag", apply=_open_only),
        ),
        empty=_("No item matches. Change or clear the filters."),
    )
)
