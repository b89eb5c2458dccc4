"""Closing an account: meter off, final bill, agreement and use ended, in one transaction or not at all."""

import datetime as dt

import pytest
from django.urls import reverse

from gasworks.billing.models import Bill
from gasworks.billing.services import rebilling
from gasworks.billing.testing.factories import bill, make_home, make_town
from gasworks.casework.closing import NobodyHoldsIt, close_account
from gasworks.customers.models import Agreement, SupplyPoint
from gasworks.foundation.testing.factories import NOW, TODAY, make_scope, make_staff
from gasworks.kernel.errors import Forbidden
from gasworks.metering.models import Installation
from gasworks.metering.services.meters import IndexFalls
from gasworks.receivables.models import AgreementBalance
from gasworks.usage.models import GroupMember, PriceItem

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 3, 8)


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def home(town):
    home = make_home(town, begin=dt.date(2026, 1, 1))
    home.read(dt.date(2026, 3, 1), 100, month=202603)
    bill(town, 202603)
    return home


def close(home, m3=112, **more):
    values = {"on": ON, "ends": {home.installation.id: m3 * 1000}, "reason": "搬迁", **more}
    return close_account(
        scope=more.pop("scope", home.town.scope),
        supply_point_id=home.point.id,
        today=TODAY,
        now=NOW,
        **{key: values[key] for key in ("on", "ends", "reason")},
    )


def test_the_final_bill_stands_beside_the_months_regular_one(home):
    closed = close(home)
    final = Bill.objects.get(pk=closed.bill_id)
    assert (final.kind, final.month, final.litres, final.to_on) == (Bill.Kind.FINAL, 202603, 12_000, ON)
    assert (closed.final_fen, closed.owed_fen, closed.advance_fen, closed.deposit_fen) == (3600, 33600, 0, 0)
    assert AgreementBalance.objects.get().balance_fen == 33600
    assert Agreement.objects.get(pk=home.agreement.id).to_on == ON
    assert SupplyPoint.objects.get(pk=home.point.id).status == SupplyPoint.Status.CLOSED
    assert Installation.objects.get().to_on == ON
    assert GroupMember.objects.get().to_on == ON
    assert PriceItem.objects.get().to_on == ON


def test_no_gas_since_the_last_bill_is_a_final_bill_of_nothing(home):
    closed = close(home, 100)
    assert (closed.final_fen, Bill.objects.get(pk=closed.bill_id).litres) == (0, 0)


def test_a_final_bill_is_billed_again_like_any_other(home):
    closed = close(home)
    rebill = rebilling.draft_rebill(
        scope=home.town.scope,
        target="bill",
        chosen={"bill": Bill.objects.order_by("id").first().id},
        cause="other",
        reason="复核",
        today=TODAY,
        now=NOW,
    )
    rebilling.start_rebill(scope=home.town.scope, rebill_id=rebill.id, today=TODAY, now=NOW)
    rows = Bill.objects.filter(state=Bill.State.ISSUED).order_by("id")
    assert [(row.kind, row.amount_fen) for row in rows] == [(Bill.Kind.REGULAR, 30000), (Bill.Kind.FINAL, 3600)]
    assert Bill.objects.get(pk=closed.bill_id).state == Bill.State.CANCELLED


def test_an_index_that_falls_closes_nothing(home):
    with pytest.raises(IndexFalls):
        close(home, 90)
    assert Installation.objects.get().to_on is None
    assert Bill.objects.count() == 1
    assert Agreement.objects.get(pk=home.agreement.id).to_on is None


def test_nobody_is_closed_before_they_came(home):
    with pytest.raises(NobodyHoldsIt):
        close(home, on=dt.date(2025, 6, 1))


def test_an_agent_may_not_close(home):
    with pytest.raises(Forbidden):
        close(home, scope=make_scope("agent", company=home.town.company))
    assert Installation.objects.get().to_on is None


def test_the_page_closes_and_shows_what_is_left(client, home):
    staff = make_staff("service_lead", company=home.town.company)
    staff.language = "en"
    staff.save()
    client.force_login(staff)
    url = reverse("casework:close", args=[home.point.id])
    assert "Owed 300.00 yuan" in client.get(url).content.decode()
    data = {"on": "2026-03-08", "reason": "moved", f"end_{home.installation.id}": "112"}
    page = client.post(url, data).content.decode()
    assert "The account is closed." in page
    assert "336.00" in page
