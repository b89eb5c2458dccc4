"""Prepaid sales: money becomes as much gas as it pays for, by the same prices and the same ladder."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gasworks.rating import NothingToBuy, Wish, compile_tariffs, sell
from gasworks.rating.columns import day_number
from gasworks.rating.refusals import NotRatable
from gasworks.tariffs.packs import price_plans, read_pack
from tests.rating import twin
from tests.rating.shapes import CALENDARS, PROFILES, dates, plans, twin_plan

NANJING = compile_tariffs([plan for plan, _ in price_plans(read_pack("nanjing"))])
HOME = NANJING.plan("nanjing-home")
DAY = day_number(dt.date(2025, 3, 10))
YEAR = day_number(dt.date(2025, 1, 1))


def lines(sale):
    return list(zip(sale.rated.lines.tier.tolist(), sale.rated.lines.litres.tolist(), sale.rated.lines.amount_fen.tolist(), strict=True))  # fmt: skip # noqa: E501


def test_money_buys_whole_cubic_metres_and_the_rest_stays():
    """100.00 yuan ÷ 3.03: 33 m³ for 99.99, one fen left."""
    sale = sell(Wish(HOME, DAY, money_fen=10_000), NANJING)
    assert (sale.litres, sale.amount_fen, sale.left_fen) == (33_000, 9_999, 1)


def test_money_buys_across_a_bound():
    """390 bought before: 10 × 3.03 = 30.30, then 69.70 ÷ 3.64 = 19 m³ for 69.16, 0.54 left."""
    sale = sell(Wish(HOME, DAY, money_fen=10_000, used=((0, YEAR, 390_000),)), NANJING)
    assert lines(sale) == [(0, 10_000, 3_030), (1, 19_000, 6_916)]
    assert (sale.litres, sale.left_fen) == (29_000, 54)


def test_too_little_money_buys_nothing():
    sale = sell(Wish(HOME, DAY, money_fen=302), NANJING)
    assert (sale.litres, sale.amount_fen, sale.left_fen) == (0, 0, 302)


def test_a_wished_volume_has_its_price():
    sale = sell(Wish(HOME, DAY, litres=2_000, used=((0, YEAR, 399_000),)), NANJING)
    assert lines(sale) == [(0, 1_000, 303), (1, 1_000, 364)]
    assert (sale.amount_fen, sale.left_fen) == (667, 0)


def test_a_purchase_limit_bounds_both():
    assert sell(Wish(HOME, DAY, money_fen=10_000, most_litres=5_000), NANJING).left_fen == 10_000 - 5 * 303
    assert sell(Wish(HOME, DAY, litres=9_000, most_litres=5_000), NANJING).litres == 5_000


@pytest.mark.parametrize("wish", [{}, {"litres": 1_500}, {"litres": -1_000}, {"money_fen": -1}])
def test_a_wish_that_is_none_is_refused(wish):
    with pytest.raises(NothingToBuy):
        sell(Wish(HOME, DAY, **wish), NANJING)


def test_a_day_without_a_price_is_refused():
    with pytest.raises(NotRatable):
        sell(Wish(HOME, day_number(dt.date(2020, 1, 1)), money_fen=10_000), NANJING)


def _by_excess(version):
    """The same prices for what lies above the bounds only: whole volumes are not for sale."""
    seasonal = tuple(replace(each, ladder=replace(each.ladder, whole=False)) for each in version.seasonal)
    return replace(version, ladder=replace(version.ladder, whole=False), seasonal=seasonal)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(plans("plan"), dates, st.integers(0, 20_000), st.integers(0, 8), st.integers(0, 60))
def test_the_twin_agrees_that_no_further_unit_could_be_paid(plan, day, money, persons, used_units):
    most = 120 * plan.unit_litres
    plan = replace(plan, versions=tuple(_by_excess(version) for version in plan.versions))
    tariffs = compile_tariffs([plan], CALENDARS.values(), PROFILES.values())
    asked = {
        "plan": 0, "from": day, "to": day + dt.timedelta(days=1), "litres": 0, "persons": persons, "changes": [],
        "months": 1, "parity": 0, "cycle": (day + dt.timedelta(days=1)).replace(day=1), "group": 0, "opened": None,
        "member": 0, "measure": 1000,
    }  # fmt: skip
    books = [twin_plan(plan)]
    periods = {(0, m[2], m[3]) for m in twin.rate(books, [asked], {})[0]["movements"] if m[3]}
    used = dict.fromkeys(periods, used_units * plan.unit_litres)

    def cost(litres):
        return twin.rate(books, [asked | {"litres": litres}], used)[0]["amount"]

    bought = tuple((code, day_number(period), litres) for (_, code, period), litres in used.items())
    wish = Wish(0, day_number(day), money_fen=money, persons=persons, measure=1000, used=bought, most_litres=most)
    if cost(0) > money:
        with pytest.raises(NothingToBuy):
            sell(wish, tariffs)
        return
    sale = sell(wish, tariffs)
    assert sale.amount_fen == cost(sale.litres)
    assert sale.left_fen == money - sale.amount_fen
    if sale.litres < most:
        assert cost(sale.litres + plan.unit_litres) > money
    assert sale.left_fen >= 0
