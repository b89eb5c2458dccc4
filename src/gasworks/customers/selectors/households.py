"""Whom agreements belong to, many at a time: one query for a page of bills, payments or receipts."""

from collections.abc import Sequence
from typing import Any, Final

from django.db import connection

from gasworks.customers.types import Household
from gasworks.foundation.scope import Scope

_HOUSEHOLDS: Final = """
SELECT a.id, p.id, p.number, m.address, p.customer_type, c.name, c.phone, a.to_on
  FROM customers_agreement a
  JOIN customers_supplypoint p ON p.id = a.supply_point_id
  JOIN customers_premises m ON m.id = p.premises_id
  JOIN customers_customer c ON c.id = a.customer_id
 WHERE a.company_id = %s AND {asked} = ANY(%s)
 ORDER BY p.number, a.from_on DESC
"""


def households(*, scope: Scope, agreement_ids: Sequence[int]) -> dict[int, Household]:
    """By agreement; one of another company is missing."""
    return {home.agreement_id: home for home in _read(scope, "a.id", agreement_ids)}


def households_at(*, scope: Scope, supply_point_ids: Sequence[int]) -> list[Household]:
    """Every agreement of these supply points, the newest of each first."""
    return _read(scope, "a.supply_point_id", supply_point_ids)


def _read(scope: Scope, asked: str, keys: Sequence[int]) -> list[Household]:
    with connection.cursor() as cursor:
        cursor.execute(_HOUSEHOLDS.format(asked=asked), [scope.company_id, list(keys)])
        rows: list[Any] = cursor.fetchall()
    return [Household(*row) for row in rows]
