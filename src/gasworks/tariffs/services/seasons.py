"""The dates of a season, set anew each year as the city decides them."""

import datetime as dt
from typing import Final

from gasworks.foundation import audit
from gasworks.foundation.acts import act_of
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.tariffs.models import SeasonDates
from gasworks.tariffs.selectors.seasons import Season, calendar_codes, seasons
from gasworks.tariffs.services.versions import PaperMissing

RIGHT: Final = "tariffs.draft"
SUBJECT: Final = "tariffs.seasondates"
LONGEST_DAYS: Final = 300


class UnknownCalendar(Refusal):
    sentence = gettext_noop("No approved price order knows the season «%(calendar)s».")


class SeasonDaysWrong(Refusal):
    sentence = gettext_noop("A season ends after it begins and lasts at most %(most)d days.")
    status = 422


class SeasonBegun(Refusal):
    """Gas of those days may be billed already, by the dates that held then."""

    sentence = gettext_noop("Days up to %(today)s stay as they are: this season runs from %(from_on)s to %(to_on)s.")


class SeasonsTouch(Refusal):
    sentence = gettext_noop("The season before or after it would share days with this one.")


def set_season(
    *,
    scope: Scope,
    calendar: str,
    from_on: dt.date,
    to_on: dt.date,
    document_no: str,
    today: dt.date,
    now: dt.datetime,
) -> SeasonDates:
    """Set the season that begins in that calendar year. ``to_on`` is the first day after it.

    What has passed is not moved: a begin by its day, an end by its day. So a running season can still be prolonged.
    """
    scope.require_whole_company(RIGHT)
    if not document_no.strip():
        raise PaperMissing
    if calendar not in calendar_codes(scope=scope):
        raise UnknownCalendar(calendar=calendar)
    if not from_on < to_on <= from_on + dt.timedelta(days=LONGEST_DAYS):
        raise SeasonDaysWrong(most=LONGEST_DAYS)
    years = (from_on.year - 1, from_on.year, from_on.year + 1)
    before, held, after = (s for s in seasons(scope=scope, years=years) if s.calendar == calendar)
    if before.to_on > from_on or after.from_on < to_on:
        raise SeasonsTouch
    _refuse_past(held, from_on, to_on, today)
    with act_of(scope):
        row = _save(scope, held, calendar, from_on, to_on, document_no.strip())
        audit.record(
            scope=scope,
            act="tariffs.set_season",
            subject_kind=SUBJECT,
            subject_id=row.id,
            detail={"calendar": calendar, "from": from_on.isoformat(), "to": to_on.isoformat(), "paper": document_no},
            now=now,
        )
    return row


def _refuse_past(held: Season, from_on: dt.date, to_on: dt.date, today: dt.date) -> None:
    begin_moves = from_on != held.from_on and min(from_on, held.from_on) <= today
    end_moves = to_on != held.to_on and min(to_on, held.to_on) <= today
    if begin_moves or end_moves:
        raise SeasonBegun(today=today, from_on=held.from_on, to_on=held.to_on)


def _save(scope: Scope, held: Season, calendar: str, from_on: dt.date, to_on: dt.date, document_no: str) -> SeasonDates:
    row = SeasonDates.objects.filter(company_id=scope.company_id, pk=held.set_id).first()
    row = row or SeasonDates(company_id=scope.company_id, calendar=calendar)
    row.from_on, row.to_on, row.document_no = from_on, to_on, document_no
    row.version += 0 if row.pk is None else 1
    row.save()
    return row
