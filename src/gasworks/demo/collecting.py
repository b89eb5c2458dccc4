"""A month at the cash office: most homes pay within days, some a month late, some every third month, a few never."""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from gasworks.demo.city import City
from gasworks.demo.company import CASHIERS
from gasworks.demo.share import Share
from gasworks.foundation.models import Staff
from gasworks.foundation.reach import scope_for
from gasworks.foundation.scope import Scope
from gasworks.kernel.periods import add_months
from gasworks.payments import services as payments
from gasworks.payments.planning import payable_fen, plan_payment
from gasworks.payments.selectors import count_shift
from gasworks.payments.services.shifts import FACES
from gasworks.payments.types import Collected, PaymentPlan
from gasworks.receivables.selectors import balances_of, read_accounts, terms_of_overdue

CHANNELS: Final = (("wechat", 0.46), ("alipay", 0.16), ("bank", 0.18), ("counter", 0.20))
FILE: Final = 20_000
"""Homes whose balances are asked for at once: the most rows of one collection file."""
FEWEST, MOST, BASKETS = 20, 200, 8
"""Homes paid for together at a counter: so that a shift takes about eight times, and no basket is larger or smaller."""
FLOAT_FEN: Final = 50_000
PUNCTUAL, A_MONTH_LATE, EACH_QUARTER = 850, 930, 975
NAMESPACE: Final = uuid.UUID("6f1c8f0e-4d2c-5d0a-9a58-6a3f1f0f7c11")


@dataclass(frozen=True, slots=True)
class PayDay:
    """A day on which money comes in: so many months after the bill, and up to which draw a payer comes that day."""

    months_after: int
    day: int
    up_to: float


EARLY_DAYS: Final = (PayDay(0, 22, 0.30), PayDay(0, 25, 0.50), PayDay(0, 28, 0.65))
LATE_DAYS: Final = (PayDay(1, 5, 0.80), PayDay(1, 11, 0.92), PayDay(1, 16, 1.0))
_DAYS: Final = (*EARLY_DAYS, *LATE_DAYS)


def collect_day(share: Share, place: int, pay_day: PayDay, now: dt.datetime) -> int:
    """Take one day's money: the channels' files, and the counters; returns the payments.

    ``place`` is the number of the billed month in the demo.
    """
    city, roll = share.city, share.roll
    month, serial = add_months(city.first_month, place), roll.column("serial")
    comes = _day_of(city, month)[serial] == _DAYS.index(pay_day)
    payers = np.flatnonzero(pays_now(roll.column("thrift"), place) & comes)
    channel = _channel_of(city, month)[serial[payers]]
    taken = 0
    for number, (code, _share) in enumerate(CHANNELS):
        mine = payers[channel == number]
        taken += _counters(share, mine, now) if code == "counter" else _channel(share, code, mine, now)
    return taken


def pays_now(thrift: np.ndarray, place: int) -> np.ndarray:
    """Who pays in the given month: the punctual always, the late from the second on, some each quarter, some never."""
    late = (thrift < A_MONTH_LATE) & (place % 2 == 1)
    quarter = (thrift < EACH_QUARTER) & (place % 3 == 2)
    return (thrift < PUNCTUAL) | late | quarter


def _channel_of(city: City, month: int) -> np.ndarray:
    shares = np.cumsum([share for _code, share in CHANNELS])
    return np.searchsorted(shares[:-1], city.draw(month, 2), side="right")


def _day_of(city: City, month: int) -> np.ndarray:
    """On which of the days each home would pay the bill of a month."""
    return np.searchsorted([pay_day.up_to for pay_day in _DAYS], city.draw(month, 3), side="right")


def _channel(share: Share, code: str, rows: np.ndarray, now: dt.datetime) -> int:
    """What a channel collected comes as its file of the day: each home's balance, under the channel's own number."""
    scope, on, taken = share.company.system, now.date(), 0
    for lot in _baskets(rows, FILE):
        agreements = share.roll.column("agreement")[lot].tolist()
        owed = balances_of(scope=scope, agreement_ids=agreements)
        file = [
            Collected(f"{on:%Y%m%d}{serial:010d}", agreement, owed[agreement], on)
            for agreement, serial in zip(agreements, share.roll.column("serial")[lot].tolist(), strict=True)
            if owed.get(agreement, 0) > 0
        ]
        answers = payments.take_collection(scope=scope, channel=code, rows=file, today=on, now=now)
        taken += sum(answer.refusal is None for answer in answers)
    return taken


def _counters(share: Share, rows: np.ndarray, now: dt.datetime) -> int:
    """Each outlet has one counter where the homes around it come."""
    outlet = share.company.place_of(share.roll.column("book")[rows])
    agreements = share.roll.column("agreement")[rows]
    return sum(_counter(share, CASHIERS[place], agreements[outlet == place], now) for place in share.places)


def _counter(share: Share, username: str, agreements: np.ndarray, now: dt.datetime) -> int:
    """A shift: the drawer is counted to the fen, and the outlet's day ended."""
    if not len(agreements):
        return 0
    company, taken = share.company, 0
    cashier = scope_for(Staff.objects.get(username=username, home__company_id=company.id))
    shift = payments.open_shift(scope=cashier, float_fen=FLOAT_FEN, today=now.date(), now=now)
    size = min(MOST, max(FEWEST, len(agreements) // BASKETS))
    for place, basket in enumerate(_baskets(agreements, size)):
        plan = _plan(cashier, basket, now.date())
        if plan.lines:
            payments.take_payment(
                scope=cashier,
                plan=plan,
                key=uuid.uuid5(NAMESPACE, f"{username}-{now:%Y%m%d}-{place}"),
                means=("cash", "card", "qr", "qr")[place % 4],
                tendered_fen=plan.amount_fen,
                shift_id=shift.id,
                today=now.date(),
                now=now,
            )
            taken += len(plan.lines)
    expected = count_shift(scope=cashier, shift_id=shift.id).expected_fen
    payments.close_shift(scope=cashier, shift_id=shift.id, count=faces_of(expected), now=now)
    payments.end_day(scope=company.system, outlet_id=shift.outlet_id, now=now)
    return taken


def faces_of(amount_fen: int) -> dict[int, int]:
    """How many of each note and coin make up an amount, largest first."""
    count: dict[int, int] = {}
    for face in FACES:
        count[face], amount_fen = divmod(amount_fen, face)
    return count


def _plan(scope: Scope, agreements: list[int], on: dt.date) -> PaymentPlan:
    accounts = read_accounts(scope=scope, agreement_ids=agreements)
    terms = terms_of_overdue(scope=scope, owed={one.agreement_id: one.dues for one in accounts}, on=on)
    return plan_payment(accounts, payable_fen(accounts, on=on, terms=terms), on=on, terms=terms)


def _baskets(agreements: np.ndarray, size: int) -> Iterator[list[int]]:
    for start in range(0, len(agreements), size):
        yield agreements[start : start + size].tolist()
