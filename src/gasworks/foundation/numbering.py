"""Numbers for papers and records: taken under the series' row lock, in the transaction that uses them.

A rolled-back transaction gives its numbers back, so a series has no gaps; two writers of one series wait for each
other until commit, so take the number late.
"""

from django.db import connection

from gasworks.foundation.models import NumberSeries
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop

_TAKE = """
    INSERT INTO foundation_numberseries AS s (company_id, code, prefix, next_value, width)
    VALUES (%s, %s, '', 1 + %s, 8)
    ON CONFLICT (company_id, code) DO UPDATE SET next_value = s.next_value + %s
    RETURNING next_value, prefix, width
"""


class SeriesMovesForward(Refusal):
    sentence = gettext_noop("Numbers below %(next)d are already used. The next number can only be higher.")


def next_number(code: str, *, company_id: int) -> str:
    """The next number of a series, such as «R00000042». A series that nobody defined begins at 1 with eight digits."""
    return take_numbers(code, 1, company_id=company_id)[0]


def take_numbers(code: str, count: int, *, company_id: int) -> list[str]:
    """The next ``count`` numbers in order, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [company_id, code, count, count])
        after, prefix, width = cursor.fetchone()
    return [f"{prefix}{value:0{width}d}" for value in range(after - count, after)]


def define_series(code: str, *, prefix: str, width: int, next_value: int, scope: Scope) -> None:
    """Set how a series looks and where it goes on. Raises SeriesMovesForward for a number already used."""
    scope.require("parameters.change")
    series, made = NumberSeries.objects.select_for_update().get_or_create(
        company_id=scope.company_id,
        code=code,
        defaults={"prefix": prefix, "width": width, "next_value": next_value},
    )
    if made:
        return
    if prefix == series.prefix and next_value < series.next_value:
        raise SeriesMovesForward(next=series.next_value)
    series.prefix, series.width, series.next_value = prefix, width, next_value
    series.save(update_fields=["prefix", "width", "next_value"])
