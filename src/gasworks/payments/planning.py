"""From what is owed and what is offered to a plan. Pure: the counter shows it, the service carries it out."""

import datetime as dt
from collections.abc import Sequence

from gasworks.payments.types import LateFee, PaymentPlan, PlanLine
from gasworks.receivables.allocation import in_order
from gasworks.receivables.late_fee import late_fee_of, settle_part
from gasworks.receivables.types import NO_LATE_FEE, Account, Due, LateTermsOf, Share


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
    shares: list[Share] = []
    fees: list[LateFee] = []
    left = offered_fen
    for due in _dues(accounts, chosen):
        if not left:
            break
        part, fee = _settled(due, owner[due.item_id], left, on, terms)
        shares.append(Share(due.item_id, due.open_fen, part))
        if fee:
            fees.append(LateFee(due.item_id, owner[due.item_id], fee))
        left -= part + fee
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


def payable_fen(
    accounts: Sequence[Account], *, on: dt.date, chosen: frozenset[int] | None = None, terms: LateTermsOf = NO_LATE_FEE
) -> int:
    """What settles the chosen dues today, late fees included."""
    owner = _owners(accounts)
    return sum(due.open_fen + _fee(due, owner[due.item_id], due.open_fen, on, terms) for due in _dues(accounts, chosen))


def _owners(accounts: Sequence[Account]) -> dict[int, int]:
    return {due.item_id: account.agreement_id for account in accounts for due in account.dues}


def _dues(accounts: Sequence[Account], chosen: frozenset[int] | None) -> list[Due]:
    dues = [due for account in accounts for due in account.dues if due.payable]
    return in_order(due for due in dues if chosen is None or due.item_id in chosen)


def _settled(due: Due, agreement_id: int, left: int, on: dt.date, terms: LateTermsOf) -> tuple[int, int]:
    if not due.stops_supply or on <= due.due_on:
        return min(left, due.open_fen), 0
    return settle_part(left, due.open_fen, lambda part: _fee(due, agreement_id, part, on, terms))


def _fee(due: Due, agreement_id: int, part: int, on: dt.date, terms: LateTermsOf) -> int:
    """Only what may stop the supply bears late fees: gas, not what is collected for others, never a late fee."""
    if not due.stops_supply or on <= due.due_on:
        return 0
    return late_fee_of(due, on, terms.of(agreement_id, due.due_on), part)
