"""Money in whole fen, gas in whole litres, prices in 0.0001 yuan per m³. Integers only.

1 m³ = 1,000 litres. A price of 3.4500 yuan/m³ is ``price_e4`` 34_500. An amount is
``litres × price_e4 / 100_000`` fen, rounded half up once, where a bill line is made and nowhere else.
"""

import re

FEN_PER_YUAN = 100
LITRES_PER_M3 = 1_000
PRICE_UNITS_PER_YUAN = 10_000
AMOUNT_DIVISOR = 100_000

_DECIMAL = re.compile(r"[+-]?\d+(\.\d+)?")


class NotANumber(ValueError):
    """A shown number that cannot be read exactly: letters, exponent, or more decimals than the unit has."""


def half_up(numerator: int, denominator: int) -> int:
    """Divide exactly and round half away from zero. The denominator is positive."""
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def line_amount(litres: int, price_e4: int) -> int:
    """Fen of one bill line."""
    return half_up(litres * price_e4, AMOUNT_DIVISOR)


def tax_inside(gross_fen: int, rate_e4: int) -> int:
    """Tax contained in a gross amount: half-up(gross × r / (1 + r)). ``rate_e4`` 900 is 9 %."""
    return half_up(gross_fen * rate_e4, 10_000 + rate_e4)


def parse_scaled(text: str, decimals: int) -> int:
    """Read «12.34» as an integer of 10**-decimals units. Raises NotANumber; never guesses, never rounds."""
    clean = text.strip()
    if not _DECIMAL.fullmatch(clean):
        raise NotANumber(text)
    whole, _, fraction = clean.partition(".")
    if len(fraction.rstrip("0")) > decimals:
        raise NotANumber(text)
    sign = -1 if whole.startswith("-") else 1
    digits = whole.lstrip("+-") + fraction[:decimals].ljust(decimals, "0")
    return sign * int(digits)


def format_scaled(value: int, decimals: int, keep: int) -> str:
    """Show an integer of 10**-decimals units with at least ``keep`` decimals and thousands separators."""
    sign = "-" if value < 0 else ""
    whole, fraction = divmod(abs(value), 10**decimals)
    shown = str(fraction).zfill(decimals)[:decimals] if decimals else ""
    while len(shown) > keep and shown.endswith("0"):
        shown = shown[:-1]
    return f"{sign}{whole:,}" + (f".{shown}" if shown else "")


def yuan(fen: int) -> str:
    """«1,234.50» from 123450."""
    return format_scaled(fen, 2, 2)


def cubic_metres(litres: int) -> str:
    """«1,234» or «1,234.567» from litres."""
    return format_scaled(litres, 3, 0)


def price(price_e4: int) -> str:
    """«3.45» or «2.196» from 0.0001 yuan."""
    return format_scaled(price_e4, 4, 2)
