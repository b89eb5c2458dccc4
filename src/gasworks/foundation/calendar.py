"""Working days and accounting months (账期).

Holidays are what the company enters or imports each year after the State Council's notice; weekends follow by themselves.
An accounting month has its own cut-off day: with 25, month 2026-03 takes reads from 26 February to 25 March.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gasworks.foundation import parameters
from gasworks.foundation.audit import name_actor, record
from gasworks.foundation.models import AccountingMonth, Holiday
from gasworks.foundation.scope import Scope
from gasworks.foundation.states import StateMachine, labels, register
from gasworks.foundation.versions import Seen, lock, save_versioned
from gasworks.foundation.words import listed
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop
from gasworks.kernel.periods import add_months, month_of, month_start

VIEW: Final = "calendar.view"
CHANGE: Final = "calendar.change"
SUBJECT: Final = "foundation.accountingmonth"
CUT_OFF: Final = "calendar.cut_off_day"
CYCLE_MIN: Final = "calendar.cycle_min_days"
CYCLE_MAX: Final = "calendar.cycle_max_days"
LAST_DAY: Final = 31

State = AccountingMonth.State

MONTH: Final = register(
    StateMachine(
        name="foundation.accounting_month",
        states=labels(State),
        acts={
            "issue": _("Mark as issued"),
            "reopen": pgettext_lazy("month", "Open again"),
            "close": pgettext_lazy("month", "Close"),
        },
        table={
            (State.OPEN, "issue"): State.ISSUED,
            (State.ISSUED, "reopen"): State.OPEN,
            (State.ISSUED, "close"): State.CLOSED,
        },
    )
)


class MonthClosed(Refusal):
    """Nothing new is billed into a closed month."""

    sentence = gettext_noop("The accounting month %(month)s is closed. Choose a later one.")


class MonthMissing(Refusal):
    sentence = gettext_noop("The accounting month %(month)s has not been opened.")


class MonthNotNext(Refusal):
    """Months follow each other without a gap or an overlap."""

    sentence = gettext_noop("The next accounting month to open is %(month)s.")


class EarlierMonthOpen(Refusal):
    sentence = gettext_noop("Close the accounting month %(month)s first.")


class MonthUnfinished(Refusal):
    """What a domain still has to do in a month before it may be closed."""

    sentence = gettext_noop("The accounting month %(month)s is not finished: %(what)s.")


class HolidayKnown(Refusal):
    sentence = gettext_noop("%(day)s is in the calendar already.")


_HOLD: Final = "SELECT 1 FROM foundation_accountingmonth WHERE company_id = %s AND month = %s FOR SHARE"


def register_parameters() -> None:
    parameters.register(
        parameters.ParameterKind(
            CUT_OFF,
            _("Cut-off day of the accounting month"),
            _("Calendar"),
            parameters.Whole(low=1, high=LAST_DAY),
            default=LAST_DAY,
            help=_("The last day of reads that belong to the month. 31 means the last day of the calendar month."),
        )
    )
    parameters.register(
        parameters.ParameterKind(
            CYCLE_MIN,
            _("Shortest billing cycle in days"),
            _("Calendar"),
            parameters.Whole(low=1, high=400),
            default=25,
            help=_("A home's bill of fewer days is held for a look."),
        )
    )
    parameters.register(
        parameters.ParameterKind(
            CYCLE_MAX,
            _("Longest billing cycle in days"),
            _("Calendar"),
            parameters.Whole(low=1, high=400),
            default=90,
            help=_("A home's bill of more days is held for a look."),
        )
    )


@dataclass(frozen=True, slots=True)
class ClosingCheck:
    """What a domain wants finished before a month closes: ``count(company, month)`` is how much is not."""

    code: str
    label: str | Promise
    count: Callable[[int, int], int]
    route: str


@dataclass(frozen=True, slots=True)
class Unfinished:
    label: str | Promise
    count: int
    route: str


_CHECKS: dict[str, ClosingCheck] = {}


def register_closing_check(check: ClosingCheck) -> None:
    """Called in ``apps.ready()``."""
    _CHECKS[check.code] = check


def unfinished(*, scope: Scope, month: int) -> list[Unfinished]:
    """What still stands in the way of closing a month."""
    counted = [(check, check.count(scope.company_id, month)) for check in _CHECKS.values()]
    return [Unfinished(check.label, count, check.route) for check, count in counted if count]


def cycle_limits(*, scope: Scope, on: dt.date) -> tuple[int, int]:
    """Days of the shortest and the longest billing cycle that need no look."""
    found = parameters.get_many(scope=scope, codes=(CYCLE_MIN, CYCLE_MAX), on=on)
    return found[CYCLE_MIN], found[CYCLE_MAX]


def shown_month(month: int) -> str:
    return f"{month // 100}-{month % 100:02d}"


def is_working_day(*, scope: Scope, day: dt.date) -> bool:
    known = Holiday.objects.filter(company_id=scope.company_id, day=day).first()
    return known.works if known else day.weekday() < 5


def next_working_day(*, scope: Scope, day: dt.date) -> dt.date:
    """The day itself if it is worked, else the first one after it."""
    known = dict(
        Holiday.objects.filter(
            company_id=scope.company_id, day__gte=day, day__lt=day + dt.timedelta(days=40)
        ).values_list("day", "works")
    )
    while not known.get(day, day.weekday() < 5):
        day += dt.timedelta(days=1)
    return day


def holidays(*, scope: Scope, year: int) -> list[Holiday]:
    return list(Holiday.objects.filter(company_id=scope.company_id, day__year=year).order_by("day"))


def months(*, scope: Scope) -> list[AccountingMonth]:
    """Newest first."""
    found = AccountingMonth.objects.filter(company_id=scope.company_id)
    return list(found.select_related("closed_by").order_by("-month"))


def find_month(*, scope: Scope, month: int) -> AccountingMonth:
    found = AccountingMonth.objects.filter(company_id=scope.company_id, month=month).first()
    if found is None:
        raise MonthMissing(month=shown_month(month))
    return found


def month_for_day(*, scope: Scope, day: dt.date) -> AccountingMonth | None:
    """The month whose reads include this day."""
    return AccountingMonth.objects.filter(company_id=scope.company_id, from_on__lte=day, to_on__gt=day).first()


def require_open_month(*, scope: Scope, month: int) -> AccountingMonth:
    """The month, held against being closed until the transaction ends; refused when it is closed or unknown."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [scope.company_id, month])
    row = AccountingMonth.objects.filter(company_id=scope.company_id, month=month).first()
    if row is None:
        raise MonthMissing(month=shown_month(month))
    if row.state == State.CLOSED:
        raise MonthClosed(month=shown_month(month))
    return row


@transaction.atomic
def open_month(*, scope: Scope, month: int, now: dt.datetime) -> AccountingMonth:
    """Open the next month. It begins where the last one ended; its cut-off day is the parameter's on its first day."""
    scope.require_whole_company(CHANGE)
    last = AccountingMonth.objects.filter(company_id=scope.company_id).order_by("-month").first()
    if last is not None and month != add_months(last.month, 1):
        raise MonthNotNext(month=shown_month(add_months(last.month, 1)))
    cut_off = parameters.get(scope=scope, code=CUT_OFF, on=month_start(month))
    name_actor(scope)
    row = AccountingMonth.objects.create(
        company_id=scope.company_id,
        month=month,
        from_on=last.to_on if last else day_after_cut_off(add_months(month, -1), cut_off),
        to_on=day_after_cut_off(month, cut_off),
    )
    _log(scope, "calendar.open_month", row, now)
    return row


@transaction.atomic
def move_month(*, scope: Scope, month: int, act: str, seen: int | Seen, now: dt.datetime) -> AccountingMonth:
    """Issue, open again or close a month, by the state table. A month closes after all before it."""
    scope.require_whole_company(CHANGE)
    row = lock(find_month(scope=scope, month=month))
    after = MONTH.after(row.state, act)
    if act == "close":
        _refuse_gap(scope, month)
        _refuse_unfinished(scope, month)
    name_actor(scope)
    closed = {"closed_by_id": scope.actor_id, "closed_at": now} if after == State.CLOSED else {}
    moved = save_versioned(row, seen_version=seen, changes={"state": after, **closed})
    _log(scope, f"calendar.{act}_month", moved, now)
    return moved


@transaction.atomic
def add_holiday(*, scope: Scope, day: dt.date, name: str, works: bool, now: dt.datetime) -> Holiday:
    scope.require_whole_company(CHANGE)
    if Holiday.objects.filter(company_id=scope.company_id, day=day).exists():
        raise HolidayKnown(day=day)
    name_actor(scope)
    row = Holiday.objects.create(company_id=scope.company_id, day=day, name=name, works=works)
    record(scope=scope, act="calendar.add_holiday", now=now, detail={"day": day.isoformat(), "name": name})
    return row


@transaction.atomic
def remove_holiday(*, scope: Scope, day: dt.date, now: dt.datetime) -> None:
    scope.require_whole_company(CHANGE)
    row = Holiday.objects.filter(company_id=scope.company_id, day=day).first()
    if row is None:
        raise NotThere(key=day)
    name_actor(scope)
    row.delete()
    record(scope=scope, act="calendar.remove_holiday", now=now, detail={"day": day.isoformat()})


def day_after_cut_off(month: int, cut_off: int) -> dt.date:
    """The first day that no longer belongs to a month; a cut-off past the month's end means its last day."""
    first_of_next = month_start(add_months(month, 1))
    try:
        return month_start(month).replace(day=cut_off) + dt.timedelta(days=1)
    except ValueError:
        return first_of_next


def next_month_to_open(*, scope: Scope, today: dt.date) -> int:
    last = AccountingMonth.objects.filter(company_id=scope.company_id).order_by("-month").first()
    return add_months(last.month, 1) if last else month_of(today)


def _refuse_gap(scope: Scope, month: int) -> None:
    earlier = AccountingMonth.objects.filter(company_id=scope.company_id, month__lt=month)
    unfinished = earlier.exclude(state=State.CLOSED).order_by("month").first()
    if unfinished is not None:
        raise EarlierMonthOpen(month=shown_month(unfinished.month))


def _refuse_unfinished(scope: Scope, month: int) -> None:
    found = unfinished(scope=scope, month=month)
    if found:
        what = listed(f"{one.label} {one.count}" for one in found)
        raise MonthUnfinished(month=shown_month(month), what=what)


def _log(scope: Scope, act: str, row: AccountingMonth, now: dt.datetime) -> None:
    record(scope=scope, act=act, subject_kind=SUBJECT, subject_id=row.id, detail={"month": row.month}, now=now)
