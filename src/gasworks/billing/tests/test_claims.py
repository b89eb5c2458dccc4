"""Subsidised gas has a payer: what a month's bills would cost by the normal plan, claimed once, put right, paid."""

import datetime as dt

import pytest
from django.urls import reverse

from gasworks.billing.jobs import claim_subsidies
from gasworks.billing.models import Bill, Claim, ClaimLine, ClaimPayment
from gasworks.billing.services import cancel_bill
from gasworks.billing.services.claiming import (
    ClaimNotOpen,
    PaidTooMuch,
    PaperMissing,
    book_payment,
    claim_month,
    hand_in,
)
from gasworks.billing.testing.factories import bill, make_home, subsidised_town
from gasworks.foundation.models import AuditAct
from gasworks.foundation.testing.factories import NOW, TODAY, make_scope, make_staff
from gasworks.kernel.errors import Forbidden
from gasworks.ledger.models import Entry
from gasworks.ledger.selectors import account_by_role, balance, postings_of
from gasworks.tariffs.testing.factories import make_plan
from gasworks.usage.services import set_terms
from gasworks.usage.services.subsidies import SamePlan, SubsidisedAlready

pytestmark = pytest.mark.django_db
D = dt.date


def claim(town, month):
    return claim_month(scope=town.scope, month=month, today=TODAY, now=NOW)


@pytest.fixture
def zhengzhou():
    """Two homes with 5 m³ a month free, one without: 30, 3 and 40 m³ in February."""
    town, plan, payer = subsidised_town("zhengzhou", "zhengzhou-home", "zhengzhou-low-income")
    for m3, of in ((30, plan), (3, plan), (40, town.plan)):
        home = make_home(town, plan=of, begin=D(2026, 1, 1))
        home.read(D(2026, 2, 1), m3)
    bill(town, 202602)
    return town, payer


def test_zhengzhou_civil_affairs_owe_5_m3_of_each_home_a_month(zhengzhou):
    """30 m³: 88.20 − 73.50; 3 m³: 8.82 − 0; together 23.52, of which 1.94 is tax."""
    town, payer = zhengzhou
    (made,) = claim(town, 202602)
    assert (made.payer_id, made.month, made.no, made.state) == (payer.id, 202602, 1, "booked")
    assert (made.litres, made.amount_fen, made.tax_fen) == (33_000, 2_352, 194)
    lines = list(ClaimLine.objects.order_by("litres").values_list("litres", "normal_fen", "billed_fen", "amount_fen"))
    assert lines == [(3_000, 882, 0, 882), (30_000, 8_820, 7_350, 1_470)]


def test_revenue_is_whole_by_the_claim(zhengzhou):
    town, payer = zhengzhou
    before = balance(scope=town.scope, gl_id=account_by_role(scope=town.scope, role="gas_revenue"), on=TODAY)
    (made,) = claim(town, 202602)
    legs = [
        (p.debit_gl.role, p.debit_party, p.credit_gl.role, p.amount_fen)
        for p in postings_of(scope=town.scope, entry_id=made.entry_id)
    ]
    assert legs == [
        ("subsidy_receivable", payer.id, "gas_revenue", 2_158),
        ("subsidy_receivable", payer.id, "vat_output", 194),
    ]
    after = balance(scope=town.scope, gl_id=account_by_role(scope=town.scope, role="gas_revenue"), on=TODAY)
    assert before - after == 2_158
    assert AuditAct.objects.filter(act="billing.claim", amount_fen=2_352).count() == 1


def test_claimed_again_nothing_is_booked_twice(zhengzhou):
    town, _payer = zhengzhou
    claim(town, 202602)
    entries = Entry.objects.count()
    assert claim(town, 202602) == []
    assert (Claim.objects.count(), ClaimLine.objects.count(), Entry.objects.count()) == (1, 2, entries)


def test_a_bill_that_is_cancelled_later_is_given_back_by_a_further_claim(zhengzhou):
    town, payer = zhengzhou
    claim(town, 202602)
    wrong = Bill.objects.get(litres=30_000)
    cancel_bill(scope=town.scope, bill_id=wrong.id, reason="测试", today=TODAY, now=NOW)
    (made,) = claim(town, 202602)
    assert (made.no, made.amount_fen, made.tax_fen) == (2, -1_470, -121)
    assert list(made_lines(made)) == [(wrong.id, -1_470)]
    gl = account_by_role(scope=town.scope, role="subsidy_receivable")
    assert balance(scope=town.scope, gl_id=gl, on=TODAY, party=payer.id) == 882
    assert claim(town, 202602) == []


def made_lines(claim):
    return ClaimLine.objects.filter(claim=claim).order_by("bill_id").values_list("bill_id", "amount_fen")


def test_nanjing_hardship_gas_is_priced_normally_where_the_household_stands():
    """All at 3.03, but by the normal plan 350 m³ in January and 150 in February pass 400: 100 m³ × 0.61."""
    town, plan, _payer = subsidised_town("nanjing", "nanjing-home", "nanjing-hardship")
    home = make_home(town, plan=plan, begin=D(2026, 1, 1))
    home.read(D(2026, 2, 1), 350)
    bill(town, 202602)
    assert claim(town, 202602) == []
    home.read(D(2026, 3, 1), 500)
    bill(town, 202603)
    (made,) = claim(town, 202603)
    assert (made.litres, made.amount_fen) == (150_000, 6_100)


def test_kunming_low_income_gas_of_a_larger_household():
    """120 m³ a year at 1.64 instead of 2.97; six persons have tier 1 to 540 m³ either way."""
    town, plan, _payer = subsidised_town("kunming", "kunming-home", "kunming-low-income")
    home = make_home(town, plan=plan, begin=D(2026, 1, 1), persons=6)
    home.read(D(2026, 2, 1), 400)
    bill(town, 202602)
    (made,) = claim(town, 202602)
    assert made.amount_fen == 120 * (297 - 164)


def test_a_claim_is_handed_in_and_paid_in_parts(zhengzhou):
    town, payer = zhengzhou
    (made,) = claim(town, 202602)
    with pytest.raises(PaperMissing):
        hand_in(scope=town.scope, claim_id=made.id, sent_no=" ", on=TODAY, now=NOW)
    assert hand_in(scope=town.scope, claim_id=made.id, sent_no="申2026-02", on=TODAY, now=NOW).state == "sent"
    with pytest.raises(ClaimNotOpen):
        hand_in(scope=town.scope, claim_id=made.id, sent_no="申2026-02", on=TODAY, now=NOW)
    pay(town, made, 2_000)
    with pytest.raises(PaidTooMuch):
        pay(town, made, 353)
    assert (Claim.objects.get().paid_fen, Claim.objects.get().state) == (2_000, "sent")
    pay(town, made, 352)
    assert (Claim.objects.get().paid_fen, Claim.objects.get().state) == (2_352, "paid")
    with pytest.raises(ClaimNotOpen):
        pay(town, made, 1)
    assert ClaimPayment.objects.count() == 2
    roles = {role: account_by_role(scope=town.scope, role=role) for role in ("subsidy_receivable", "bank")}
    assert balance(scope=town.scope, gl_id=roles["subsidy_receivable"], on=TODAY, party=payer.id) == 0
    assert balance(scope=town.scope, gl_id=roles["bank"], on=TODAY) == 2_352


def pay(town, made, fen):
    return book_payment(
        scope=town.scope, claim_id=made.id, amount_fen=fen, paid_on=TODAY, document_no="回单1", today=TODAY, now=NOW
    )


def test_one_plan_has_one_payer_at_a_time_and_another_normal_plan(zhengzhou):
    town, payer = zhengzhou
    terms = {"payer_id": payer.id, "document_no": "文", "from_on": D(2026, 6, 1), "now": NOW}
    plan = make_plan(town.company)
    with pytest.raises(SamePlan):
        set_terms(scope=town.scope, plan_id=plan.id, normal_plan_id=plan.id, **terms)
    set_terms(scope=town.scope, plan_id=plan.id, normal_plan_id=town.plan.id, **terms)
    with pytest.raises(SubsidisedAlready):
        set_terms(scope=town.scope, plan_id=plan.id, normal_plan_id=town.plan.id, **terms)


def test_the_timer_claims_last_month_on_its_day_only(zhengzhou):
    claim_subsidies.func.__wrapped__(now=dt.datetime(2026, 3, 3, 17, 40, tzinfo=dt.UTC))
    assert not Claim.objects.exists()
    claim_subsidies.func.__wrapped__(now=dt.datetime(2026, 3, 4, 17, 40, tzinfo=dt.UTC))
    assert Claim.objects.get().amount_fen == 2_352


def test_a_claim_is_read_handed_in_and_paid_on_screen(zhengzhou, client):
    town, _payer = zhengzhou
    staff = make_staff("finance", company=town.company)
    staff.language = "en"
    staff.save()
    client.force_login(staff)
    assert client.post(reverse("billing:claim_new"), {"month": "202602"}).status_code == 302
    made = Claim.objects.get()
    page = client.get(reverse("billing:claim", args=[made.id])).content.decode()
    for shown in ("江城市民政局", "23.52", "1.94", "88.20", "73.50", "14.70", "8.82"):
        assert shown in page, shown
    rows = client.get(reverse("billing:claim", args=[made.id]), {"export": "csv"}).getvalue().split()
    assert sum(line.endswith((b",14.70", b",8.82")) for line in rows) == 2
    client.post(reverse("billing:claim_hand_in", args=[made.id]), {"sent_no": "申1号", "on": "2026-03-10"})
    paid = {"amount_fen": "23.52", "paid_on": "2026-03-10", "document_no": "回单1"}
    client.post(reverse("billing:claim_paid", args=[made.id]), paid)
    made.refresh_from_db()
    assert (made.state, made.sent_no, made.paid_fen) == ("paid", "申1号", 2_352)
    assert "江城市民政局" in client.get(reverse("billing:claims")).content.decode()


def test_only_the_whole_company_claims(zhengzhou):
    town, _payer = zhengzhou
    with pytest.raises(Forbidden):
        claim_month(scope=make_scope("cashier", company=town.company), month=202602, today=TODAY, now=NOW)
    assert not Claim.objects.exists()
