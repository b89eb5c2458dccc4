"""Closing an account: meter off, final bill, agreement and use ended, in one transaction or not at all."""

import datetime as dt

import pytest
from django.urls import reverse

from gasworks.billing.models import Bill
from gasworks.billing.services import rebilling
from gasworks.billing.testing.factories import bill, make_home, make_town
from gasworks.casework.closing import DepositHeld, ItemsWait, NobodyHoldsIt, StillOwed, close_account
from gasworks.customers.models import Agreement, SupplyPoint
from gasworks.foundation.testing.factories import NOW, TODAY, make_scope, make_staff
from gasworks.kernel.errors import Forbidden
from gasworks.ledger.types import EntryKind
from gasworks.metering.models import Installation
from gasworks.metering.services.meters import IndexFalls
from gasworks.payments.testing.factories import make_cash_office, pay
from gasworks.receivables import slips
from gasworks.receivables.models import AgreementBalance, OpenItem
from gasworks.receivables.services import reserve
from gasworks.receivables.testing.factories import make_debt, receive
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
    pay_all(home)
    return home


def pay_all(home):
    for item in OpenItem.objects.filter(agreement_id=home.agreement.id, open_fen__gt=0):
        receive(home.town.company, item.id, item.open_fen)


def debt(home, fen, code):
    return make_debt(home.town.company, home.agreement.id, fen, fee_code=code, kind=EntryKind.CHARGE)


def advance(home, fen):
    """Money that was paid before anything was owed."""
    office = make_cash_office(home.town.company)
    pay(office, home.agreement.id, tendered_fen=fen, keep_surplus=True)


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
    assert (closed.final_fen, closed.owed_fen, closed.advance_fen, closed.deposit_fen) == (3600, 3600, 0, 0)
    assert AgreementBalance.objects.get().balance_fen == 3600
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


def unclosed(home, refusal, **params):
    with pytest.raises(refusal) as refused:
        close(home)
    assert refused.value.params == params
    assert (Bill.objects.count(), Installation.objects.get().to_on) == (1, None)
    assert Agreement.objects.get(pk=home.agreement.id).to_on is None


def test_debts_are_paid_before(home):
    item = debt(home, 5_000, "repair").item_id
    unclosed(home, StillOwed, fen="50.00")
    receive(home.town.company, item, 5_000)
    assert close(home).owed_fen == 3600


def test_what_is_disputed_or_with_the_bank_is_settled_before(home):
    item = debt(home, 5_000, "repair").item_id
    reserve(scope=home.town.scope, item_ids=[item], batch_id=1, on=TODAY, now=NOW)
    unclosed(home, ItemsWait, fen="50.00")


def test_a_deposit_goes_back_against_its_slip_before(home):
    item = debt(home, 80_000, "deposit").item_id
    receive(home.town.company, item, 80_000)
    unclosed(home, DepositHeld, fen="800.00")
    scope = home.town.scope
    slip = slips.issue_slip(scope=scope, item_id=item, number="YJ1", now=NOW)
    slips.return_deposit(scope=scope, slip_id=slip.id, number="YJ1", receiver="李梅", today=TODAY, now=NOW)
    assert close(home).deposit_fen == 0


@pytest.mark.parametrize(("held", "owed", "left"), [(5_000, 0, 1_400), (3_600, 0, 0), (2_000, 1_600, 0)])
def test_the_advance_is_set_off_against_the_final_bill(home, held, owed, left):
    advance(home, held)
    closed = close(home)
    assert (closed.final_fen, closed.used_fen) == (3600, min(held, 3600))
    assert (closed.owed_fen, closed.advance_fen) == (owed, left)
    assert AgreementBalance.objects.get().balance_fen == 3600 - held


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
    assert "Owed 0.00 yuan" in client.get(url).content.decode()
    data = {"on": "2026-03-08", "reason": "moved", f"end_{home.installation.id}": "112"}
    page = client.post(url, data).content.decode()
    assert "The account is closed." in page
    assert "36.00" in page
    assert "paid at the counter" in page
