"""Payment orders that lie with the bank (托收在途), by hand: handed over, answered, or told afterwards.

While the bank's answer is outstanding an item is not taken, not dunned, and bears no late fee.
"""

import datetime as dt
from typing import Final

from django.db import transaction

from gasworks.foundation import audit
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.receivables import freezing
from gasworks.receivables.models import Freeze, OpenItem
from gasworks.receivables.selectors import get_item
from gasworks.receivables.services import ItemNotOpen, lock_balances, release, reserve

RIGHT: Final = "receivables.bank"
SUBJECT: Final = "receivables.openitem"
LONGEST: Final = dt.timedelta(days=366)
State = OpenItem.State


class OrderMissing(Refusal):
    sentence = gettext_noop("Give the number of the payment order.")


class DaysNotFit(Refusal):
    sentence = gettext_noop("The days must lie between the due day and today, the first before the last.")


class NotWithTheBank(Refusal):
    sentence = gettext_noop("This item was not handed to the bank by hand, or the answer is in already.")


class ChargedOnThoseDays(Refusal):
    sentence = gettext_noop("The late fee up to %(day)s is charged already. Take that charge back first.")


def hand_to_bank(*, scope: Scope, item_id: int, order: str, on: dt.date, today: dt.date, now: dt.datetime) -> None:
    """A payment order for the item goes to the bank: it waits, and bears no late fee from ``on``."""
    scope.require(RIGHT)
    if not order.strip():
        raise OrderMissing
    if not today - LONGEST <= on <= today:
        raise DaysNotFit
    with transaction.atomic():
        get_item(scope=scope, item_id=item_id)
        if not reserve(scope=scope, item_ids=[item_id], batch_id=-item_id, on=on, now=now, note=order):
            raise ItemNotOpen
        _note(scope, "receivables.to_bank", item_id, order, on, now)


def answer_of_bank(*, scope: Scope, item_id: int, note: str, on: dt.date, today: dt.date, now: dt.datetime) -> None:
    """The bank's answer is in: the item is open again, to be paid or asked for; late fees count from ``on``."""
    scope.require(RIGHT)
    with transaction.atomic():
        get_item(scope=scope, item_id=item_id)
        since = freezing.running_since(scope=scope, item_id=item_id)
        if since is None:
            raise NotWithTheBank
        if not since <= on <= today:
            raise DaysNotFit
        if not release(scope=scope, batch_id=-item_id, on=on, now=now, item_ids=[item_id]):
            raise NotWithTheBank
        _note(scope, "receivables.from_bank", item_id, note, on, now)


def freeze(
    *,
    scope: Scope,
    item_id: int,
    from_on: dt.date,
    to_on: dt.date,
    note: str,
    today: dt.date,
    now: dt.datetime,
) -> None:
    """Days [from, to) on which a payment order lay with the bank, told afterwards: they bear no late fee."""
    scope.require(RIGHT)
    if not note.strip():
        raise OrderMissing
    with transaction.atomic():
        lock_balances(scope=scope, agreement_ids=[get_item(scope=scope, item_id=item_id).agreement_id])
        item = get_item(scope=scope, item_id=item_id)
        if item.open_fen <= 0:
            raise ItemNotOpen
        if not item.due_on <= from_on < to_on <= today:
            raise DaysNotFit
        if item.late_until and item.late_until > from_on:
            raise ChargedOnThoseDays(day=item.late_until)
        days = (from_on, to_on)
        freezing.add(scope=scope, item_ids=[item_id], kind=Freeze.Kind.BANK, days=days, note=note, now=now)
        _note(scope, "receivables.freeze", item_id, note, from_on, now)


def _note(scope: Scope, act: str, item_id: int, note: str, on: dt.date, now: dt.datetime) -> None:
    detail = {"note": note.strip()[:200], "on": on.isoformat()}
    audit.record(scope=scope, act=act, subject_kind=SUBJECT, subject_id=item_id, detail=detail, now=now)
