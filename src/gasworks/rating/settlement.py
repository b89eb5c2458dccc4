"""Contracts of large users settled at the end of a period: take-or-pay (照付不议), gas beyond, gas made up later.

During the period the gas is billed at the contract's prices as any other. The settlement looks at what was taken in all
and says what is still due: for gas that had to be taken and was not, for gas beyond the most, and what earlier payments
for gas not taken are worth now. A tolerance around a nomination (偏差结算) is the same with two narrow shares.
"""

import datetime as dt
from dataclasses import dataclass

from gasworks.kernel.money import AMOUNT_DIVISOR

WHOLE_SHARE = 10_000


@dataclass(frozen=True, slots=True)
class Contract:
    """What a contract says of one period. Volumes in litres, shares in 0.0001 of the volume, prices in 0.0001 yuan/m³.

    ``least_share``: that much is paid, taken or not. ``most_share``: beyond it ``beyond_extra_e4`` is due on top of
    the price already billed. ``make_up_years``: for so long gas that was paid and not taken may be taken without
    paying it twice (0: never). Bounds are half up to ``unit_litres``.
    """

    volume_litres: int
    shortfall_e4: int
    least_share: int = WHOLE_SHARE
    most_share: int | None = None
    beyond_extra_e4: int = 0
    make_up_years: int = 0
    unit_litres: int = 1000


@dataclass(frozen=True, slots=True)
class PaidGas:
    """Gas that was paid at a settlement and not taken: litres left, the price paid, the last day to take it."""

    litres: int
    price_e4: int
    until: dt.date


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is due, in fen (``made_up_fen`` is a credit), and the gas that may still be made up."""

    shortfall_litres: int
    shortfall_fen: int
    beyond_litres: int
    beyond_fen: int
    made_up_litres: int
    made_up_fen: int
    paid_gas: tuple[PaidGas, ...]

    @property
    def due_fen(self) -> int:
        return self.shortfall_fen + self.beyond_fen - self.made_up_fen


class BadContract(ValueError):
    """A volume, share or price that cannot be settled by."""


def settle(
    contract: Contract, taken_litres: int, period_end: dt.date, paid_gas: tuple[PaidGas, ...] = ()
) -> Settlement:
    """Settle one period. ``paid_gas`` is what earlier settlements left, the oldest first. Raises BadContract."""
    _refuse_bad(contract, taken_litres)
    least = _bound(contract, contract.least_share)
    short = max(least - taken_litres, 0)
    most = None if contract.most_share is None else _bound(contract, contract.most_share)
    beyond = 0 if most is None else max(taken_litres - most, 0)
    open_gas = [lot for lot in paid_gas if lot.until >= period_end]
    made_up, credit, left = _make_up(open_gas, max(taken_litres - least, 0))
    if short and contract.make_up_years:
        until = period_end.replace(year=period_end.year + contract.make_up_years, day=min(period_end.day, 28))
        left.append(PaidGas(short, contract.shortfall_e4, until))
    return Settlement(
        shortfall_litres=short,
        shortfall_fen=_fen(short, contract.shortfall_e4),
        beyond_litres=beyond,
        beyond_fen=_fen(beyond, contract.beyond_extra_e4),
        made_up_litres=made_up,
        made_up_fen=credit,
        paid_gas=tuple(left),
    )


def _make_up(lots: list[PaidGas], room: int) -> tuple[int, int, list[PaidGas]]:
    """(litres made up, what was paid for them, what is left): the oldest payment first, above the least volume only."""
    made_up, credit, left = 0, 0, []
    for lot in lots:
        taken = min(lot.litres, room - made_up)
        made_up += taken
        credit += _fen(taken, lot.price_e4)
        if taken < lot.litres:
            left.append(PaidGas(lot.litres - taken, lot.price_e4, lot.until))
    return made_up, credit, left


def _bound(contract: Contract, share: int) -> int:
    whole = WHOLE_SHARE * contract.unit_litres
    return (2 * contract.volume_litres * share + whole) // (2 * whole) * contract.unit_litres


def _fen(litres: int, price_e4: int) -> int:
    return (litres * price_e4 + AMOUNT_DIVISOR // 2) // AMOUNT_DIVISOR


def _refuse_bad(contract: Contract, taken_litres: int) -> None:
    most = contract.most_share
    good = (
        contract.volume_litres > 0
        and taken_litres >= 0
        and contract.unit_litres > 0
        and contract.least_share >= 0
        and (most is None or most >= contract.least_share)
        and min(contract.shortfall_e4, contract.beyond_extra_e4, contract.make_up_years) >= 0
    )
    if not good:
        raise BadContract
