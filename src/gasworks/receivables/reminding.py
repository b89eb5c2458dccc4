"""Payment notices and dunning slips: noted when they are printed, and again when they have reached the customer."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

from django.db.models import Count, Q

from gasworks.foundation import audit
from gasworks.foundation.acts import act_of, locked
from gasworks.foundation.bulk import copy_rows
from gasworks.foundation.models import Work
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop
from gasworks.receivables.models import Reminder

RIGHT: Final = "receivables.remind"
SUBJECT: Final = "receivables.reminder"
How = Reminder.How


class DeliveredAlready(Refusal):
    sentence = gettext_noop("How it was delivered is noted already.")


class DeliveryDayNotFit(Refusal):
    sentence = gettext_noop("The day of delivery lies between the day on the paper and today.")


class ReceiverMissing(Refusal):
    sentence = gettext_noop("Say who signed for it.")


class DelivererMissing(Refusal):
    sentence = gettext_noop("Say who handed it out.")


class NoneWaits(Refusal):
    sentence = gettext_noop("Every sheet of this print is noted already.")


def record_printed(
    *,
    scope: Scope,
    kind: str,
    on: dt.date,
    papers: Iterable[tuple[int, int, int]],
    work_id: int | None,
    now: dt.datetime,
) -> int:
    """Note printed sheets: (agreement, open fen, late fee fen) each. A print that is run again notes nothing twice."""
    with act_of(scope):
        found = Reminder.objects.filter(company_id=scope.company_id, work_id=work_id)
        known = set(found.values_list("agreement_id", flat=True)) if work_id else set()
        rows = [row for row in papers if row[0] not in known]
        copy_rows(
            Reminder,
            ("company", "agreement", "kind", "asked_on", "open_fen", "fee_fen", "work", "printed_by", "printed_at",
             "how", "receiver", "delivered_by"),
            (
                (scope.company_id, agreement, kind, on, open_fen, fee, work_id, scope.actor_id, now, "", "", "")
                for agreement, open_fen, fee in rows
            ),
        )  # fmt: skip
    return len(rows)


def note_delivery(
    *,
    scope: Scope,
    reminder_id: int,
    on: dt.date,
    how: str,
    delivered_by: str,
    receiver: str,
    today: dt.date,
    now: dt.datetime,
) -> Reminder:
    """One sheet reached the customer: when, how, by whom, and who signed for it."""
    scope.require(RIGHT)
    _refuse(how, delivered_by, receiver, on, today)
    with act_of(scope):
        row = locked(Reminder, reminder_id, scope)
        if row.delivered_on is not None:
            raise DeliveredAlready
        if on < row.asked_on:
            raise DeliveryDayNotFit
        row.delivered_on, row.how, row.receiver = on, how, receiver.strip()[:80]
        row.delivered_by, row.noted_by_id, row.noted_at = delivered_by.strip()[:80], scope.actor_id, now
        row.save(update_fields=["delivered_on", "how", "receiver", "delivered_by", "noted_by", "noted_at"])
        _note(scope, row.id, 1, row.delivered_by, how, now)
    return row


def note_deliveries(
    *,
    scope: Scope,
    work_id: int,
    on: dt.date,
    how: str,
    delivered_by: str,
    missing: Sequence[str],
    today: dt.date,
    now: dt.datetime,
) -> int:
    """All sheets of one print that nobody has noted yet, but those of the supply points in ``missing``; how many."""
    scope.require(RIGHT)
    _refuse(how, delivered_by, "-", on, today)
    with act_of(scope):
        waiting = Reminder.objects.filter(company_id=scope.company_id, work_id=work_id, delivered_on__isnull=True)
        if waiting.filter(asked_on__gt=on).exists():
            raise DeliveryDayNotFit
        numbers = [number.strip() for number in missing if number.strip()]
        known = set(waiting.values_list("agreement__supply_point__number", flat=True)) if numbers else set()
        for number in numbers:
            if number not in known:
                raise NotThere(key=number)
        done = waiting.exclude(agreement__supply_point__number__in=numbers).update(
            delivered_on=on, how=how, delivered_by=delivered_by.strip()[:80], noted_by_id=scope.actor_id, noted_at=now
        )
        if not done:
            raise NoneWaits
        _note(scope, work_id, done, delivered_by, how, now)
    return done


def find_reminder(*, scope: Scope, reminder_id: int) -> Reminder:
    found = Reminder.objects.filter(company_id=scope.company_id, pk=reminder_id)
    row = found.select_related("agreement__supply_point", "agreement__customer", "printed_by", "noted_by").first()
    if row is None:
        raise NotThere(key=reminder_id)
    return row


def print_of(*, scope: Scope, work_id: int) -> tuple[Work, int, int]:
    """(the print, its sheets, those whose delivery is noted). Raises NotThere."""
    work = Work.objects.filter(company_id=scope.company_id, pk=work_id).first()
    found = Reminder.objects.filter(company_id=scope.company_id, work_id=work_id)
    sums = found.aggregate(sheets=Count("id"), noted=Count("id", filter=Q(delivered_on__isnull=False)))
    if work is None or not sums["sheets"]:
        raise NotThere(key=work_id)
    return work, sums["sheets"], sums["noted"]


def _refuse(how: str, delivered_by: str, receiver: str, on: dt.date, today: dt.date) -> None:
    if how not in How.values:
        raise NotThere(key=how)
    if not delivered_by.strip():
        raise DelivererMissing
    if how == How.HAND and not receiver.strip():
        raise ReceiverMissing
    if on > today:
        raise DeliveryDayNotFit


def _note(scope: Scope, subject: int, count: int, by: str, how: str, now: dt.datetime) -> None:
    detail = {"sheets": count, "by": by.strip()[:80], "how": how}
    audit.record(
        scope=scope, act="receivables.remind", subject_kind=SUBJECT, subject_id=subject, detail=detail, now=now
    )
