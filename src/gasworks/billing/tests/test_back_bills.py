"""Gas by formula: asked for with evidence, issued by a second person, on the ladder as the rule says."""

import datetime as dt

import pytest
from django.urls import reverse

from gasworks.billing.models import BackBill, Bill, BillLine, VolumeRuling
from gasworks.billing.reports import bills_together, tier_report
from gasworks.billing.services import backbilling, rebilling
from gasworks.billing.services.backbilling import BadFormula, EvidenceMissing, formula_litres
from gasworks.billing.testing.factories import bill, make_home, make_town
from gasworks.foundation import approvals
from gasworks.foundation.files import store_file
from gasworks.foundation.models import Approval
from gasworks.foundation.reach import scope_for
from gasworks.foundation.testing.factories import NOW, TODAY, make_staff
from gasworks.receivables.models import AgreementBalance, OpenItem
from gasworks.usage.models import Ladder, Movement

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def home(town):
    """290 m³ billed: ten are left in tier 1 (3.00), then 3.30."""
    home = make_home(town, begin=dt.date(2026, 1, 1))
    home.read(dt.date(2026, 2, 1), 290)
    bill(town, 202602)
    return home


@pytest.fixture
def lead(town):
    return scope_for(make_staff("billing_lead", company=town.company))


def ask(home, lead, climb="counts", **more):
    paper = store_file(name="report.txt", chunks=[b"report"], scope=lead, now=NOW)
    values = {"flow_litres": 500, "hours": 4, "evidence_id": paper.id, **more}
    return backbilling.ask_back_bill(
        scope=lead,
        supply_point_id=home.point.id,
        cause="theft",
        from_on=dt.date(2026, 2, 1),
        to_on=dt.date(2026, 2, 11),
        climb=climb,
        reason="私接胶管",
        today=TODAY,
        now=NOW,
        **values,
    )


def grant(town):
    asked = Approval.objects.get()
    manager = scope_for(make_staff("manager", company=town.company))
    approvals.grant(scope=manager, approval_id=asked.id, seen=asked.version, now=NOW)


def test_the_formula_is_flow_by_hours_by_days_in_whole_cubic_metres():
    assert formula_litres(flow_litres=500, hours=4, days=10) == 20_000
    assert formula_litres(flow_litres=333, hours=1, days=5) == 2_000
    assert formula_litres(flow_litres=300, hours=1, days=5) == 2_000


@pytest.mark.parametrize(
    ("climb", "lines", "ladder"),
    [
        ("counts", [(1, 10_000, 3000), (2, 10_000, 3600)], 310_000),
        ("first", [(1, 20_000, 6000)], 290_000),
        ("top", [(3, 20_000, 9000)], 290_000),
    ],
)
def test_a_back_bill_goes_where_the_rule_says(town, home, lead, climb, lines, ladder):
    row = ask(home, lead, climb)
    assert not Bill.objects.filter(kind=Bill.Kind.BACK).exists()
    before = AgreementBalance.objects.get().balance_fen
    grant(town)
    row.refresh_from_db()
    issued = Bill.objects.get(kind=Bill.Kind.BACK)
    assert (row.state, row.bill_id, issued.state) == (BackBill.State.ISSUED, issued.id, Bill.State.ISSUED)
    got = list(BillLine.objects.filter(bill=issued).order_by("seq").values_list("tier", "litres", "amount_fen"))
    assert got == lines
    assert Ladder.objects.get().litres == ladder
    assert AgreementBalance.objects.get().balance_fen == before + sum(line[2] for line in lines)
    assert OpenItem.objects.filter(source_id=issued.entry_id).count() == 1


def test_the_next_regular_bill_goes_on_above_the_back_bill(town, home, lead):
    ask(home, lead)
    grant(town)
    home.read(dt.date(2026, 3, 1), 300)
    bill(town, 202603)
    last = Bill.objects.get(month=202603, kind=Bill.Kind.REGULAR)
    assert last.from_on == dt.date(2026, 2, 1)
    assert list(BillLine.objects.filter(bill=last).values_list("tier", "litres")) == [(2, 10_000)]
    assert Movement.objects.filter(live=True).count() == 3


def test_without_evidence_or_with_a_bad_formula_nothing_is_written(home, lead):
    with pytest.raises(EvidenceMissing):
        ask(home, lead, evidence_id=None)
    with pytest.raises(BadFormula):
        ask(home, lead, hours=25)
    assert not BackBill.objects.exists()
    assert not Approval.objects.exists()


def test_a_fast_meter_is_billed_again_by_its_error(town, home):
    paper = store_file(name="test.txt", chunks=[b"report"], scope=town.scope, now=NOW)
    rebill = rebilling.draft_rebill(
        scope=town.scope,
        target="point",
        chosen={"point": home.point.id, "since": "2026-01-01"},
        cause="meter",
        reason="检定：快 5%",
        correction={"error_e2": 500},
        evidence_id=paper.id,
        today=TODAY,
        now=NOW,
    )
    rebilling.start_rebill(scope=town.scope, rebill_id=rebill.id, today=TODAY, now=NOW)
    assert VolumeRuling.objects.get().litres == 276_000
    assert Bill.objects.get(state=Bill.State.ISSUED).litres == 276_000


def test_homes_and_gas_per_tier(town, home):
    other = make_home(town, begin=dt.date(2026, 1, 1))
    other.read(dt.date(2026, 2, 1), 320)
    bill(town, 202602)
    first, second = tier_report(scope=town.scope, first_month=202601, last_month=202602)
    assert (first.tier, first.homes, first.highest, first.litres) == (1, 2, 1, 590_000)
    assert (second.tier, second.homes, second.highest, second.litres, second.amount_fen) == (2, 1, 1, 20_000, 7200)
    assert tier_report(scope=town.scope, first_month=202603, last_month=202604) == []


def test_an_organisations_bills_of_a_month_together(town, home):
    other = make_home(town, begin=dt.date(2026, 1, 1))
    type(other.agreement).objects.filter(pk=other.agreement.pk).update(customer=home.agreement.customer)
    other.read(dt.date(2026, 2, 1), 10)
    bill(town, 202602)
    found = bills_together(scope=town.scope, customer_id=home.agreement.customer_id, month=202602)
    assert (len(found.bills), found.litres, found.amount_fen) == (2, 300_000, 90_000)


def test_screens(client, town, home):
    staff = make_staff("billing_lead", company=town.company)
    staff.language = "en"
    staff.save()
    client.force_login(staff)
    assert "Homes and gas per tier" in client.get(reverse("billing:tiers")).content.decode()
    assert client.get(reverse("billing:tiers"), {"export": "csv"}).status_code == 200
    assert client.post(reverse("billing:back_bill_new"), {"number": "nobody"}).status_code == 422
    row = ask(home, scope_for(staff))
    page = client.get(reverse("billing:back_bill", args=[row.id])).content.decode()
    assert "0.5 m³/h × 4 h × 10 days = 20 m³" in page
    together = reverse("billing:together", args=[home.agreement.customer_id, 202602])
    assert "870.00" in client.get(together).content.decode()
