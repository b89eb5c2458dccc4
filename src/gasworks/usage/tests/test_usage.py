"""Who shares a ladder, how they are priced, and what a change may not reach back into."""

import datetime as dt

import pytest
from django.urls import reverse

from gasworks.billing.models import Bill
from gasworks.billing.testing.factories import bill, make_home, make_town
from gasworks.customers import services as customers
from gasworks.customers.models import Agreement
from gasworks.customers.types import NewCustomer
from gasworks.foundation.models import AuditAct
from gasworks.foundation.testing.factories import NOW, make_company, make_scope, make_staff
from gasworks.kernel.errors import Forbidden, NotThere
from gasworks.tariffs.testing.factories import make_plan
from gasworks.usage import selectors, services
from gasworks.usage.models import GroupMember, Household, PriceItem
from gasworks.usage.services import BilledBeyond, HouseholdOverlaps, SameLadder, SharesDoNotFit
from gasworks.usage.types import Share

pytestmark = pytest.mark.django_db
MARCH = dt.date(2026, 3, 1)


@pytest.fixture
def town():
    return make_town()


def test_a_new_household_size_ends_the_one_before(town):
    home = make_home(town, persons=3)
    services.set_household(scope=town.scope, supply_point_id=home.point.id, persons=5, from_on=MARCH, now=NOW)
    rows = list(Household.objects.order_by("from_on").values_list("persons", "to_on"))
    assert rows == [(3, MARCH), (5, None)]
    assert AuditAct.objects.filter(act="usage.set_household").count() == 1


def test_a_household_size_does_not_run_into_a_later_one(town):
    home = make_home(town)
    services.set_household(scope=town.scope, supply_point_id=home.point.id, persons=5, from_on=MARCH, now=NOW)
    with pytest.raises(HouseholdOverlaps):
        services.set_household(
            scope=town.scope, supply_point_id=home.point.id, persons=4, from_on=dt.date(2026, 2, 1), now=NOW
        )
    assert Household.objects.count() == 1


def test_household_sizes_lapse_with_the_holder(town):
    home = make_home(town, persons=5)
    assert services.lapse_households(scope=town.scope, supply_point_id=home.point.id, on=MARCH, now=NOW) == 1
    assert Household.objects.get().to_on == MARCH


def test_who_comes_after_a_large_household_begins_at_the_standard_size():
    """Five persons: tier 1 to 400 m³ instead of 300. 350 are billed to them; of the next holder's 100 all are in tier 2."""
    tiers = [{"upto_m3": 300, "price": "3.00"}, {"price": "3.60"}]
    ladder = {"tiers": tiers, "period": {"kind": "year"}, "household": {"above": 4, "m3": [100], "once": True}}
    town = make_town(content={"ladder": ladder})
    home = make_home(town, begin=dt.date(2026, 1, 1), persons=5)
    home.read(dt.date(2026, 2, 1), 350)
    bill(town, 202602)
    change_holder(town, home, dt.date(2026, 2, 1))
    home.read(MARCH, 450)
    bill(town, 202603)
    assert list(Bill.objects.order_by("month").values_list("amount_fen", flat=True)) == [105_000, 36_000]
    assert Household.objects.get().to_on == dt.date(2026, 2, 1)
    assert AuditAct.objects.filter(act="usage.lapse_households").count() == 1


def test_a_size_declared_from_the_day_of_the_change_is_the_new_holders(town):
    home = make_home(town, persons=5)
    services.set_household(scope=town.scope, supply_point_id=home.point.id, persons=6, from_on=MARCH, now=NOW)
    change_holder(town, home, MARCH)
    assert list(Household.objects.order_by("from_on").values_list("persons", "to_on")) == [(5, MARCH), (6, None)]


def test_who_gives_up_one_of_two_homes_on_a_ladder_keeps_the_size_until_the_last_one(town):
    first, second = make_home(town, persons=5), make_home(town)
    services.join_ladder(scope=town.scope, supply_point_id=second.point.id, group_id=first.group_id, on=MARCH, now=NOW)
    Agreement.objects.filter(pk=second.agreement.id).update(customer=first.agreement.customer_id)
    april, may = dt.date(2026, 4, 1), dt.date(2026, 5, 1)
    sizes = Household.objects.filter(group=first.group_id).values_list("persons", "to_on")
    change_holder(town, second, april)
    assert list(sizes.all()) == [(5, None)]
    change_holder(town, first, may)
    assert list(sizes.all()) == [(5, may)]


def test_closing_one_of_two_homes_on_a_ladder_leaves_the_size(town):
    first, second = make_home(town, persons=5), make_home(town)
    services.join_ladder(scope=town.scope, supply_point_id=second.point.id, group_id=first.group_id, on=MARCH, now=NOW)
    services.close_use(scope=town.scope, supply_point_id=second.point.id, on=dt.date(2026, 4, 1), now=NOW)
    assert list(Household.objects.filter(group=first.group_id).values_list("persons", "to_on")) == [(5, None)]


def change_holder(town, home, on):
    customers.end_agreement(
        scope=town.scope, agreement_id=home.agreement.id, seen=home.agreement.version, to_on=on, now=NOW
    )
    who = NewCustomer(kind="person", name="李四")
    customers.open_agreement(scope=town.scope, supply_point_id=home.point.id, customer=who, from_on=on, now=NOW)


def test_prices_change_from_a_day_that_is_not_billed_yet(town):
    home = make_home(town, begin=dt.date(2026, 2, 1))
    home.read(MARCH, 12)
    bill(town, 202603)
    plan = make_plan(town.company)
    with pytest.raises(BilledBeyond):
        services.set_price_items(
            scope=town.scope,
            supply_point_id=home.point.id,
            shares=[Share(plan.id)],
            from_on=dt.date(2026, 2, 20),
            now=NOW,
        )
    services.set_price_items(
        scope=town.scope, supply_point_id=home.point.id, shares=[Share(plan.id)], from_on=MARCH, now=NOW
    )
    rows = list(PriceItem.objects.order_by("from_on").values_list("plan_id", "to_on"))
    assert rows == [(town.plan.id, MARCH), (plan.id, None)]


def test_the_rest_stands_last_and_once(town):
    home = make_home(town)
    for shares in ([Share(town.plan.id, "quota", 5000)], [Share(town.plan.id), Share(town.plan.id, "ratio", 100)]):
        with pytest.raises(SharesDoNotFit):
            services.set_price_items(
                scope=town.scope, supply_point_id=home.point.id, shares=shares, from_on=MARCH, now=NOW
            )
    assert PriceItem.objects.count() == 1


def test_a_quota_first_and_the_rest_behind_it_are_billed_apart(town):
    other = make_plan(town.company, {"residential": False, "ladder": {"tiers": [{"price": "4.41"}]}})
    home = make_home(town, begin=dt.date(2026, 1, 1))
    services.set_price_items(
        scope=town.scope,
        supply_point_id=home.point.id,
        shares=[Share(other.id, "quota", 10_000), Share(town.plan.id)],
        from_on=dt.date(2026, 1, 2),
        now=NOW,
    )
    home.read(dt.date(2026, 2, 1), 30)
    bill(town, 202602)
    from gasworks.billing.models import Bill

    assert Bill.objects.get().amount_fen == 44_10 + 60_00


def price_anew(town, home, *shares):
    services.set_price_items(
        scope=town.scope, supply_point_id=home.point.id, shares=shares, from_on=dt.date(2026, 1, 2), now=NOW
    )


def fen_of_february(town, home, m3):
    home.read(dt.date(2026, 2, 1), m3)
    bill(town, 202602)
    from gasworks.billing.models import Bill

    return Bill.objects.get().amount_fen


def test_a_quota_then_a_ratio_of_what_it_leaves_then_the_rest(town):
    """50 m³: 10 at 4.41, half of the other 40 at 5.00, 20 at 3.00."""
    shop = make_plan(town.company, {"residential": False, "ladder": {"tiers": [{"price": "4.41"}]}})
    works = make_plan(town.company, {"residential": False, "ladder": {"tiers": [{"price": "5"}]}})
    home = make_home(town, begin=dt.date(2026, 1, 1))
    price_anew(town, home, Share(shop.id, "quota", 10_000), Share(works.id, "ratio", 5_000), Share(town.plan.id))
    assert fen_of_february(town, home, 50) == 44_10 + 100_00 + 60_00


def test_tiers_by_floor_area_are_billed_by_the_area_of_the_price_item(town):
    """80.5 m² at half a m³ each: 40.25, so 40 m³ at 2.00 and 10 at 3.00."""
    ladder = {"tiers": [{"upto_m3": "0.5", "price": "2"}, {"price": "3"}], "period": {"kind": "year"}}
    heated = make_plan(town.company, {"ladder": ladder | {"basis": "floor_area"}})
    home = make_home(town, begin=dt.date(2026, 1, 1))
    price_anew(town, home, Share(heated.id, measure=8_050))
    assert fen_of_february(town, home, 50) == 80_00 + 30_00


def test_free_gas_has_an_account_of_its_own_beside_the_years_ladder(town):
    """5 m³ free a month; the 30 m³ lift the yearly ladder all the same, and 5 stand on the account of free gas."""
    ladder = {"tiers": [{"upto_m3": 20, "price": "2"}, {"price": "3"}], "period": {"kind": "year"}}
    free = {"m3": 5, "period": {"kind": "cycle"}, "basis": "billing_month"}
    poor = make_plan(town.company, {"ladder": ladder, "allowance": free})
    home = make_home(town, begin=dt.date(2026, 1, 1))
    price_anew(town, home, Share(poor.id))
    assert fen_of_february(town, home, 30) == 15 * 2_00 + 10 * 3_00
    rows = selectors.tiers_to_date(scope=town.scope, group_ids=[home.group_id])
    assert {(row.code, row.litres) for row in rows} == {(0, 30_000), (9, 30_000)}


@pytest.mark.parametrize(
    "shares", [[("ratio", 6_000), ("ratio", 4_001)], [("ratio", 0)], [("quota", -1)]], ids=["too much", "none", "below"]
)
def test_shares_that_do_not_fit_are_refused(town, shares):
    home = make_home(town)
    with pytest.raises(services.SharesDoNotFit):
        price_anew(town, home, *(Share(town.plan.id, kind, amount) for kind, amount in shares), Share(town.plan.id))
    assert PriceItem.objects.count() == 1


def test_a_supply_point_joins_another_ladder_and_not_its_own(town):
    first, second = make_home(town), make_home(town)
    services.join_ladder(scope=town.scope, supply_point_id=second.point.id, group_id=first.group_id, on=MARCH, now=NOW)
    rows = GroupMember.objects.filter(supply_point=second.point).order_by("from_on").values_list("group_id", "to_on")
    assert list(rows) == [(second.group_id, MARCH), (first.group_id, None)]
    with pytest.raises(SameLadder):
        services.join_ladder(
            scope=town.scope, supply_point_id=second.point.id, group_id=first.group_id, on=dt.date(2026, 4, 1), now=NOW
        )


def test_closing_ends_membership_prices_and_household(town):
    home = make_home(town, persons=3)
    services.close_use(scope=town.scope, supply_point_id=home.point.id, on=MARCH, now=NOW)
    assert GroupMember.objects.get().to_on == MARCH
    assert PriceItem.objects.get().to_on == MARCH
    assert Household.objects.get().to_on == MARCH


def test_outside_the_scope_nothing_changes(town):
    home = make_home(town, persons=3)
    stranger = make_scope("service_lead", company=make_company("邻城燃气"))
    other_branch = make_scope("service_lead", company=town.company, over=town.company.other_branch)
    for scope, refusal in ((stranger, NotThere), (other_branch, Forbidden)):
        with pytest.raises(refusal):
            services.set_household(scope=scope, supply_point_id=home.point.id, persons=5, from_on=MARCH, now=NOW)
    assert list(Household.objects.values_list("persons", flat=True)) == [3]


def test_tier_to_date_is_told_per_ladder_and_period(town):
    home = make_home(town)
    home.read(dt.date(2026, 1, 31), 61)
    bill(town, 202601)
    told = selectors.tiers_to_date(scope=town.scope, group_ids=[home.group_id])
    assert [(one.period_from, one.litres) for one in told] == [
        (dt.date(2026, 1, 1), 30_000),
        (dt.date(2025, 1, 1), 31_000),
    ]


def test_the_pages_of_a_ladder_group(client, town):
    home = make_home(town, persons=3)
    client.force_login(make_staff("billing_lead", company=town.company))
    assert client.get(reverse("usage:groups")).status_code == 200
    url = reverse("usage:group", args=[home.group_id])
    assert home.point.number in client.get(url).content.decode()
    add = reverse("usage:household_add", args=[home.group_id])
    assert client.get(add).status_code == 200
    client.post(add, {"persons": 5, "from_on": "2026-03-01"})
    assert sorted(Household.objects.values_list("persons", flat=True)) == [3, 5]
    prices = reverse("usage:prices_set", args=[home.point.id])
    assert client.get(prices).status_code == 200
    plan = make_plan(town.company)
    client.post(prices, {"plan": plan.id, "from_on": "2026-03-01"})
    assert PriceItem.objects.filter(plan=plan).count() == 1
