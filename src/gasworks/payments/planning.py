"""From what is owed and what is offered to a plan. Pure: the counter shows it, the service carries it out."""

import datetime as dt
from collections.abc import Sequence

from gasworks.payments.types import LateFee, PaymentPlan, PlanLine
from gasworks.receivables.allocation import allocate, in_order
from gasworks.receivables.late_fee import late_fee
from gasworks.receivables.types import Account, Due, LateFeeTerms

NO_LATE_FEE = LateFeeTerms()


def plan_payment(
    accounts: Sequence[Account],
    offered_fen: int,
    *,
    on: dt.date,
    keep_surplus: bool = False,
    chosen: frozenset[int] | None = None,
    terms: LateFeeTerms = NO_LATE_FEE,
) -> PaymentPlan:
    """Lay ``offered_fen`` against the dues of all ``accounts``, oldest first, each with its late fee before it.

    What is left is change, or with ``keep_surplus`` the advance of the first account. ``chosen``: only these items.
    An item that is paid in part owes its late fee on the rest, when the rest is paid.
    """
    owner = {due.item_id: account.agreement_id for account in accounts for due in account.dues}
    fees = _late_fees(accounts, owner, on, chosen, terms)
    offered_for_items = offered_fen - sum(fee.amount_fen for fee in fees)
    if fees and offered_for_items < _owed(accounts, chosen):
        fees, offered_for_items = _affordable(accounts, owner, fees, offered_fen, chosen)
    laid = allocate((due for account in accounts for due in account.dues), offered_for_items, chosen=chosen)
    surplus = laid.surplus_fen if keep_surplus else 0
    lines = [
        PlanLine(
            account.agreement_id,
            tuple(share for share in laid.shares if owner[share.item_id] == account.agreement_id),
            surplus if place == 0 else 0,
            tuple(fee for fee in fees if fee.agreement_id == account.agreement_id),
        )
        for place, account in enumerate(accounts)
    ]
    return PaymentPlan(tuple(line for line in lines if line.amount_fen))


def payable_fen(
    accounts: Sequence[Account], *, on: dt.date, chosen: frozenset[int] | None = None, terms: LateFeeTerms = NO_LATE_FEE
) -> int:
    """What settles the chosen dues today, late fees included."""
    owner = {due.item_id: account.agreement_id for account in accounts for due in account.dues}
    fees = _late_fees(accounts, owner, on, chosen, terms)
    return _owed(accounts, chosen) + sum(fee.amount_fen for fee in fees)


def _dues(accounts: Sequence[Account], chosen: frozenset[int] | None) -> list[Due]:
    dues = [due for account in accounts for due in account.dues if due.payable]
    return in_order(due for due in dues if chosen is None or due.item_id in chosen)


def _owed(accounts: Sequence[Account], chosen: frozenset[int] | None) -> int:
    return sum(due.open_fen for due in _dues(accounts, chosen))


def _late_fees(
    accounts: Sequence[Account], owner: dict[int, int], on: dt.date, chosen: frozenset[int] | None, terms: LateFeeTerms
) -> tuple[LateFee, ...]:
    if terms.rate_e6 == 0:
        return ()
    found = (
        (due, late_fee(due.open_fen, due.due_on, on, terms)) for due in _dues(accounts, chosen) if due.stops_supply
    )
    return tuple(LateFee(due.item_id, owner[due.item_id], fee) for due, fee in found if fee)


def _affordable(
    accounts: Sequence[Account],
    owner: dict[int, int],
    fees: tuple[LateFee, ...],
    offered_fen: int,
    chosen: frozenset[int] | None,
) -> tuple[tuple[LateFee, ...], int]:
    """Whole items with their late fees while the money lasts; then what is left goes to items without one."""
    by_item = {fee.item_id: fee for fee in fees}
    kept: list[LateFee] = []
    left = offered_fen
    for due in _dues(accounts, chosen):
        fee = by_item.get(due.item_id)
        if fee is not None and due.open_fen + fee.amount_fen > left:
            break
        left -= due.open_fen + (fee.amount_fen if fee else 0)
        if fee is not None:
            kept.append(fee)
        if left <= 0:
            break
    return tuple(kept), offered_fen - sum(fee.amount_fen for fee in kept)
