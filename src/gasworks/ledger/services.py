"""Writes of the ledger: chart, entries, reversals, the outlet's days.

These are called by other domains inside their own transaction; the right of the act is theirs to ask for. The ledger
asks one thing only: that outlet and accounts are of the scope's company, and that is what its guards hold.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from gasworks.foundation import audit
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop
from gasworks.ledger import statements as sql
from gasworks.ledger.chart import DEFAULT_CHART
from gasworks.ledger.models import Entry, GlAccount, OutletDay
from gasworks.ledger.types import Draft, PostingPlace


class DayNotOpen(Refusal):
    sentence = gettext_noop("Day %(day)s of this outlet is not open.")


class EntryReversedAlready(Refusal):
    sentence = gettext_noop("Entry %(entry)s was reversed before, or is itself a reversal.")


class EntryTouchesNothing(Refusal):
    sentence = gettext_noop("An entry needs at least one amount.")


def install_chart(*, scope: Scope) -> int:
    """Add the accounts of the default chart that the company does not have yet; returns how many."""
    known = set(GlAccount.objects.filter(company_id=scope.company_id).values_list("code", flat=True))
    missing = [row for row in DEFAULT_CHART if row.code not in known]
    GlAccount.objects.bulk_create(GlAccount(company_id=scope.company_id, **row._asdict()) for row in missing)
    return len(missing)


def post_entry(*, scope: Scope, draft: Draft, now: dt.datetime) -> int:
    """Post one entry; returns its id."""
    return post_entries(scope=scope, drafts=[draft], now=now)[0]


def post_entries(*, scope: Scope, drafts: Sequence[Draft], now: dt.datetime) -> list[int]:
    """Post entries in two statements, however many they are; returns their ids in order."""
    if any(not draft.legs for draft in drafts):
        raise EntryTouchesNothing
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.TAKE_ENTRY_IDS, [len(drafts)])
        ids = [key for (key,) in cursor.fetchall()]
        cursor.execute(sql.INSERT_ENTRIES, _entry_columns(scope, drafts, ids, now))
        cursor.execute(sql.INSERT_POSTINGS, _posting_columns(scope, drafts, ids))
    return ids


def reverse_entry(*, scope: Scope, entry_id: int, kind: int, source: int, place: PostingPlace, now: dt.datetime) -> int:
    """Mirror an entry, posting by posting, on an open day; returns the id of the reversal."""
    original = Entry.objects.filter(pk=entry_id, company_id=scope.company_id).first()
    if original is None:
        raise NotThere(key=entry_id)
    if original.reverses_id or Entry.objects.filter(company_id=scope.company_id, reverses_id=entry_id).exists():
        raise EntryReversedAlready(entry=entry_id)
    with transaction.atomic():
        mirror = Entry.objects.create(
            company_id=scope.company_id,
            outlet_id=place.outlet_id,
            posting_day=place.day,
            kind=kind,
            source=source,
            legs=original.legs,
            reverses_id=entry_id,
            actor_id=scope.actor_id,
            at=now,
        )
        with connection.cursor() as cursor:
            cursor.execute(sql.MIRROR_POSTINGS, {"mirror": mirror.id, "original": entry_id})
    return mirror.id


def reverse_entries(
    *, scope: Scope, originals: Sequence[tuple[int, int]], kind: int, place: PostingPlace, now: dt.datetime
) -> list[int]:
    """Mirror many entries in two statements: (entry, source of its mirror) each; the mirrors' ids in that order."""
    if not originals:
        return []
    keys = [entry for entry, _source in originals]
    if Entry.objects.filter(company_id=scope.company_id, reverses_id__in=keys).exists():
        raise EntryReversedAlready(entry=keys[0])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.TAKE_ENTRY_IDS, [len(keys)])
        ids = [key for (key,) in cursor.fetchall()]
        rows: dict[str, Any] = {"company": scope.company_id, "outlet": place.outlet_id, "day": place.day, "kind": kind}
        rows |= {"actor": scope.actor_id, "at": now, "ids": ids, "originals": keys}
        cursor.execute(sql.INSERT_MIRRORS, {**rows, "sources": [source for _entry, source in originals]})
        if cursor.rowcount != len(keys):
            raise NotThere(key=keys[0])
        cursor.execute(sql.INSERT_MIRRORED, rows)
    return ids


def head_office_day(*, scope: Scope, today: dt.date) -> PostingPlace:
    """Where and when runs, waivers, corrections and channels post now: the head office and its open day, held open."""
    outlet_id = head_office_id(scope=scope)
    return PostingPlace(outlet_id, hold_day(scope=scope, outlet_id=outlet_id, today=today))


def head_office_id(*, scope: Scope) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql.HEAD_OFFICE, [scope.company_id])
        row = cursor.fetchone()
    if row is None:
        raise NotThere(key=scope.company_id)
    return int(row[0])


def open_day(*, scope: Scope, outlet_id: int, today: dt.date) -> dt.date:
    """The outlet's open posting day. Where none is open, the day after the last closed one, or today if that is later.

    Midnight moves nothing: a day stays open until it is closed.
    """
    return _day(sql.OPEN_DAY, scope, outlet_id, today)


def hold_day(*, scope: Scope, outlet_id: int, today: dt.date) -> dt.date:
    """The open day, which nobody closes until this transaction ends. Outside a transaction it holds nothing."""
    return _day(sql.HOLD_DAY, scope, outlet_id, today)


@transaction.atomic
def close_outlet_day(*, scope: Scope, outlet_id: int, day: dt.date, now: dt.datetime) -> int:
    """Close an open day for good and write its totals; waits for writers under way. Returns the number of totals."""
    key: dict[str, Any] = {"company": scope.company_id, "outlet": outlet_id, "day": day}
    with connection.cursor() as cursor:
        cursor.execute(sql.TAKE_DAY_ALONE, key)
        closed = OutletDay.objects.filter(
            company_id=scope.company_id, outlet_id=outlet_id, day=day, closed_at__isnull=True
        ).update(closed_at=now, closed_by_id=scope.actor_id)
        if not closed:
            raise DayNotOpen(day=day)
        cursor.execute(sql.WRITE_DAY_TOTALS, key)
        written = cursor.rowcount
    audit.record(
        scope=scope,
        act="ledger.close_day",
        subject_kind="outlet",
        subject_id=outlet_id,
        detail={"day": day.isoformat(), "totals": written},
        now=now,
    )
    return written


def _day(statement: str, scope: Scope, outlet_id: int, today: dt.date) -> dt.date:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"company": scope.company_id, "outlet": outlet_id, "today": today})
        day: dt.date = cursor.fetchone()[0]
    return day


def _entry_columns(scope: Scope, drafts: Sequence[Draft], ids: list[int], now: dt.datetime) -> dict[str, Any]:
    return {
        "company": scope.company_id,
        "actor": scope.actor_id,
        "at": now,
        "ids": ids,
        "outlets": [draft.outlet_id for draft in drafts],
        "days": [draft.posting_day for draft in drafts],
        "kinds": [draft.kind for draft in drafts],
        "sources": [draft.source for draft in drafts],
        "legs": [len(draft.legs) for draft in drafts],
    }


def _posting_columns(scope: Scope, drafts: Sequence[Draft], ids: list[int]) -> dict[str, Any]:
    rows = [(key, seq, leg) for key, draft in zip(ids, drafts, strict=True) for seq, leg in enumerate(draft.legs, 1)]
    return {
        "company": scope.company_id,
        "entries": [key for key, _, _ in rows],
        "seqs": [seq for _, seq, _ in rows],
        "debits": [leg.debit_gl for _, _, leg in rows],
        "debit_parties": [leg.debit_party for _, _, leg in rows],
        "credits": [leg.credit_gl for _, _, leg in rows],
        "credit_parties": [leg.credit_party for _, _, leg in rows],
        "amounts": [leg.amount_fen for _, _, leg in rows],
    }
