"""Bills of a run drawn by lot, marked by a person; many held bills at once need a second person."""

import datetime as dt

import pytest
from django.urls import reverse

from gasworks.billing import sampling
from gasworks.billing.models import Bill, Hold, SampleCheck
from gasworks.billing.sampling import WrongNeedsNote, mark_sample, sample_figures, sample_of_run
from gasworks.billing.services import deciding, release_bills
from gasworks.billing.testing.factories import bill, make_home, make_town
from gasworks.foundation import approvals, parameters
from gasworks.foundation.models import Approval, AuditAct
from gasworks.foundation.reach import scope_for
from gasworks.foundation.testing.factories import NOW, TODAY, make_company, make_scope, make_staff
from gasworks.kernel.errors import Forbidden, NotThere

pytestmark = pytest.mark.django_db
D = dt.date


@pytest.fixture
def town():
    return make_town(rules=True)


def allow(town, **values):
    for code, value in values.items():
        parameters.change(
            scope=town.scope, code=f"billing.{code}", value=value, from_on=D(2026, 1, 1), seen=0, today=TODAY, now=NOW
        )


def run_of(town, homes):
    """A run over homes of which the first is held: it used far too much."""
    for place in range(homes):
        home = make_home(town, begin=D(2026, 2, 1))
        home.read(D(2026, 3, 1), 5_000 if place == 0 else 10 + place)
    return bill(town, 202603)


def drawn(run):
    return list(SampleCheck.objects.filter(run=run).order_by("id").values_list("bill_id", flat=True))


def test_a_share_of_the_clean_bills_is_drawn_and_again_the_same(town):
    allow(town, sample_per_mille=500, sample_least=0)
    run = run_of(town, 7)
    first = drawn(run)
    clean = set(Bill.objects.filter(run=run, state=Bill.State.ISSUED).values_list("id", flat=True))
    assert (len(clean), len(first), set(first) <= clean) == (6, 3, True)
    sampling.draw_sample(town.scope, run)
    assert drawn(run) == first


def test_of_a_small_run_at_least_so_many_and_never_more_than_there_are(town):
    allow(town, sample_per_mille=0, sample_least=2)
    assert len(drawn(run_of(town, 4))) == 2
    allow_all = make_town(company=make_company())
    assert len(drawn(run_of(allow_all, 3))) == 3, "ten are wanted, three bills are clean without rules"


def test_a_person_marks_what_they_find(town):
    allow(town, sample_per_mille=0, sample_least=2)
    run = run_of(town, 4)
    clerk = scope_for(make_staff("billing_clerk", company=town.company))
    one, two = sample_of_run(scope=clerk, run_id=run.id)
    mark_sample(scope=clerk, check_id=one.id, good=True, note="", now=NOW)
    with pytest.raises(WrongNeedsNote):
        mark_sample(scope=clerk, check_id=two.id, good=False, note=" ", now=NOW)
    assert sample_figures(scope=clerk, run_id=run.id).checked == 1
    mark_sample(scope=clerk, check_id=two.id, good=False, note="止数与照片不符", now=NOW)
    figures = sample_figures(scope=clerk, run_id=run.id)
    assert (figures.drawn, figures.good, figures.wrong) == (2, 1, 1)
    assert AuditAct.objects.filter(act="billing.mark_sample").count() == 2
    assert Bill.objects.get(pk=two.bill_id).state == Bill.State.ISSUED


def test_who_may_not_mark(town):
    allow(town, sample_per_mille=0, sample_least=1)
    (check,) = sample_of_run(scope=town.scope, run_id=run_of(town, 2).id)
    with pytest.raises(Forbidden):
        mark_sample(scope=make_scope("cashier", company=town.company), check_id=check.id, good=True, note="", now=NOW)
    with pytest.raises(NotThere):
        mark_sample(
            scope=make_scope("billing_lead", company=make_company()), check_id=check.id, good=True, note="", now=NOW
        )
    check.refresh_from_db()
    assert check.mark == SampleCheck.Mark.OPEN


def test_the_page_of_the_run_leads_to_its_sample(town, client):
    allow(town, sample_per_mille=0, sample_least=2)
    run = run_of(town, 3)
    client.force_login(make_staff("billing_lead", company=town.company))
    assert "0 / 2，有误 0" in client.get(reverse("billing:run", args=[run.id])).content.decode()
    check = SampleCheck.objects.earliest("id")
    refused = client.post(reverse("billing:sample_mark", args=[check.id]), {"wrong": "1"})
    assert (refused.status_code, "请写明账单错在哪里" in refused.content.decode()) == (409, True)
    client.post(reverse("billing:sample_mark", args=[check.id]), {"wrong": "1", "note": "读数错"})
    page = client.get(reverse("billing:sample", args=[run.id])).content.decode()
    assert "已查 1 / 2，有误 1" in page
    assert "读数错" in page


def test_more_held_bills_than_one_person_may_release_wait_for_a_second(town):
    allow(town, release_free_count=2)
    for _place in range(3):
        make_home(town, begin=D(2026, 2, 10)).read(D(2026, 3, 1), 12)
    bill(town, 202603)
    bills = sorted(Hold.objects.values_list("bill_id", flat=True))
    assert len(bills) == 3, "too few days, each"
    lead = make_scope("billing_lead", company=town.company)
    with pytest.raises(deciding.ReleaseOfManyNeedsApproval):
        release_bills(scope=lead, bill_ids=bills, today=TODAY, now=NOW)
    assert set(Bill.objects.values_list("state", flat=True)) == {Bill.State.HELD}
    deciding.ask_release(scope=lead, bill_ids=bills, reason="已核对", today=TODAY, now=NOW)
    asked = Approval.objects.get()
    with pytest.raises(Forbidden):
        approvals.grant(scope=lead, approval_id=asked.id, seen=asked.version, now=NOW)
    manager = make_scope("manager", company=town.company)
    approvals.grant(scope=manager, approval_id=asked.id, seen=asked.version, now=NOW)
    assert set(Bill.objects.values_list("state", flat=True)) == {Bill.State.ISSUED}
