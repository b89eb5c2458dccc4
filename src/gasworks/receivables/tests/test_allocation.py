"""Laying money against dues: cases and properties."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gasworks.receivables.allocation import allocate, draw, in_order
from gasworks.receivables.types import Credit, Due

DAY = dt.date(2026, 1, 10)


def due(item_id: int, open_fen: int, *, days: int = 0, order: int = 10, state: int = 1) -> Due:
    return Due(
        item_id=item_id,
        fee_type_id=1,
        fee_name="燃气费",
        fee_name_en="Gas",
        kind="own",
        order=order,
        month=202601,
        due_on=DAY + dt.timedelta(days=days),
        gross_fen=open_fen,
        open_fen=open_fen,
        invoiced_fen=0,
        state=state,
        stops_supply=True,
        receivable_gl=1,
        source_kind=1,
        source=item_id,
    )


def parts(dues: list[Due], fen: int, chosen: frozenset[int] | None = None) -> tuple[list[tuple[int, int]], int]:
    laid = allocate(dues, fen, chosen=chosen)
    return [(share.item_id, share.amount_fen) for share in laid.shares], laid.surplus_fen


@pytest.mark.parametrize(
    ("fen", "expected"),
    [
        (0, ([], 0)),
        (1, ([(2, 1)], 0)),
        (300, ([(2, 300)], 0)),
        (301, ([(2, 300), (3, 1)], 0)),
        (1_000, ([(2, 300), (3, 200), (1, 500)], 0)),
        (1_001, ([(2, 300), (3, 200), (1, 500)], 1)),
    ],
)
def test_oldest_due_day_first_then_the_fee_types_order(fen: int, expected: object) -> None:
    dues = [due(1, 500, days=5), due(3, 200, order=20), due(2, 300, order=10)]
    assert parts(dues, fen) == expected


def test_what_is_with_the_bank_or_disputed_is_left_out() -> None:
    assert parts([due(1, 500, state=2), due(2, 300, state=3), due(3, 100)], 900) == ([(3, 100)], 800)


def test_only_the_ticked_items_are_paid() -> None:
    assert parts([due(1, 500), due(2, 300)], 900, frozenset({2})) == ([(2, 300)], 600)


def test_money_is_not_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        allocate([], -1)


dues = st.lists(
    st.builds(
        due,
        st.integers(1, 10**6),
        st.integers(1, 10**9),
        days=st.integers(-400, 400),
        order=st.integers(1, 99),
        state=st.sampled_from([1, 1, 1, 2, 3]),
    ),
    max_size=20,
    unique_by=lambda one: one.item_id,
)


@given(dues, st.integers(0, 10**11))
def test_no_fen_is_lost_and_no_item_overpaid(open_dues: list[Due], fen: int) -> None:
    laid = allocate(open_dues, fen)
    by_id = {one.item_id: one for one in open_dues}
    assert laid.allocated_fen + laid.surplus_fen == fen
    assert all(0 < s.amount_fen <= by_id[s.item_id].open_fen == s.seen_fen for s in laid.shares)
    assert all(by_id[s.item_id].payable for s in laid.shares)
    assert len({s.item_id for s in laid.shares}) == len(laid.shares)
    payable = sum(one.open_fen for one in open_dues if one.payable)
    assert laid.surplus_fen == max(0, fen - payable)


@given(dues, st.integers(0, 10**11))
def test_only_the_last_share_is_a_part(open_dues: list[Due], fen: int) -> None:
    laid = allocate(open_dues, fen)
    assert all(s.amount_fen == s.seen_fen for s in laid.shares[:-1])
    order = [one.item_id for one in in_order(open_dues) if one.payable]
    assert [s.item_id for s in laid.shares] == order[: len(laid.shares)]


@given(dues, st.integers(0, 10**9), st.integers(0, 10**9))
def test_more_money_never_pays_an_item_less(open_dues: list[Due], fen: int, more: int) -> None:
    small = {s.item_id: s.amount_fen for s in allocate(open_dues, fen).shares}
    large = {s.item_id: s.amount_fen for s in allocate(open_dues, fen + more).shares}
    assert all(large.get(item, 0) >= paid for item, paid in small.items())


@given(st.lists(st.integers(1, 10**9), max_size=10), st.integers(0, 10**10))
def test_an_advance_is_drawn_oldest_first_and_never_below_nought(held: list[int], fen: int) -> None:
    credits = [Credit(number, -amount) for number, amount in enumerate(held, 1)]
    drawn = draw(credits, fen)
    assert -drawn.allocated_fen == min(fen, sum(held))
    assert all(s.seen_fen <= s.amount_fen < 0 for s in drawn.shares)
