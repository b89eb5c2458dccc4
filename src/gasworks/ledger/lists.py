"""The lists of entries and of day digests."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.lists import Column, Filter, ListSpec, Sort, register_list
from gasworks.foundation.models import DayDigest
from gasworks.foundation.scope import Scope
from gasworks.ledger.labels import KINDS
from gasworks.ledger.models import Entry, Posting
from gasworks.ledger.types import EntryKind


def _entries(scope: Scope) -> QuerySet[Entry]:
    """The sum is looked up for the rows of one page only."""
    legs = Posting.objects.filter(entry=OuterRef("pk")).order_by().values("entry").annotate(fen=Sum("amount_fen"))
    rows = Entry.objects.filter(company_id=scope.company_id).select_related("outlet", "actor")
    return rows.annotate(sum_fen=Subquery(legs.values("fen")))


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
            Column("sum", _("Amount (yuan)"), "sum_fen", kind="yuan"),
            Column("legs", _("Postings"), "legs", kind="number", phone=False),
            Column("reverses", _("Reverses"), "reverses_id", phone=False),
            Column("actor", _("By whom"), lambda row: row.actor.full_name if row.actor else "", phone=False),
            Column("at", _("Moment"), "at", kind="moment", phone=False),
        ),
        sorts=(Sort("newest", _("Newest first"), ("id",), "ledger_entry_pkey", descending=True),),
        filters=(
            Filter("from", _("Posted from"), kind="date", lookup="posting_day__gte"),
            Filter("to", _("Posted to (included)"), kind="date", lookup="posting_day__lte"),
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


def _digests(scope: Scope) -> QuerySet[DayDigest]:
    return DayDigest.objects.filter(company_id=scope.company_id)


DIGESTS = register_list(
    ListSpec(
        code="ledger-digests",
        title=_("Day digests"),
        right="audit.view",
        rows=_digests,
        columns=(
            Column("day", _("Day"), kind="date", link=lambda row: reverse("ledger:digest", args=[row.id])),
            Column("acts", _("Acts"), kind="number"),
            Column("postings", _("Postings"), kind="number"),
            Column("digest", _("Digest (SHA-256)"), lambda row: bytes(row.digest).hex(), phone=False),
            Column("written_at", _("Written"), kind="moment", phone=False),
        ),
        sorts=(Sort("newest", _("Newest first"), ("day",), "digest_once", descending=True),),
        filters=(
            Filter("from", _("From day"), kind="date", lookup="day__gte"),
            Filter("to", _("To day"), kind="date", lookup="day__lte"),
        ),
        empty=_("No day is digested yet: it happens four hours after midnight, once every outlet has closed the day."),
    )
)
