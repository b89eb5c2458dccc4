"""A debt whose customer is gone: the supply point is closed, the final bill was never paid. It is let go, and may come back."""

import datetime as dt

import pytest
from django.urls import reverse

from gasworks.billing.testing.factories import make_home, make_town
from gasworks.casework.closing import close_account
from gasworks.customers.models import Agreement, SupplyPoint
from gasworks.foundation import approvals
from gasworks.foundation.invariants import runner
from gasworks.foundation.models import Approval
from gasworks.foundation.reach import scope_for
from gasworks.foundation.testing.factories import NOW, TODAY, make_staff
from gasworks.kernel.errors import Forbidden
from gasworks.payments.testing.factories import make_cash_office, pay
from gasworks.receivables import waiving
from gasworks.receivables.models import AgreementBalance, OpenItem, Waiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def gone():
    """200 m³ on the last day, 600.00; nobody pays."""
    home = make_home(make_town(), begin=dt.date(2026, 1, 1))
    close_account(
        scope=home.town.scope,
        supply_point_id=home.point.id,
        on=dt.date(2026, 3, 8),
        ends={home.installation.id: 200_000},
        reason="拆迁，户主失联",
        today=TODAY,
        now=NOW,
    )
    assert Agreement.objects.get().to_on == dt.date(2026, 3, 8)
    assert SupplyPoint.objects.get().status == SupplyPoint.Status.CLOSED
    assert OpenItem.objects.get().open_fen == 60_000
    return home


@pytest.fixture
def lead(client, gone):
    staff = make_staff("service_lead", company=gone.town.company)
    client.force_login(staff)
    return client


def let_go(lead, fen="600.00"):
    item = OpenItem.objects.get()
    asked = {"kind": "discount", "amount_fen": fen, "reason": "户主失联，无法收回"}
    return lead.post(reverse("receivables:waive", args=[item.id]), asked)


def grant(home):
    asked = Approval.objects.get()
    manager = scope_for(make_staff("manager", company=home.town.company))
    return approvals.grant(scope=manager, approval_id=asked.id, seen=asked.version, now=NOW)


def standing():
    item = OpenItem.objects.get()
    return item.open_fen, item.state, AgreementBalance.objects.get().balance_fen


def test_the_way_to_it_is_on_the_screen(lead, gone):
    item = OpenItem.objects.get()
    account = lead.get(reverse("payments:of_point", args=[gone.point.id])).content.decode()
    assert reverse("receivables:item", args=[item.id]) in account
    page = lead.get(reverse("receivables:item", args=[item.id])).content.decode()
    assert reverse("receivables:waive", args=[item.id]) in page


def test_a_second_person_lets_the_debt_go(lead, gone):
    assert let_go(lead).status_code == 302
    assert standing() == (60_000, OpenItem.State.OPEN, 60_000)
    grant(gone)
    assert standing() == (0, OpenItem.State.PAID, 0)
    waiver = Waiver.objects.get()
    assert (waiver.amount_fen, waiver.reason, waiver.waived_by_id == waiver.granted_by_id) == (
        60_000,
        "户主失联，无法收回",
        False,
    )
    assert [one.code for one in runner.check_all() if not one.holds and one.code != "AUD-1"] == []


def test_who_comes_back_pays_after_all(lead, gone):
    let_go(lead)
    grant(gone)
    undone = lead.post(reverse("receivables:waiver_undo", args=[Waiver.objects.get().id]), {"note": "户主已找到"})
    assert undone.status_code == 302
    assert standing() == (60_000, OpenItem.State.OPEN, 60_000)
    pay(make_cash_office(gone.town.company), gone.agreement.id, tendered_fen=60_000)
    assert standing() == (0, OpenItem.State.PAID, 0)
    assert [one.code for one in runner.check_all() if not one.holds and one.code != "AUD-1"] == []


def test_more_than_is_owed_and_a_cashier_change_nothing(lead, gone):
    assert let_go(lead, "600.01").status_code == 422
    item = OpenItem.objects.get()
    with pytest.raises(Forbidden):
        waiving.waive(
            scope=scope_for(make_staff("cashier", company=gone.town.company)),
            item_id=item.id,
            kind="discount",
            amount_fen=60_000,
            reason="x",
            today=TODAY,
            now=NOW,
        )
    assert standing() == (60_000, OpenItem.State.OPEN, 60_000)
    assert not Waiver.objects.exists()
