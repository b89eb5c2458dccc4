"""Permanent numbers of supply points: a check digit for new ones, any legacy format as it is."""


def luhn_digit(body: str) -> str:
    """Check digit by ISO/IEC 7812-1 (Luhn) for a string of digits."""
    total = 0
    for place, char in enumerate(reversed(body)):
        digit = int(char) * (2 if place % 2 == 0 else 1)
        total += digit - 9 if digit > 9 else digit
    return str(-total % 10)


def new_supply_point_number(serial: int, prefix: str = "") -> str:
    """Prefix + eight digits + check digit."""
    body = f"{prefix}{serial:08d}"
    return body + luhn_digit(body)


def check_digit_holds(number: str) -> bool:
    return number.isdigit() and len(number) > 1 and luhn_digit(number[:-1]) == number[-1]
