"""A long interval is spread back over its months where an approved case says so; otherwise the order's rule holds."""

import datetime as dt

import pytest
from django.urls import reverse

from gasworks.billing.models import Bill, BillLine, Relief, TrueUp
from gasworks.billing.run.spreading import EVEN, months_of, share
from gasworks.billing.services import preview_run, relieving
from gasworks.billing.testing.factories import bill, make_home, make_town
from gasworks.billing.tests.test_true_up import guess
from gasworks.foundation import approvals
from gasworks.foundation.testing.factories import NOW, make_scope, make_staff
from gasworks.kernel.errors import Forbidden
from gasworks.usage.models import Ladder, Movement

pytestmark = pytest.mark.django_db
D = dt.date
WINTER = (3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3)


def order(boundary):
    tiers = [{"upto_m3": 20, "price": "3.00"}, {"price": "4.00"}]
    return {"ladder": {"tiers": tiers, "period": {"kind": "year", "boundary": boundary}}}


def relieve(home, weights=()):
    town = home.town
    asked = relieving.ask_for_relief(
        scope=make_scope("billing_lead", company=town.company),
        supply_point_id=home.point.id,
        reason="长期未抄，公司责任",
        weights=weights,
        now=NOW,
    )
    manager = make_scope("manager", company=town.company)
    approvals.grant(scope=manager, approval_id=asked.id, seen=asked.version, now=NOW)
    return Relief.objects.get(supply_point=home.point)


def on_ladder(home):
    return dict(Ladder.objects.filter(group_id=home.group_id).values_list("period_from", "litres"))


def test_the_months_of_an_interval():
    assert months_of(D(2025, 11, 15), D(2026, 1, 3)) == [
        (D(2025, 11, 15), D(2025, 12, 1)),
        (D(2025, 12, 1), D(2026, 1, 1)),
        (D(2026, 1, 1), D(2026, 1, 3)),
    ]


@pytest.mark.parametrize(
    ("m3", "weights", "parts"),
    [(60, EVEN, [15, 16, 15, 14]), (0, EVEN, [0, 0, 0, 0]), (1, EVEN, [0, 1, 0, 0]), (60, WINTER, [6, 19, 18, 17])],
)
def test_the_volume_is_shared_in_whole_m3_by_largest_remainder(m3, weights, parts):
    """30 + 31 + 31 + 28 days: 60 m³ are 15, 15.5, 15.5, 14; in winter weights 30 + 93 + 93 + 84 = 300: 6, 18.6, 18.6, 16.8."""
    pieces = months_of(D(2025, 11, 1), D(2026, 3, 1))
    assert [part // 1000 for part in share(m3 * 1000, 1000, pieces, weights)] == parts


@pytest.mark.parametrize("boundary", ["by_closing_reading", "by_opening_reading", "by_day"])
def test_a_lump_of_four_months_is_spread_over_its_months_and_tier_years(boundary):
    """60 m³: 31 in November and December 2025 (20 at 3, 11 at 4 = 104.00), 29 in 2026 (20 at 3, 9 at 4 = 96.00)."""
    town = make_town(content=order(boundary))
    home = make_home(town, begin=D(2025, 11, 1))
    relieve(home)
    home.read(D(2026, 3, 1), 60)
    bill(town, 202603)
    one = Bill.objects.get()
    assert (one.litres, one.amount_fen, one.from_on, one.to_on) == (60_000, 200_00, D(2025, 11, 1), D(2026, 3, 1))
    assert on_ladder(home) == {D(2025, 1, 1): 31_000, D(2026, 1, 1): 29_000}
    assert sum(BillLine.objects.filter(bill=one).values_list("amount_fen", flat=True)) == 200_00
    relief = Relief.objects.get()
    assert (relief.state, relief.month) == ("used", 202603)


def test_without_a_case_the_orders_rule_holds():
    """By the closing reading all 60 m³ fall into 2026: 20 at 3 and 40 at 4 = 220.00."""
    town = make_town(content=order("by_closing_reading"))
    home = make_home(town, begin=D(2025, 11, 1))
    home.read(D(2026, 3, 1), 60)
    bill(town, 202603)
    assert Bill.objects.get().amount_fen == 220_00
    assert on_ladder(home) == {D(2026, 1, 1): 60_000}


def test_a_stored_monthly_profile_moves_gas_into_the_heavy_months():
    """6 + 19 in 2025 (20 at 3, 5 at 4 = 80.00), 18 + 17 in 2026 (20 at 3, 15 at 4 = 120.00)."""
    town = make_town(content=order("by_closing_reading"))
    home = make_home(town, begin=D(2025, 11, 1))
    relieve(home, WINTER)
    home.read(D(2026, 3, 1), 60)
    bill(town, 202603)
    assert on_ladder(home) == {D(2025, 1, 1): 25_000, D(2026, 1, 1): 35_000}
    assert Bill.objects.get().amount_fen == 200_00
    assert Movement.objects.filter(live=True).count() == 4


def test_monthly_tiers_get_each_month_its_own_width():
    """A lump of 4 months on a ladder of 10 m³ a month: 15, 16, 15 and 14 m³ make 40 at 3 and 20 at 4 = 200.00.

    Without the case the interval is billed as one month of 60 m³ … cut by days it is the same here; by the closing
    reading all of it would stand in March: 10 at 3 and 50 at 4 = 230.00.
    """
    tiers = [{"upto_m3": 10, "price": "3.00"}, {"price": "4.00"}]
    town = make_town(
        content={"ladder": {"tiers": tiers, "period": {"kind": "month", "boundary": "by_closing_reading"}}}
    )
    home, other = make_home(town, begin=D(2025, 11, 1)), make_home(town, begin=D(2025, 11, 1))
    relieve(home)
    for one in (home, other):
        one.read(D(2026, 3, 1), 60)
    bill(town, 202603)
    assert Bill.objects.get(supply_point=home.point).amount_fen == 200_00
    assert Bill.objects.get(supply_point=other.point).amount_fen == 230_00


def test_a_zero_estimate_and_the_lump_behind_it_are_spread_together():
    """Estimated at nothing for December and January; 45 read on 1 March after 90 days: 16 m³ to 2025, 29 to 2026.

    The zero bills are taken back, though the index never fell; without the case 45 would fall on February alone.
    """
    town = make_town(content=order("by_day"))
    home = make_home(town, begin=D(2025, 12, 1))
    guess(home, D(2026, 1, 1), 0)
    bill(town, 202601)
    guess(home, D(2026, 2, 1), 0)
    bill(town, 202602)
    relieve(home)
    home.read(D(2026, 3, 1), 45)
    assert preview_run(scope=town.scope, month=202603).amount_fen == 45_00 * 3 + 9_00
    bill(town, 202603)
    new = Bill.objects.get(month=202603)
    assert (new.from_on, new.litres, new.amount_fen) == (D(2025, 12, 1), 45_000, 144_00)
    assert on_ladder(home) == {D(2025, 1, 1): 16_000, D(2026, 1, 1): 29_000}
    assert TrueUp.objects.count() == 2


def test_a_case_serves_once_needs_a_second_person_and_can_be_dropped():
    town = make_town()
    home = make_home(town, begin=D(2026, 1, 1))
    lead = make_scope("billing_lead", company=town.company)
    with pytest.raises(relieving.BadProfile):
        relieving.ask_for_relief(scope=lead, supply_point_id=home.point.id, reason="x", weights=[1] * 11, now=NOW)
    case = relieve(home)
    with pytest.raises(relieving.ReliefWaits):
        relieving.ask_for_relief(scope=lead, supply_point_id=home.point.id, reason="x", now=NOW)
    with pytest.raises(Forbidden):
        relieving.drop_relief(scope=make_scope("cashier", company=town.company), relief_id=case.id, now=NOW)
    relieving.drop_relief(scope=lead, relief_id=case.id, now=NOW)
    home.read(D(2026, 3, 1), 59)
    bill(town, 202603)
    assert Movement.objects.count() == 1
    assert Relief.objects.get().state == "dropped"


def test_the_bill_says_that_it_was_spread_and_what_it_settled(client):
    town = make_town()
    home = make_home(town, begin=D(2026, 1, 1))
    guess(home, D(2026, 2, 1), 0)
    bill(town, 202602)
    relieve(home)
    home.read(D(2026, 3, 1), 59)
    bill(town, 202603)
    old, new = Bill.objects.order_by("id")
    client.force_login(make_staff("billing_lead", company=town.company))
    page = client.get(reverse("billing:bill", args=[new.id])).content.decode()
    assert "用气量已按月分摊回各月" in page
    assert "长期未抄，公司责任" in page
    assert f"抵减估抄账单 {old.id}" in page
    text = client.get(reverse("billing:bill", args=[old.id])).content.decode()
    assert f"已由实抄账单 {new.id} 抵减" in text
    assert "用气量已按月分摊回各月" in client.get(reverse("billing:bill_print", args=[new.id])).content.decode()


def test_a_clerk_asks_for_a_case_from_the_bill(client):
    town = make_town()
    home = make_home(town, begin=D(2026, 1, 1))
    client.force_login(make_staff("billing_lead", company=town.company))
    url = reverse("billing:relief", args=[home.point.id])
    assert client.get(url).status_code == 200
    assert client.post(url, {"reason": "", "weights": ""}).status_code == 422
    answer = client.post(url, {"reason": "抄表员漏抄四个月", "weights": "3 3 1 1 1 1 1 1 1 1 1 3"})
    assert answer.status_code == 302
    assert approvals.Approval.objects.get().payload["weights"] == list(WINTER)
