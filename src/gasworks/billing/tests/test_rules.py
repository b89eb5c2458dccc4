"""Outsorting rules are data: switched, limited, remembered; queues by reason; much money needs two."""

import datetime as dt

import numpy as np
import pytest
from django.urls import reverse

from gasworks.billing import services
from gasworks.billing.models import Bill, Hold, HoldRule, HoldRuleChange
from gasworks.billing.run.outsort import KINDS, Look
from gasworks.billing.services import deciding
from gasworks.billing.services.deciding import ReleaseNeedsApproval
from gasworks.billing.services.ruling import LimitsDoNotFit, change_rule
from gasworks.billing.testing.factories import bill, make_home, make_town
from gasworks.foundation import approvals, parameters
from gasworks.foundation.models import Approval
from gasworks.foundation.reach import scope_for
from gasworks.foundation.testing.factories import NOW, TODAY, make_scope, make_staff
from gasworks.kernel.errors import Forbidden, StaleVersion
from gasworks.metering.models import Reading, Register
from gasworks.metering.services import record_readings
from gasworks.metering.types import ReadingRow

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_town(rules=True)


def switch(town, code, *, active=True, **limits):
    rule = HoldRule.objects.get(code=code)
    return change_rule(
        scope=town.scope, rule_id=rule.id, seen=rule.version, active=active, limits=limits, reason="调整", now=NOW
    )


def waiting():
    return sorted(Hold.objects.filter(settled_at__isnull=True).values_list("bill__agreement_id", "rule"))


def test_a_rule_that_is_off_holds_nothing_and_its_change_is_kept(town):
    home = make_home(town, begin=dt.date(2026, 2, 10))
    switch(town, "cycle", active=False)
    home.read(dt.date(2026, 3, 1), 12)
    bill(town, 202603)
    assert waiting() == []
    (kept,) = HoldRuleChange.objects.all()
    assert (kept.was_active, kept.active, kept.reason) == (True, False, "调整")


def test_an_amount_limit_counts_from_the_next_bill_on(town):
    switch(town, "amount", home_yuan=30, other_yuan=100)
    home = make_home(town, begin=dt.date(2026, 2, 1))
    home.read(dt.date(2026, 3, 1), 12)
    bill(town, 202603)
    assert waiting() == [(home.agreement.id, "amount")]


def test_a_limit_that_is_no_number_or_is_stale_changes_nothing(town):
    rule = HoldRule.objects.get(code="amount")
    before = rule.limits
    with pytest.raises(LimitsDoNotFit):
        switch(town, "amount", home_yuan=-1, other_yuan=1)
    with pytest.raises(StaleVersion):
        change_rule(
            scope=town.scope,
            rule_id=rule.id,
            seen=rule.version - 1,
            active=False,
            limits=before,
            reason="x",
            now=NOW,
        )
    rule.refresh_from_db()
    assert (rule.limits, rule.active, HoldRuleChange.objects.count()) == (before, True, 0)


def test_a_second_estimate_in_a_row_is_held_when_the_rule_is_on(town):
    switch(town, "second_estimate")
    home = make_home(town, begin=dt.date(2026, 1, 1))
    for month in (1, 2):
        row = ReadingRow(
            home.installation.id,
            Register.objects.get(meter_id=home.installation.meter_id).id,
            dt.date(2026, month + 1, 1),
            month * 10_000,
            estimate_method="mean",
        )
        record_readings(
            scope=town.scope,
            rows=[row],
            source=Reading.Source.ESTIMATED,
            now=NOW,
            today=dt.date(2026, 4, 1),
            month=202600 + month,
            approve=True,
        )
        bill(town, 202600 + month)
    assert [rule for _key, rule in waiting()] == ["second_estimate"]
    assert Bill.objects.get(state=Bill.State.HELD).month == 202602


def look(agreements, month=202603):
    none = np.zeros(len(agreements), np.int64)
    flag = none.astype(bool)
    return Look(
        none, none, none, none, flag, flag, flag, flag, flag, flag, none, none - 1, flag, np.array(agreements), month
    )


def test_the_sample_is_the_share_it_says_and_the_same_each_time():
    sample = KINDS["sample"].test
    people = list(range(1, 100_001))
    chosen = sample(look(people), {"per_mille": 10, "seed": 7})
    assert 900 < chosen.sum() < 1100
    assert (sample(look(people), {"per_mille": 10, "seed": 7}) == chosen).all()
    for other in (
        sample(look(people), {"per_mille": 10, "seed": 8}),
        sample(look(people, 202604), {"per_mille": 10, "seed": 7}),
    ):
        assert (other & chosen).sum() < 100
    assert not sample(look(people), {"per_mille": 0, "seed": 7}).any()


def test_much_money_is_released_by_two(town):
    parameters.change(
        scope=town.scope,
        code=deciding.FREE_RELEASE,
        value=1_000,
        from_on=dt.date(2026, 1, 1),
        seen=0,
        today=TODAY,
        now=NOW,
    )
    home = make_home(town, begin=dt.date(2026, 2, 10))
    home.read(dt.date(2026, 3, 1), 12)
    bill(town, 202603)
    held = Bill.objects.get()
    lead = scope_for(make_staff("billing_lead", company=town.company))
    with pytest.raises(ReleaseNeedsApproval):
        services.release_bills(scope=lead, bill_ids=[held.id], today=TODAY, now=NOW)
    held.refresh_from_db()
    assert (held.state, held.entry_id) == (Bill.State.HELD, None)
    services.ask_release(scope=lead, bill_ids=[held.id], reason="核对无误", today=TODAY, now=NOW)
    asked = Approval.objects.get()
    assert asked.amount_fen == 3600
    manager = scope_for(make_staff("manager", company=town.company))
    approvals.grant(scope=manager, approval_id=asked.id, seen=asked.version, now=NOW)
    held.refresh_from_db()
    assert held.state == Bill.State.ISSUED


def test_screens_show_change_and_release_a_whole_queue(client, town):
    staff = make_staff("billing_lead", company=town.company)
    staff.language = "en"
    staff.save()
    client.force_login(staff)
    for _number in range(2):
        make_home(town, begin=dt.date(2026, 2, 10)).read(dt.date(2026, 3, 1), 12)
    bill(town, 202603)
    assert "Too few or too many days" in client.get(reverse("billing:rules")).content.decode()
    rule = HoldRule.objects.get(code="amount")
    page = client.get(reverse("billing:rule", args=[rule.id]))
    token = page.context["form"].initial["seen_token"]
    data = {"seen_token": token, "active": "on", "home_yuan": 700, "other_yuan": 9000, "reason": "新标准"}
    client.post(reverse("billing:rule", args=[rule.id]), data)
    rule.refresh_from_db()
    assert rule.limits == {"home_yuan": 700, "other_yuan": 9000}
    assert "新标准" in client.get(reverse("billing:rule", args=[rule.id])).content.decode()
    client.post(reverse("billing:held_release"), {"rule": "cycle", "all": "1"})
    assert Bill.objects.filter(state=Bill.State.ISSUED).count() == 2


def test_a_clerk_reads_the_rules_and_does_not_change_them(town):
    rule = HoldRule.objects.get(code="amount")
    with pytest.raises(Forbidden):
        change_rule(
            scope=make_scope("billing_clerk", company=town.company),
            rule_id=rule.id,
            seen=rule.version,
            active=False,
            limits=rule.limits,
            reason="x",
            now=NOW,
        )
    rule.refresh_from_db()
    assert rule.active
