"""Numbers for new supply points and agreements, from the company's series. Legacy numbers are stepped over."""

from django.db import connection

from gasworks.customers.models import Agreement, SupplyPoint
from gasworks.foundation.models import NumberSeries
from gasworks.kernel.identifiers import new_supply_point_number

SUPPLY_POINTS = "supply_point"
AGREEMENTS = "agreement"


def take_supply_point_numbers(company_id: int, count: int) -> list[str]:
    """``count`` new numbers with their Luhn check digit, none of them in use."""
    found: list[str] = []
    while len(found) < count:
        prefix, serials = _take(company_id, SUPPLY_POINTS, count - len(found))
        numbers = [new_supply_point_number(serial, prefix) for serial in serials]
        taken = SupplyPoint.objects.filter(company_id=company_id, number__any_of=numbers)
        used = set(taken.values_list("number", flat=True))
        found += [number for number in numbers if number not in used]
    return found


def take_agreement_numbers(company_id: int, count: int) -> list[str]:
    found: list[str] = []
    while len(found) < count:
        prefix, serials = _take(company_id, AGREEMENTS, count - len(found))
        numbers = [f"{prefix or 'A'}{serial:08d}" for serial in serials]
        taken = Agreement.objects.filter(company_id=company_id, number__any_of=numbers)
        used = set(taken.values_list("number", flat=True))
        found += [number for number in numbers if number not in used]
    return found


def _take(company_id: int, code: str, count: int) -> tuple[str, range]:
    """Move the series on by ``count`` under its row lock; the transaction's end frees it."""
    NumberSeries.objects.bulk_create([NumberSeries(company_id=company_id, code=code)], ignore_conflicts=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE foundation_numberseries SET next_value = next_value + %s"
            " WHERE company_id = %s AND code = %s RETURNING prefix, next_value",
            [count, company_id, code],
        )
        prefix, following = cursor.fetchone()
    return prefix, range(following - count, following)
