"""A price version tried on billed gas: the figures to the fen, who gains and loses, and what stays untouched."""

import datetime as dt
from fractions import Fraction
from itertools import accumulate

import numpy as np
import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from gasworks.billing import services
from gasworks.billing.models import Bill, Simulation
from gasworks.billing.services import simulating
from gasworks.billing.services.simulating import BeginsLater, NobodyBilled, TooManyMonths
from gasworks.billing.simulate.figures import distribution, middle
from gasworks.billing.testing.factories import bill, make_home, make_town
from gasworks.foundation import calendar
from gasworks.foundation.files import path_of
from gasworks.foundation.models import Work
from gasworks.foundation.reach import scope_for
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import MARKER, NOW, make_company, make_marker_company, make_scope, make_staff
from gasworks.foundation.testing.working import do_waiting_work
from gasworks.foundation.work import cancel_work
from gasworks.kernel.errors import Forbidden, NotThere
from gasworks.tariffs.testing import FLAT, YEARLY, make_plan, make_version
from tests.rating import twin

pytestmark = pytest.mark.django_db

# Tier 1 costs 3.10 instead of 3.00; bounds and the other prices stay.
DEARER = {
    "ladder": {
        **YEARLY["ladder"],
        "tiers": [{"upto_m3": 300, "price": "3.10"}, {"upto_m3": 500, "price": "3.60"}, {"price": "4.50"}],
    }
}


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def homes(town):
    """Three homes billed for March and April 2026: 100 + 50 m³, 290 + 110 m³ (100 of it in tier 2), and nothing."""
    found = [make_home(town, begin=dt.date(2026, 2, 1)) for _ in range(3)]
    for home, (march, april) in zip(found, ((100, 150), (290, 400), (0, 0)), strict=True):
        home.read(dt.date(2026, 3, 1), march)
        home.read(dt.date(2026, 4, 1), april)
    bill(town, 202603)
    bill(town, 202604)
    return found


def try_version(town, content=DEARER, *, plan=None, scope=None, from_on=dt.date(2027, 1, 1), **choice):
    """Ask for a simulation and do its work."""
    version = make_version(plan or town.plan, content, from_on=from_on)
    asked = {"first_month": 202603, "last_month": 202604, **choice}
    row = simulating.ask_simulation(scope=scope or town.scope, version_id=version.id, title="x", now=NOW, **asked)
    (work,) = do_waiting_work()
    row.refresh_from_db()
    return row, work


def test_a_rise_of_ten_fen_in_tier_one_brings_ten_fen_for_each_cubic_metre_of_it(town, homes):
    row, work = try_version(town)
    figures = row.figures
    assert work.state == Work.State.DONE
    # 150 m³ × 3.00, 300 m³ × 3.00 + 100 m³ × 3.60, nothing.
    assert figures["now_fen"] == 450_00 + 900_00 + 360_00
    assert figures["tried_fen"] - figures["now_fen"] == (150 + 300) * 10
    assert (figures["points"], figures["touched"], figures["intervals"]) == (3, 3, 6)
    assert (figures["more_points"], figures["more_fen"]) == (2, 4_500)
    assert (figures["less_points"], figures["same_points"], figures["middle_fen"]) == (0, 1, 1_500)
    assert figures["tiers"] == [
        ["residential", 1, 450_000, 135_000, 450_000, 139_500],
        ["residential", 2, 100_000, 36_000, 100_000, 36_000],
    ]
    assert figures["types"] == [["residential", 3, 550_000, 171_000, 175_500, 0, 2, 1_500]]
    assert figures["months"] == [[202603, 390_000, 117_000, 120_900], [202604, 160_000, 54_000, 54_600]]


def test_what_was_billed_is_what_todays_prices_make_of_it(town, homes):
    figures = try_version(town)[0].figures
    billed = sum(Bill.objects.values_list("amount_fen", flat=True))
    assert (figures["bills"], figures["billed_fen"]) == (6, billed)
    assert (figures["apart"], figures["apart_fen"], figures["why"]) == (0, 0, [])
    assert figures["now_fen"] == billed


def test_a_draft_that_says_what_is_in_force_changes_nothing_for_anybody(town, homes):
    figures = try_version(town, YEARLY)[0].figures
    assert figures["now_fen"] == figures["tried_fen"]
    assert (figures["more_points"], figures["less_points"], figures["same_points"]) == (0, 0, 3)
    assert figures["spread"] == [["residential", [[0, 0, 3]]]]


def test_months_that_begin_inside_a_tier_year_go_on_where_the_ladder_stood(town, homes):
    """In April the second home has 290 m³ behind it: 10 m³ of its 110 are left in tier 1."""
    figures = try_version(town, first_month=202604)[0].figures
    assert figures["tried_fen"] - figures["now_fen"] == (50 + 10) * 10
    assert (figures["apart"], figures["points"]) == (0, 3)


def ladder_of(content, code=0):
    """The twin's words for a yearly ladder by day of use."""
    ladder = content["ladder"]
    return {
        "tiers": [(t.get("upto_m3") and t["upto_m3"] * 1000, Fraction(t["price"])) for t in ladder["tiers"]],
        "period": {
            "kind": "year",
            "start": tuple(ladder["period"].get("start", (1, 1))),
            "boundary": "by_day",
            "parity": [],
        },
        "basis": "period",
        "household": None,
        "first": "full",
        "code": code,
    }


def by_twin(versions, months):
    """Fen of each month's gas: ``versions`` are (from, content, ladder code), ``months`` (from, to, m³)."""
    ends = [*(begin for begin, _content, _code in versions[1:]), None]
    told = [
        {"from": begin, "to": end, "change": "by_day", "main": ladder_of(content, code), "seasons": [], "minimum": 0}
        for (begin, content, code), end in zip(versions, ends, strict=True)
    ]
    plan = {"unit": 1000, "remainder": "largest", "versions": told}
    alike = {"plan": 0, "persons": 0, "changes": [], "months": 1, "parity": 0, "group": 1, "opened": None, "member": 1}
    asked = [
        {**alike, "from": begin, "to": end, "litres": m3 * 1000, "cycle": end.replace(day=1), "measure": 0}
        for begin, end, m3 in months
    ]
    return [one["amount"] for one in twin.rate([plan], asked, {})]


FROM_JULY = {"ladder": {**DEARER["ladder"], "period": {"kind": "year", "start": [7, 1]}, "code": 1}}
DAYS = [dt.date(2025, month, 10) for month in range(6, 13)] + [dt.date(2026, month, 10) for month in range(1, 5)]
USED = {"large": (90, 30, 20, 25, 40, 60, 110, 160, 120, 70), "small": (9, 3, 2, 5, 4, 6, 11, 16, 12, 7)}


@pytest.fixture
def year():
    """Two homes billed monthly from July 2025 to April 2026; today's tier years begin in January."""
    company = make_company()
    for month in range(202507, 202512):
        calendar.open_month(scope=Scope.system("test", company_id=company.id), month=month, now=NOW)
    town = make_town(company=company)
    for used in USED.values():
        home = make_home(town, begin=DAYS[0])
        for day, shown in zip(DAYS[1:], accumulate(used), strict=True):
            home.read(day, shown)
    for day in DAYS[1:]:
        bill(town, day.year * 100 + day.month)
    return town, [list(zip(DAYS, DAYS[1:], used, strict=False)) for used in USED.values()]


def test_a_tier_year_that_began_before_the_months_goes_on_though_today_has_another(year):
    """By the draft, years begin in July: what was used since then stands on its ladder, first and last month or not."""
    (town, homes), always = year, dt.date(2020, 1, 1)
    for first, place in ((202509, 2), (202602, 7), (202604, 9)):
        figures = try_version(town, FROM_JULY, first_month=first, from_on=dt.date(2027, 1, place))[0].figures
        now = sum(sum(by_twin([(always, YEARLY, 0)], months)[place:]) for months in homes)
        tried = sum(sum(by_twin([(always, FROM_JULY, 1)], months)[place:]) for months in homes)
        assert (figures["now_fen"], figures["tried_fen"]) == (now, tried)
        assert (figures["apart"], figures["intervals"], figures["bills"]) == (0, 20 - 2 * place, 20 - 2 * place)
        assert [month for month, *_sums in figures["months"]] == [m.year * 100 + m.month for m in DAYS[1 + place :]]


def test_gas_of_before_counts_on_the_ladder_of_a_version_from_its_own_day_from_that_day_on(year):
    """From 1 October on the draft counts on a ladder of its own; its gas of October and November is behind December's."""
    (town, homes), begin = year, dt.date(2025, 10, 1)
    figures = try_version(town, FROM_JULY, from_on=begin, throughout=False, first_month=202512)[0].figures
    versions = [(dt.date(2020, 1, 1), YEARLY, 0), (begin, FROM_JULY, 1)]
    assert figures["tried_fen"] == sum(sum(by_twin(versions, months)[5:]) for months in homes)


def test_a_version_from_its_own_day_prices_the_gas_from_that_day_on(town, homes):
    """From 17 March: 16 of April's 31 days lie before it. 50 m³ are shared 26 : 24, 110 m³ 57 : 53."""
    figures = try_version(town, from_on=dt.date(2026, 3, 17), throughout=False)[0].figures
    assert figures["tried_fen"] - figures["now_fen"] == 24 * 10


def test_other_tiers_move_gas_between_tiers(town, homes):
    """One price for all: 3.20. The first home pays more, the second less."""
    flat = {"ladder": {"tiers": [{"price": "3.20"}]}}
    figures = try_version(town, flat)[0].figures
    assert figures["tried_fen"] == 550 * 320
    assert (figures["more_points"], figures["more_fen"]) == (2, 150 * 20 + 400 * 320 - 126_000)
    assert figures["tiers"][0] == ["residential", 1, 450_000, 135_000, 550_000, 176_000]


def test_only_supply_points_of_the_plan_can_change(town, homes):
    shop = make_home(town, begin=dt.date(2026, 2, 1), plan=make_plan(town.company, FLAT), customer_type="commercial")
    shop.read(dt.date(2026, 3, 1), 10)
    bill(town, 202603)
    figures = try_version(town)[0].figures
    assert (figures["points"], figures["touched"], figures["apart"]) == (4, 3, 0)
    assert figures["types"][1] == ["commercial", 1, 10_000, 4_410, 4_410, 0, 0, 0]
    assert [kind for kind, _rows in figures["tenths"]] == ["residential"]


def test_an_interval_across_the_year_end_is_put_together_again(town):
    home = make_home(town, begin=dt.date(2025, 12, 2))
    home.read(dt.date(2026, 1, 11), 40)
    bill(town, 202601)
    row, _work = try_version(town, first_month=202601, last_month=202601)
    assert (row.figures["intervals"], row.figures["apart"]) == (1, 0)
    assert row.figures["tried_fen"] - row.figures["now_fen"] == 400


def test_household_sizes_count_on_both_sides(town):
    larger = {"ladder": {**YEARLY["ladder"], "household": {"above": 4, "m3": [100, 100], "once": True}}}
    plan = make_plan(town.company, larger)
    home = make_home(town, begin=dt.date(2026, 2, 1), plan=plan, persons=5)
    home.read(dt.date(2026, 3, 1), 450)
    bill(town, 202603)
    dearer = {"ladder": {**DEARER["ladder"], "household": larger["ladder"]["household"]}}
    figures = try_version(town, dearer, plan=plan)[0].figures
    assert figures["apart"] == 0
    assert figures["tried_fen"] - figures["now_fen"] == 400 * 10


def test_a_cancelled_bill_does_not_count(town, homes):
    before = try_version(town)[0].figures
    last = Bill.objects.filter(month=202604).order_by("id").first()
    services.cancel_bill(scope=town.scope, bill_id=last.id, reason="读数有误", today=NOW.date(), now=NOW)
    after = try_version(town)[0].figures
    assert (before["bills"], after["bills"]) == (6, 5)
    assert before["now_fen"] - after["now_fen"] == last.amount_fen


def test_gas_that_the_draft_cannot_rate_is_left_out_on_both_sides(town, homes):
    by_area = {
        "ladder": {
            "tiers": [{"upto_m3": 10, "price": "3.10"}, {"price": "3.60"}],
            "period": {"kind": "year"},
            "basis": "floor_area",
        }
    }
    version = make_version(town.plan, by_area, from_on=dt.date(2027, 1, 1))
    row = simulating.ask_simulation(
        scope=town.scope, version_id=version.id, first_month=202603, last_month=202604, title="x", now=NOW
    )
    with pytest.raises(NobodyBilled):
        simulating.simulate(scope=town.scope, simulation_id=row.id)


def test_the_draft_is_kept_as_it_was_tried(town, homes):
    row, _work = try_version(town)
    assert row.content == DEARER
    assert (row.from_on, row.throughout) == (dt.date(2027, 1, 1), True)


def test_the_file_has_a_sheet_for_each_table_and_everybody_if_asked(town, homes):
    row, _work = try_version(town, listed=True)
    book = CalamineWorkbook.from_path(str(path_of(row.file)))
    assert len(book.sheet_names) == 9
    everybody = book.get_sheet_by_index(8).to_python()
    assert len(everybody) == 4
    assert everybody[1][0] == homes[0].point.number
    assert everybody[1][4:] == [450, 465, 15]
    rises = book.get_sheet_by_index(6).to_python()
    assert [line[6] for line in rises[1:]] == [30, 15]


def test_a_simulation_stops_where_somebody_asked_and_leaves_no_figures(town, homes):
    version = make_version(town.plan, DEARER, from_on=dt.date(2027, 1, 1))
    lead = scope_for(make_staff("billing_lead", company=town.company))
    row = simulating.ask_simulation(
        scope=lead, version_id=version.id, first_month=202603, last_month=202604, title="x", now=NOW
    )
    Work.objects.filter(pk=row.work_id).update(state=Work.State.RUNNING)
    cancel_work(row.work.public_id, scope=lead, now=NOW)
    Work.objects.filter(pk=row.work_id).update(state=Work.State.WAITING)
    (work,) = do_waiting_work()
    row.refresh_from_db()
    assert work.state == Work.State.CANCELLED
    assert (row.figures, row.file, row.ended_at) == ({}, None, None)


def test_a_person_of_one_branch_tries_prices_on_that_branch_only(town, homes):
    far = make_home(town, begin=dt.date(2026, 2, 1), branch_id=town.company.other_branch.id)
    far.read(dt.date(2026, 3, 1), 10)
    bill(town, 202603)
    manager = scope_for(make_staff("manager", company=town.company))
    row, _work = try_version(town, scope=manager)
    assert row.selection["branches"] == [town.company.branch.id]
    assert row.figures["points"] == 3
    version = make_version(town.plan, DEARER, from_on=dt.date(2027, 1, 1))
    with pytest.raises(Forbidden):
        simulating.ask_simulation(
            scope=manager,
            version_id=version.id,
            first_month=202603,
            last_month=202604,
            branches=(town.company.other_branch.id,),
            title="x",
            now=NOW,
        )
    assert Simulation.objects.count() == 1


@pytest.mark.parametrize(
    ("choice", "refusal"),
    [
        ({"first_month": 202604, "last_month": 202603}, TooManyMonths),
        ({"first_month": 202403, "last_month": 202603}, TooManyMonths),
        ({"throughout": False}, BeginsLater),
    ],
)
def test_what_cannot_be_tried_is_refused_by_name(town, homes, choice, refusal):
    with pytest.raises(refusal):
        try_version(town, **choice)
    assert Simulation.objects.count() == 0


def test_who_may_not_draft_or_manage_may_not_try(town):
    version = make_version(town.plan, DEARER, from_on=dt.date(2027, 1, 1))
    with pytest.raises(Forbidden):
        simulating.ask_simulation(
            scope=make_scope("billing_clerk", company=town.company),
            version_id=version.id,
            first_month=202603,
            last_month=202604,
            title="x",
            now=NOW,
        )


def test_another_companys_version_is_not_there(town):
    foreign = make_version(make_plan(make_marker_company()), DEARER, from_on=dt.date(2027, 1, 1))
    with pytest.raises(NotThere):
        simulating.ask_simulation(
            scope=town.scope, version_id=foreign.id, first_month=202603, last_month=202604, title="x", now=NOW
        )


def test_the_page_shows_the_sums_and_the_draft_leads_to_it(client, town, homes):
    row, _work = try_version(town)
    staff = make_staff("billing_lead", company=town.company)
    staff.language = "en"
    staff.save()
    client.force_login(staff)
    shown = client.get(reverse("billing:simulation", args=[row.id])).content.decode()
    for text in ("1,710.00", "1,755.00", "45.00", "+2.6 %", "Reconciliation", "data-gas-chart"):
        assert text in shown
    address = reverse("billing:simulation_new", args=[row.price_version_id])
    assert address in client.get(reverse("tariffs:version", args=[row.price_version_id])).content.decode()
    asked = client.post(address, {"first": 202603, "last": 202604, "throughout": "1"})
    assert asked.status_code == 302
    assert Simulation.objects.count() == 2
    assert client.get(reverse("billing:simulations")).status_code == 200


def test_another_companys_simulation_is_not_there(client, town, homes):
    row, _work = try_version(town)
    client.force_login(make_staff("billing_lead", company=make_company(MARKER)))
    for name in ("simulation", "simulation_figures", "simulation_file"):
        assert client.get(reverse(f"billing:{name}", args=[row.id])).status_code == 404


def test_the_middle_of_two_is_the_lower_one():
    assert middle(np.array([5, -3])) == -3
    assert middle(np.array([4, 1, 9])) == 4


def test_bars_hold_everybody_once_and_no_change_stands_by_itself():
    """Nine bars of 2.00 yuan on a side hold the change of 10.01; what fell by 200.00 stands in the last one."""
    bars = distribution(np.array([0, 0, 1, 200, 1_001, -5, -20_000]))
    assert sum(count for _low, _high, count in bars) == 7
    assert [bar for bar in bars if bar[2]] == [
        [None, -1_800, 1],
        [-200, 0, 1],
        [0, 0, 2],
        [0, 200, 2],
        [1_000, 1_200, 1],
    ]
