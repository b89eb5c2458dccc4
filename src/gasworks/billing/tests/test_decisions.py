"""What a person decides: a held bill goes out or away, the newest unpaid bill is taken back. Each leaves its reason."""

import datetime as dt

import pytest

from gasworks.billing import services
from gasworks.billing.models import Bill, Hold
from gasworks.billing.services.deciding import (
    MustBeDiscarded,
    NoReason,
    NotHeld,
    NotIssued,
    NotTheNewest,
    PaidOrInvoiced,
)
from gasworks.billing.testing.factories import bill, make_home, make_town
from gasworks.foundation.models import AuditAct, Event
from gasworks.foundation.testing.factories import NOW, make_company, make_scope
from gasworks.kernel.errors import Forbidden, NotThere
from gasworks.ledger.models import Entry, Posting
from gasworks.metering.models import Reading
from gasworks.receivables.models import AgreementBalance, OpenItem
from gasworks.usage.models import Ladder, Movement

pytestmark = pytest.mark.django_db
LATER = dt.date(2026, 3, 12)


@pytest.fixture
def town():
    return make_town(rules=True)


@pytest.fixture
def held(town):
    """A home whose bill of 12 m³ waits, because its cycle was short."""
    home = make_home(town, begin=dt.date(2026, 2, 10))
    home.read(dt.date(2026, 3, 1), 12)
    bill(town, 202603)
    return Bill.objects.get()


@pytest.fixture
def issued(town):
    home = make_home(town, begin=dt.date(2026, 2, 1))
    home.read(dt.date(2026, 3, 1), 12)
    bill(town, 202603)
    return Bill.objects.get()


def test_a_release_writes_the_money_on_its_own_posting_day(town, held):
    services.release_bills(scope=town.scope, bill_ids=[held.id], today=LATER, now=NOW)
    held.refresh_from_db()
    entry = Entry.objects.get()
    assert (held.state, held.entry_id, held.posting_day) == (Bill.State.ISSUED, entry.id, entry.posting_day)
    assert list(Posting.objects.order_by("seq").values_list("amount_fen", flat=True)) == [3303, 297]
    assert OpenItem.objects.get().gross_fen == 3600
    assert AgreementBalance.objects.get(pk=held.agreement_id).balance_fen == 3600
    assert Hold.objects.get().settled_as == "released"
    assert AuditAct.objects.filter(act="billing.release", subject_id=held.id).count() == 1
    assert Event.objects.filter(kind="billing.bills_released").count() == 1


def test_a_bill_is_released_once(town, held):
    services.release_bills(scope=town.scope, bill_ids=[held.id], today=LATER, now=NOW)
    with pytest.raises(NotHeld):
        services.release_bills(scope=town.scope, bill_ids=[held.id], today=LATER, now=NOW)
    assert Entry.objects.count() == 1


def test_a_negative_bill_cannot_go_out(town):
    home = make_home(town, begin=dt.date(2026, 2, 1), start_m3=50)
    home.read(dt.date(2026, 3, 1), 40, kind=Reading.Kind.CORRECTION)
    bill(town, 202603)
    with pytest.raises(MustBeDiscarded):
        services.release_bills(scope=town.scope, bill_ids=[Bill.objects.get().id], today=LATER, now=NOW)
    assert Bill.objects.get().state == Bill.State.HELD


def test_a_discard_gives_the_gas_back_and_the_month_can_be_billed_again(town, held):
    services.discard_bills(scope=town.scope, bill_ids=[held.id], reason="抄错", now=NOW)
    held.refresh_from_db()
    assert (held.state, held.entry_id) == (Bill.State.DISCARDED, None)
    assert Ladder.objects.get().litres == 0
    assert not Movement.objects.get().live
    bill(town, 202603)
    assert Bill.objects.filter(state=Bill.State.HELD).count() == 1
    assert Ladder.objects.get().litres == 12_000


def test_a_discard_holds_the_later_bills_of_the_group_to_be_rated_again(town):
    home = make_home(town, begin=dt.date(2026, 1, 1))
    home.read(dt.date(2026, 1, 10), 12, month=202601)
    bill(town, 202601)
    home.read(dt.date(2026, 2, 10), 24)
    bill(town, 202602)
    first, second = Bill.objects.order_by("id")
    assert (first.state, second.state) == (Bill.State.HELD, Bill.State.ISSUED)
    later = services.discard_bills(scope=town.scope, bill_ids=[first.id], reason="抄错", now=NOW)
    assert later == 1
    assert list(Hold.objects.filter(settled_at__isnull=True).values_list("bill_id", "rule")) == [(second.id, "rerate")]


def test_a_cancel_mirrors_the_entry_and_takes_everything_back(town, issued):
    mirror = services.cancel_bill(scope=town.scope, bill_id=issued.id, reason="户号串了", today=LATER, now=NOW)
    issued.refresh_from_db()
    assert (issued.state, issued.cancel_entry_id) == (Bill.State.CANCELLED, mirror)
    assert Entry.objects.get(pk=mirror).reverses_id == issued.entry_id
    assert OpenItem.objects.get().state == OpenItem.State.CANCELLED
    assert AgreementBalance.objects.get(pk=issued.agreement_id).balance_fen == 0
    assert Ladder.objects.get().litres == 0
    act = AuditAct.objects.get(act="billing.cancel")
    assert (act.subject_id, act.amount_fen, act.detail["reason"]) == (issued.id, 3600, "户号串了")
    bill(town, 202603)
    assert Bill.objects.filter(state=Bill.State.ISSUED).count() == 1


def test_only_the_newest_bill_of_the_group_is_cancelled(town):
    home = make_home(town, begin=dt.date(2026, 1, 1))
    for month, index in ((2, 12), (3, 24)):
        home.read(dt.date(2026, month, 1), index)
        bill(town, 202600 + month)
    first, second = Bill.objects.order_by("id")
    with pytest.raises(NotTheNewest):
        services.cancel_bill(scope=town.scope, bill_id=first.id, reason="x", today=LATER, now=NOW)
    services.cancel_bill(scope=town.scope, bill_id=second.id, reason="x", today=LATER, now=NOW)
    services.cancel_bill(scope=town.scope, bill_id=first.id, reason="x", today=LATER, now=NOW)
    assert Ladder.objects.get().litres == 0


def test_a_bill_with_money_or_the_bank_on_it_is_not_cancelled(town, issued):
    OpenItem.objects.update(state=OpenItem.State.RESERVED, reserved_by=1)
    with pytest.raises(PaidOrInvoiced):
        services.cancel_bill(scope=town.scope, bill_id=issued.id, reason="x", today=LATER, now=NOW)
    issued.refresh_from_db()
    assert issued.state == Bill.State.ISSUED
    assert Ladder.objects.get().litres == 12_000


def test_a_held_bill_is_not_cancelled_and_a_reason_is_wanted(town, held):
    with pytest.raises(NotIssued):
        services.cancel_bill(scope=town.scope, bill_id=held.id, reason="x", today=LATER, now=NOW)
    with pytest.raises(NoReason):
        services.discard_bills(scope=town.scope, bill_ids=[held.id], reason=" ", now=NOW)
    assert Bill.objects.get().state == Bill.State.HELD


@pytest.mark.parametrize("role", ["cashier", "reader", "billing_clerk", "auditor"])
def test_who_may_not_release_or_cancel(town, held, role):
    scope = make_scope(role, company=town.company)
    with pytest.raises(Forbidden):
        services.release_bills(scope=scope, bill_ids=[held.id], today=LATER, now=NOW)
    with pytest.raises(Forbidden):
        services.cancel_bill(scope=scope, bill_id=held.id, reason="x", today=LATER, now=NOW)


def test_another_company_finds_no_bill(town, held):
    stranger = make_scope("billing_lead", company=make_company("邻城燃气"))
    with pytest.raises(NotThere):
        services.release_bills(scope=stranger, bill_ids=[held.id], today=LATER, now=NOW)
