"""The one place where gas becomes money."""

from gasworks.rating.columns import Column

_E4_LITRES_PER_FEN = 100_000
"""litres ÷ 1000 m³ × price_e4 ÷ 10 000 yuan × 100 fen."""


def line_amount(litres: Column, price_e4: Column) -> Column:
    """Fen of a line, rounded half up once."""
    return (litres * price_e4 + _E4_LITRES_PER_FEN // 2) // _E4_LITRES_PER_FEN
