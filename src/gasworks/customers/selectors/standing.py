"""Supply points as another system sees them: where, of what kind, who holds them, many at a time."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.db import connection

from gasworks.customers.types import Standing
from gasworks.foundation.scope import Scope

_STANDING: Final = """
SELECT p.id, p.number, m.address, p.customer_type, p.status, coalesce(c.name, ''), a.id, coalesce(a.number, '')
  FROM unnest(%(points)s::bigint[]) WITH ORDINALITY AS i (id, place)
  JOIN customers_supplypoint p ON p.id = i.id AND p.company_id = %(company)s
  JOIN customers_premises m ON m.id = p.premises_id
  LEFT JOIN customers_agreement a ON a.supply_point_id = p.id AND a.company_id = p.company_id
       AND a.from_on <= %(on)s AND (a.to_on IS NULL OR a.to_on > %(on)s)
  LEFT JOIN customers_customer c ON c.id = a.customer_id
 ORDER BY i.place
"""


def standing_at(*, scope: Scope, supply_point_ids: Sequence[int], on: dt.date) -> list[Standing]:
    """These supply points in the order asked for, with the agreement in force on a day. One of another company is missing."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, {"company": scope.company_id, "points": list(supply_point_ids), "on": on})
        return [Standing(*row) for row in cursor.fetchall()]
