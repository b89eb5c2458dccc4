"""The lists of payments and of shifts."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gasworks.foundation.lists import Column, Filter, ListSpec, Sort, register_list
from gasworks.foundation.scope import Scope
from gasworks.payments import selectors
from gasworks.payments.models import Payment, Shift


def _payments(scope: Scope) -> QuerySet[Payment]:
    return selectors.payments(scope=scope).select_related(
        "agreement__supply_point", "agreement__customer", "channel", "outlet", "taken_by"
    )


def _number(row: Any) -> str:
    return str(row.agreement.supply_point.number)


PAYMENTS = register_list(
    ListSpec(
        code="payments",
        title=_("Payment records"),
        right=selectors.VIEW,
        rows=_payments,
        columns=(
            Column("id", _("Payment"), "id", kind="text", link=lambda row: reverse("payments:payment", args=[row.id])),
            Column("day", _("Posting day"), "posting_day", kind="date", sort="day"),
            Column("at", _("Moment"), "at", kind="moment", phone=False),
            Column("number", pgettext_lazy("number", "Supply point"), _number),
            Column("name", pgettext_lazy("customer", "Name"), "agreement.customer.name"),
            Column("means", _("By"), lambda row: row.get_means_display()),
            Column("channel", _("Channel"), lambda row: row.channel.name, phone=False),
            Column("amount", _("Amount (yuan)"), "amount_fen", kind="yuan"),
            Column("state", _("State"), "state", kind="state"),
            Column("outlet", _("Outlet"), "outlet.name", phone=False),
            Column("cashier", _("Cashier"), lambda row: row.taken_by.full_name if row.taken_by else "", phone=False),
        ),
        sorts=(Sort("day", _("Newest day first"), ("posting_day", "id"), "payment_day", descending=True),),
        filters=(
            Filter("from", _("From"), kind="date", lookup="posting_day__gte"),
            Filter("to", _("To (included)"), kind="date", lookup="posting_day__lte"),
            Filter("number", pgettext_lazy("number", "Supply point"), lookup="agreement__supply_point__number"),
            Filter("means", _("By"), kind="choice", choices=Payment.Means.choices),
            Filter("state", _("State"), kind="choice", choices=Payment.State.choices),
        ),
        empty=_("No payment matches. Change or clear the filters."),
    )
)

SHIFTS = register_list(
    ListSpec(
        code="shifts",
        title=_("Shifts"),
        right=selectors.VIEW,
        rows=lambda scope: selectors.shifts(scope=scope),
        columns=(
            Column(
                "id", _("Shift"), "id", kind="text", link=lambda row: reverse("payments:shift_report", args=[row.id])
            ),
            Column("day", _("Posting day"), "posting_day", kind="date"),
            Column("outlet", _("Outlet"), "outlet.name"),
            Column("cashier", _("Cashier"), "cashier.full_name"),
            Column("opened", _("Opened"), "opened_at", kind="moment", phone=False),
            Column("closed", pgettext_lazy("shift time", "Closed"), "closed_at", kind="moment", phone=False),
            Column("expected", _("Expected cash (yuan)"), "expected_fen", kind="yuan"),
            Column("counted", _("Counted cash (yuan)"), "counted_fen", kind="yuan"),
            Column("state", _("State"), "state", kind="state"),
        ),
        sorts=(Sort("newest", _("Newest first"), ("id",), "payments_shift_pkey", descending=True),),
        filters=(
            Filter("day", _("Posting day"), kind="date", lookup="posting_day"),
            Filter("state", _("State"), kind="choice", choices=Shift.State.choices),
        ),
        empty=_("No shift matches. Change or clear the filters."),
    )
)
