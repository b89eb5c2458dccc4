"""Waivers: by right, limit, reason and a second person; in the ledger, in the report, and back again."""

import datetime as dt

import pytest

from gasworks.customers.testing import make_agreement, make_supply_point
from gasworks.foundation import approvals
from gasworks.foundation.approvals import AboveLimit, NeverOnesOwn
from gasworks.foundation.invariants.runner import check_all
from gasworks.foundation.models import Approval, AuditAct
from gasworks.foundation.reach import scope_for
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_company, make_scope, make_staff
from gasworks.kernel.errors import Forbidden, NotThere
from gasworks.ledger.models import Entry
from gasworks.receivables import services, waiving
from gasworks.receivables.models import LateFeeLink, OpenItem, Waiver
from gasworks.receivables.selectors import balance_of, get_item, waiver_sums
from gasworks.receivables.testing.factories import agree, item_state, make_debt, receive, system

pytestmark = pytest.mark.django_db
State = OpenItem.State


@pytest.fixture
def lead(company: Company):
    return make_scope("service_lead", company=company)


@pytest.fixture
def agreement(company: Company) -> int:
    return make_agreement(company).id


def waive(scope, item_id: int, fen: int, kind: str = "hardship", reason: str = "低保户", **more):
    return waiving.waive(
        scope=scope, item_id=item_id, kind=kind, amount_fen=fen, reason=reason, today=more.get("today", TODAY), now=NOW
    )


def kept() -> list[str]:
    return [one.code for one in check_all({"RCV-1", "RCV-2", "LED-1", "LED-3", "LED-4", "LED-5"}) if not one.holds]


def test_part_of_a_debt_is_waived_with_its_tax(company: Company, lead, agreement: int, balances) -> None:
    item = services.charge(
        scope=lead, agreement_id=agreement, fee_code="repair", gross_fen=11_300, due_on=TODAY, today=TODAY, now=NOW
    ).item_id
    waiver = waive(lead, item, 1_130)
    assert (waiver.amount_fen, waiver.tax_fen, waiver.state) == (1_130, 130, Waiver.State.BOOKED)
    assert item_state(item) == (10_170, State.OPEN)
    assert balances() == {"112202": 10_170, "605101": -10_000, "22210101": -1_170, "660101": 1_000}
    assert balance_of(scope=lead, agreement_id=agreement) == 10_170
    assert kept() == []


def test_waivers_in_parts_give_back_the_tax_of_the_whole(company: Company, agreement: int, balances) -> None:
    item = make_debt(company, agreement, 1_000, fee_code="repair").item_id
    parts = [waive(system(company), item, fen).tax_fen for fen in (333, 333, 334)]
    assert (parts, OpenItem.objects.get(pk=item).tax_fen) == ([38, 39, 38], 115)
    assert item_state(item) == (0, State.PAID)
    assert balances() == {"605101": -885, "660101": 885}
    assert kept() == []


def test_a_late_fee_that_nobody_charged_is_charged_and_waived(company: Company, lead, agreement: int, balances) -> None:
    """100.00 for 20 days at 0.05 %: 1.00; 0.60 waived, 0.40 stays; ten days later 0.50 more, not 1.50."""
    agree(company, 500)
    due_on = TODAY - dt.timedelta(days=20)
    item = make_debt(company, agreement, 10_000, due_on=due_on).item_id
    waiver = waive(lead, item, 60, "late_fee")
    late = OpenItem.objects.get(pk=waiver.item_id)
    link = LateFeeLink.objects.get(item=late)
    assert (late.gross_fen, late.open_fen, late.fee_type.code) == (100, 40, "late_fee")
    assert (link.principal_id, link.part_fen, link.until_on, link.standing) == (item, 10_000, TODAY, True)
    principal = get_item(scope=lead, item_id=item)
    later = TODAY + dt.timedelta(days=10)
    assert waiving.accrued_on(scope=lead, item=principal, on=TODAY) == 0
    assert waiving.accrued_on(scope=lead, item=principal, on=later) == 50
    assert balance_of(scope=lead, agreement_id=agreement) == 10_040
    assert kept() == []


def test_a_standing_late_fee_taken_back_is_reckoned_from_the_beginning_again(company: Company, agreement: int) -> None:
    agree(company, 500)
    scope = system(company)
    item = make_debt(company, agreement, 10_000, due_on=TODAY - dt.timedelta(days=20)).item_id
    waiver = waive(scope, item, 100, "late_fee")
    waiving.undo_waiver(scope=scope, waiver_id=waiver.id, reason="错", today=TODAY, now=NOW)
    services.cancel_charge(scope=scope, item_id=waiver.item_id, today=TODAY, now=NOW)
    principal = get_item(scope=scope, item_id=item)
    assert (principal.late_until, waiving.accrued_on(scope=scope, item=principal, on=TODAY)) == (None, 100)
    assert kept() == []


def test_a_waiver_is_taken_back_by_a_mirror(company: Company, lead, agreement: int, balances) -> None:
    item = make_debt(company, agreement, 1_090).item_id
    before = balances()
    waiver = waive(lead, item, 1_090)
    assert item_state(item) == (0, State.PAID)
    waiving.undo_waiver(scope=lead, waiver_id=waiver.id, reason="材料不实", today=TODAY, now=NOW)
    waiver.refresh_from_db()
    assert (waiver.state, waiver.undone_reason, item_state(item)) == (2, "材料不实", (1_090, State.OPEN))
    assert (balances(), balance_of(scope=lead, agreement_id=agreement)) == (before, 1_090)
    assert Entry.objects.get(pk=waiver.undone_entry_id).reverses_id == waiver.entry_id
    with pytest.raises(waiving.UndoneAlready):
        waiving.undo_waiver(scope=lead, waiver_id=waiver.id, reason="再来", today=TODAY, now=NOW)
    assert AuditAct.objects.filter(act__in=("receivables.waive", "receivables.undo_waiver")).count() == 2
    assert kept() == []


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"fen": 0}, services.AmountNotPositive),
        ({"fen": 1_001}, waiving.MoreThanOpen),
        ({"reason": " "}, waiving.WaiverNeedsReason),
        ({"kind": "gift"}, NotThere),
        ({"kind": "late_fee"}, waiving.MoreThanOpen),
    ],
)
def test_a_waiver_is_refused_by_name(company: Company, lead, agreement: int, change: dict, error: type) -> None:
    item = make_debt(company, agreement, 1_000).item_id
    with pytest.raises(error):
        waive(lead, item, **({"fen": 100} | change))
    assert item_state(item) == (1_000, State.OPEN)
    assert (Waiver.objects.count(), Approval.objects.count(), OpenItem.objects.count()) == (0, 0, 1)


def test_what_is_not_ours_or_not_open_is_not_waived(company: Company, agreement: int) -> None:
    scope = system(company)
    waste = make_debt(company, agreement, 600, fee_code="waste").item_id
    shop = make_agreement(company, make_supply_point(company, customer_type="commercial")).id
    deposit = make_debt(company, shop, 600, fee_code="deposit").item_id
    paid = make_debt(company, agreement, 600).item_id
    receive(company, paid, 600)
    invoiced = make_debt(company, agreement, 600).item_id
    services.mark_invoiced(scope=scope, parts=[(invoiced, 400)])
    disputed = make_debt(company, agreement, 600).item_id
    services.dispute(scope=scope, item_id=disputed, note="错", now=NOW)
    for item, fen, error in (
        (waste, 100, waiving.NotOursToWaive),
        (deposit, 100, waiving.NotOursToWaive),
        (paid, 100, services.ItemNotOpen),
        (disputed, 100, services.ItemNotOpen),
        (invoiced, 201, services.InvoicedAlready),
    ):
        with pytest.raises(error):
            waive(scope, item, fen)
    assert not Waiver.objects.exists()
    assert waive(scope, invoiced, 200).amount_fen == 200
    assert kept() == []


def test_who_may_not_waive(company: Company, lead, agreement: int) -> None:
    item = make_debt(company, agreement, 1_000).item_id
    for role in ("cashier", "agent", "finance", "auditor"):
        with pytest.raises(Forbidden):
            waive(make_scope(role, company=company), item, 100)
    foreign = make_company("外地燃气")
    with pytest.raises(NotThere):
        waive(make_scope("service_lead", company=foreign), item, 100)
    waiver = waive(lead, item, 100)
    with pytest.raises(NotThere):
        waiving.undo_waiver(
            scope=make_scope("service_lead", company=foreign), waiver_id=waiver.id, reason="x", today=TODAY, now=NOW
        )
    with pytest.raises(Forbidden):
        waiving.undo_waiver(
            scope=make_scope("cashier", company=company), waiver_id=waiver.id, reason="x", today=TODAY, now=NOW
        )
    assert item_state(item) == (900, State.OPEN)


def test_above_ones_limit_a_second_person_is_asked(company: Company, agreement: int) -> None:
    """A service lead waives up to 50.00 alone."""
    asker = make_staff("service_lead", company=company)
    scope = scope_for(asker)
    item = make_debt(company, agreement, 9_000).item_id
    assert isinstance(waive(scope, item, 5_000), Waiver)
    other = make_debt(company, agreement, 9_000).item_id
    asked = waive(scope, other, 5_001)
    assert isinstance(asked, Approval)
    assert (item_state(other), asked.amount_fen) == ((9_000, State.OPEN), 5_001)
    with pytest.raises(Forbidden):
        approvals.grant(scope=scope, approval_id=asked.id, seen=asked.version, now=NOW)
    manager = make_scope("manager", company=company)
    approvals.grant(scope=manager, approval_id=asked.id, seen=asked.version, now=NOW)
    waiver = Waiver.objects.get(item_id=other)
    assert item_state(other) == (3_999, State.OPEN)
    assert (waiver.waived_by_id, waiver.granted_by_id) == (asker.id, manager.actor_id)
    assert kept() == []


def test_a_grant_of_what_was_paid_meanwhile_changes_nothing(company: Company, lead, agreement: int) -> None:
    item = make_debt(company, agreement, 9_000).item_id
    asked = waive(lead, item, 9_000)
    receive(company, item, 4_000)
    manager = make_scope("manager", company=company)
    with pytest.raises(waiving.MoreThanOpen):
        approvals.grant(scope=manager, approval_id=asked.id, seen=asked.version, now=NOW)
    asked.refresh_from_db()
    assert (asked.state, item_state(item), Waiver.objects.count()) == (Approval.State.ASKED, (5_000, State.OPEN), 0)


def test_nobody_grants_their_own_or_above_their_limit(company: Company, agreement: int) -> None:
    from gasworks.foundation import parameters
    from gasworks.foundation.testing.factories import grant_role

    both = make_staff("service_lead", company=company)
    grant_role(both, "manager", company.branch)
    item = make_debt(company, agreement, 900_000).item_id
    asked = waive(scope_for(both), item, 900_000)
    with pytest.raises(NeverOnesOwn):
        approvals.grant(scope=scope_for(both), approval_id=asked.id, seen=asked.version, now=NOW)
    parameters.change(
        scope=system(company),
        code="approvals.limit.receivables.waive",
        value={"manager": 100_000},
        from_on=TODAY,
        seen=0,
        today=TODAY,
        now=NOW,
    )
    with pytest.raises(AboveLimit):
        approvals.grant(scope=make_scope("manager", company=company), approval_id=asked.id, seen=asked.version, now=NOW)
    assert item_state(item) == (900_000, State.OPEN)


def test_the_report_counts_by_month_kind_and_person(company: Company, lead, agreement: int) -> None:
    item = make_debt(company, agreement, 4_000).item_id
    waive(lead, item, 1_000)
    waive(lead, item, 500, "discount")
    gone = waive(lead, item, 700)
    waiving.undo_waiver(scope=lead, waiver_id=gone.id, reason="错", today=TODAY, now=NOW)
    rows = waiver_sums(scope=lead, from_month=202601, to_month=202612)
    told = [(row.month, row.kind, row.count, row.waived_fen, row.undone_count, row.undone_fen) for row in rows]
    assert told == [(202603, "discount", 1, 500, 0, None), (202603, "hardship", 2, 1_700, 1, 700)]
    assert [row.net_fen for row in rows] == [500, 1_000]
    assert waiver_sums(scope=make_scope("finance"), from_month=202601, to_month=202612) == []


def test_the_pages_of_a_waiver(company: Company, agreement: int, client) -> None:
    staff = make_staff("service_lead", company=company)
    client.force_login(staff)
    item = make_debt(company, agreement, 4_000).item_id
    answer = client.post(
        f"/receivables/items/{item}/waive/", {"kind": "hardship", "amount_fen": "10.00", "reason": "低保户"}
    )
    assert (answer.status_code, item_state(item)) == (302, (3_000, State.OPEN))
    too_much = client.post(
        f"/receivables/items/{item}/waive/", {"kind": "hardship", "amount_fen": "30.01", "reason": "低保户"}
    )
    assert (too_much.status_code, "30.00" in too_much.content.decode()) == (422, True)
    waiver = Waiver.objects.get()
    assert client.post(f"/receivables/waivers/{waiver.id}/undo/", {"note": "错"}).status_code == 302
    assert item_state(item) == (4_000, State.OPEN)
    report = client.get("/receivables/waivers/report/?export=csv")
    assert b"".join(report.streaming_content).decode().splitlines()[1].endswith(",1,10.00,1,10.00,0.00")
