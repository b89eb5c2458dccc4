"""Late fee of an overdue item (违约金). Pure; off while the agreed rate is nought.

Source: Civil Code Art. 654 and 656 (a late fee as agreed); rate, grace, beginning and cap differ by contract, so each is
data. A late fee is reckoned when somebody asks, and charged for the part that is paid at the moment of payment: the sum of
what is charged is the replay of the dated balance, each fen of principal for the days that it stood open.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

from gasworks.kernel.money import half_up
from gasworks.kernel.periods import add_months, month_of, month_start
from gasworks.receivables.types import Debt, LateFeeTerms

Days = tuple[dt.date, dt.date]


def late_fee(
    part_fen: int,
    due_on: dt.date,
    on: dt.date,
    terms: LateFeeTerms,
    frozen: Sequence[Days] = (),
    charged_until: dt.date | None = None,
) -> int:
    """Fen of late fee on ``part_fen`` that fell due on ``due_on`` and is paid ``on``; rounded half up once.

    ``frozen``: half-open days that do not count (disputed, with the bank), none of them twice: see ``merged``.
    ``charged_until``: up to that day it is charged already.
    """
    if part_fen <= 0:
        return 0
    fee = _accrued(part_fen, days_late(due_on, on, terms, frozen), terms)
    if charged_until is not None and fee:
        fee -= _accrued(part_fen, days_late(due_on, charged_until, terms, frozen), terms)
    return max(0, fee)


def may_be_late(due: Debt, on: dt.date) -> bool:
    """Only what may stop the supply bears late fees: gas, not what is collected for others, never a late fee."""
    return due.stops_supply and due.due_on < on


def late_fee_of(due: Debt, on: dt.date, terms: LateFeeTerms, part_fen: int | None = None) -> int:
    """Late fee of a due, or of a part of it, when it is paid ``on``. While it is disputed or with the bank nobody asks."""
    part = due.open_fen if part_fen is None else part_fen
    return late_fee(part, due.due_on, on, terms, due.frozen, due.late_until)


def days_late(due_on: dt.date, on: dt.date, terms: LateFeeTerms, frozen: Sequence[Days] = ()) -> int:
    """Days that count: none up to the end of the grace, then from the beginning or from the grace's end."""
    start = _month_end(due_on) if terms.from_month_end else due_on
    late = (on - start).days
    if late > 0 and frozen:
        late -= sum(max(0, (min(on, to_on) - max(start, from_on)).days) for from_on, to_on in frozen)
    if late <= terms.grace_days:
        return 0
    return late if terms.from_due else late - terms.grace_days


def merged(days: Iterable[Days]) -> list[Days]:
    """Half-open days in order, those that touch or overlap as one, so that no day counts twice; empty ones gone."""
    found: list[Days] = []
    for first, last in sorted(pair for pair in days if pair[0] < pair[1]):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def settle_part(fen: int, open_fen: int, fee_of: Callable[[int], int]) -> tuple[int, int]:
    """(part of the principal, its late fee) that ``fen`` reaches for; both together use it up unless all is settled.

    ``fee_of(part)`` grows with the part. A fen that rounding leaves over goes to the principal.
    """
    if fen >= open_fen + (whole := fee_of(open_fen)):
        return open_fen, whole
    low, high = 0, min(open_fen, fen)
    while low < high:
        middle = (low + high + 1) // 2
        if middle + fee_of(middle) <= fen:
            low = middle
        else:
            high = middle - 1
    part = low if low + fee_of(low) == fen else min(low + 1, open_fen)
    return part, fen - part


def _accrued(part_fen: int, days: int, terms: LateFeeTerms) -> int:
    if days <= 0:
        return 0
    fee = half_up(part_fen * _weight(days, terms), 1_000_000)
    return fee if terms.cap_e4 is None else min(fee, half_up(part_fen * terms.cap_e4, 10_000))


def _weight(days: int, terms: LateFeeTerms) -> int:
    """Sum of the days' rates, each by the step that it falls into."""
    if not terms.steps:
        return terms.rate_e6 * days
    steps = ((1, terms.rate_e6), *terms.steps)
    ends = (*(first for first, _rate in steps[1:]), days + 1)
    return sum(rate * max(0, min(end, days + 1) - first) for (first, rate), end in zip(steps, ends, strict=True))


def _month_end(day: dt.date) -> dt.date:
    return month_start(add_months(month_of(day), 1)) - dt.timedelta(days=1)
