"""The pages of billing: what they show, what they do, and who may."""

import datetime as dt

import pytest
from django.urls import reverse

from gasworks.billing.models import Bill, Run
from gasworks.billing.papers import bill_paper
from gasworks.billing.selectors import bill_detail
from gasworks.billing.services.running import carry_out
from gasworks.billing.testing.factories import bill, make_home, make_town
from gasworks.foundation.models import Work
from gasworks.foundation.testing.factories import NOW, TODAY, make_staff
from gasworks.foundation.work import run_work
from gasworks.receivables.services import charge

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_town(rules=True)


@pytest.fixture
def lead(client, town):
    """A billing lead's browser, in English."""
    staff = make_staff("billing_lead", company=town.company)
    staff.language = "en"
    staff.save()
    client.force_login(staff)
    return client


@pytest.fixture
def issued(town):
    home = make_home(town, begin=dt.date(2026, 2, 1), persons=3)
    home.read(dt.date(2026, 3, 1), 12)
    bill(town, 202603)
    return Bill.objects.get()


def test_a_bill_shows_its_dates_indexes_tiers_and_twelve_months(lead, issued):
    page = lead.get(reverse("billing:bill", args=[issued.id])).content.decode()
    for shown in (
        "2026-02-01",
        "2026-03-01",
        "2026-03",
        "36.00",
        "288",
        "How the amount comes about",
        "Tier 1",
        "2025-04",
    ):
        assert shown in page


def test_a_bill_tells_the_other_fees_of_its_month_beside_the_gas(lead, town, issued):
    charge(
        scope=town.scope,
        agreement_id=issued.agreement_id,
        fee_code="waste",
        gross_fen=600,
        due_on=TODAY,
        month=issued.month,
        today=TODAY,
        now=NOW,
    )
    found = bill_detail(scope=town.scope, bill_id=issued.id)
    paper = bill_paper(found)
    assert (paper.total_fen, [fee.amount_fen for fee in paper.others], paper.with_others_fen) == (3_600, [600], 4_200)
    page = lead.get(reverse("billing:bill", args=[issued.id])).content.decode()
    assert "Other fees of this month" in page
    assert "Waste charge (collected)" in page


def test_a_bill_comes_as_pdf_and_as_a_page_to_print(lead, issued):
    answer = lead.get(reverse("billing:bill_pdf", args=[issued.id]))
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert lead.get(reverse("billing:bill_print", args=[issued.id])).status_code == 200


def test_lists_of_bills_and_runs_show_them(lead, issued):
    assert issued.supply_point.number in lead.get(reverse("billing:list")).content.decode()
    assert "Billing runs" in lead.get(reverse("billing:runs")).content.decode()
    page = lead.get(reverse("billing:run", args=[issued.run_id])).content.decode()
    assert "Issue summary" in page
    assert "36.00" in page


def test_a_run_is_previewed_and_then_started(lead, town):
    home = make_home(town, begin=dt.date(2026, 2, 1))
    home.read(dt.date(2026, 3, 1), 12)
    url = reverse("billing:run_new")
    assert lead.get(url).status_code == 200
    data = {"month": 202603, "due_on": "2026-04-30"}
    shown = lead.post(url, data | {"preview": ""})["Location"]
    assert "36.00" not in lead.get(shown).content.decode()
    run_work(Work.objects.get().id, clock=lambda: NOW)
    page = lead.get(shown).content.decode()
    assert "36.00" in page
    assert 'name="month" value="202603"' in page
    assert not Bill.objects.exists()
    answer = lead.post(url, data | {"start": ""})
    run = Run.objects.get()
    assert answer["Location"] == reverse("billing:run", args=[run.id])
    assert run.work is not None
    carry_out(scope=town.scope, run_id=run.id, clock=lambda: NOW, today=TODAY)
    assert Bill.objects.get().amount_fen == 3600


def test_held_bills_are_released_from_the_list(lead, town):
    home = make_home(town, begin=dt.date(2026, 2, 10))
    home.read(dt.date(2026, 3, 1), 12)
    bill(town, 202603)
    one = Bill.objects.get()
    page = lead.get(reverse("billing:held")).content.decode()
    assert "Too few or too many days" in page
    refused = lead.post(reverse("billing:held_discard"), {"bill": [one.id], "reason": ""})
    assert refused.status_code == 422
    assert "Say why." in refused.content.decode()
    lead.post(reverse("billing:held_release"), {"bill": [one.id]})
    one.refresh_from_db()
    assert one.state == Bill.State.ISSUED


def test_a_bill_is_cancelled_with_a_reason(lead, issued):
    url = reverse("billing:bill_cancel", args=[issued.id])
    assert lead.get(url).status_code == 200
    assert lead.post(url, {"reason": ""}).status_code == 422
    lead.post(url, {"reason": "wrong index"})
    issued.refresh_from_db()
    assert issued.state == Bill.State.CANCELLED


@pytest.mark.parametrize("name", ["run_new", "held_release", "held_discard"])
def test_a_cashier_neither_runs_nor_releases(client, town, name):
    client.force_login(make_staff("cashier", company=town.company))
    url = reverse(f"billing:{name}")
    answer = client.get(url) if name == "run_new" else client.post(url)
    assert answer.status_code == 403
