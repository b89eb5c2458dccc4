"""The one place where gas becomes money: ``kernel.money.line_amount`` for whole columns."""

from gasworks.kernel.money import AMOUNT_DIVISOR
from gasworks.rating.columns import Column


def line_amount(litres: Column, price_e4: Column) -> Column:
    """Fen of a line, rounded half up once."""
    return (litres * price_e4 + AMOUNT_DIVISOR // 2) // AMOUNT_DIVISOR
