"""The next actual reading settles what was estimated, to the fen, in both directions, across tiers and tier years."""

import datetime as dt

import pytest

from gasworks.billing import services
from gasworks.billing.models import Bill, BillLine, Hold, TrueUp
from gasworks.billing.services import preview_run
from gasworks.billing.testing.factories import bill, make_home, make_town
from gasworks.foundation.models import AuditAct
from gasworks.foundation.testing.factories import NOW
from gasworks.ledger.models import Entry
from gasworks.metering.models import Reading
from gasworks.metering.services import approve_readings, record_readings
from gasworks.metering.testing.factories import register_of
from gasworks.metering.types import ReadingRow
from gasworks.receivables.models import AgreementBalance, OpenItem
from gasworks.usage import services as usage
from gasworks.usage.models import Ladder, Movement

pytestmark = pytest.mark.django_db
D = dt.date
SMALL = {"ladder": {"tiers": [{"upto_m3": 20, "price": "3.00"}, {"price": "4.00"}], "period": {"kind": "year"}}}


def guess(home, on, m3, month=None):
    """An approved estimate, as the engine or another system leaves it."""
    row = ReadingRow(
        home.installation.id,
        register_of(home.installation).id,
        on,
        m3 * 1000,
        estimate_method="recent",
        estimate_inputs={"litres": 0},
    )
    scope = home.town.scope
    (answer,) = record_readings(
        scope=scope,
        rows=[row],
        source=Reading.Source.ESTIMATED,
        month=month or on.year * 100 + on.month,
        now=NOW,
        today=on,
    )
    approve_readings(scope=scope, reading_ids=[answer.reading_id], now=NOW)


def lines(one):
    return list(BillLine.objects.filter(bill=one).order_by("seq").values_list("tier", "litres", "amount_fen"))


def live(home):
    rows = Bill.objects.filter(supply_point=home.point, state__in=(1, 2)).order_by("id")
    return [(one.month, one.from_on, one.to_on, one.litres, one.amount_fen) for one in rows]


def balance(home):
    return AgreementBalance.objects.get(pk=home.agreement.id).balance_fen


def on_ladder(home):
    return dict(Ladder.objects.filter(group_id=home.group_id).values_list("period_from", "litres"))


def test_an_estimate_that_was_too_high_is_cancelled_and_the_actual_reading_billed_in_its_place():
    town = make_town()
    home = make_home(town, begin=D(2026, 2, 1))
    guess(home, D(2026, 3, 1), 30)
    bill(town, 202603)
    assert balance(home) == 90_00
    home.read(D(2026, 4, 1), 20)
    bill(town, 202604)
    assert live(home) == [(202604, D(2026, 2, 1), D(2026, 4, 1), 20_000, 60_00)]
    old = Bill.objects.get(month=202603)
    mirror = Entry.objects.get(pk=old.cancel_entry_id)
    assert (old.state, mirror.reverses_id, mirror.kind) == (Bill.State.CANCELLED, old.entry_id, 2)
    assert (balance(home), on_ladder(home)) == (60_00, {D(2026, 1, 1): 20_000})
    assert sorted(OpenItem.objects.values_list("gross_fen", "open_fen", "state")) == [(60_00, 60_00, 1), (90_00, 0, 5)]
    link = TrueUp.objects.get()
    assert (link.old_id, link.new.month, link.reading.index_litres) == (old.id, 202604, 20_000)
    assert AuditAct.objects.get(act="billing.true_up").subject_id == old.id


def test_the_actual_index_below_the_estimate_is_no_negative_bill_and_nobody_has_to_look():
    town = make_town(rules=True)
    home = make_home(town, begin=D(2026, 2, 1))
    guess(home, D(2026, 3, 1), 30)
    bill(town, 202603)
    home.read(D(2026, 4, 1), 20)
    bill(town, 202604)
    assert not Hold.objects.filter(rule="negative").exists()
    assert Bill.objects.get(month=202604).state == Bill.State.ISSUED


def test_an_estimate_that_was_too_low_is_billed_on_from():
    town = make_town()
    home = make_home(town, begin=D(2026, 2, 1))
    guess(home, D(2026, 3, 1), 30)
    bill(town, 202603)
    home.read(D(2026, 4, 1), 75)
    bill(town, 202604)
    assert live(home) == [
        (202603, D(2026, 2, 1), D(2026, 3, 1), 30_000, 90_00),
        (202604, D(2026, 3, 1), D(2026, 4, 1), 45_000, 135_00),
    ]
    assert not TrueUp.objects.exists()


def test_too_high_across_a_tier_bound_gives_the_dear_gas_back():
    """290 read; 330 estimated: 10 m³ at 3.00 and 30 at 3.60 = 138.00. Then 310 read: 10 and 10 = 66.00."""
    town = make_town()
    home = make_home(town, begin=D(2026, 1, 1))
    home.read(D(2026, 2, 1), 290)
    bill(town, 202602)
    guess(home, D(2026, 3, 1), 330)
    bill(town, 202603)
    assert lines(Bill.objects.get(month=202603)) == [(1, 10_000, 30_00), (2, 30_000, 108_00)]
    home.read(D(2026, 4, 1), 310)
    bill(town, 202604)
    new = Bill.objects.get(month=202604)
    assert (new.from_on, lines(new)) == (D(2026, 2, 1), [(1, 10_000, 30_00), (2, 10_000, 36_00)])
    assert (balance(home), on_ladder(home)) == (870_00 + 66_00, {D(2026, 1, 1): 310_000})


def test_too_low_across_a_tier_bound_comes_to_the_same_as_right_the_first_time():
    """290 read; 295 estimated: 15.00. Then 310 read: 5 m³ at 3.00 and 10 at 3.60 = 51.00; together 66.00."""
    town = make_town()
    home = make_home(town, begin=D(2026, 1, 1))
    home.read(D(2026, 2, 1), 290)
    bill(town, 202602)
    guess(home, D(2026, 3, 1), 295)
    bill(town, 202603)
    home.read(D(2026, 4, 1), 310)
    bill(town, 202604)
    assert lines(Bill.objects.get(month=202604)) == [(1, 5_000, 15_00), (2, 10_000, 36_00)]
    assert balance(home) == 870_00 + 66_00


def test_too_high_across_a_tier_year_bound_is_replayed_by_the_days_of_both_years():
    """61 estimated for 61 days: 31 m³ in 2025 (20 at 3, 11 at 4 = 104) and 30 in 2026 (20 at 3, 10 at 4 = 100).

    45 read after 90 days: 31/90 and 59/90 of 45 are 15.5 and 29.5, so 16 (48.00) and 29 (60 + 36 = 96.00).
    """
    town = make_town(content=SMALL)
    home = make_home(town, begin=D(2025, 12, 1))
    guess(home, D(2026, 1, 31), 61)
    bill(town, 202601)
    assert balance(home) == 204_00
    home.read(D(2026, 3, 1), 45)
    bill(town, 202603)
    assert on_ladder(home) == {D(2025, 1, 1): 16_000, D(2026, 1, 1): 29_000}
    assert lines(Bill.objects.get(month=202603)) == [(1, 16_000, 48_00), (1, 20_000, 60_00), (2, 9_000, 36_00)]
    assert balance(home) == 144_00


def test_too_low_across_a_tier_year_bound_is_billed_into_the_year_of_the_days_since_the_estimate():
    """10 estimated for December; 70 read on 1 February: the 60 are January's, where the ladder began anew."""
    town = make_town(content=SMALL)
    home = make_home(town, begin=D(2025, 12, 1))
    guess(home, D(2026, 1, 1), 10)
    bill(town, 202601)
    home.read(D(2026, 2, 1), 70)
    bill(town, 202602)
    assert on_ladder(home) == {D(2025, 1, 1): 10_000, D(2026, 1, 1): 60_000}
    assert balance(home) == 30_00 + 60_00 + 160_00


def test_only_the_estimates_above_the_actual_index_are_taken_back():
    """130 and 160 estimated, 140 read: March stands, April is taken back, May bills 10 m³ from 1 March on."""
    town = make_town()
    home = make_home(town, begin=D(2026, 1, 1))
    home.read(D(2026, 2, 1), 100)
    bill(town, 202602)
    for month, m3 in ((3, 130), (4, 160)):
        guess(home, D(2026, month, 1), m3)
        bill(town, 202600 + month)
    home.read(D(2026, 5, 1), 140)
    bill(town, 202605)
    assert [row[0] for row in live(home)] == [202602, 202603, 202605]
    assert live(home)[-1] == (202605, D(2026, 3, 1), D(2026, 5, 1), 10_000, 30_00)
    assert balance(home) == 140 * 3_00


def test_both_estimates_go_when_both_stand_above():
    town = make_town()
    home = make_home(town, begin=D(2026, 1, 1))
    home.read(D(2026, 2, 1), 100)
    bill(town, 202602)
    for month, m3 in ((3, 130), (4, 160)):
        guess(home, D(2026, month, 1), m3)
        bill(town, 202600 + month)
    home.read(D(2026, 5, 1), 120)
    bill(town, 202605)
    assert live(home)[-1] == (202605, D(2026, 2, 1), D(2026, 5, 1), 20_000, 60_00)
    assert (balance(home), TrueUp.objects.count()) == (120 * 3_00, 2)


def test_a_held_bill_on_an_estimate_is_discarded_without_money():
    town = make_town(rules=True)
    home = make_home(town, begin=D(2026, 2, 10))
    guess(home, D(2026, 3, 1), 30)
    bill(town, 202603)
    assert Bill.objects.get().state == Bill.State.HELD
    home.read(D(2026, 4, 1), 20)
    bill(town, 202604)
    old, new = Bill.objects.order_by("id")
    assert (old.state, old.cancel_entry_id, new.state, new.amount_fen) == (4, None, 2, 60_00)
    assert Hold.objects.get().settled_as == "trued_up"


def test_the_preview_says_the_same_and_takes_nothing_back():
    town = make_town()
    home = make_home(town, begin=D(2026, 2, 1))
    guess(home, D(2026, 3, 1), 30)
    bill(town, 202603)
    home.read(D(2026, 4, 1), 20)
    found = preview_run(scope=town.scope, month=202604)
    assert (found.bills, found.held, found.litres, found.amount_fen) == (1, 0, 20_000, 60_00)
    assert Bill.objects.get().state == Bill.State.ISSUED
    assert on_ladder(home) == {D(2026, 1, 1): 30_000}


@pytest.mark.parametrize("change", [{"invoiced_fen": 90_00}, {"state": 2, "reserved_by": 1}])
def test_paper_or_the_bank_on_the_estimated_bill_leaves_it_to_a_person(change):
    town = make_town()
    home = make_home(town, begin=D(2026, 2, 1))
    guess(home, D(2026, 3, 1), 30)
    bill(town, 202603)
    OpenItem.objects.update(**change)
    home.read(D(2026, 4, 1), 20)
    bill(town, 202604)
    new = Bill.objects.get(month=202604)
    assert (new.state, new.litres) == (Bill.State.HELD, 0)
    assert list(Hold.objects.values_list("rule", flat=True)) == ["negative"]
    assert Bill.objects.get(month=202603).state == Bill.State.ISSUED


def test_a_later_bill_of_the_same_ladder_leaves_it_to_a_person():
    town = make_town()
    home, other = make_home(town, begin=D(2026, 1, 1)), make_home(town, begin=D(2026, 1, 1))
    usage.join_ladder(
        scope=town.scope, supply_point_id=other.point.id, group_id=home.group_id, on=D(2026, 1, 2), now=NOW
    )
    guess(home, D(2026, 2, 1), 30)
    bill(town, 202602)
    other.read(D(2026, 3, 1), 50)
    bill(town, 202603)
    home.read(D(2026, 4, 1), 20)
    bill(town, 202604)
    assert Bill.objects.get(month=202602).state == Bill.State.ISSUED
    assert set(Hold.objects.values_list("rule", flat=True)) == {"negative"}


def test_a_home_that_would_get_no_new_bill_keeps_the_old_one():
    """The agreement ended on 1 March: whoever lives there now has a bill of their own to come, not a cancelled one."""
    town = make_town()
    home = make_home(town, begin=D(2026, 2, 1))
    guess(home, D(2026, 3, 1), 30)
    bill(town, 202603)
    home.read(D(2026, 4, 1), 20)
    home.agreement.__class__.objects.filter(pk=home.agreement.id).update(to_on=D(2026, 3, 15))
    bill(town, 202604)
    assert Bill.objects.get(month=202603).state == Bill.State.ISSUED
    assert not TrueUp.objects.exists()


def test_a_second_run_settles_nothing_twice():
    town = make_town()
    home = make_home(town, begin=D(2026, 2, 1))
    guess(home, D(2026, 3, 1), 30)
    bill(town, 202603)
    home.read(D(2026, 4, 1), 20)
    bill(town, 202604)
    bill(town, 202604)
    assert (Bill.objects.count(), TrueUp.objects.count(), Movement.objects.filter(live=True).count()) == (2, 1, 1)


def test_227_200_homes_a_second_zero_estimate_brought_from_elsewhere_is_held_and_no_lump_follows_in_silence():
    town = make_town(rules=True)
    home = make_home(town, begin=D(2026, 1, 1), start_m3=100)
    guess(home, D(2026, 2, 1), 100)
    bill(town, 202602)
    guess(home, D(2026, 3, 1), 100)
    bill(town, 202603)
    second = Bill.objects.get(month=202603)
    assert second.state == Bill.State.HELD
    assert "zero_estimate" in set(Hold.objects.filter(bill=second).values_list("rule", flat=True))
    marked = Reading.objects.get(read_on=D(2026, 3, 1))
    assert marked.flags & 64
    assert services.install_hold_rules(scope=town.scope) == 0
