"""Settlements with those for whom we collect: what came in, what went back, our commission, what is paid over.

What we hold for a third party is what customers have paid, not what they were charged. A statement covers whole days that
nobody can post into any more, so its figures never change afterwards. Money that goes back after its statement was paid
over comes off the next one: statements follow each other without a gap, and each brings forward what the last left over.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from gasworks.foundation import approvals, audit, events
from gasworks.foundation.acts import act_of, locked
from gasworks.foundation.approvals import Granted
from gasworks.foundation.models import Approval
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop
from gasworks.kernel.money import half_up, tax_inside
from gasworks.ledger.selectors import accounts_by_role, balance
from gasworks.ledger.services import head_office_day, post_entry
from gasworks.ledger.types import Draft, EntryKind, Leg
from gasworks.receivables.events import ThirdPartySettled
from gasworks.receivables.models import OpenItem, Principal, Settlement

RIGHT: Final = "receivables.settle_third"
GRANT: Final = "receivables.settle_grant"
APPROVAL: Final = "receivables.settle_third"
SUBJECT: Final = "receivables.settlement"
FIRST_DAY: Final = dt.date(2000, 1, 1)
A_DAY: Final = dt.timedelta(days=1)
AHEAD: Final = dt.timedelta(days=31)
State = Settlement.State

_LINES = """
SELECT e.posting_day, p.number, c.name, i.month, i.gross_fen, a.amount_fen, e.kind
  FROM foundation_orgunit u
  JOIN ledger_entry e ON e.company_id = u.company_id AND e.outlet_id = u.id
       AND e.posting_day >= %(from)s AND e.posting_day < %(to)s AND e.kind IN (3, 4, 11)
  JOIN receivables_allocation a ON a.entry_id = e.id
  JOIN receivables_openitem i ON i.id = a.item_id AND i.fee_type_id = %(fee)s
  JOIN customers_agreement g ON g.id = i.agreement_id
  JOIN customers_supplypoint p ON p.id = g.supply_point_id
  JOIN customers_customer c ON c.id = g.customer_id
 WHERE u.company_id = %(company)s AND u.kind = 'outlet'
 ORDER BY e.posting_day, e.id, a.seq
"""
_STILL_OPEN = """
SELECT min(day) FROM ledger_outletday WHERE company_id = %s AND closed_at IS NULL AND day < %s
"""


class PeriodStillOpen(Refusal):
    sentence = gettext_noop("The period is not over: %(day)s is not closed at every outlet.")


class SettledAlready(Refusal):
    sentence = gettext_noop("Part of this period is in another settlement.")


class GapBefore(Refusal):
    sentence = gettext_noop("A settlement follows on the one before without a gap: begin on %(day)s.")


class EarlierDraft(Refusal):
    sentence = gettext_noop("Settlement %(number)s before it is still a draft. Pay it over or drop it first.")


class NotADraft(Refusal):
    sentence = gettext_noop("This settlement is paid over or dropped.")


@dataclass(frozen=True, slots=True)
class Figures:
    """A statement's sums. ``commission_fen`` has its tax inside; below zero it goes back to the third party."""

    brought_fen: int
    collected_fen: int
    refunded_fen: int
    commission_fen: int
    commission_tax_fen: int
    least_fen: int

    @property
    def net_fen(self) -> int:
        return self.brought_fen + self.collected_fen - self.refunded_fen - self.commission_fen

    @property
    def paid_fen(self) -> int:
        """Nothing is paid over of less than nought, or of a sum that is too small to be worth it."""
        return self.net_fen if self.net_fen >= max(1, self.least_fen) else 0

    @property
    def carried_fen(self) -> int:
        return self.net_fen - self.paid_fen


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One receipt, or one that went back (negative), of a customer."""

    posting_day: dt.date
    number: str
    name: str
    month: int
    gross_fen: int
    amount_fen: int
    entry_kind: int


@dataclass(frozen=True, slots=True)
class ThirdPartyBalance:
    """What the ledger says that we owe a third party, and what it is made of.

    ``unpaid_fen``: charged, and not yet paid by customers. ``later_fen``: came in (less what went back) since the last
    settlement. ``waiting_fen``: of settlements: a draft's sum, or what the last one left over.
    """

    ledger_fen: int
    unpaid_fen: int
    later_fen: int
    waiting_fen: int

    @property
    def agrees(self) -> bool:
        return self.ledger_fen == self.unpaid_fen + self.later_fen + self.waiting_fen


def standing_of(*, scope: Scope, principal: Principal, today: dt.date) -> ThirdPartyBalance:
    """The account of a third party as it stands, beside its statements; they agree, or somebody must look.

    A posting day may lie ahead of today, so all days are taken.
    """
    scope.require("receivables.view")
    on = today + AHEAD
    gl = principal.fee_type.income_gl_id
    last = _last(scope, principal.id)
    since = last.to_on if last else FIRST_DAY
    lines = lines_of(scope=scope, fee_type_id=principal.fee_type_id, from_on=since, to_on=on + A_DAY)
    waiting = 0
    if last is not None:
        waiting = last.carried_fen if last.state == State.POSTED else last.net_fen + last.commission_fen
    unpaid = OpenItem.objects.filter(company_id=scope.company_id, fee_type_id=principal.fee_type_id, open_fen__gt=0)
    return ThirdPartyBalance(
        ledger_fen=-balance(scope=scope, gl_id=gl, on=on, party=principal.id),
        unpaid_fen=unpaid.aggregate(fen=Sum("open_fen"))["fen"] or 0,
        later_fen=sum(line.amount_fen for line in lines),
        waiting_fen=waiting,
    )


def figures_of(
    *, scope: Scope, principal: Principal, from_on: dt.date, to_on: dt.date, brought_fen: int = 0
) -> Figures:
    """The sums of a period [from, to). Commission is on what stays: collected less refunded, half up, once; where more
    went back than came in, the commission on it goes back too."""
    rows = lines_of(scope=scope, fee_type_id=principal.fee_type_id, from_on=from_on, to_on=to_on)
    collected = sum(row.amount_fen for row in rows if row.amount_fen > 0)
    refunded = -sum(row.amount_fen for row in rows if row.amount_fen < 0)
    commission = half_up((collected - refunded) * principal.commission_e4, 10_000)
    tax = tax_inside(commission, principal.commission_tax_e4)
    return Figures(brought_fen, collected, refunded, commission, tax, principal.least_fen)


def lines_of(*, scope: Scope, fee_type_id: int, from_on: dt.date, to_on: dt.date) -> list[StatementLine]:
    """Receipts and refunds of a third party's fee in [from, to), in posting order."""
    scope.require("receivables.view")
    places: dict[str, Any] = {"company": scope.company_id, "fee": fee_type_id, "from": from_on, "to": to_on}
    with connection.cursor() as cursor:
        cursor.execute(_LINES, places)
        return [StatementLine(*row) for row in cursor.fetchall()]


def draft_settlement(
    *, scope: Scope, principal_id: int, from_on: dt.date, to_on: dt.date, today: dt.date, now: dt.datetime
) -> Settlement:
    """Draw up the statement of a closed period, which begins where the one before ended."""
    scope.require(RIGHT)
    _refuse_open_days(scope, from_on, to_on, today)
    with act_of(scope):
        principal = locked(Principal, principal_id, scope)
        last = _last(scope, principal_id)
        _refuse_gap(scope, principal, last, from_on)
        brought = last.carried_fen if last else 0
        found = figures_of(scope=scope, principal=principal, from_on=from_on, to_on=to_on, brought_fen=brought)
        try:
            with transaction.atomic():
                row = Settlement.objects.create(
                    company_id=scope.company_id,
                    principal=principal,
                    from_on=from_on,
                    to_on=to_on,
                    commission_e4=principal.commission_e4,
                    brought_fen=found.brought_fen,
                    collected_fen=found.collected_fen,
                    refunded_fen=found.refunded_fen,
                    commission_fen=found.commission_fen,
                    commission_tax_fen=found.commission_tax_fen,
                    net_fen=found.net_fen,
                    paid_fen=found.paid_fen,
                    carried_fen=found.carried_fen,
                    drafted_by_id=scope.actor_id,
                    drafted_at=now,
                )
        except IntegrityError as error:
            raise SettledAlready from error
        _note(scope, "receivables.draft_settlement", row, now)
    return row


def ask_to_settle(*, scope: Scope, settlement_id: int, reason: str, today: dt.date, now: dt.datetime) -> Approval:
    """Ask a second person; the grant posts it."""
    scope.require(RIGHT)
    row = find_settlement(scope=scope, settlement_id=settlement_id)
    if row.state != State.DRAFT:
        raise NotADraft
    return approvals.ask(
        scope=scope,
        kind=APPROVAL,
        subject_kind=SUBJECT,
        subject_id=row.id,
        reason=reason,
        payload={"today": today.isoformat()},
        amount_fen=row.paid_fen,
        now=now,
    )


def post_settlement(request: Granted, *, now: dt.datetime) -> Settlement:
    """The approved settlement: the payable goes to the bank, and our commission with its tax to revenue.

    What it carries over stays in the payable.
    """
    scope, today = request.scope, dt.date.fromisoformat(request.payload["today"])
    scope.require(RIGHT)
    with act_of(scope):
        row = locked(Settlement, request.subject_id, scope)
        if row.state != State.DRAFT:
            raise NotADraft
        row.state, row.granted_by_id, row.posted_at = State.POSTED, request.granted_by, now
        row.entry_id = _post(scope, row, today, now)
        row.version += 1
        row.save(update_fields=["state", "granted_by", "posted_at", "entry", "version"])
        _note(scope, "receivables.post_settlement", row, now)
        events.publish(
            ThirdPartySettled(settlement_id=row.id, principal_id=row.principal_id, net_fen=row.paid_fen),
            company_id=scope.company_id,
            now=now,
        )
    return row


def drop_settlement(*, scope: Scope, settlement_id: int, now: dt.datetime) -> Settlement:
    """Take a draft back; its days are free again."""
    scope.require(RIGHT)
    with act_of(scope):
        row = locked(Settlement, settlement_id, scope)
        if row.state != State.DRAFT:
            raise NotADraft
        row.state = State.DROPPED
        row.version += 1
        row.save(update_fields=["state", "version"])
        _note(scope, "receivables.drop_settlement", row, now)
    return row


def find_settlement(*, scope: Scope, settlement_id: int) -> Settlement:
    found = Settlement.objects.filter(company_id=scope.company_id, pk=settlement_id)
    row = found.select_related("principal__fee_type", "drafted_by", "granted_by").first()
    if row is None:
        raise NotThere(key=settlement_id)
    return row


def principals(*, scope: Scope) -> list[Principal]:
    found = Principal.objects.filter(company_id=scope.company_id).select_related("fee_type")
    return list(found.order_by("code"))


def _post(scope: Scope, row: Settlement, today: dt.date, now: dt.datetime) -> int | None:
    gl = accounts_by_role(scope=scope)
    parts = (
        ("bank", row.paid_fen),
        ("commission_revenue", row.commission_fen - row.commission_tax_fen),
        ("vat_output", row.commission_tax_fen),
    )
    legs = tuple(
        Leg(gl["third_party"], gl[role], fen, row.principal_id)
        if fen > 0
        else Leg(gl[role], gl["third_party"], -fen, None, row.principal_id)
        for role, fen in parts
        if fen
    )
    if not legs:
        return None
    place = head_office_day(scope=scope, today=today)
    draft = Draft(place.outlet_id, place.day, EntryKind.SETTLEMENT, row.id, legs)
    return post_entry(scope=scope, draft=draft, now=now)


def _refuse_open_days(scope: Scope, from_on: dt.date, to_on: dt.date, today: dt.date) -> None:
    """Nobody posts before the day that is open: a period is over when every outlet is past it."""
    if to_on <= from_on or to_on > today:
        raise PeriodStillOpen(day=to_on - dt.timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute(_STILL_OPEN, [scope.company_id, to_on])
        (first,) = cursor.fetchone()
    if first is not None:
        raise PeriodStillOpen(day=first)


def _last(scope: Scope, principal_id: int) -> Settlement | None:
    """The newest settlement that was not dropped."""
    found = Settlement.objects.filter(company_id=scope.company_id, principal_id=principal_id)
    return found.exclude(state=State.DROPPED).order_by("-to_on").first()


def _refuse_gap(scope: Scope, principal: Principal, last: Settlement | None, from_on: dt.date) -> None:
    """Every receipt is in one settlement: the first begins with the first receipt or earlier."""
    if last is None:
        earlier = lines_of(scope=scope, fee_type_id=principal.fee_type_id, from_on=FIRST_DAY, to_on=from_on)
        if earlier:
            raise GapBefore(day=earlier[0].posting_day)
        return
    if from_on < last.to_on:
        raise SettledAlready
    if last.state == State.DRAFT:
        raise EarlierDraft(number=last.id)
    if from_on > last.to_on:
        raise GapBefore(day=last.to_on)


def _note(scope: Scope, act: str, row: Settlement, now: dt.datetime) -> None:
    detail: dict[str, Any] = {"from": row.from_on.isoformat(), "to": row.to_on.isoformat()}
    audit.record(
        scope=scope,
        act=act,
        subject_kind=SUBJECT,
        subject_id=row.id,
        amount_fen=row.paid_fen,
        detail=detail,
        now=now,
    )
