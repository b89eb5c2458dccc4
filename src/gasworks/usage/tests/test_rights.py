"""Rights of a household by evidence: when they begin, what they change, who may not count twice, how they end."""

import datetime as dt

import pytest

from gasworks.billing.models import Bill
from gasworks.billing.testing.factories import bill, make_home, make_town
from gasworks.customers import services as customers
from gasworks.customers.models import Agreement
from gasworks.foundation.files import store_file
from gasworks.foundation.models import AuditAct, Event
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, TODAY, make_company, make_scope
from gasworks.kernel.errors import Forbidden, NotThere
from gasworks.tariffs.packs import read_pack
from gasworks.tariffs.testing.factories import make_plan
from gasworks.usage import services
from gasworks.usage.effect import effect_of
from gasworks.usage.models import EntitledPerson, Entitlement, Household, PriceItem
from gasworks.usage.services import BilledBeyond, RightSetsPrices, rights
from gasworks.usage.services.rights import (
    EndsTooEarly,
    EvidenceMissing,
    NotAHome,
    PersonElsewhere,
    PersonsDiffer,
    PersonTwice,
    PlanMissing,
    PlanNotByArea,
    RightOver,
    RightStands,
    ValueMissing,
)
from gasworks.usage.starting import NoTierPeriod
from gasworks.usage.types import NewRight, Share

pytestmark = pytest.mark.django_db
D = dt.date
IDS = tuple(f"31010119800101{n:04d}" for n in range(1, 9))


def content(pack: str, plan: str):
    """What a published order says, from its pack."""
    return next(p for p in read_pack(pack).plans if p.code == plan).versions[-1].content


def paper(town):
    return store_file(name="户口簿.pdf", chunks=[b"register"], scope=town.scope, now=NOW).id


@pytest.fixture
def town():
    return make_town(content=content("guangzhou", "guangzhou-home"))


def household(town, home, persons=5, **more):
    given = {"start_rule": "day", "day": D(2026, 4, 1), "id_numbers": IDS[:persons], "evidence_id": paper(town)}
    return NewRight(home.point.id, "household", value=persons, **(given | more))


def record(town, new):
    return rights.record_right(scope=town.scope, new=new, now=NOW)


def sizes(home):
    return list(
        Household.objects.filter(group_id=home.group_id).order_by("from_on").values_list("persons", "from_on", "to_on")
    )


def items(home):
    rows = PriceItem.objects.filter(supply_point=home.point).order_by("from_on")
    return list(rows.values_list("plan__code", "measure", "from_on", "to_on"))


# --- what it changes, shown before -----------------------------------------------------------------------------------


def test_guangzhou_five_persons_have_390_m3_in_tier_1(town):
    """450 m³ of the last twelve months: 1,694.20 yuan a year become 1,593.90."""
    home = make_home(town)
    home.read(D(2026, 3, 1), 450)
    bill(town, 202603)
    effect = effect_of(scope=town.scope, new=household(town, home), today=TODAY)
    assert (effect.litres, effect.known_days) == (450_000, 90)
    assert [tier[0] for tier in effect.before.ladders[0].tiers] == [320_000, 400_000, None]
    assert [tier[0] for tier in effect.after.ladders[0].tiers] == [390_000, 470_000, None]
    assert (effect.before.amount_fen, effect.after.amount_fen, effect.change_fen) == (169_420, 159_390, -10_030)
    assert not Entitlement.objects.exists()
    assert not Household.objects.exists()


def test_nanjing_five_persons_have_caps_of_125_and_285_m3_each():
    town = make_town(content=content("nanjing", "nanjing-home"))
    effect = effect_of(scope=town.scope, new=household(town, make_home(town)), today=TODAY)
    assert effect.before.ladders[0].tiers == ((400_000, 30_300), (1_100_000, 36_400), (None, 42_400))
    assert effect.after.ladders[0].tiers == ((625_000, 30_300), (1_425_000, 36_400), (None, 42_400))
    assert (effect.known_days, effect.litres, effect.change_fen) == (0, 0, 0)


def test_zhengzhou_low_income_has_5_m3_a_month_free(town):
    """30 m³ in each of three months: 264.60 yuan, of which 44.10 for 15 m³ are not to be paid."""
    town = make_town(content=content("zhengzhou", "zhengzhou-home"))
    plan = make_plan(town.company, content("zhengzhou", "zhengzhou-low-income"))
    home = make_home(town)
    for month, index in ((1, 30), (2, 60), (3, 90)):
        home.read(D(2026, month, 1), index)
        bill(town, 202600 + month)
    new = NewRight(home.point.id, "low_income", "cycle", TODAY, D(2027, 3, 1), plan_id=plan.id, evidence_id=paper(town))
    effect = effect_of(scope=town.scope, new=new, today=TODAY)
    assert effect.from_on == D(2026, 3, 1)
    assert effect.litres == 90_000
    assert (effect.before.amount_fen, effect.change_fen) == (26_460, -4_410)
    record(town, new)
    home.read(D(2026, 4, 1), 120)
    bill(town, 202604)
    assert Bill.objects.get(month=202604).amount_fen == 25 * 294


def test_changchun_tiers_go_by_the_heated_floor():
    town = make_town(content=content("changchun", "changchun-home"))
    heating = make_plan(town.company, content("changchun", "changchun-heating"))
    home = make_home(town)
    no_area = NewRight(home.point.id, "heating", "day", D(2026, 4, 1), plan_id=heating.id, evidence_id=paper(town))
    with pytest.raises(ValueMissing):
        record(town, no_area)
    record(
        town,
        NewRight(home.point.id, "area", "day", D(2026, 4, 1), value=9_000, plan_id=heating.id, evidence_id=paper(town)),
    )
    assert items(home) == [
        (town.plan.code, None, D(2025, 12, 1), D(2026, 4, 1)),
        (heating.code, 9_000, D(2026, 4, 1), None),
    ]


# --- when it begins --------------------------------------------------------------------------------------------------


def test_it_begins_with_the_next_bill(town):
    home = make_home(town)
    assert record(town, household(town, home, start_rule="cycle", day=TODAY)).from_on == D(2025, 12, 1)
    other = make_home(town)
    other.read(D(2026, 3, 1), 30)
    bill(town, 202603)
    new = household(town, other, start_rule="cycle", day=TODAY, persons=2, id_numbers=IDS[5:7])
    assert record(town, new).from_on == D(2026, 3, 1)


@pytest.mark.parametrize(
    ("pack", "plan", "begins"),
    [
        ("guangzhou", "guangzhou-home", D(2027, 1, 1)),
        ("haikou", "haikou-home", D(2026, 11, 1)),
        ("taiyuan", "taiyuan-home", D(2026, 7, 1)),
        ("zhengzhou", "zhengzhou-home", D(2026, 4, 1)),
    ],
)
def test_it_begins_with_the_next_tier_period_of_the_plan(pack, plan, begins):
    town = make_town(content=content(pack, plan))
    new = household(town, make_home(town), start_rule="tier_year", day=TODAY)
    assert record(town, new).from_on == begins


def test_a_flat_price_has_no_tier_period_to_begin_with():
    town = make_town(content=content("nanjing", "nanjing-hardship"))
    with pytest.raises(NoTierPeriod):
        record(town, household(town, make_home(town), start_rule="tier_year", day=TODAY))
    assert not Entitlement.objects.exists()


def test_days_that_are_billed_stay_as_they_are(town):
    home = make_home(town)
    home.read(D(2026, 3, 1), 30)
    bill(town, 202603)
    with pytest.raises(BilledBeyond):
        record(town, household(town, home, day=D(2026, 2, 1)))
    assert not Entitlement.objects.exists()
    assert not Household.objects.exists()


# --- what is refused -------------------------------------------------------------------------------------------------


def test_one_person_counts_in_one_household_only(town):
    here, there = make_home(town), make_home(town)
    record(town, household(town, here))
    with pytest.raises(PersonElsewhere) as refused:
        record(town, household(town, there, persons=1, id_numbers=[f" {IDS[2].lower()} "]))
    assert refused.value.params["number"] == here.point.number
    assert Entitlement.objects.count() == 1
    assert sizes(there) == []
    assert EntitledPerson.objects.count() == 5
    assert not EntitledPerson.objects.filter(shown__contains="19800101").exists()


def test_who_is_erased_leaves_no_trace_of_the_household(town):
    home, other = make_home(town), make_home(town)
    for one, ids in ((home, IDS[:5]), (other, IDS[5:])):
        record(town, household(town, one, len(ids), id_numbers=ids))
    agreement = Agreement.objects.get(supply_point=home.point)
    customers.end_agreement(
        scope=town.scope, agreement_id=agreement.id, seen=agreement.version, to_on=D(2026, 6, 1), now=NOW
    )
    customers.erase_customer(scope=town.scope, customer_id=agreement.customer_id, now=NOW)
    assert EntitledPerson.objects.count() == len(IDS) - 5
    assert Entitlement.objects.filter(supply_point=home.point).count() == 1


def test_a_person_moves_when_the_old_household_has_ended(town):
    here, there = make_home(town), make_home(town)
    old = record(town, household(town, here))
    rights.end_right(scope=town.scope, right_id=old.id, on=D(2026, 5, 1), now=NOW)
    record(town, household(town, there, day=D(2026, 5, 1)))
    assert sizes(here) == [(5, D(2026, 4, 1), D(2026, 5, 1))]
    assert sizes(there) == [(5, D(2026, 5, 1), None)]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"evidence_id": None}, EvidenceMissing),
        ({"id_numbers": IDS[:4]}, PersonsDiffer),
        ({"id_numbers": (*IDS[:4], IDS[0])}, PersonTwice),
        ({"to_on": D(2026, 4, 1)}, EndsTooEarly),
        ({"value": 0}, ValueMissing),
        ({"kind": "heating"}, PlanMissing),
        ({"kind": "area"}, PlanNotByArea),
    ],
)
def test_what_is_wrong_is_refused_by_name(town, more, why):
    home = make_home(town)
    new = household(town, home)
    wrong = NewRight(**({name: getattr(new, name) for name in new.__slots__} | more))
    with pytest.raises(why):
        record(town, wrong)
    assert not Entitlement.objects.exists()
    assert sizes(home) == []
    assert len(items(home)) == 1


def test_only_a_household_has_entitlements(town):
    shop = make_home(town, customer_type="commercial")
    with pytest.raises(NotAHome):
        record(town, household(town, shop))
    assert not Entitlement.objects.exists()


def test_a_supply_point_has_one_right_that_sets_its_plan(town):
    home = make_home(town)
    plan = make_plan(town.company)
    new = NewRight(home.point.id, "heating", "day", D(2026, 4, 1), plan_id=plan.id, evidence_id=paper(town))
    record(town, new)
    with pytest.raises(RightStands):
        record(
            town, NewRight(home.point.id, "low_income", "day", D(2026, 6, 1), plan_id=plan.id, evidence_id=paper(town))
        )
    with pytest.raises(RightSetsPrices):
        services.set_price_items(
            scope=town.scope, supply_point_id=home.point.id, shares=[Share(plan.id)], from_on=D(2026, 5, 1), now=NOW
        )
    assert Entitlement.objects.count() == 1
    assert len(items(home)) == 2


def test_another_branch_and_another_company_are_out_of_reach(town):
    home = make_home(town)
    away = make_scope("billing_clerk", company=town.company, over=town.company.other_branch)
    with pytest.raises(Forbidden):
        rights.record_right(scope=away, new=household(town, home), now=NOW)
    stranger = Scope.system("test", company_id=make_company("外地燃气").id)
    with pytest.raises(NotThere):
        rights.record_right(scope=stranger, new=household(town, home), now=NOW)
    assert not Entitlement.objects.exists()


# --- how it ends -----------------------------------------------------------------------------------------------------


def test_a_larger_household_replaces_the_smaller_one(town):
    home = make_home(town, persons=3)
    first = record(town, household(town, home))
    record(town, household(town, home, persons=6, day=D(2026, 6, 1)))
    first.refresh_from_db()
    assert (first.to_on, first.end_reason) == (D(2026, 6, 1), "replaced")
    assert sizes(home) == [
        (3, D(2025, 12, 1), D(2026, 4, 1)),
        (5, D(2026, 4, 1), D(2026, 6, 1)),
        (6, D(2026, 6, 1), None),
    ]
    assert EntitledPerson.objects.filter(to_on=D(2026, 6, 1)).count() == 5


def test_a_low_income_right_gives_the_plan_back_when_it_ends(town):
    home = make_home(town)
    plan = make_plan(town.company)
    new = NewRight(
        home.point.id, "low_income", "day", D(2026, 4, 1), D(2027, 4, 1), plan_id=plan.id, evidence_id=paper(town)
    )
    right = record(town, new)
    normal = town.plan.code
    assert items(home) == [
        (normal, None, D(2025, 12, 1), D(2026, 4, 1)),
        (plan.code, None, D(2026, 4, 1), D(2027, 4, 1)),
        (normal, None, D(2027, 4, 1), None),
    ]
    rights.end_right(scope=town.scope, right_id=right.id, on=D(2026, 8, 1), now=NOW)
    assert [(row[0], row[2]) for row in items(home)] == [
        (normal, D(2025, 12, 1)),
        (plan.code, D(2026, 4, 1)),
        (normal, D(2026, 8, 1)),
        (normal, D(2027, 4, 1)),
    ]
    with pytest.raises(RightOver):
        rights.end_right(scope=town.scope, right_id=right.id, on=D(2026, 7, 1), now=NOW)


def test_one_that_never_began_leaves_nothing_but_its_history(town):
    home = make_home(town)
    right = record(town, household(town, home))
    rights.end_right(scope=town.scope, right_id=right.id, on=D(2026, 3, 15), now=NOW)
    assert sizes(home) == []
    assert not Entitlement.objects.exists()
    assert not EntitledPerson.objects.exists()
    assert Entitlement.pgh_event_model.objects.filter(pgh_obj_id=right.id).count() == 2
    assert AuditAct.objects.filter(act="usage.end_right").count() == 1


def test_renewal_moves_its_end_and_needs_new_evidence(town):
    home = make_home(town)
    right = record(town, household(town, home, to_on=D(2027, 4, 1)))
    new_paper = paper(town)
    with pytest.raises(EvidenceMissing):
        rights.renew_right(scope=town.scope, right_id=right.id, to_on=D(2028, 4, 1), evidence_id=None, now=NOW)
    rights.renew_right(scope=town.scope, right_id=right.id, to_on=D(2028, 4, 1), evidence_id=new_paper, now=NOW)
    right.refresh_from_db()
    assert (right.to_on, right.evidence_id) == (D(2028, 4, 1), new_paper)
    assert sizes(home) == [(5, D(2026, 4, 1), D(2028, 4, 1))]
    assert set(EntitledPerson.objects.values_list("to_on", flat=True)) == {D(2028, 4, 1)}


def test_who_does_not_renew_is_told_once_before_and_once_after(town):
    home = make_home(town)
    right = record(town, household(town, home, to_on=D(2026, 5, 1)))
    assert rights.remind(scope=town.scope, today=D(2026, 3, 1), now=NOW) == 0
    assert rights.remind(scope=town.scope, today=D(2026, 3, 2), now=NOW) == 1
    assert rights.remind(scope=town.scope, today=D(2026, 3, 3), now=NOW) == 0
    assert rights.drop_out(scope=town.scope, today=D(2026, 4, 30), now=NOW) == 0
    assert rights.drop_out(scope=town.scope, today=D(2026, 5, 1), now=NOW) == 1
    assert rights.drop_out(scope=town.scope, today=D(2026, 5, 2), now=NOW) == 0
    right.refresh_from_db()
    assert right.end_reason == "expired"
    assert right.ended_at == NOW
    assert Event.objects.get(kind="usage.rights_to_renew").payload["rights"] == [
        [right.id, home.point.id, "household", "2026-05-01"]
    ]
    assert Event.objects.get(kind="usage.rights_ended").payload["reason"] == "expired"
    assert AuditAct.objects.filter(act="usage.drop_out").count() == 1


def test_all_rights_lapse_with_the_holder(town):
    home = make_home(town)
    plan = make_plan(town.company)
    record(town, household(town, home))
    record(town, NewRight(home.point.id, "heating", "day", D(2026, 4, 1), plan_id=plan.id, evidence_id=paper(town)))
    later = NewRight(
        home.point.id, "household", "day", D(2026, 9, 1), value=6, id_numbers=IDS[:6], evidence_id=paper(town)
    )
    record(town, later)
    assert services.lapse_households(scope=town.scope, supply_point_id=home.point.id, on=D(2026, 6, 1), now=NOW) == 2
    assert list(Entitlement.objects.order_by("kind").values_list("kind", "to_on", "end_reason")) == [
        ("heating", D(2026, 6, 1), "lapsed"),
        ("household", D(2026, 6, 1), "lapsed"),
    ]
    assert sizes(home) == [(5, D(2026, 4, 1), D(2026, 6, 1))]
    assert [(row[0], row[2]) for row in items(home)][-1] == (town.plan.code, D(2026, 6, 1))
    assert set(EntitledPerson.objects.values_list("to_on", flat=True)) == {D(2026, 6, 1)}
