"""Bought gas that comes back: refunds, unspent gas at a price change, card to mechanical; never counted twice."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gasworks.rating import (
    Basis,
    Ladder,
    NotBought,
    Period,
    PeriodKind,
    PlanVersion,
    PricePlan,
    Purchase,
    Remaining,
    Tier,
    Unspent,
    compile_tariffs,
    hand_over,
    refund,
    reprice_unspent,
)
from gasworks.rating.columns import day_number
from tests.rating import twin
from tests.rating.shapes import CALENDARS, PROFILES, dates, plans, twin_plan

JUNE = day_number(dt.date(2025, 6, 1))
YEAR = day_number(dt.date(2025, 1, 1))


def _order(day, first, second):
    ladder = Ladder((Tier(300_000, first), Tier(None, second)), Period(PeriodKind.YEAR))
    return PlanVersion(day, ladder, "", "")


HOME = compile_tariffs(
    [
        PricePlan(
            "home", "home", (_order(dt.date(2020, 1, 1), 30_000, 36_000), _order(dt.date(2025, 6, 1), 32_000, 38_400))
        )
    ]
)
BOUGHT = (Purchase(JUNE - 60, 200_000), Purchase(JUNE - 30, 150_000))


def test_a_refund_takes_back_the_last_gas_first():
    """350 m³ bought, 300 of them at 3.00: 60 m³ back are 50 × 3.60 and 10 × 3.00."""
    back = refund(0, BOUGHT, 60_000, HOME)
    assert back.litres == (0, 60_000)
    assert back.amount_fen == 50 * 360 + 10 * 300
    assert back.taken_back == ((0, YEAR, 60_000),)


def test_a_refund_over_two_purchases():
    back = refund(0, BOUGHT, 160_000, HOME)
    assert (back.litres, back.amount_fen) == ((10_000, 150_000), 50 * 360 + 110 * 300)


@pytest.mark.parametrize("litres", [-1_000, 500, 351_000])
def test_more_than_was_bought_never_comes_back(litres):
    with pytest.raises(NotBought):
        refund(0, BOUGHT, litres, HOME)


def test_unspent_gas_pays_the_difference_at_a_new_price():
    """60 m³ not used on 1 June: they were 50 × 3.60 + 10 × 3.00, and are 10 × 3.20 + 50 × 3.84 now."""
    assert reprice_unspent(0, BOUGHT, 60_000, JUNE, HOME) == 10 * 20 + 50 * 24
    assert reprice_unspent(0, BOUGHT, 60_000, JUNE, HOME, rule=Unspent.OLD_PRICE) == 0
    assert reprice_unspent(0, BOUGHT, 0, JUNE, HOME) == 0


def test_a_card_meter_hands_over_with_its_money():
    """60 m³ were left: their price goes to the advance, the ladder stands at 290, and all later gas is billed."""
    done = hand_over(0, BOUGHT, 60_000, HOME)
    assert (done.advance_fen, done.taken_back, done.billable(80_000)) == (21_000, ((0, YEAR, 60_000),), 80_000)


def test_a_card_meter_hands_over_with_its_gas():
    """The first 60 m³ by readings were paid and counted when they were bought."""
    done = hand_over(0, BOUGHT, 60_000, HOME, rule=Remaining.GAS)
    assert (done.advance_fen, done.taken_back) == (0, ())
    assert [done.billable(litres) for litres in (40_000, 60_000, 80_000)] == [0, 0, 20_000]


@pytest.mark.parametrize("rule", list(Remaining))
def test_bought_gas_is_counted_once(rule):
    """350 bought, 60 left, 80 used by readings afterwards: 370 m³ stand on the ladder by either rule."""
    done = hand_over(0, BOUGHT, 60_000, HOME, rule=rule)
    back = sum(litres for _, _, litres in done.taken_back)
    assert 350_000 - back + done.billable(80_000) == 290_000 + 80_000


bought = st.lists(st.tuples(dates, st.integers(0, 40), st.integers(0, 8)), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(plans("plan"), bought, st.integers(0, 100))
def test_the_twin_refunds_alike(plan, rows, share):
    plan = replace(plan, versions=tuple(_without_measures(version) for version in plan.versions))
    tariffs = compile_tariffs([plan], CALENDARS.values(), PROFILES.values())
    rows = sorted(rows)
    purchases = [Purchase(day_number(day), units * plan.unit_litres, persons) for day, units, persons in rows]
    total = sum(units for _, units, _ in rows)
    units = total * share // 100
    back = refund(0, purchases, units * plan.unit_litres, tariffs)
    left, kept = units, []
    for _, bought_units, _ in reversed(rows):
        kept.insert(0, bought_units - min(left, bought_units))
        left -= min(left, bought_units)
    full = twin.rate([twin_plan(plan)], [_bought(plan, n, row, row[1]) for n, row in enumerate(rows)], {})
    less = twin.rate([twin_plan(plan)], [_bought(plan, n, row, kept[n]) for n, row in enumerate(rows)], {})
    assert back.amount_fen == sum(a["amount"] for a in full) - sum(a["amount"] for a in less)
    booked = {}
    for sign, answers in ((1, full), (-1, less)):
        for move in (move for answer in answers for move in answer["movements"] if move[3]):
            key = (move[2], day_number(move[3]))
            booked[key] = booked.get(key, 0) + sign * move[4]
    assert {(code, day): litres for code, day, litres in back.taken_back} == {k: v for k, v in booked.items() if v}


def _without_measures(version):
    """Purchases carry no floor area or contract volume: every ladder is stated for its period or cycle."""
    seasonal = tuple(replace(each, ladder=_stated(each.ladder)) for each in version.seasonal)
    return replace(version, ladder=_stated(version.ladder), seasonal=seasonal)


def _stated(ladder):
    if ladder.basis not in (Basis.FLOOR_AREA, Basis.CONTRACT):
        return ladder
    cycle = ladder.period and ladder.period.kind is PeriodKind.CYCLE
    return replace(ladder, basis=Basis.BILLING_MONTH if cycle else Basis.PERIOD)


def _bought(plan, number, row, units):
    day, _, persons = row
    end = day + dt.timedelta(days=1)
    return {
        "plan": 0, "from": day, "to": end, "litres": units * plan.unit_litres, "persons": persons, "changes": [],
        "months": 1, "parity": 0, "cycle": end.replace(day=1), "group": 0, "opened": None, "member": number,
        "measure": 0,
    }  # fmt: skip
