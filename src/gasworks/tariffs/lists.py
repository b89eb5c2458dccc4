"""The list of price plans."""

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gasworks.foundation import words
from gasworks.foundation.lists import Column, Filter, ListSpec, Sort, register_list
from gasworks.foundation.scope import Scope
from gasworks.tariffs.models import Plan
from gasworks.tariffs.selectors import plans


def _rows(scope: Scope) -> QuerySet[Plan]:
    return plans(scope=scope)


def _address(plan: Plan) -> str:
    return reverse("tariffs:plan", args=[plan.id])


def _type(plan: Plan) -> str:
    return words.label(words.CUSTOMER_TYPE, plan.customer_type)


def _types(scope: Scope) -> list[tuple[Any, str]]:
    return words.choices(words.CUSTOMER_TYPE)


def _search(rows: QuerySet[Any, Any], text: str) -> QuerySet[Any, Any]:
    return rows.filter(Q(code__startswith=text) | Q(name__contains=text) | Q(city__startswith=text))


PLANS = register_list(
    ListSpec(
        code="tariffs.plans",
        title=_("Price plans"),
        right="tariffs.view",
        rows=_rows,
        columns=(
            Column("code", _("Code"), link=_address, sort="code"),
            Column("name", _("Name"), link=_address),
            Column("customer_type", _("Customer type"), show=_type, phone=False),
            Column("city", _("City"), phone=False),
            Column("approved", _("Approved versions"), kind="number"),
            Column("drafts", _("Drafts"), kind="number"),
            Column("active", _("In use"), kind="flag", phone=False),
        ),
        sorts=(Sort("code", _("Code"), ("code", "id"), index="plan_code_once"),),
        filters=(
            Filter("q", _("Search"), apply=_search, placeholder=_("Code, name or city")),
            Filter("customer_type", _("Customer type"), kind="choice", choices=_types),
            Filter("active", _("In use"), kind="flag"),
        ),
        empty=_("No price plan yet. Load a tariff pack or add a plan."),
    )
)
