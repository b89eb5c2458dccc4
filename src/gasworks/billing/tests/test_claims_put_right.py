"""Gas by formula and bills made again in the claims of subsidies: each fen once, whatever came later."""

import datetime as dt
from dataclasses import fields

import pytest
from django.urls import reverse

from gasworks.billing import normal_price
from gasworks.billing.jobs import claim_subsidies
from gasworks.billing.models import Bill, Claim, ClaimLine
from gasworks.billing.services import backbilling, rebilling
from gasworks.billing.services.claiming import claim_month
from gasworks.billing.subsidy import parts_of
from gasworks.billing.testing.factories import bill, make_home, subsidised_town
from gasworks.billing.tests.test_relief import relieve
from gasworks.foundation import approvals
from gasworks.foundation.files import store_file
from gasworks.foundation.models import Approval
from gasworks.foundation.reach import scope_for
from gasworks.foundation.testing.factories import NOW, TODAY, make_staff
from gasworks.metering.models import Reading
from gasworks.usage.models import PriceItem, SubsidyPayer

pytestmark = pytest.mark.django_db
D = dt.date
FEBRUARY = D(2026, 2, 1)


def claim(town, month):
    return claim_month(scope=town.scope, month=month, today=TODAY, now=NOW)


def lines(made):
    rows = ClaimLine.objects.filter(claim=made).order_by("bill_id")
    return list(rows.values_list("bill_id", "litres", "normal_fen", "billed_fen", "amount_fen"))


def back_bill(home, m3, climb="counts", *, from_on=FEBRUARY):
    """``m3`` × 25 l an hour × 4 h × 10 days, by two persons; it stands in March, when it is issued."""
    lead = scope_for(make_staff("billing_lead", company=home.town.company))
    paper = store_file(name="report.txt", chunks=[b"report"], scope=lead, now=NOW)
    row = backbilling.ask_back_bill(
        scope=lead,
        supply_point_id=home.point.id,
        cause="valve",
        from_on=from_on,
        to_on=from_on + dt.timedelta(days=10),
        flow_litres=m3 * 25,
        hours=4,
        climb=climb,
        reason="表阀内漏",
        evidence_id=paper.id,
        today=TODAY,
        now=NOW,
    )
    asked = Approval.objects.get(subject_id=row.id)
    manager = scope_for(make_staff("manager", company=home.town.company))
    approvals.grant(scope=manager, approval_id=asked.id, seen=asked.version, now=NOW)
    return Bill.objects.get(kind=Bill.Kind.BACK)


@pytest.fixture
def kunming():
    """120 m³ a year at 1.64 instead of 2.97; 100 of them are billed."""
    town, plan, _payer = subsidised_town("kunming", "kunming-home", "kunming-low-income")
    home = make_home(town, plan=plan, begin=D(2026, 1, 1))
    home.read(D(2026, 2, 1), 100)
    bill(town, 202602)
    return home


@pytest.fixture
def nanjing():
    """All at 3.03; by the normal plan 3.64 above 400 m³ a year, 4.24 above 1,100. 350 m³ are billed."""
    town, plan, _payer = subsidised_town("nanjing", "nanjing-home", "nanjing-hardship")
    home = make_home(town, plan=plan, begin=D(2026, 1, 1))
    home.read(D(2026, 2, 1), 350)
    bill(town, 202602)
    return home


def test_cheap_gas_that_a_back_bill_used_up_is_owed_by_the_payer(kunming):
    """40 m³: 20 are left at 1.64, 20 cost 2.97 like anybody's. 118.80 − 92.20."""
    back = back_bill(kunming, 40)
    (made,) = claim(kunming.town, 202603)
    assert lines(made) == [(back.id, 40_000, 11_880, 9_220, 2_660)]
    assert claim(kunming.town, 202603) == []


def test_a_back_bill_at_one_tier_leaves_the_cheap_gas_to_the_next_bill(kunming):
    """All at the first tier: 2.97 by either plan, nothing is owed; the 20 m³ at 1.64 are the next bill's."""
    back_bill(kunming, 40, "first")
    kunming.read(D(2026, 3, 1), 150)
    bill(kunming.town, 202603)
    (made,) = claim(kunming.town, 202603)
    regular = Bill.objects.get(month=202603, kind=Bill.Kind.REGULAR)
    assert lines(made) == [(regular.id, 50_000, 14_850, 20 * 164 + 30 * 297, 20 * (297 - 164))]


def test_a_ceiling_at_the_last_tier_is_owed_tier_for_tier(nanjing):
    """All at the last tier: 40 m³ at 3.03 where others pay 4.24; the ladder is not climbed."""
    back = back_bill(nanjing, 40, "top")
    nanjing.read(D(2026, 3, 1), 400)
    bill(nanjing.town, 202603)
    (made,) = claim(nanjing.town, 202603)
    assert lines(made) == [(back.id, 40_000, 16_960, 12_120, 4_840)]


def test_what_is_billed_after_a_back_bill_stands_above_it(nanjing):
    """350 + 40 are below 400; of the next 150 m³ ten cost 3.03 and 140 cost 3.64 by the normal plan."""
    back_bill(nanjing, 40)
    nanjing.read(D(2026, 3, 1), 500)
    bill(nanjing.town, 202603)
    (made,) = claim(nanjing.town, 202603)
    regular = Bill.objects.get(month=202603, kind=Bill.Kind.REGULAR)
    assert lines(made) == [(regular.id, 150_000, 10 * 303 + 140 * 364, 150 * 303, 140 * 61)]


def test_a_back_bill_for_older_days_stands_above_what_was_billed_before_it(nanjing):
    """350 + 150 are billed and claimed (100 × 0.61); 40 m³ of January come on top of 500, and change no other line."""
    nanjing.read(D(2026, 3, 1), 500)
    bill(nanjing.town, 202603)
    (first,) = claim(nanjing.town, 202603)
    assert first.amount_fen == 6_100
    back = back_bill(nanjing, 40, from_on=D(2026, 1, 10))
    (made,) = claim(nanjing.town, 202603)
    assert lines(made) == [(back.id, 40_000, 40 * 364, 40 * 303, 40 * 61)]
    assert claim(nanjing.town, 202602) == []


@pytest.mark.parametrize("at_a_time", [1, 2])
def test_ladder_groups_rated_a_few_at_a_time_give_one_and_the_same_list(monkeypatch, nanjing, at_a_time):
    """Three homes, one with a back-bill between two bills, two with bills that pass 400 m³."""
    town = nanjing.town
    plan = PriceItem.objects.get().plan
    others = [make_home(town, plan=plan, begin=D(2026, 1, 1)) for _one in range(2)]
    back_bill(nanjing, 40)
    for home, m3 in zip((nanjing, *others), (500, 420, 1_200), strict=True):
        home.read(D(2026, 3, 1), m3)
    bill(town, 202603)
    asked = {"scope": town.scope, "payer_id": SubsidyPayer.objects.get().id, "month": 202603}
    whole = parts_of(**asked)
    assert whole.amount_fen.tolist() == [140 * 61, 20 * 61, 700 * 61 + 100 * 121]
    monkeypatch.setattr(normal_price, "GROUPS", at_a_time)
    assert [column.tolist() for column in columns(parts_of(**asked))] == [column.tolist() for column in columns(whole)]


def columns(parts):
    return [getattr(parts, one.name) for one in fields(parts)]


def test_a_lump_that_a_relief_case_spread_is_priced_month_by_month_by_the_normal_plan_too():
    """760 m³ of three months, a December day three times as heavy: 465 in 2025, 155 + 140 in 2026. By the normal plan 65
    stand above 400 in 2025 and cost 3.64; by even days it would have been 98 in 2026, and 59.78 to claim."""
    town, plan, _payer = subsidised_town("nanjing", "nanjing-home", "nanjing-hardship")
    home = make_home(town, plan=plan, begin=D(2025, 12, 1))
    relieve(home, (*[1] * 11, 3))
    home.read(D(2026, 3, 1), 760)
    bill(town, 202603)
    regular = Bill.objects.get()
    (made,) = claim(town, 202603)
    assert lines(made) == [(regular.id, 760_000, 695 * 303 + 65 * 364, 760 * 303, 65 * 61)]


@pytest.fixture
def zhengzhou():
    """Two homes with 5 m³ a month free: 30 and 3 m³ in February, both claimed."""
    town, plan, _payer = subsidised_town("zhengzhou", "zhengzhou-home", "zhengzhou-low-income")
    homes = [make_home(town, plan=plan, begin=D(2026, 1, 1)) for _number in range(2)]
    for home, m3 in zip(homes, (30, 3), strict=True):
        home.read(D(2026, 2, 1), m3)
    bill(town, 202602)
    claim(town, 202602)
    return homes


def bill_again(home, m3):
    """The reading was wrong: the old bill and the one in its place."""
    old = Bill.objects.get(supply_point_id=home.point.id, state=Bill.State.ISSUED)
    reading = Reading.objects.get(installation=home.installation, read_on=old.to_on, state=Reading.State.APPROVED)
    Reading.objects.filter(pk=reading.pk).update(state=Reading.State.REPLACED)
    home.read(reading.read_on, m3, month=reading.month)
    done = rebilling.draft_rebill(
        scope=home.town.scope,
        target="bill",
        chosen={"bill": old.id},
        cause="reading",
        reason="抄错",
        today=TODAY,
        now=NOW,
    )
    rebilling.start_rebill(scope=home.town.scope, rebill_id=done.id, today=TODAY, now=NOW)
    return old, Bill.objects.get(supply_point_id=home.point.id, state=Bill.State.ISSUED)


def test_a_bill_made_again_is_a_line_below_zero_and_a_new_one(client, zhengzhou):
    """3 m³ were free, 4 m³ are: 8.82 back, 11.76 claimed."""
    _other, home = zhengzhou
    old, new = bill_again(home, 4)
    (made,) = claim(home.town, 202602)
    assert lines(made) == [(old.id, -3_000, -882, 0, -882), (new.id, 4_000, 1_176, 0, 1_176)]
    assert (made.no, made.litres, made.amount_fen) == (2, 1_000, 294)
    assert claim(home.town, 202602) == []
    client.force_login(make_staff("finance", company=home.town.company))
    page = client.get(reverse("billing:claim", args=[made.id])).content.decode()
    for shown in ("-8.82", "11.76", "2.94"):
        assert shown in page


def test_lines_that_add_up_to_nothing_wait_for_the_next_list(zhengzhou):
    """30 m³ made 20: 5 m³ are free either way. No money, no claim; the lines come with the other home's."""
    large, small = zhengzhou
    first = bill_again(large, 20)
    assert claim(large.town, 202602) == []
    second = bill_again(small, 5)
    (made,) = claim(large.town, 202602)
    assert [(row[0], row[4]) for row in lines(made)] == [
        (first[0].id, -1_470),
        (second[0].id, -882),
        (first[1].id, 1_470),
        (second[1].id, 1_470),
    ]
    assert (made.litres, made.amount_fen) == (-8_000, 588)


def test_all_lines_of_a_month_add_up_to_what_stands(zhengzhou):
    _other, home = zhengzhou
    bill_again(home, 4)
    claim(home.town, 202602)
    bill_again(home, 40)
    claim(home.town, 202602)
    claims = Claim.objects.all()
    assert [sum(getattr(one, name) for one in claims) for name in ("litres", "amount_fen")] == [70_000, 2 * 1_470]
    rows = ClaimLine.objects.values_list("litres", "normal_fen", "billed_fen")
    assert [sum(column) for column in zip(*rows, strict=True)] == [70_000, 70 * 294, 60 * 294]


def test_the_timer_puts_claimed_months_right_too(zhengzhou):
    """On 5 April March is claimed, and February once more, of which a claimed bill was made again."""
    _other, home = zhengzhou
    bill_again(home, 4)
    claim_subsidies.func.__wrapped__(now=dt.datetime(2026, 4, 4, 17, 40, tzinfo=dt.UTC))
    assert list(Claim.objects.order_by("id").values_list("month", "no", "amount_fen")) == [
        (202602, 1, 2_352),
        (202602, 2, 294),
    ]
