"""A run bills each home once, to the fen, and says whom it could not bill."""

import datetime as dt

import pytest
from django.db import connection

from gasworks.billing import services
from gasworks.billing.models import Bill, BillLine, Hold, Run, RunChunk
from gasworks.billing.run.chunk import run_chunk
from gasworks.billing.run.intervals import Problem
from gasworks.billing.testing.factories import bill, make_home, make_town
from gasworks.foundation.calendar import MonthClosed
from gasworks.foundation.models import AccountingMonth, AuditAct, Event
from gasworks.foundation.testing.factories import NOW, TODAY
from gasworks.ledger.models import Entry, Posting
from gasworks.metering import services as metering
from gasworks.metering.models import Reading
from gasworks.metering.testing.factories import make_model, make_reading
from gasworks.metering.types import NewMeter
from gasworks.receivables.models import AgreementBalance, OpenItem
from gasworks.tariffs.testing.factories import approve_version, make_plan, make_version
from gasworks.usage import services as usage
from gasworks.usage.models import Ladder, Movement, PriceItem

pytestmark = pytest.mark.django_db


def lines_of(one):
    return list(
        BillLine.objects.filter(bill=one).order_by("seq").values_list("tier", "litres", "price_e4", "amount_fen")
    )


def moved(one):
    rows = Movement.objects.filter(source=one.id).order_by("seq")
    return list(rows.values_list("from_on", "to_on", "litres", "from_index", "to_index", "live"))


def test_a_home_gets_one_bill_with_entry_item_balance_and_ladder():
    town = make_town()
    home = make_home(town, start_m3=100)
    home.read(dt.date(2026, 3, 1), 123)
    run = bill(town, 202603)
    assert run.state == Run.State.DONE
    one = Bill.objects.get()
    assert (one.state, one.kind, one.month, one.litres, one.amount_fen) == (2, 1, 202603, 23_000, 69_00)
    assert (one.from_on, one.to_on) == (dt.date(2025, 12, 1), dt.date(2026, 3, 1))
    assert (one.agreement_id, one.supply_point_id, one.run_id) == (home.agreement.id, home.point.id, run.id)
    assert (one.posting_day, one.due_on) == (TODAY, dt.date(2026, 4, 30))
    entry = Entry.objects.get()
    assert (entry.kind, entry.source, entry.legs, entry.id) == (1, one.id, 2, one.entry_id)
    legs = list(
        Posting.objects.order_by("seq").values_list("debit_gl__role", "debit_party", "credit_gl__role", "amount_fen")
    )
    assert legs == [
        ("gas_receivable", home.agreement.id, "gas_revenue", 6330),
        ("gas_receivable", home.agreement.id, "vat_output", 570),
    ]
    item = OpenItem.objects.get()
    assert (item.source_id, item.net_fen, item.tax_fen, item.gross_fen, item.open_fen) == (
        entry.id,
        6330,
        570,
        6900,
        6900,
    )
    assert AgreementBalance.objects.get(pk=home.agreement.id).balance_fen == 6900
    assert AuditAct.objects.filter(act="billing.issue").count() == 1
    assert Event.objects.filter(kind="billing.bills_issued").count() == 1


def test_a_reading_across_new_year_climbs_two_ladders():
    town = make_town()
    home = make_home(town)
    home.read(dt.date(2026, 1, 31), 61)
    bill(town, 202601)
    one = Bill.objects.get()
    assert moved(one) == [
        (dt.date(2025, 12, 1), dt.date(2026, 1, 1), 31_000, 0, 61_000, True),
        (dt.date(2026, 1, 1), dt.date(2026, 1, 31), 30_000, 0, 61_000, True),
    ]
    ladders = dict(Ladder.objects.values_list("period_from", "litres"))
    assert ladders == {dt.date(2025, 1, 1): 31_000, dt.date(2026, 1, 1): 30_000}
    assert one.left_litres == 270_000


def test_the_next_bill_goes_on_where_the_last_one_ended_and_enters_the_second_tier():
    town = make_town()
    home = make_home(town, begin=dt.date(2026, 1, 1))
    home.read(dt.date(2026, 2, 1), 290)
    bill(town, 202602)
    home.read(dt.date(2026, 3, 1), 320)
    bill(town, 202603)
    second = Bill.objects.get(month=202603)
    assert (second.from_on, second.litres, second.amount_fen) == (dt.date(2026, 2, 1), 30_000, 30_00 + 72_00)
    assert lines_of(second) == [(1, 10_000, 30_000, 30_00), (2, 20_000, 36_000, 72_00)]
    assert second.left_litres == 180_000
    assert Ladder.objects.get().litres == 320_000


def test_nothing_used_is_a_bill_of_zero_without_entry_or_item():
    town = make_town()
    home = make_home(town, begin=dt.date(2026, 2, 1))
    home.read(dt.date(2026, 3, 1), 0)
    bill(town, 202603)
    one = Bill.objects.get()
    assert (one.state, one.litres, one.amount_fen, one.entry_id) == (2, 0, 0, None)
    assert lines_of(one) == []
    assert len(moved(one)) == 1
    assert not Entry.objects.exists()
    assert not OpenItem.objects.exists()


def test_a_meter_exchanged_inside_the_interval_is_billed_with_both():
    town = make_town()
    home = make_home(town, begin=dt.date(2026, 2, 1), start_m3=500)
    metering.exchange_meter(
        scope=town.scope,
        installation_id=home.installation.id,
        seen=home.installation.version,
        meter=NewMeter("NEW-1", make_model(town.company).id),
        on=dt.date(2026, 2, 20),
        end={1: 512_000},
        start={1: 3_000},
        reason="rotation",
        now=NOW,
        today=TODAY,
    )
    new = home.point.__class__.objects.get(pk=home.point.id)
    fresh = Reading.objects.filter(company_id=town.company.id).order_by("-id").first()
    make_reading(town.company, fresh.installation, dt.date(2026, 3, 1), 11, month=202603)
    bill(town, 202603)
    one = Bill.objects.get(supply_point=new)
    assert one.litres == 12_000 + 8_000
    assert moved(one) == [
        (dt.date(2026, 2, 1), dt.date(2026, 2, 20), 12_000, 500_000, 512_000, True),
        (dt.date(2026, 2, 20), dt.date(2026, 3, 1), 8_000, 3_000, 11_000, True),
    ]


def test_a_counter_that_rolled_over_counts_past_its_capacity():
    town = make_town()
    home = make_home(town, begin=dt.date(2026, 2, 1), start_m3=99_990)
    home.read(dt.date(2026, 3, 1), 7, kind=Reading.Kind.ROLLOVER)
    bill(town, 202603)
    assert Bill.objects.get().litres == 17_000


def test_a_household_that_grows_inside_the_interval_gets_wider_tiers_from_that_day():
    content = {
        "ladder": {
            "tiers": [{"upto_m3": 10, "price": "3.00"}, {"price": "4.00"}],
            "period": {"kind": "year"},
            "household": {"above": 4, "m3": [5]},
        }
    }
    town = make_town(content=content)
    home = make_home(town, begin=dt.date(2026, 2, 1), persons=4)
    usage.set_household(
        scope=town.scope, supply_point_id=home.point.id, persons=6, from_on=dt.date(2026, 2, 15), now=NOW
    )
    home.read(dt.date(2026, 3, 1), 28)
    bill(town, 202603)
    assert lines_of(Bill.objects.get()) == [(1, 16_000, 30_000, 48_00), (2, 12_000, 40_000, 48_00)]


def test_a_price_change_inside_the_interval_is_split_by_days_of_use():
    town = make_town()
    dear = {"ladder": {"tiers": [{"price": "4.00"}], "period": {"kind": "year"}}}
    cheap = {"ladder": {"tiers": [{"price": "3.00"}], "period": {"kind": "year"}}}
    plan = make_plan(town.company, cheap)
    approve_version(make_version(plan, dear, from_on=dt.date(2026, 2, 15)))
    home = make_home(town, begin=dt.date(2026, 2, 1), plan=plan)
    home.read(dt.date(2026, 3, 1), 29)
    bill(town, 202603)
    assert lines_of(Bill.objects.get()) == [(1, 15_000, 30_000, 45_00), (1, 14_000, 40_000, 56_00)]


def test_two_homes_on_one_ladder_climb_together_in_order_of_their_readings():
    town = make_town(
        content={"ladder": {"tiers": [{"upto_m3": 10, "price": "3.00"}, {"price": "4.00"}], "period": {"kind": "year"}}}
    )
    first, second = make_home(town, begin=dt.date(2026, 2, 1)), make_home(town, begin=dt.date(2026, 2, 1))
    usage.join_ladder(
        scope=town.scope, supply_point_id=second.point.id, group_id=first.group_id, on=dt.date(2026, 2, 2), now=NOW
    )
    second.read(dt.date(2026, 2, 25), 8, month=202603)
    first.read(dt.date(2026, 3, 1), 8)
    bill(town, 202603)
    assert lines_of(Bill.objects.get(supply_point=second.point)) == [(1, 8_000, 30_000, 24_00)]
    assert lines_of(Bill.objects.get(supply_point=first.point)) == [(1, 2_000, 30_000, 6_00), (2, 6_000, 40_000, 24_00)]


def test_a_missed_reading_is_listed_and_not_billed_until_it_arrives_late():
    town = make_town()
    home = make_home(town)
    run = bill(town, 202603)
    assert not Bill.objects.exists()
    assert RunChunk.objects.get(run=run).problems == [[home.point.id, Problem.NO_READING]]
    home.read(dt.date(2026, 3, 2), 12)
    bill(town, 202603)
    assert Bill.objects.get().litres == 12_000


def test_a_second_run_of_the_month_bills_nobody_again():
    town = make_town()
    home = make_home(town)
    home.read(dt.date(2026, 3, 1), 12)
    bill(town, 202603)
    home.read(dt.date(2026, 3, 9), 14)
    run = bill(town, 202603)
    assert Bill.objects.count() == 1
    assert RunChunk.objects.get(run=run).problems == []


def test_a_supply_point_without_agreement_or_price_is_listed():
    town = make_town()
    home = make_home(town, begin=dt.date(2026, 2, 1))
    home.read(dt.date(2026, 3, 1), 12)
    PriceItem.objects.filter(supply_point=home.point).update(to_on=dt.date(2026, 2, 20))
    run = bill(town, 202603)
    assert RunChunk.objects.get(run=run).problems == [[home.point.id, Problem.NO_PRICE]]
    assert not Bill.objects.exists()


def test_a_commercial_flat_price_stands_off_the_ladder():
    town = make_town()
    plan = make_plan(town.company, {"residential": False, "ladder": {"tiers": [{"price": "4.41"}]}})
    home = make_home(town, begin=dt.date(2026, 2, 1), plan=plan, customer_type="commercial")
    home.read(dt.date(2026, 3, 1), 100)
    bill(town, 202603)
    one = Bill.objects.get()
    assert (one.amount_fen, one.left_litres) == (441_00, -1)
    ladder = Ladder.objects.get()
    assert (ladder.code, ladder.period_from, ladder.litres) == (Ladder.OFF_LADDER, Ladder.OFF_LADDER_FROM, 100_000)


def test_a_negative_volume_is_held_with_nothing_on_it():
    town = make_town()
    home = make_home(town, begin=dt.date(2026, 2, 1), start_m3=50)
    home.read(dt.date(2026, 3, 1), 40, kind=Reading.Kind.CORRECTION)
    bill(town, 202603)
    one = Bill.objects.get()
    assert (one.state, one.litres, one.amount_fen) == (Bill.State.HELD, 0, 0)
    assert list(Hold.objects.values_list("bill_id", "rule")) == [(one.id, "negative")]
    assert not Entry.objects.exists()


def test_a_short_and_a_long_cycle_are_held_and_take_their_ladder_volume():
    town = make_town(rules=True)
    short, long = make_home(town, begin=dt.date(2026, 2, 10)), make_home(town, begin=dt.date(2025, 11, 1))
    short.read(dt.date(2026, 3, 1), 12)
    long.read(dt.date(2026, 3, 1), 12)
    bill(town, 202603)
    assert set(Bill.objects.values_list("state", flat=True)) == {Bill.State.HELD}
    assert set(Hold.objects.values_list("rule", flat=True)) == {"cycle"}
    assert sum(Ladder.objects.values_list("litres", flat=True)) == 24_000
    assert not OpenItem.objects.exists()


def test_chunks_of_one_group_each_bill_the_same():
    town = make_town()
    homes = [make_home(town) for _ in range(3)]
    for number, home in enumerate(homes):
        home.read(dt.date(2026, 3, 1), 10 + number)
    run = bill(town, 202603, chunk_groups=1)
    assert RunChunk.objects.filter(run=run, done_at__isnull=False).count() == 3
    assert sorted(Bill.objects.values_list("litres", flat=True)) == [10_000, 11_000, 12_000]


def test_the_ladder_row_is_the_sum_of_its_movements_and_nobody_may_write_it():
    town = make_town()
    home = make_home(town)
    home.read(dt.date(2026, 3, 1), 12)
    bill(town, 202603)
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_column_privilege(current_user, 'usage_ladder', 'litres', 'UPDATE')")
        assert cursor.fetchone() == (False,)


def test_a_stopped_run_bills_nothing_more_and_its_bills_stay():
    town = make_town()
    homes = [make_home(town) for _ in range(2)]
    for home in homes:
        home.read(dt.date(2026, 3, 1), 10)
    run = services.start_run(scope=town.scope, month=202603, today=TODAY, now=NOW, chunk_groups=1)
    assert run_chunk(run_id=run.id, scope=town.scope, now=NOW, today=TODAY) == 1
    services.stop_run(scope=town.scope, run_id=run.id, now=NOW)
    assert run_chunk(run_id=run.id, scope=town.scope, now=NOW, today=TODAY) is None
    assert Bill.objects.count() == 1
    bill(town, 202603)
    assert Bill.objects.count() == 2


def test_nothing_is_billed_into_a_month_that_was_closed_meanwhile():
    town = make_town()
    home = make_home(town)
    home.read(dt.date(2026, 3, 1), 10)
    run = services.start_run(scope=town.scope, month=202603, today=TODAY, now=NOW)
    AccountingMonth.objects.filter(month=202603).update(state=AccountingMonth.State.CLOSED)
    with pytest.raises(MonthClosed):
        run_chunk(run_id=run.id, scope=town.scope, now=NOW, today=TODAY)
    assert not Bill.objects.exists()
