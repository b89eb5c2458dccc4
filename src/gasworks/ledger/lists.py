"""The list of entries."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.lists import Column, Filter, ListSpec, Sort, register_list
from gasworks.foundation.scope import Scope
from gasworks.ledger.labels import KINDS
from gasworks.ledger.models import Entry
from gasworks.ledger.types import EntryKind


def _entries(scope: Scope) -> QuerySet[Entry]:
    return Entry.objects.filter(company_id=scope.company_id).select_related("outlet", "actor")


def _kind(row: Any) -> str:
    return str(KINDS[EntryKind(row.kind)])


ENTRIES = register_list(
    ListSpec(
        code="ledger-entries",
        title=_("Ledger entries"),
        right="ledger.view",
        rows=_entries,
        columns=(
            Column("id", _("Entry"), "id", link=lambda row: reverse("ledger:entry", args=[row.id])),
            Column("day", _("Posting day"), "posting_day", kind="date"),
            Column("kind", _("What for"), _kind),
            Column("source", _("Source number"), "source"),
            Column("outlet", _("Outlet"), "outlet.name", phone=False),
            Column("legs", _("Postings"), "legs", kind="number"),
            Column("reverses", _("Reverses"), "reverses_id", phone=False),
            Column("actor", _("By whom"), lambda row: row.actor.full_name if row.actor else "", phone=False),
            Column("at", _("Moment"), "at", kind="moment", phone=False),
        ),
        sorts=(Sort("newest", _("Newest first"), ("id",), "ledger_entry_pkey", descending=True),),
        filters=(
            Filter("from", _("From"), kind="date", lookup="posting_day__gte"),
            Filter("to", _("To (included)"), kind="date", lookup="posting_day__lte"),
            Filter(
                "kind",
                _("What for"),
                kind="choice",
                apply=lambda rows, value: rows.filter(kind=int(value)),
                choices=tuple((int(kind), label) for kind, label in KINDS.items()),
            ),
            Filter(
                "source",
                _("Source number"),
                kind="number",
                placeholder=_("Number of the bill or payment"),
                lookup="source",
            ),
        ),
        empty=_("No entry matches. Change or clear the filters."),
    )
)
