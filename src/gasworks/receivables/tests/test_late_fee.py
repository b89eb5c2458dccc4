"""Late fee: rate, grace, beginning, cap."""

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gasworks.receivables.late_fee import days_late, late_fee, merged, settle_part
from gasworks.receivables.types import LateFeeTerms

DUE = dt.date(2026, 1, 31)


@pytest.mark.parametrize(
    ("open_fen", "days", "terms", "fee"),
    [
        (10_000, 30, LateFeeTerms(), 0),
        (10_000, 0, LateFeeTerms(200), 0),
        (10_000, -5, LateFeeTerms(200), 0),
        (10_000, 1, LateFeeTerms(200), 2),
        (10_000, 30, LateFeeTerms(200), 60),
        (12_345, 7, LateFeeTerms(200), 17),
        (2_500, 1, LateFeeTerms(200), 1),
        (2_499, 1, LateFeeTerms(200), 0),
        (10_000, 15, LateFeeTerms(3_000, grace_days=15), 0),
        (10_000, 16, LateFeeTerms(3_000, grace_days=15), 480),
        (10_000, 16, LateFeeTerms(3_000, grace_days=15, from_due=False), 30),
        (10_000, 1_000, LateFeeTerms(3_000), 10_000),
        (10_000, 1_000, LateFeeTerms(3_000, cap_e4=3_000), 3_000),
        (0, 30, LateFeeTerms(200), 0),
    ],
)
def test_late_fee(open_fen: int, days: int, terms: LateFeeTerms, fee: int) -> None:
    assert late_fee(open_fen, DUE, DUE + dt.timedelta(days=days), terms) == fee


def test_what_was_charged_before_counts_towards_the_cap() -> None:
    terms, far = LateFeeTerms(3_000), DUE + dt.timedelta(days=1_000)
    assert late_fee(10_000, DUE, far, terms, charged_until=DUE + dt.timedelta(days=333)) == 10_000 - 9_990
    assert late_fee(10_000, DUE, far, terms, charged_until=far) == 0


@pytest.mark.parametrize(
    ("terms", "undisturbed", "disputed"),
    [
        (LateFeeTerms(200), 900, 300),
        (LateFeeTerms(3_000, grace_days=15), 13_500, 0),
        (LateFeeTerms(3_000, grace_days=15, from_due=False), 9_000, 0),
        (LateFeeTerms(), 0, 0),
    ],
    ids=["0.02 % a day, no grace", "0.3 % a day after 15 days", "0.3 % a day from the 16th", "none"],
)
def test_one_debt_under_three_contracts_with_its_disputed_days_frozen(
    terms: LateFeeTerms, undisturbed: int, disputed: int
) -> None:
    """1,000.00 yuan asked 45 days late; under dispute from the 10th to the 40th day, so that 15 days count."""
    asked = DUE + dt.timedelta(days=45)
    frozen = ((DUE + dt.timedelta(days=10), DUE + dt.timedelta(days=40)),)
    assert late_fee(100_000, DUE, asked, terms) == undisturbed
    assert late_fee(100_000, DUE, asked, terms, frozen) == disputed


def test_the_dispute_over_the_grace_goes_on_and_ends() -> None:
    """The 16th counted day brings 0.3 % of 16 days at once: the grace counts once it is over."""
    frozen = ((DUE + dt.timedelta(days=10), DUE + dt.timedelta(days=40)),)
    assert late_fee(100_000, DUE, DUE + dt.timedelta(days=46), LateFeeTerms(3_000, grace_days=15), frozen) == 4_800


def test_days_from_the_end_of_the_month() -> None:
    due = dt.date(2026, 2, 10)
    terms = LateFeeTerms(1_000, from_month_end=True)
    assert late_fee(10_000, due, dt.date(2026, 2, 28), terms) == 0
    assert late_fee(10_000, due, dt.date(2026, 3, 5), terms) == 50
    assert days_late(due, dt.date(2026, 3, 5), terms, ((dt.date(2026, 2, 12), dt.date(2026, 3, 2)),)) == 3


def test_a_rate_by_steps_and_no_cap() -> None:
    terms = LateFeeTerms(200, steps=((31, 500), (61, 1_000)), cap_e4=None)
    fee = [late_fee(1_000_000, DUE, DUE + dt.timedelta(days=days), terms) for days in (30, 31, 60, 61, 3_000)]
    assert fee == [6_000, 6_500, 21_000, 22_000, 2_961_000]


terms_of_any_kind = st.builds(
    LateFeeTerms,
    rate_e6=st.integers(0, 10_000),
    grace_days=st.integers(0, 40),
    from_due=st.booleans(),
    cap_e4=st.none() | st.integers(0, 20_000),
    from_month_end=st.booleans(),
    steps=st.just(()) | st.tuples(st.tuples(st.integers(2, 60), st.integers(0, 10_000))),
)


def replayed(parts: list[tuple[int, int]], terms: LateFeeTerms, frozen: list[tuple[int, int]]) -> Fraction:
    """The dated balance, day by day and exact: every fen bears the rate of its counted day while it stands open."""
    start = days_to_month_end(DUE) if terms.from_month_end else 0
    total = Fraction(0)
    for fen, paid in parts:
        counted = [day for day in range(start, paid) if not any(first <= day < last for first, last in frozen)]
        late = len(counted)
        if late <= terms.grace_days:
            continue
        late -= 0 if terms.from_due else terms.grace_days
        rates = [rate_on(number, terms) for number in range(1, late + 1)]
        fee = Fraction(fen * sum(rates), 1_000_000)
        total += fee if terms.cap_e4 is None else min(fee, Fraction(fen * terms.cap_e4, 10_000))
    return total


def days_to_month_end(day: dt.date) -> int:
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1).toordinal() - 1 - day.toordinal()


def rate_on(number: int, terms: LateFeeTerms) -> int:
    for first, rate in reversed(terms.steps):
        if number >= first:
            return rate
    return terms.rate_e6


@given(
    gross=st.integers(1, 5_000_000),
    money=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 2_000_000)), min_size=1, max_size=8),
    terms=terms_of_any_kind,
    frozen=st.lists(st.tuples(st.integers(0, 90), st.integers(0, 60)), max_size=4),
)
def test_late_fees_equal_a_replay_of_the_dated_balance(gross, money, terms, frozen) -> None:
    """Paid in any parts on any days, disputed and with the bank on any, also on the same ones: what is charged with the
    parts is the replay, up to the rounding of each part.

    A part that is cut so that the money is used up may round by the fee of one fen of principal.
    """
    spans = [(first, first + length) for first, length in frozen]
    still = merged((DUE + dt.timedelta(days=first), DUE + dt.timedelta(days=last)) for first, last in spans)
    day, left, parts, charged = 0, gross, [], 0
    for wait, fen in money:
        day += wait
        on = DUE + dt.timedelta(days=day)
        part, fee = settle_part(fen, left, lambda part, on=on: late_fee(part, DUE, on, terms, still))
        assert (part + fee == fen) if part < left else (part + fee <= fen)
        parts.append((part, day))
        charged, left = charged + fee, left - part
        if not left:
            break
    exact = replayed(parts, terms, spans)
    of_one_fen = [replayed([(1, when)], terms, spans) + 1 for _part, when in parts]
    assert abs(charged - exact) <= sum(of_one_fen)
    if not left and len(parts) == 1:
        assert abs(charged - exact) <= 1


@given(part=st.integers(0, 10**7), days=st.integers(0, 400), more=st.integers(0, 400), terms=terms_of_any_kind)
def test_a_late_fee_charged_on_the_way_and_the_rest_are_the_whole(part, days, more, terms) -> None:
    middle, end = DUE + dt.timedelta(days=days), DUE + dt.timedelta(days=days + more)
    before = late_fee(part, DUE, middle, terms)
    assert before + late_fee(part, DUE, end, terms, charged_until=middle) == late_fee(part, DUE, end, terms)
