"""A company's approved price plans, compiled once and kept until one of them changes."""

from functools import lru_cache

from django.db import connection

from gasworks.rating import PricePlan, Tariffs, compile_tariffs
from gasworks.rating.data import build_plan, read_calendars, read_version

_STAMP = """SELECT v.id, v.version FROM tariffs_planversion v
            WHERE v.company_id = %s AND v.state = 'approved' ORDER BY v.plan_id, v.from_on"""
_VERSIONS = """SELECT p.id, p.code, p.name, v.id, v.from_on, v.to_on, v.document_no, v.content
               FROM tariffs_planversion v JOIN tariffs_plan p ON p.id = v.plan_id
               WHERE v.company_id = %s AND v.state = 'approved' ORDER BY p.id, v.from_on"""


def prices_of(company_id: int) -> tuple[Tariffs, dict[int, int]]:
    """Compiled tariffs, and the index in them of each ``tariffs_plan.id``."""
    with connection.cursor() as cursor:
        cursor.execute(_STAMP, [company_id])
        return _compiled(company_id, tuple(cursor.fetchall()))


@lru_cache(maxsize=8)
def _compiled(company_id: int, stamp: tuple[tuple[int, int], ...]) -> tuple[Tariffs, dict[int, int]]:
    import json

    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, [company_id])
        rows = [(*row[:7], json.loads(row[7]) if isinstance(row[7], str) else row[7]) for row in cursor.fetchall()]
    plans: list[PricePlan] = []
    index: dict[int, int] = {}
    calendars = {}
    for plan_id in dict.fromkeys(row[0] for row in rows):
        mine = [row for row in rows if row[0] == plan_id]
        code, name = mine[0][1], mine[0][2]
        versions = [
            read_version(
                content,
                place=f"{code}, {document}",
                effective_from=from_on,
                effective_to=to_on,
                document_no=document,
                version_id=version,
            )
            for _, _, _, version, from_on, to_on, document, content in mine
        ]
        for row in mine:
            calendars.update({each.code: each for each in read_calendars(row[7], place=code)})
        index[plan_id] = len(plans)
        plans.append(build_plan(code, name, [row[7] for row in mine], versions))
    return compile_tariffs(plans, calendars.values()), index
