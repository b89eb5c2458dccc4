"""The counter's search: one box, any key, the exact ones first, twenty lines, company-wide."""

from collections.abc import Sequence
from typing import Any, Final

from django.db import connection

from gasworks.customers.search_text import grams, has_chinese, spelled
from gasworks.customers.types import Hit, KeyKind
from gasworks.foundation.scope import Scope

LABELS: Final = {
    KeyKind.NUMBER: "number",
    KeyKind.OLD_NUMBER: "old_number",
    KeyKind.METER: "meter",
    KeyKind.CARD: "card",
    KeyKind.NAME: "name",
    KeyKind.PHONE: "phone",
    KeyKind.PHONE_TAIL: "phone",
}
ADDRESS: Final = "address"

_KEYS: Final = """
SELECT k.supply_point_id, k.kind, k.key = %(text)s AS exact, k.key
FROM unnest(%(kinds)s::smallint[]) AS wanted (kind)
CROSS JOIN LATERAL (
    SELECT s.supply_point_id, s.kind, s.key FROM customers_searchkey s
    WHERE s.company_id = %(company)s AND s.kind = wanted.kind
      AND s.key >= %(text)s AND s.key < %(beyond)s
    ORDER BY s.key, s.supply_point_id LIMIT %(limit)s) k
ORDER BY exact DESC, array_position(%(kinds)s::smallint[], k.kind), k.key, k.supply_point_id
LIMIT %(limit)s
"""

_ADDRESS: Final = "SELECT customers_by_address(%(company)s, %(grams)s::varchar[], %(limit)s)"

_LINES: Final = """
SELECT p.id, p.number, m.address, coalesce(c.name, ''), coalesce(c.phone, ''), p.customer_type, p.status, p.branch_id
FROM unnest(%(points)s::bigint[]) WITH ORDINALITY AS i (id, place)
JOIN customers_supplypoint p ON p.id = i.id AND p.company_id = %(company)s
JOIN customers_premises m ON m.id = p.premises_id
LEFT JOIN customers_agreement a ON a.supply_point_id = p.id AND a.to_on IS NULL
LEFT JOIN customers_customer c ON c.id = a.customer_id
ORDER BY i.place
"""


def search(*, scope: Scope, text: str, limit: int = 20) -> list[Hit]:
    """Supply points by number, meter, name or phone prefix, last four of a phone, or parts of an address."""
    wanted = spelled(text)
    if not wanted:
        return []
    found = _by_keys(scope, wanted, limit)
    if len(found) < limit and has_chinese(wanted):
        known = {point for point, _, _ in found}
        found += [(p, ADDRESS, False) for p in _by_address(scope, wanted, limit) if p not in known]
    return _lines(scope, found[:limit])


def _by_keys(scope: Scope, text: str, limit: int) -> list[tuple[int, str, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(
            _KEYS,
            {
                "company": scope.company_id,
                "kinds": [int(kind) for kind in kinds_for(text)],
                "text": text,
                "beyond": _beyond(text),
                "limit": limit,
            },
        )
        rows = cursor.fetchall()
    seen: dict[int, tuple[int, str, bool]] = {}
    for point, kind, exact, _ in rows:
        seen.setdefault(point, (point, LABELS[KeyKind(kind)], exact))
    return list(seen.values())


def kinds_for(text: str) -> Sequence[KeyKind]:
    """Which keys a text may be, the likeliest first. Four digits are most often the end of a phone."""
    if has_chinese(text):
        return (KeyKind.NAME, KeyKind.NUMBER, KeyKind.OLD_NUMBER)
    if text.isdigit() and len(text) == 4:
        return (KeyKind.NUMBER, KeyKind.PHONE_TAIL, KeyKind.OLD_NUMBER, KeyKind.METER, KeyKind.CARD, KeyKind.PHONE)
    if text.isdigit():
        return (KeyKind.NUMBER, KeyKind.OLD_NUMBER, KeyKind.METER, KeyKind.CARD, KeyKind.PHONE)
    return (KeyKind.NUMBER, KeyKind.OLD_NUMBER, KeyKind.METER, KeyKind.CARD, KeyKind.NAME)


def _beyond(text: str) -> str:
    """The least text above every text that begins with ``text``, in the C collation of UTF-8."""
    return text + "\U0010ffff"


def _by_address(scope: Scope, text: str, limit: int) -> list[int]:
    wanted = [gram for gram in grams(text) if len(gram) > 1] or grams(text)
    with connection.cursor() as cursor:
        cursor.execute(_ADDRESS, {"company": scope.company_id, "grams": wanted, "limit": limit})
        return [point for (point,) in cursor.fetchall()]


def _lines(scope: Scope, found: Sequence[tuple[int, str, bool]]) -> list[Hit]:
    by_point: dict[int, tuple[Any, ...]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LINES, {"company": scope.company_id, "points": [point for point, _, _ in found]})
        for row in cursor.fetchall():
            by_point.setdefault(row[0], row)
    return [
        Hit(*by_point[point], matched, exact)  # type: ignore[call-arg]
        for point, matched, exact in found
        if point in by_point
    ]
