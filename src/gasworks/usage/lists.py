"""The lists of ladder groups and of rights by evidence."""

import datetime as dt
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.lists import Column, Filter, ListSpec, Sort, register_list
from gasworks.foundation.scope import Scope
from gasworks.usage.models import Entitlement, GroupMember, Household, LadderGroup
from gasworks.usage.overlay import in_force
from gasworks.usage.selectors import rights
from gasworks.usage.wording import STANDINGS, last_day, right_kind, right_value, standing_word


def _rows(scope: Scope) -> QuerySet[Any, Any]:
    open_members = GroupMember.objects.filter(group=OuterRef("pk"), to_on__isnull=True)
    sizes = Household.objects.filter(group=OuterRef("pk"), to_on__isnull=True).order_by("-from_on")
    return LadderGroup.objects.filter(company_id=scope.company_id).annotate(
        first_number=Subquery(open_members.order_by("id").values("supply_point__number")[:1]),
        members=Subquery(open_members.order_by().values("group").annotate(n=Count("id")).values("n")),
        persons=Subquery(sizes.values("persons")[:1]),
    )


def _url(row: Any) -> str:
    return reverse("usage:group", args=[row.id])


def _by_number(rows: QuerySet[Any, Any], text: str) -> QuerySet[Any, Any]:
    found = GroupMember.objects.filter(Q(supply_point__number=text)).values("group_id")
    return rows.filter(pk__in=found)


GROUPS = register_list(
    ListSpec(
        code="usage.groups",
        title=_("Ladder groups"),
        right="usage.view",
        rows=_rows,
        columns=(
            Column("id", _("Ladder group"), link=_url),
            Column("first_number", _("Supply point number")),
            Column("members", _("Supply points"), kind="number"),
            Column("persons", _("Persons"), kind="number"),
        ),
        sorts=(Sort("newest", _("Newest first"), ("id",), index="border_usage_laddergroup", descending=True),),
        filters=(Filter("number", _("Supply point number"), apply=_by_number),),
        empty=_("No ladder group yet."),
    )
)


def _rights(scope: Scope) -> QuerySet[Any, Any]:
    return rights(scope=scope)


def _point_url(row: Entitlement) -> str:
    return reverse("usage:of_point", args=[row.supply_point_id])


def _by_standing(rows: QuerySet[Any, Any], value: str) -> QuerySet[Any, Any]:
    today = timezone.localdate()
    if value == "over":
        return rows.filter(to_on__lte=today)
    return rows.filter(in_force(today)) if value == "in_force" else rows.filter(from_on__gt=today)


def _ends_within(rows: QuerySet[Any, Any], days: int) -> QuerySet[Any, Any]:
    """In force or coming, and over within so many days unless renewed: the work list of renewals."""
    today = timezone.localdate()
    return rows.filter(ended_at__isnull=True, to_on__gt=today, to_on__lte=today + dt.timedelta(days=int(days)))


RIGHTS = register_list(
    ListSpec(
        code="usage.rights",
        title=_("Entitlements"),
        right="usage.view",
        rows=_rights,
        columns=(
            Column("number", _("Supply point number"), show="supply_point.number", link=_point_url),
            Column("address", _("Address"), show="supply_point.premises.address", phone=False),
            Column("kind", _("Entitlement"), show=right_kind),
            Column("value", _("Persons or area"), show=right_value, phone=False),
            Column("plan", _("Price plan"), show="plan.name", phone=False),
            Column("from_on", _("From"), kind="date", phone=False),
            Column("to_on", _("Valid through"), show=last_day, kind="date"),
            Column("standing", _("State"), show=standing_word),
        ),
        sorts=(Sort("newest", _("Newest first"), ("id",), index="entitlement_newest", descending=True),),
        filters=(
            Filter("number", _("Supply point number"), lookup="supply_point__number"),
            Filter("kind", _("Entitlement"), kind="choice", choices=Entitlement.Kind.choices),
            Filter("standing", _("State"), kind="choice", choices=STANDINGS, apply=_by_standing),
            Filter("within", _("To be renewed within (days)"), kind="number", apply=_ends_within),
        ),
        empty=_("No entitlement recorded. Record one on the page of a supply point, under Entitlements."),
    )
)
