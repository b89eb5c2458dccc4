"""Take-or-pay, gas beyond the contract, gas made up later: by hand, and as the twin says unit by unit."""

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gasworks.rating import BadContract, Contract, PaidGas, settle
from tests.rating import twin

END = dt.date(2026, 12, 31)
WORKS = Contract(10_000_000, 32_000, least_share=9_000, most_share=11_000, beyond_extra_e4=8_000, make_up_years=3)


def due(taken_m3, paid=()):
    found = settle(WORKS, taken_m3 * 1000, END, paid)
    return found.shortfall_fen, found.beyond_fen, found.made_up_fen, found.due_fen


@pytest.mark.parametrize(
    ("taken_m3", "expected"),
    [
        # 9 000 m³ are paid, taken or not: 1 000 × 3.20 are still due.
        (8_000, (320_000, 0, 0, 320_000)),
        (8_999, (320, 0, 0, 320)),
        (9_000, (0, 0, 0, 0)),
        (11_000, (0, 0, 0, 0)),
        # 500 m³ above 110 %: 0.80 more for each.
        (11_500, (0, 40_000, 0, 40_000)),
    ],
)
def test_take_or_pay(taken_m3, expected):
    assert due(taken_m3) == expected


def test_gas_that_was_paid_is_made_up_for_three_years():
    first = settle(WORKS, 8_000_000, END)
    assert first.paid_gas == (PaidGas(1_000_000, 32_000, dt.date(2029, 12, 28)),)
    later = settle(WORKS, 9_400_000, dt.date(2027, 12, 31), first.paid_gas)
    assert (later.made_up_litres, later.made_up_fen, later.due_fen) == (400_000, 128_000, -128_000)
    assert [lot.litres for lot in later.paid_gas] == [600_000]
    assert settle(WORKS, 9_400_000, dt.date(2029, 12, 31), first.paid_gas).made_up_litres == 0


def test_a_nomination_with_a_tolerance_is_settled_on_both_sides():
    """Nominated 1 000 m³ ± 5 %: 0.50 for each m³ short of 950 or beyond 1 050."""
    day = Contract(1_000_000, 5_000, least_share=9_500, most_share=10_500, beyond_extra_e4=5_000)
    assert [settle(day, m3 * 1000, END).due_fen for m3 in (940, 950, 1_050, 1_060)] == [500, 0, 0, 500]


@pytest.mark.parametrize(
    "wrong",
    [{"volume_litres": 0}, {"least_share": -1}, {"most_share": 8_999}, {"shortfall_e4": -1}, {"unit_litres": 0}],
)
def test_a_contract_that_cannot_be_settled_by_is_refused(wrong):
    with pytest.raises(BadContract):
        settle(Contract(**{"volume_litres": 10_000, "shortfall_e4": 1, "least_share": 9_000} | wrong), 0, END)


prices = st.integers(0, 60_000)
contracts = st.builds(
    Contract,
    st.integers(1, 300),
    prices,
    st.integers(0, 10_000),
    st.one_of(st.none(), st.integers(10_000, 13_000)),
    prices,
    st.just(2),
    st.sampled_from([1, 10]),
)


@settings(max_examples=100, deadline=None)
@given(contracts, st.integers(0, 500), st.lists(st.tuples(st.integers(0, 90), prices), max_size=3))
def test_the_twin_settles_alike(contract, taken, lots):
    paid = tuple(PaidGas(litres, price, dt.date(2030, 1, 1)) for litres, price in lots)
    found = settle(contract, taken, END, paid)
    terms = {
        "volume": contract.volume_litres,
        "least": Fraction(contract.least_share, 10_000),
        "most": None if contract.most_share is None else Fraction(contract.most_share, 10_000),
        "short": Fraction(contract.shortfall_e4, 10_000),
        "extra": Fraction(contract.beyond_extra_e4, 10_000),
        "unit": contract.unit_litres,
    }
    *sums, left = twin.settle(terms, taken, [(litres, Fraction(price, 10_000)) for litres, price in lots])
    assert [
        found.shortfall_litres, found.shortfall_fen, found.beyond_litres, found.beyond_fen, found.made_up_litres,
        found.made_up_fen,
    ] == sums  # fmt: skip
    assert sum(lot.litres for lot in found.paid_gas) == sum(left) + found.shortfall_litres
