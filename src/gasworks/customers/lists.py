"""The lists of this domain."""

from typing import Any, Final

from django.db.models import F, QuerySet
from django.db.models.functions import Collate
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gasworks.customers.models import Customer, CustomerType, SupplyPoint
from gasworks.customers.personal import masked_phone
from gasworks.foundation.lists import Column, Filter, ListSpec, Sort, register_list
from gasworks.foundation.models import OrgUnit
from gasworks.foundation.scope import Scope


def _points(scope: Scope) -> QuerySet[SupplyPoint]:
    rows = SupplyPoint.objects.filter(company_id=scope.company_id)
    return rows.select_related("premises", "branch")


def _branches(scope: Scope) -> list[tuple[Any, str]]:
    rows = OrgUnit.objects.filter(company_id=scope.company_id, kind=OrgUnit.Kind.BRANCH).order_by("path")
    return list(rows.values_list("id", "name"))


def _starts(rows: Any, text: str) -> Any:
    return rows.filter(number__gte=text, number__lt=text + "\U0010ffff")


SUPPLY_POINTS: Final = register_list(
    ListSpec(
        code="customers.supply_points",
        title=_("Supply points"),
        right="customers.view",
        rows=_points,
        columns=(
            Column(
                "number",
                _("Supply point number"),
                link=lambda row: reverse("customers:supply_point", args=[row.id]),
                sort="number",
            ),
            Column("address", _("Address"), "premises.address"),
            Column("type", _("Type"), lambda row: row.get_customer_type_display(), phone=False),
            Column("status", _("Status"), "status", kind="state"),
            Column("status_on", _("Status since"), kind="date", phone=False),
            Column("branch", _("Branch"), "branch.name", phone=False),
        ),
        sorts=(Sort("number", _("Supply point number"), ("number",), "supply_point_number_once"),),
        filters=(
            Filter("number", _("Number begins with"), apply=_starts),
            Filter("type", _("Type"), "choice", "customer_type", choices=CustomerType.choices),
            Filter("status", _("Status"), "choice", choices=SupplyPoint.Status.choices),
            Filter("branch", _("Branch"), "choice", "branch_id", choices=_branches),
        ),
    )
)


def _customers(scope: Scope) -> QuerySet[Customer]:
    return Customer.objects.filter(company_id=scope.company_id)


def _named(rows: Any, text: str) -> Any:
    return rows.filter(name__startswith=text)


CUSTOMERS: Final = register_list(
    ListSpec(
        code="customers.customers",
        title=_("Customers"),
        right="customers.view",
        rows=_customers,
        columns=(
            Column(
                "name",
                pgettext_lazy("customer", "Name"),
                link=lambda row: reverse("customers:customer", args=[row.id]),
                sort="name",
            ),
            Column("kind", _("Person or organisation"), lambda row: row.get_kind_display(), phone=False),
            Column("phone", _("Phone"), lambda row: masked_phone(row.phone)),
        ),
        sorts=(
            Sort(
                "name", pgettext_lazy("customer", "Name"), (Collate(F("name"), "zh-x-icu"), F("id")), "customer_by_name"
            ),
        ),
        filters=(
            Filter("name", _("Name begins with"), apply=_named),
            Filter("kind", _("Person or organisation"), "choice", choices=Customer.Kind.choices),
        ),
    )
)
