"""AUD-2: one SHA-256 for a company and day over its audit acts and postings, written once when the day is over.

The digest stands in the database and in the log of the worker, so that a copy lies where no database administrator
writes. A row that is changed, removed or put in later is found by computing it again.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from gasworks.foundation.models import DayDigest
from gasworks.foundation.organisation import company_of
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop

GRACE: Final = dt.timedelta(hours=4)
"""What was begun before midnight, and carries that moment, is written by then."""

_DUE = """
SELECT s.day::date
  FROM generate_series((SELECT least((SELECT min(day) FROM ledger_outletday WHERE company_id = %(company)s),
                                     (SELECT (at AT TIME ZONE %(zone)s)::date FROM foundation_auditact
                                       WHERE company_id = %(company)s ORDER BY id LIMIT 1))),
                       least(%(last)s, (SELECT min((w.asked_at AT TIME ZONE %(zone)s)::date) - 1 FROM foundation_work w
                                         WHERE w.company_id = %(company)s AND w.state = 'running'
                                           AND w.beat_at > %(now)s - interval '1 day')),
                       interval '1 day') AS s(day)
 WHERE NOT EXISTS (SELECT FROM foundation_daydigest d WHERE d.company_id = %(company)s AND d.day = s.day::date)
   AND NOT EXISTS (SELECT FROM ledger_outletday o
                    WHERE o.company_id = %(company)s AND o.day = s.day::date AND o.closed_at IS NULL)
 ORDER BY 1
"""
_ALONE = "SELECT pg_advisory_xact_lock(ledger_day_key(%s, 0, NULL))"
_STILL_OPEN = "SELECT 1 FROM ledger_outletday WHERE company_id = %s AND day = %s AND closed_at IS NULL"
_COMPUTE = "SELECT acts, postings, digest FROM ledger_day_digest(%s, %s)"


class DayStillOpen(Refusal):
    sentence = gettext_noop("Day %(day)s is not closed everywhere yet.")


@dataclass(frozen=True, slots=True)
class Computed:
    """A day as its rows say now."""

    acts: int
    postings: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Checked:
    """A digested day beside what its rows say now."""

    written: DayDigest
    now: Computed

    @property
    def holds(self) -> bool:
        return (self.written.acts, self.written.postings, bytes(self.written.digest)) == (
            self.now.acts,
            self.now.postings,
            self.now.digest,
        )


def digest_days(*, scope: Scope, now: dt.datetime) -> list[DayDigest]:
    """Digest each day that is over, closed at every outlet, and not digested.

    A day waits while long work that was asked for on it, or before, is still running.
    """
    zone = company_of(scope=scope).time_zone
    last = (now - GRACE).astimezone(ZoneInfo(zone)).date() - dt.timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"company": scope.company_id, "zone": zone, "last": last, "now": now})
        days = [day for (day,) in cursor.fetchall()]
    return [write_day_digest(scope=scope, day=day, now=now) for day in days]


@transaction.atomic
def write_day_digest(*, scope: Scope, day: dt.date, now: dt.datetime) -> DayDigest:
    """Digest of a day that is closed at every outlet which opened it; a second call returns the first one's row.

    After this no outlet of the company opens the day any more. Raises DayStillOpen.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ALONE, [scope.company_id])
        cursor.execute(_STILL_OPEN, [scope.company_id, day])
        if cursor.fetchone():
            raise DayStillOpen(day=day)
    known = DayDigest.objects.filter(company_id=scope.company_id, day=day).first()
    if known is not None:
        return known
    found = compute(company_id=scope.company_id, day=day)
    return DayDigest.objects.create(
        company_id=scope.company_id,
        day=day,
        acts=found.acts,
        postings=found.postings,
        digest=found.digest,
        written_at=now,
    )


def compute(*, company_id: int, day: dt.date) -> Computed:
    with connection.cursor() as cursor:
        cursor.execute(_COMPUTE, [company_id, day])
        acts, postings, digest = cursor.fetchone()
    return Computed(acts, postings, bytes(digest))


def check_digest(*, scope: Scope, digest_id: int) -> Checked:
    """Compute a digested day again."""
    scope.require("audit.view")
    written = DayDigest.objects.filter(company_id=scope.company_id, pk=digest_id).first()
    if written is None:
        raise NotThere(key=digest_id)
    return Checked(written, compute(company_id=scope.company_id, day=written.day))
