"""One SHA-256 for a company and day over its audit acts and postings, written once when the day is closed."""

import datetime as dt
import hashlib
from typing import Any

from django.db import connection, transaction

from gasworks.foundation.models import DayDigest
from gasworks.foundation.scope import Scope

_POSTINGS = """
COPY (SELECT e.id, e.kind, e.source, e.outlet_id, e.posting_day, e.reverses_id, p.seq, p.debit_gl_id, p.debit_party,
             p.credit_gl_id, p.credit_party, p.amount_fen
        FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id
       WHERE e.company_id = %s AND e.posting_day = %s ORDER BY e.id, p.seq) TO STDOUT
"""
_ACTS = """
COPY (SELECT a.id, a.actor_id, a.act, a.subject_kind, a.subject_id, a.amount_fen, a.detail, a.reason,
             extract(epoch FROM a.at)
        FROM foundation_auditact a JOIN foundation_orgunit u ON u.id = a.company_id
       WHERE a.company_id = %s AND (a.at AT TIME ZONE u.time_zone)::date = %s ORDER BY a.id) TO STDOUT
"""


@transaction.atomic
def write_day_digest(*, scope: Scope, day: dt.date, now: dt.datetime) -> DayDigest:
    """Digest of a closed day; a second call returns the first one's row."""
    known = DayDigest.objects.filter(company_id=scope.company_id, day=day).first()
    if known is not None:
        return known
    acts, postings, digest = compute(company_id=scope.company_id, day=day)
    return DayDigest.objects.create(
        company_id=scope.company_id, day=day, acts=acts, postings=postings, digest=digest, written_at=now
    )


def compute(*, company_id: int, day: dt.date) -> tuple[int, int, bytes]:
    """(number of acts, number of postings, digest) as the rows say now."""
    digest = hashlib.sha256()
    acts = _feed(digest, _ACTS, company_id, day)
    digest.update(b"\x00")
    postings = _feed(digest, _POSTINGS, company_id, day)
    return acts, postings, digest.digest()


def _feed(digest: Any, statement: str, company_id: int, day: dt.date) -> int:
    lines = 0
    with connection.cursor() as cursor, cursor.copy(statement, [company_id, day]) as rows:
        for row in rows:
            digest.update(row)
            lines += 1
    return lines
