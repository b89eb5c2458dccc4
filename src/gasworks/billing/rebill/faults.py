"""What a faulty meter is held to have measured: the mean of the months before, from the bills themselves."""

import datetime as dt
from typing import Any, Final

from django.db import connection

from gasworks.kernel.errors import Refusal, gettext_noop

MEAN: Final = "mean_of_months"
ERROR: Final = "meter_error"
MOST_ERROR: Final = 9_000
_USED: Final = """
SELECT m.installation_id, m.register_id, m.month, sum(m.litres)::bigint, max(m.to_on) > %(since)s
FROM metering_installation i JOIN usage_movement m ON m.installation_id = i.id AND m.live AND NOT m.counts_only
WHERE i.company_id = %(company)s AND i.supply_point_id = %(point)s
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
UNIT: Final = 1_000


class NothingToCompareWith(Refusal):
    sentence = gettext_noop("No billed month before the fault: the mean cannot be taken. Correct the reading instead.")


class ErrorOutOfRange(Refusal):
    sentence = gettext_noop("The error of a meter is between −90 and 90 per cent, and not nought.")


class NothingBilledSince(Refusal):
    sentence = gettext_noop("Nothing was billed since that day.")


def mean_rulings(*, company_id: int, point: int, since: dt.date, months: int) -> dict[str, Any]:
    """The correction of a meter fault: each register's billed months from ``since`` on get the mean of the last
    ``months`` billed months before, in whole m³, half up."""
    with connection.cursor() as cursor:
        cursor.execute(_USED, {"company": company_id, "point": point, "since": since})
        rows = cursor.fetchall()
    rulings: list[list[int]] = []
    inputs: dict[str, int] = {}
    for installation, register in sorted({(row[0], row[1]) for row in rows}):
        mine = [row for row in rows if row[:2] == (installation, register)]
        good = [(month, litres) for *_keys, month, litres, late in mine if not late][-months:]
        bad = [month for *_keys, month, _litres, late in mine if late]
        if not bad:
            continue
        if not good:
            raise NothingToCompareWith
        whole = len(good) * UNIT
        mean = (2 * sum(litres for _month, litres in good) + whole) // (2 * whole) * UNIT
        inputs |= {f"{month}": litres for month, litres in good}
        rulings += [[installation, register, month, mean] for month in bad]
    if not rulings:
        raise NothingBilledSince
    return {"rulings": rulings, "method": MEAN, "inputs": inputs}


def error_rulings(*, company_id: int, point: int, since: dt.date, error_e2: int) -> dict[str, Any]:
    """The correction of a fast (+) or slow (−) meter: measured ÷ (1 + error), whole m³ half up, each month since.

    ``error_e2`` is the test report's error in 0.01 per cent. ``inputs`` keeps what the meter had measured.
    """
    if not -MOST_ERROR <= error_e2 <= MOST_ERROR or not error_e2:
        raise ErrorOutOfRange
    with connection.cursor() as cursor:
        cursor.execute(_USED, {"company": company_id, "point": point, "since": since})
        rows = [row for row in cursor.fetchall() if row[4]]
    if not rows:
        raise NothingBilledSince
    whole = 10_000 + error_e2
    rulings = [
        [installation, register, month, (2 * litres * 10_000 + whole * UNIT) // (2 * whole * UNIT) * UNIT]
        for installation, register, month, litres, _late in rows
    ]
    inputs = {f"{month}": litres for _installation, _register, month, litres, _late in rows}
    return {"rulings": rulings, "method": ERROR, "inputs": inputs, "error_e2": error_e2}
