"""How money is laid against what is open. Pure: values in, values out."""

from collections.abc import Iterable
from typing import TypeVar

from gasworks.receivables.types import Allocation, Credit, Debt, Due, Share

AnyDebt = TypeVar("AnyDebt", bound=Debt)


def in_order(dues: Iterable[AnyDebt]) -> list[AnyDebt]:
    """Oldest due day first; on one day by the fee type's order, then by age of the item."""
    return sorted(dues, key=lambda due: (due.due_on, due.order, due.item_id))


def allocate(dues: Iterable[Due], amount_fen: int, *, chosen: frozenset[int] | None = None) -> Allocation:
    """Lay ``amount_fen`` (≥ 0) against the payable dues in order; the last one may be paid in part.

    ``chosen``: only these items, as ticked on the page. What is left becomes the surplus.
    """
    if amount_fen < 0:
        raise ValueError("money laid against items is not negative")
    shares: list[Share] = []
    left = amount_fen
    for due in in_order(dues):
        if not due.payable or (chosen is not None and due.item_id not in chosen):
            continue
        part = min(left, due.open_fen)
        if part:
            shares.append(Share(due.item_id, due.open_fen, part))
            left -= part
    return Allocation(tuple(shares), left)


def draw(credits: Iterable[Credit], amount_fen: int) -> Allocation:
    """Take ``amount_fen`` out of advances, oldest first; shares are negative like the credits they draw on."""
    shares: list[Share] = []
    left = amount_fen
    for credit in sorted(credits, key=lambda credit: credit.item_id):
        part = min(left, -credit.open_fen)
        if part:
            shares.append(Share(credit.item_id, credit.open_fen, -part))
            left -= part
    return Allocation(tuple(shares), left)
