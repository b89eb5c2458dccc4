"""Claims of subsidies: booked once a month and payer, put right by a further one where bills change, handed in, paid.

Debit the payer's receivable, credit income and tax: the part of the price that the household does not pay is revenue
all the same. A subsidy that goes by the volume sold bears tax like the sale (国家税务总局公告 2019 年第 45 号).
"""

import datetime as dt
from dataclasses import fields
from typing import Final

from django.db import connection

from gasworks.billing.models import Claim, ClaimLine, ClaimPayment
from gasworks.billing.run.binary import server_cursor, write_columns
from gasworks.billing.run.chunk import gas_fee
from gasworks.billing.run.write import Fee
from gasworks.billing.subsidy import Parts, parts_of, payers_of
from gasworks.foundation import audit
from gasworks.foundation.acts import act_of, locked
from gasworks.foundation.bulk import take_ids
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.kernel.money import tax_inside, yuan
from gasworks.ledger.selectors import accounts_by_role
from gasworks.ledger.services import head_office_day, install_chart, post_entry
from gasworks.ledger.types import Draft, EntryKind, Leg
from gasworks.usage.services import hold_payer

RIGHT: Final = "billing.claim"
SUBJECT: Final = "billing.claim"
RECEIVABLE: Final = "subsidy_receivable"
State = Claim.State


class ClaimNotOpen(Refusal):
    sentence = gettext_noop("This claim is handed in, paid or a giving back: nothing is left to do.")


class PaidTooMuch(Refusal):
    sentence = gettext_noop("At most %(open)s yuan of this claim are open.")
    status = 422


class PaperMissing(Refusal):
    sentence = gettext_noop("Give the number of the paper.")
    status = 422


def claim_month(*, scope: Scope, month: int, today: dt.date, now: dt.datetime) -> list[Claim]:
    """Book what every payer owes for the month and has not been claimed; run again, it books nothing twice."""
    scope.require_whole_company(RIGHT)
    made = [
        claim_payer(scope=scope, payer_id=payer, month=month, today=today, now=now)
        for payer in payers_of(scope=scope, month=month)
    ]
    return [claim for claim in made if claim is not None]


def claim_payer(*, scope: Scope, payer_id: int, month: int, today: dt.date, now: dt.datetime) -> Claim | None:
    """One entry for one payer and month. None: nothing is left to claim, or what changed adds up to nothing."""
    scope.require_whole_company(RIGHT)
    with act_of(scope):
        hold_payer(scope=scope, payer_id=payer_id)
        parts = parts_of(scope=scope, payer_id=payer_id, month=month)
        amount = int(parts.amount_fen.sum())
        if not amount:
            return None
        known = Claim.objects.filter(company_id=scope.company_id, payer_id=payer_id, month=month).count()
        claim = _book(scope, payer_id, month, known + 1, parts, amount, today, now)
        _write_lines(claim, parts)
        _note(scope, "billing.claim", claim, amount, now)
    return claim


def hand_in(*, scope: Scope, claim_id: int, sent_no: str, on: dt.date, now: dt.datetime) -> Claim:
    """The list went to the payer under this number."""
    scope.require_whole_company(RIGHT)
    if not sent_no.strip():
        raise PaperMissing
    with act_of(scope):
        claim = locked(Claim, claim_id, scope)
        if claim.state != State.BOOKED:
            raise ClaimNotOpen
        claim.state, claim.sent_on, claim.sent_no = State.SENT, on, sent_no.strip()
        claim.version += 1
        claim.save()
        _note(scope, "billing.hand_in_claim", claim, claim.amount_fen, now)
    return claim


def book_payment(
    *,
    scope: Scope,
    claim_id: int,
    amount_fen: int,
    paid_on: dt.date,
    document_no: str,
    today: dt.date,
    now: dt.datetime,
) -> ClaimPayment:
    """Money of the payer came into the bank: all of the claim or a part of it."""
    scope.require_whole_company(RIGHT)
    if not document_no.strip():
        raise PaperMissing
    with act_of(scope):
        claim = locked(Claim, claim_id, scope)
        left = claim.amount_fen - claim.paid_fen
        if left <= 0:
            raise ClaimNotOpen
        if not 0 < amount_fen <= left:
            raise PaidTooMuch(open=yuan(left))
        (key,) = take_ids(ClaimPayment, 1)
        place = head_office_day(scope=scope, today=today)
        gl = accounts_by_role(scope=scope)
        leg = Leg(gl["bank"], gl[RECEIVABLE], amount_fen, credit_party=claim.payer_id)
        entry = post_entry(
            scope=scope, draft=Draft(place.outlet_id, place.day, EntryKind.SUBSIDY_PAID, key, (leg,)), now=now
        )
        row = ClaimPayment.objects.create(
            id=key,
            company_id=scope.company_id,
            claim=claim,
            amount_fen=amount_fen,
            paid_on=paid_on,
            document_no=document_no.strip(),
            entry_id=entry,
        )
        claim.paid_fen += amount_fen
        claim.state = State.PAID if claim.paid_fen == claim.amount_fen else claim.state
        claim.version += 1
        claim.save()
        _note(scope, "billing.claim_paid", claim, amount_fen, now)
    return row


def _book(
    scope: Scope, payer: int, month: int, no: int, parts: Parts, amount: int, today: dt.date, now: dt.datetime
) -> Claim:
    place = head_office_day(scope=scope, today=today)
    fee = gas_fee(scope, place.day)
    tax = tax_inside(abs(amount), fee.rate_e4) if fee.tax_gl is not None else 0
    (key,) = take_ids(Claim, 1)
    legs = _legs(_receivable(scope), payer, fee, amount, tax)
    entry = post_entry(scope=scope, draft=Draft(place.outlet_id, place.day, EntryKind.SUBSIDY, key, legs), now=now)
    return Claim.objects.create(
        id=key,
        company_id=scope.company_id,
        payer_id=payer,
        month=month,
        no=no,
        litres=int(parts.litres.sum()),
        amount_fen=amount,
        tax_fen=tax if amount > 0 else -tax,
        entry_id=entry,
        made_by_id=scope.actor_id,
        made_at=now,
    )


def _legs(receivable: int, payer: int, fee: Fee, amount: int, tax: int) -> tuple[Leg, ...]:
    """The payer's receivable to income and tax; what is given back runs the other way."""
    sides = [(fee.income_gl, abs(amount) - tax), (fee.tax_gl, tax)]
    if amount > 0:
        return tuple(Leg(receivable, gl, fen, debit_party=payer) for gl, fen in sides if gl and fen)
    return tuple(Leg(gl, receivable, fen, credit_party=payer) for gl, fen in sides if gl and fen)


def _receivable(scope: Scope) -> int:
    """The payers' account; a company that opened its books before there was one gets it now."""
    known = accounts_by_role(scope=scope)
    if RECEIVABLE not in known:
        install_chart(scope=scope)
        known = accounts_by_role(scope=scope)
    return known[RECEIVABLE]


def _write_lines(claim: Claim, parts: Parts) -> None:
    """All lines by one COPY."""
    one_for_all = [("company_id", "bigint", claim.company_id), ("claim_id", "bigint", claim.id)]
    names = {"bill": "bill_id", "supply_point": "supply_point_id"}
    columns = [(names.get(one.name, one.name), "bigint", getattr(parts, one.name)) for one in fields(Parts)]
    with server_cursor(connection) as cursor:
        write_columns(cursor, ClaimLine._meta.db_table, [*one_for_all, *columns], len(parts))


def _note(scope: Scope, act: str, claim: Claim, amount: int, now: dt.datetime) -> None:
    detail = {"payer": claim.payer_id, "month": claim.month, "no": claim.no}
    audit.record(
        scope=scope, act=act, subject_kind=SUBJECT, subject_id=claim.id, amount_fen=amount, detail=detail, now=now
    )
