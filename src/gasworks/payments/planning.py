"""From what is owed and what is offered to a plan. Pure: the counter shows it, the service carries it out."""

import datetime as dt
from collections.abc import Sequence

from gasworks.payments.types import LateFee, PaymentPlan, PlanLine
from gasworks.receivables.allocation import in_order
from gasworks.receivables.late_fee import late_fee_of, may_be_late, settle_part
from gasworks.receivables.types import NO_LATE_FEE, Account, Debt, Due, LateTermsOf, Share


def plan_payment(
    accounts: Sequence[Account],
    offered_fen: int,
    *,
    on: dt.date,
    keep_surplus: bool = False,
    chosen: frozenset[int] | None = None,
    terms: LateTermsOf = NO_LATE_FEE,
) -> PaymentPlan:
    """Lay ``offered_fen`` against the dues of all ``accounts``, oldest first, each part with its own late fee.

    What is left is change, or with ``keep_surplus`` the advance of the first account. ``chosen``: only these items.
    A due that is paid in part pays the late fee of that part; the rest goes on bearing its own.
    """
    if offered_fen < 0:
        raise ValueError("money laid against items is not negative")
    owner = _owners(accounts)
    dues = [(owner[due.item_id], due) for due in _dues(accounts, chosen)]
    shares, fees, left = _lay(dues, offered_fen, on, terms)
    surplus = left if keep_surplus else 0
    lines = [
        PlanLine(
            account.agreement_id,
            tuple(share for share in shares if owner[share.item_id] == account.agreement_id),
            surplus if place == 0 else 0,
            tuple(fee for fee in fees if fee.agreement_id == account.agreement_id),
        )
        for place, account in enumerate(accounts)
    ]
    return PaymentPlan(tuple(line for line in lines if line.amount_fen))


def plan_line(
    agreement_id: int, dues: Sequence[Debt], offered_fen: int, *, on: dt.date, terms: LateTermsOf = NO_LATE_FEE
) -> PlanLine:
    """The same for one agreement of a collection file: all that is payable, oldest first, and the rest to the advance."""
    owned = [(agreement_id, due) for due in (in_order(dues) if len(dues) > 1 else dues)]
    shares, fees, left = _lay(owned, offered_fen, on, terms)
    return PlanLine(agreement_id, tuple(shares), left, tuple(fees))


def payable_fen(
    accounts: Sequence[Account], *, on: dt.date, chosen: frozenset[int] | None = None, terms: LateTermsOf = NO_LATE_FEE
) -> int:
    """What settles the chosen dues today, late fees included."""
    owner = _owners(accounts)
    return sum(due.open_fen + _fee(due, owner[due.item_id], due.open_fen, on, terms) for due in _dues(accounts, chosen))


def _lay(
    dues: Sequence[tuple[int, Debt]], offered_fen: int, on: dt.date, terms: LateTermsOf
) -> tuple[list[Share], list[LateFee], int]:
    """Shares and late fees in the order of the dues, and what is left over."""
    shares: list[Share] = []
    fees: list[LateFee] = []
    left = offered_fen
    for agreement_id, due in dues:
        if not left:
            break
        part, fee = _settled(due, agreement_id, left, on, terms)
        shares.append(Share(due.item_id, due.open_fen, part))
        if fee:
            fees.append(LateFee(due.item_id, agreement_id, fee))
        left -= part + fee
    return shares, fees, left


def _owners(accounts: Sequence[Account]) -> dict[int, int]:
    return {due.item_id: account.agreement_id for account in accounts for due in account.dues}


def _dues(accounts: Sequence[Account], chosen: frozenset[int] | None) -> list[Due]:
    dues = [due for account in accounts for due in account.dues if due.payable]
    return in_order(due for due in dues if chosen is None or due.item_id in chosen)


def _settled(due: Debt, agreement_id: int, left: int, on: dt.date, terms: LateTermsOf) -> tuple[int, int]:
    if not may_be_late(due, on) or terms.of(agreement_id, due.due_on).nothing:
        return min(left, due.open_fen), 0
    return settle_part(left, due.open_fen, lambda part: _fee(due, agreement_id, part, on, terms))


def _fee(due: Debt, agreement_id: int, part: int, on: dt.date, terms: LateTermsOf) -> int:
    if not may_be_late(due, on):
        return 0
    return late_fee_of(due, on, terms.of(agreement_id, due.due_on), part)
