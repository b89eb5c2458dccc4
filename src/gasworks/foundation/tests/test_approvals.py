"""Four eyes: who asks never grants; who grants has the right and the limit; what was granted happens once."""

from collections.abc import Iterator

import pytest

from gasworks.foundation import approvals, parameters
from gasworks.foundation.approvals import (
    AboveLimit,
    ApprovalKind,
    AskedAlready,
    Granted,
    NeverOnesOwn,
    NotGranted,
    OnlyTheAskerWithdraws,
    ReasonMissing,
)
from gasworks.foundation.models import Approval, AuditAct
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import (
    MARKER,
    NOW,
    TODAY,
    Company,
    make_company,
    make_marker_company,
    make_scope,
)
from gasworks.kernel.errors import Forbidden, NotThere, Refusal, StaleVersion

pytestmark = pytest.mark.django_db

DONE: list[Granted] = []


class DrawerShut(Refusal):
    sentence = "The drawer is shut."


def _carry_out(request: Granted, *, now: object) -> None:
    if request.payload.get("shut"):
        raise DrawerShut
    DONE.append(request)


@pytest.fixture(autouse=True)
def kind() -> Iterator[ApprovalKind]:
    DONE.clear()
    yield approvals.register(
        ApprovalKind(
            code="test.reverse",
            label="冲账",
            ask_right="payments.take",
            grant_right="payments.reverse",
            carry_out=_carry_out,
            limits={"cash_lead": 50_000},
        )
    )
    approvals._KINDS.pop("test.reverse")
    parameters._KINDS.pop("approvals.limit.test.reverse")


@pytest.fixture
def city() -> Company:
    return make_company()


@pytest.fixture
def cashier(city: Company) -> Scope:
    return make_scope("cashier", company=city)


@pytest.fixture
def lead(city: Company) -> Scope:
    return make_scope("cash_lead", company=city)


def _ask(scope: Scope, *, amount_fen: int | None = 12_300, subject: int = 7, **payload: object) -> Approval:
    return approvals.ask(
        scope=scope,
        kind="test.reverse",
        subject_kind="payments.payment",
        subject_id=subject,
        reason="收错用户",
        payload=payload,
        amount_fen=amount_fen,
        now=NOW,
    )


def test_granting_carries_out_once_under_the_askers_scope(cashier: Scope, lead: Scope) -> None:
    row = _ask(cashier, sheet="A1")
    done = approvals.grant(scope=lead, approval_id=row.id, seen=1, now=NOW)
    assert done.state == "carried_out"
    (request,) = DONE
    assert (request.scope.actor_id, request.scope.outlet_id) == (cashier.actor_id, cashier.outlet_id)
    assert (request.granted_by, request.payload, request.amount_fen) == (lead.actor_id, {"sheet": "A1"}, 12_300)
    acts = list(AuditAct.objects.order_by("id").values_list("act", "actor_id", "amount_fen"))
    assert acts == [
        ("approvals.ask", cashier.actor_id, 12_300),
        ("approvals.grant", lead.actor_id, 12_300),
        ("approvals.carry_out", lead.actor_id, 12_300),
    ]


def test_nobody_grants_their_own_request(lead: Scope) -> None:
    row = _ask(lead)
    with pytest.raises(NeverOnesOwn):
        approvals.grant(scope=lead, approval_id=row.id, seen=1, now=NOW)
    with pytest.raises(NeverOnesOwn):
        approvals.refuse(scope=lead, approval_id=row.id, seen=1, note="no", now=NOW)
    row.refresh_from_db()
    assert (row.state, DONE) == ("asked", [])


def test_the_database_itself_refuses_a_grant_by_the_asker(cashier: Scope) -> None:
    from django.db import IntegrityError, transaction

    row = _ask(cashier)
    with pytest.raises(IntegrityError, match="approval_never_ones_own"), transaction.atomic():
        Approval.objects.filter(pk=row.pk).update(state="granted", decided_by_id=cashier.actor_id)


def test_without_the_right_nobody_asks_or_grants(city: Company, cashier: Scope) -> None:
    with pytest.raises(Forbidden):
        _ask(make_scope("agent", company=city))
    row = _ask(cashier)
    with pytest.raises(Forbidden):
        approvals.grant(scope=make_scope("cashier", company=city), approval_id=row.id, seen=1, now=NOW)
    assert Approval.objects.get(pk=row.pk).state == "asked"


def test_above_the_limit_of_the_role_it_is_refused_and_waits(cashier: Scope, lead: Scope) -> None:
    row = _ask(cashier, amount_fen=50_001)
    with pytest.raises(AboveLimit) as refused:
        approvals.grant(scope=lead, approval_id=row.id, seen=1, now=NOW)
    assert refused.value.params == {"amount": "500.01", "limit": "500.00"}
    assert Approval.objects.get(pk=row.pk).state == "asked"


def test_at_the_limit_it_is_granted_also_when_money_goes_out(cashier: Scope, lead: Scope) -> None:
    row = _ask(cashier, amount_fen=-50_000)
    assert approvals.grant(scope=lead, approval_id=row.id, seen=1, now=NOW).state == "carried_out"


def test_the_company_sets_the_limit_by_parameter(city: Company, cashier: Scope, lead: Scope) -> None:
    parameters.change(
        scope=make_scope("sysadmin", company=city), code="approvals.limit.test.reverse",
        value={"cash_lead": 1_000}, from_on=TODAY, seen=0, today=TODAY, now=NOW,
    )  # fmt: skip
    row = _ask(cashier, amount_fen=1_001)
    with pytest.raises(AboveLimit):
        approvals.grant(scope=lead, approval_id=row.id, seen=1, now=NOW)


def test_a_refusal_from_carrying_out_leaves_the_request_waiting(cashier: Scope, lead: Scope) -> None:
    row = _ask(cashier, shut=True)
    with pytest.raises(DrawerShut):
        approvals.grant(scope=lead, approval_id=row.id, seen=1, now=NOW)
    row.refresh_from_db()
    assert (row.state, row.decided_by_id, row.version) == ("asked", None, 1)
    assert not AuditAct.objects.filter(act="approvals.grant").exists()


def test_the_same_thing_is_asked_for_once_at_a_time(cashier: Scope, lead: Scope) -> None:
    row = _ask(cashier)
    with pytest.raises(AskedAlready):
        _ask(cashier)
    approvals.refuse(scope=lead, approval_id=row.id, seen=1, note="单据不符", now=NOW)
    assert _ask(cashier).state == "asked"


def test_a_request_and_a_refusal_say_why(cashier: Scope, lead: Scope) -> None:
    with pytest.raises(ReasonMissing):
        approvals.ask(scope=cashier, kind="test.reverse", subject_kind="x", subject_id=1, reason="  ", now=NOW)
    row = _ask(cashier)
    with pytest.raises(ReasonMissing):
        approvals.refuse(scope=lead, approval_id=row.id, seen=1, note=" ", now=NOW)


def test_only_the_asker_withdraws(city: Company, cashier: Scope, lead: Scope) -> None:
    row = _ask(cashier)
    with pytest.raises(OnlyTheAskerWithdraws):
        approvals.withdraw(scope=lead, approval_id=row.id, seen=1, now=NOW)
    assert approvals.withdraw(scope=cashier, approval_id=row.id, seen=1, now=NOW).state == "withdrawn"


def test_the_second_of_two_deciders_is_told(city: Company, cashier: Scope, lead: Scope) -> None:
    row = _ask(cashier)
    other = make_scope("cash_lead", company=city)
    approvals.refuse(scope=lead, approval_id=row.id, seen=1, note="单据不符", now=NOW)
    with pytest.raises(StaleVersion):
        approvals.grant(scope=other, approval_id=row.id, seen=1, now=NOW)
    assert DONE == []


def test_a_granted_request_without_carry_out_serves_one_act(cashier: Scope, lead: Scope) -> None:
    approvals.register(ApprovalKind("test.reverse", "冲账", "payments.take", "payments.reverse"))
    row = _ask(cashier)
    use = {"scope": cashier, "kind": "test.reverse", "subject_kind": "payments.payment", "subject_id": 7, "now": NOW}
    with pytest.raises(NotGranted):
        approvals.use(**use)
    assert approvals.grant(scope=lead, approval_id=row.id, seen=1, now=NOW).state == "granted"
    assert approvals.use(**use).granted_by == lead.actor_id
    with pytest.raises(NotGranted):
        approvals.use(**use)


def test_the_lists_show_what_is_mine_and_what_waits_for_me(city: Company, cashier: Scope, lead: Scope) -> None:
    row, own = _ask(cashier), _ask(lead, subject=8)
    assert list(approvals.my_requests(scope=cashier)) == [row]
    assert list(approvals.waiting_for_me(scope=lead)) == [row]
    assert list(approvals.my_requests(scope=lead)) == [own]
    assert list(approvals.waiting_for_me(scope=cashier)) == []


def test_a_foreign_request_is_nowhere(lead: Scope) -> None:
    foreign = make_scope("cashier", company=make_marker_company())
    row = approvals.ask(scope=foreign, kind="test.reverse", subject_kind="x", subject_id=1, reason=MARKER, now=NOW)
    assert list(approvals.waiting_for_me(scope=lead)) == []
    for act in (approvals.get_approval, approvals.grant, approvals.withdraw):
        extra = {} if act is approvals.get_approval else {"seen": 1, "now": NOW}
        with pytest.raises(NotThere):
            act(scope=lead, approval_id=row.id, **extra)
