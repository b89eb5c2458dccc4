"""The list of ladder groups."""

from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.lists import Column, Filter, ListSpec, Sort, register_list
from gasworks.foundation.scope import Scope
from gasworks.usage.models import GroupMember, Household, LadderGroup


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
