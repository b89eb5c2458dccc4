"""Bills taken back and made again: the ladder is climbed anew, the money is laid anew, paper and limits stop it."""

import datetime as dt

import pytest
from django.urls import reverse

from gasworks.billing.models import Bill, Rebill, RebillPart, Replacement
from gasworks.billing.rebill.blocks import Block
from gasworks.billing.services import rebilling
from gasworks.billing.testing.factories import bill, make_home, make_town
from gasworks.foundation import approvals, parameters
from gasworks.foundation.files import store_file
from gasworks.foundation.models import Approval
from gasworks.foundation.reach import scope_for
from gasworks.foundation.testing.factories import NOW, TODAY, make_scope, make_staff
from gasworks.foundation.work import run_work
from gasworks.kernel.errors import Forbidden
from gasworks.metering.models import Reading
from gasworks.receivables.models import AgreementBalance, OpenItem
from gasworks.tariffs.testing.factories import make_plan
from gasworks.usage.models import Household, Ladder

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def home(town):
    """Four months of 100 m³ each: 300 m³ in tier 1, the fourth in tier 2."""
    home = make_home(town, begin=dt.date(2026, 1, 1))
    for month in (1, 2, 3, 4):
        home.read(dt.date(2026, month + 1, 1), month * 100, month=202600 + month)
        bill(town, 202600 + month)
    return home


def correct(home, on, m3):
    """What the reading desk does: the old value is replaced, the new one approved."""
    old = Reading.objects.get(installation=home.installation, read_on=on, state=Reading.State.APPROVED)
    Reading.objects.filter(pk=old.pk).update(state=Reading.State.REPLACED)
    home.read(on, m3, month=old.month)


def draft(home, since, **more):
    values = {"cause": "reading", "reason": "抄错", **more}
    return rebilling.draft_rebill(
        scope=home.town.scope,
        target="point",
        chosen={"point": home.point.id, "since": since.isoformat()},
        today=TODAY,
        now=NOW,
        **values,
    )


def go(home, rebill):
    return rebilling.start_rebill(scope=home.town.scope, rebill_id=rebill.id, today=TODAY, now=NOW)


def live():
    rows = Bill.objects.filter(state__in=(1, 2)).order_by("month")
    return [(b.month, b.litres // 1000, b.amount_fen) for b in rows]


def test_a_corrected_reading_bills_the_month_and_all_later_ones_again(home):
    before = live()
    correct(home, dt.date(2026, 3, 1), 150)
    rebill = draft(home, dt.date(2026, 2, 15))
    assert live() == before
    assert rebill.state == Rebill.State.READY
    part = RebillPart.objects.get()
    assert [row[4:8] for row in part.rows] == [
        [100_000, 30000, 50_000, 15000],
        [100_000, 30000, 150_000, 45000],
        [100_000, before[3][2], 100_000, before[3][2]],
    ]
    go(home, rebill)
    assert live() == [before[0], (202602, 50, 15000), (202603, 150, 45000), before[3]]
    assert Bill.objects.filter(state=Bill.State.CANCELLED).count() == 3
    assert Replacement.objects.count() == 3
    assert Ladder.objects.get().litres == 400_000
    assert AgreementBalance.objects.get().balance_fen == sum(fen for *_x, fen in live())


def test_a_preview_leaves_nothing_behind(home):
    correct(home, dt.date(2026, 3, 1), 150)
    bills, items = Bill.objects.count(), OpenItem.objects.count()
    draft(home, dt.date(2026, 2, 15))
    assert (Bill.objects.count(), OpenItem.objects.count(), Replacement.objects.count()) == (bills, items, 0)


def test_paper_that_is_out_stops_it_by_name(home):
    item = OpenItem.objects.order_by("id")[2]
    OpenItem.objects.filter(pk=item.pk).update(invoiced_fen=1)
    correct(home, dt.date(2026, 3, 1), 150)
    rebill = draft(home, dt.date(2026, 2, 15))
    assert [why for _bill, why in RebillPart.objects.get().problems] == [Block.INVOICED]
    before = live()
    with pytest.raises(rebilling.AllBlocked):
        go(home, rebill)
    assert live() == before


@pytest.fixture
def lead(client, town):
    staff = make_staff("billing_lead", company=town.company)
    staff.language = "en"
    staff.save()
    client.force_login(staff)
    return client


def test_a_lead_works_it_out_and_carries_it_out_on_screen(lead, home):
    correct(home, dt.date(2026, 3, 1), 150)
    asked = {
        "target": "point",
        "number": home.point.number,
        "since": "2026-02-15",
        "cause": "reading",
        "reason": "抄错",
    }
    answer = lead.post(reverse("billing:rebill_new"), asked)
    rebill = Rebill.objects.get()
    assert answer["Location"] == reverse("billing:rebill", args=[rebill.id])
    page = lead.get(answer["Location"]).content.decode()
    for shown in ("Reading corrected", "Before and after", "150.00", "450.00", "Take back and make again"):
        assert shown in page
    lead.post(reverse("billing:rebill_start", args=[rebill.id]))
    rebill.refresh_from_db()
    assert rebill.state == Rebill.State.DONE
    old = Replacement.objects.order_by("old_id").first()
    assert (
        f"Bill {old.new_id} stands in its place"
        in lead.get(reverse("billing:bill", args=[old.old_id])).content.decode()
    )


def test_the_form_says_what_a_choice_lacks(lead, home):
    answer = lead.post(reverse("billing:rebill_new"), {"target": "point", "cause": "household", "reason": "x"})
    assert answer.status_code == 422
    assert answer.content.decode().count("needs it.") == 3
    assert not Rebill.objects.exists()


def test_much_money_waits_for_a_second_person(lead, town, home):
    parameters.change(
        scope=town.scope,
        code=rebilling.FREE_LIMIT,
        value=100,
        from_on=dt.date(2026, 1, 1),
        seen=0,
        today=TODAY,
        now=NOW,
    )
    item = Bill.objects.order_by("id")[3]
    correct(home, item.to_on, 450)
    rebill = draft(home, dt.date(2026, 4, 15))
    before = live()
    answer = lead.post(reverse("billing:rebill_start", args=[rebill.id]))
    assert (answer.status_code, live()) == (422, before)
    lead.post(reverse("billing:rebill_ask", args=[rebill.id]))
    asked = Approval.objects.get()
    assert asked.amount_fen == RebillPart.objects.get().additional_fen > 0
    manager = scope_for(make_staff("manager", company=town.company))
    approvals.grant(scope=manager, approval_id=asked.id, seen=asked.version, now=NOW)
    rebill.refresh_from_db()
    assert rebill.state == Rebill.State.DONE
    assert live() != before


def test_a_wrong_plan_is_put_right_from_its_day(town, home):
    dearer = make_plan(town.company, {"ladder": {"tiers": [{"price": "4.00"}]}}, code="dear")
    rebill = draft(home, dt.date(2026, 3, 2), cause="tariff", correction={"plan": dearer.id, "from_on": "2026-03-01"})
    go(home, rebill)
    assert [fen for *_x, fen in live()] == [30000, 30000, 40000, 40000]
    assert AgreementBalance.objects.get().balance_fen == 140000


def test_a_wrong_household_size_is_put_right(home, town):
    paper = store_file(name="form.txt", chunks=[b"form"], scope=town.scope, now=NOW)
    with pytest.raises(rebilling.EvidenceMissing):
        draft(home, dt.date(2026, 1, 2), cause="household", correction={"persons": 6, "from_on": "2026-01-01"})
    rebill = draft(
        home,
        dt.date(2026, 1, 2),
        cause="household",
        correction={"persons": 6, "from_on": "2026-01-01"},
        evidence_id=paper.id,
    )
    go(home, rebill)
    size = Household.objects.get()
    assert (size.persons, size.from_on, size.evidence_id) == (6, dt.date(2026, 1, 1), paper.id)


def test_a_meter_that_stood_still_takes_the_mean_of_the_months_before(town):
    home = make_home(town, begin=dt.date(2026, 1, 1))
    for month, index in ((1, 30), (2, 71), (3, 71), (4, 71)):
        home.read(dt.date(2026, month + 1, 1), index, month=202600 + month)
        bill(town, 202600 + month)
    paper = store_file(name="test.txt", chunks=[b"report"], scope=town.scope, now=NOW)
    rebill = draft(home, dt.date(2026, 3, 2), cause="meter", evidence_id=paper.id)
    assert rebill.correction["inputs"] == {"202601": 30_000, "202602": 41_000}
    go(home, rebill)
    assert [m3 for _month, m3, _fen in live()] == [30, 41, 36, 36]
    assert Ladder.objects.get().litres == 143_000


def test_a_run_is_billed_again_as_a_whole_and_nobody_elses_bills(town):
    homes = [make_home(town, begin=dt.date(2026, 1, 1)) for _number in range(3)]
    for home in homes:
        home.read(dt.date(2026, 2, 1), 10)
    run = bill(town, 202602)
    rebill = rebilling.draft_rebill(
        scope=town.scope, target="run", chosen={"run": run.id}, cause="other", reason="复核", today=TODAY, now=NOW
    )
    done = rebilling.start_rebill(scope=town.scope, rebill_id=rebill.id, today=TODAY, now=NOW)
    assert done.state == Rebill.State.DONE
    assert Bill.objects.filter(state=Bill.State.CANCELLED, run=run).count() == 3
    again = rebilling.draft_rebill(
        scope=town.scope, target="run", chosen={"run": run.id}, cause="other", reason="复核", today=TODAY, now=NOW
    )
    assert RebillPart.objects.get(rebill=again).bills == 3


def test_killed_between_two_parts_it_goes_on_where_it_was(town, monkeypatch):
    monkeypatch.setattr("gasworks.billing.rebill.targets.GROUPS_A_PART", 1)
    for _number in range(3):
        make_home(town, begin=dt.date(2026, 1, 1)).read(dt.date(2026, 2, 1), 10)
    run = bill(town, 202602)
    rebill = rebilling.draft_rebill(
        scope=town.scope, target="run", chosen={"run": run.id}, cause="other", reason="复核", today=TODAY, now=NOW
    )
    Rebill.objects.filter(pk=rebill.pk).update(state=Rebill.State.RUNNING)

    class Killed(Exception):
        pass

    def stop_after_one(done, total):
        raise Killed

    with pytest.raises(Killed):
        rebilling.carry_out_rebill(
            scope=town.scope, rebill_id=rebill.id, clock=lambda: NOW, today=TODAY, between=stop_after_one
        )
    assert Replacement.objects.count() == 1
    for _again in range(2):
        done = rebilling.carry_out_rebill(scope=town.scope, rebill_id=rebill.id, clock=lambda: NOW, today=TODAY)
    assert (done.state, Replacement.objects.count()) == (Rebill.State.DONE, 3)
    assert Bill.objects.filter(state=Bill.State.ISSUED).count() == 3


def test_what_changed_since_it_was_worked_out_is_left_alone(town, home):
    correct(home, dt.date(2026, 3, 1), 150)
    rebill = draft(home, dt.date(2026, 2, 15))
    correct(home, dt.date(2026, 3, 1), 160)
    correct(home, dt.date(2026, 4, 1), 290)
    before = live()
    RebillPart.objects.update(additional_fen=7)
    with pytest.raises(rebilling.ChangedSince):
        go(home, rebill)
    assert live() == before


@pytest.mark.parametrize("role", ["cashier", "billing_clerk", "auditor"])
def test_who_may_not(town, home, role):
    with pytest.raises(Forbidden):
        rebilling.draft_rebill(
            scope=make_scope(role, company=town.company),
            target="bill",
            chosen={"bill": Bill.objects.first().id},
            cause="other",
            reason="x",
            today=TODAY,
            now=NOW,
        )


def test_many_are_worked_out_and_done_as_long_work(town, home, monkeypatch):
    monkeypatch.setattr(rebilling, "AT_ONCE", 0)
    correct(home, dt.date(2026, 3, 1), 150)
    rebill = draft(home, dt.date(2026, 2, 15))
    assert rebill.state == Rebill.State.DRAFT
    run_work(rebill.work_id, clock=lambda: NOW)
    rebill.refresh_from_db()
    assert rebill.state == Rebill.State.READY
    before = live()
    begun = go(home, rebill)
    assert (begun.state, live()) == (Rebill.State.RUNNING, before)
    run_work(begun.work_id, clock=lambda: NOW)
    rebill.refresh_from_db()
    assert rebill.state == Rebill.State.DONE
    assert live() != before


def test_what_was_dropped_is_not_started(town, home):
    correct(home, dt.date(2026, 3, 1), 150)
    rebill = draft(home, dt.date(2026, 2, 15))
    rebilling.drop_rebill(scope=town.scope, rebill_id=rebill.id, now=NOW)
    before = live()
    with pytest.raises(rebilling.NotWorkedOut):
        go(home, rebill)
    assert live() == before
