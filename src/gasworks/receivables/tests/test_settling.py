"""Settlements with third parties: what customers paid, less what went back and the commission; four eyes; the ledger."""

import datetime as dt

import pytest

from gasworks.customers.testing import make_agreement
from gasworks.foundation import approvals
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_company, make_scope
from gasworks.kernel.errors import Forbidden, NotThere
from gasworks.ledger.models import Entry
from gasworks.ledger.services import close_outlet_day
from gasworks.ledger.types import EntryKind
from gasworks.receivables import settling
from gasworks.receivables.models import OpenItem, Principal, Settlement
from gasworks.receivables.testing.factories import make_debt, receive, system

pytestmark = pytest.mark.django_db
A_DAY = dt.timedelta(days=1)
FIRST, LAST = dt.date(2026, 3, 1), TODAY + A_DAY


@pytest.fixture
def waste(company: Company) -> Principal:
    """Three customers were charged 6.00; two paid, one of them got it back; somebody paid a gas bill."""
    Principal.objects.filter(code="waste").update(commission_e4=250, commission_tax_e4=600)
    items = [make_debt(company, make_agreement(company).id, 60_000, fee_code="waste").item_id for _each in range(3)]
    receive(company, items[0], 60_000)
    receive(company, items[1], 60_000)
    receive(company, items[1], -20_000, kind=EntryKind.PAYMENT_REVERSAL)
    receive(company, make_debt(company, make_agreement(company).id, 9_999).item_id, 9_999)
    return Principal.objects.get(code="waste")


def close(company: Company) -> None:
    close_outlet_day(scope=system(company), outlet_id=company.head_office.id, day=TODAY, now=NOW)


def draft(scope, principal: Principal, from_on: dt.date = FIRST, to_on: dt.date = LAST) -> Settlement:
    return settling.draft_settlement(
        scope=scope, principal_id=principal.id, from_on=from_on, to_on=to_on, today=LAST, now=NOW
    )


def test_a_period_is_settled_with_commission_and_its_tax(company: Company, waste: Principal, balances) -> None:
    close(company)
    finance = make_scope("finance", company=company)
    row = draft(finance, waste)
    assert (row.collected_fen, row.refunded_fen) == (120_000, 20_000)
    assert (row.commission_fen, row.commission_tax_fen, row.net_fen) == (2_500, 142, 97_500)
    asked = settling.ask_to_settle(scope=finance, settlement_id=row.id, reason="三月结算", today=LAST, now=NOW)
    manager = make_scope("manager", company=company)
    approvals.grant(scope=manager, approval_id=asked.id, seen=asked.version, now=NOW)
    row.refresh_from_db()
    assert (row.state, row.granted_by_id) == (Settlement.State.POSTED, manager.actor_id)
    entry = Entry.objects.get(pk=row.entry_id)
    assert (entry.kind, entry.source, entry.legs, entry.posting_day) == (EntryKind.SETTLEMENT, row.id, 3, LAST)
    from gasworks.ledger.selectors import trial_balance

    lines = {one.code: one.balance_fen for one in trial_balance(scope=finance, on=LAST) if one.balance_fen}
    assert lines["224102"] == -180_000 + 100_000
    assert (lines["605102"], lines["22210101"]) == (-2_358, -142 - 826)
    assert lines["1002"] == 120_000 - 20_000 + 9_999 - 97_500


def test_the_statement_lists_every_receipt(company: Company, waste: Principal) -> None:
    lines = settling.lines_of(
        scope=make_scope("auditor", company=company), fee_type_id=waste.fee_type_id, from_on=FIRST, to_on=LAST
    )
    assert [line.amount_fen for line in lines] == [60_000, 60_000, -20_000]
    assert {line.posting_day for line in lines} == {TODAY}


def test_a_period_that_is_not_over_is_not_settled(company: Company, waste: Principal) -> None:
    finance = make_scope("finance", company=company)
    with pytest.raises(settling.PeriodStillOpen):
        draft(finance, waste)
    close(company)
    for from_on, to_on in ((FIRST, LAST + A_DAY), (LAST, LAST)):
        with pytest.raises(settling.PeriodStillOpen):
            draft(finance, waste, from_on, to_on)
    assert not Settlement.objects.exists()


def test_a_day_is_settled_once_and_a_dropped_draft_frees_it(company: Company, waste: Principal) -> None:
    close(company)
    finance = make_scope("finance", company=company)
    row = draft(finance, waste)
    with pytest.raises(settling.SettledAlready):
        draft(finance, waste, TODAY, LAST)
    settling.drop_settlement(scope=finance, settlement_id=row.id, now=NOW)
    with pytest.raises(settling.NotADraft):
        settling.ask_to_settle(scope=finance, settlement_id=row.id, reason="x", today=LAST, now=NOW)
    assert draft(finance, waste).net_fen == 97_500


def settle(company: Company, row: Settlement, day: dt.date) -> Settlement:
    finance, manager = make_scope("finance", company=company), make_scope("manager", company=company)
    asked = settling.ask_to_settle(scope=finance, settlement_id=row.id, reason="结算", today=day, now=NOW)
    approvals.grant(scope=manager, approval_id=asked.id, seen=asked.version, now=NOW)
    row.refresh_from_db()
    return row


def money_back(company: Company, fen: int, day: dt.date) -> None:
    """Somebody's waste fee goes back on a later day, which is then closed."""
    item = OpenItem.objects.filter(fee_type__code="waste", open_fen=0).order_by("id")[0].id
    receive(company, item, -fen, day=day, kind=EntryKind.PAYMENT_REVERSAL)
    close_outlet_day(scope=system(company), outlet_id=company.head_office.id, day=day, now=NOW)


def next_of(company: Company, row: Settlement) -> Settlement:
    return settling.draft_settlement(
        scope=make_scope("finance", company=company),
        principal_id=row.principal_id,
        from_on=row.to_on,
        to_on=row.to_on + A_DAY,
        today=row.to_on + A_DAY,
        now=NOW,
    )


def agreed(company: Company, waste: Principal, day: dt.date) -> settling.ThirdPartyBalance:
    found = settling.standing_of(scope=system(company), principal=waste, today=day)
    assert found.agrees
    return found


def test_money_that_goes_back_after_its_settlement_comes_off_the_next_one(company: Company, waste: Principal) -> None:
    """975.00 paid over; then 600.00 goes back with 15.00 of commission: −585.00 is carried, and comes off 600.00 − 15.00."""
    agreed(company, waste, TODAY)
    close(company)
    first = draft(make_scope("finance", company=company), waste)
    assert agreed(company, waste, TODAY).waiting_fen == 100_000
    settle(company, first, LAST)
    assert (first.paid_fen, first.carried_fen) == (97_500, 0)
    money_back(company, 60_000, LAST)
    assert agreed(company, waste, LAST).later_fen == -60_000
    second = settle(company, next_of(company, first), LAST + A_DAY)
    assert (second.brought_fen, second.collected_fen, second.refunded_fen) == (0, 0, 60_000)
    assert (second.commission_fen, second.commission_tax_fen, second.net_fen) == (-1_500, -85, -58_500)
    assert (second.paid_fen, second.carried_fen) == (0, -58_500)
    assert agreed(company, waste, LAST + A_DAY).waiting_fen == -58_500
    open_item = OpenItem.objects.filter(fee_type__code="waste", open_fen=60_000).order_by("id")[0].id
    receive(company, open_item, 60_000, day=LAST + A_DAY)
    close_outlet_day(scope=system(company), outlet_id=company.head_office.id, day=LAST + A_DAY, now=NOW)
    third = settle(company, next_of(company, second), LAST + 2 * A_DAY)
    assert (third.brought_fen, third.collected_fen, third.commission_fen) == (-58_500, 60_000, 1_500)
    assert (third.net_fen, third.paid_fen, third.carried_fen, third.entry.legs) == (0, 0, 0, 2)
    standing = agreed(company, waste, LAST + 2 * A_DAY)
    assert (standing.ledger_fen, standing.unpaid_fen, standing.waiting_fen) == (80_000, 80_000, 0)
    paid_over = [row.paid_fen + row.commission_fen for row in Settlement.objects.all()]
    charged, received = 180_000, 100_000
    assert charged - sum(paid_over) == standing.ledger_fen == charged - received


def test_a_small_remainder_waits_and_nothing_at_all_is_settled_too(company: Company, waste: Principal) -> None:
    Principal.objects.filter(pk=waste.pk).update(least_fen=100_000)
    close(company)
    first = settle(company, draft(make_scope("finance", company=company), waste), LAST)
    assert (first.net_fen, first.paid_fen, first.carried_fen) == (97_500, 0, 97_500)
    close_outlet_day(scope=system(company), outlet_id=company.head_office.id, day=LAST, now=NOW)
    second = settle(company, next_of(company, first), LAST + A_DAY)
    assert (second.brought_fen, second.net_fen, second.carried_fen) == (97_500, 97_500, 97_500)
    assert (second.state, second.entry_id) == (Settlement.State.POSTED, None)
    assert agreed(company, waste, LAST + A_DAY).waiting_fen == 97_500


def test_settlements_follow_each_other_without_a_gap(company: Company, waste: Principal) -> None:
    close(company)
    finance = make_scope("finance", company=company)
    later = {"principal_id": waste.id, "to_on": LAST + A_DAY, "today": LAST + A_DAY, "now": NOW}
    with pytest.raises(settling.GapBefore):
        settling.draft_settlement(scope=finance, from_on=LAST, **later)
    first = draft(finance, waste)
    with pytest.raises(settling.EarlierDraft):
        settling.draft_settlement(scope=finance, from_on=LAST, **later)
    settle(company, first, LAST)
    close_outlet_day(scope=system(company), outlet_id=company.head_office.id, day=LAST, now=NOW)
    with pytest.raises(settling.GapBefore):
        settling.draft_settlement(
            scope=finance,
            principal_id=waste.id,
            from_on=LAST + A_DAY,
            to_on=LAST + 2 * A_DAY,
            today=LAST + 2 * A_DAY,
            now=NOW,
        )
    assert Settlement.objects.count() == 1


def test_who_may_not_settle(company: Company, waste: Principal) -> None:
    close(company)
    with pytest.raises(Forbidden):
        draft(make_scope("cash_lead", company=company), waste)
    with pytest.raises(NotThere):
        draft(make_scope("finance", company=make_company("外地燃气")), waste)
    finance = make_scope("finance", company=company)
    row = draft(finance, waste)
    asked = settling.ask_to_settle(scope=finance, settlement_id=row.id, reason="结算", today=LAST, now=NOW)
    with pytest.raises(Forbidden):
        approvals.grant(scope=finance, approval_id=asked.id, seen=asked.version, now=NOW)
    row.refresh_from_db()
    assert (row.state, row.entry_id) == (Settlement.State.DRAFT, None)
