"""Which bills a re-billing begins with, as parts of whole ladder groups."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from gasworks.billing.models import Rebill

GROUPS_A_PART: Final = 1_000

_WHICH: Final = {
    Rebill.Target.BILL: "b.id = %(bill)s",
    Rebill.Target.POINT: "b.supply_point_id = %(point)s AND b.to_on > %(since)s",
    Rebill.Target.RUN: (
        "(b.run_id = %(run)s OR b.id IN (SELECT new_id FROM billing_replacement"
        " WHERE company_id = %(company)s AND first_run = %(run)s))"
    ),
    Rebill.Target.PLAN: (
        "b.to_on > %(since)s AND EXISTS (SELECT 1 FROM billing_billline l JOIN tariffs_planversion v"
        " ON v.id = l.version_id WHERE l.bill_id = b.id AND v.plan_id = %(plan)s)"
    ),
    Rebill.Target.BOOKS: (
        "b.to_on > %(since)s AND b.supply_point_id IN (SELECT supply_point_id FROM metering_bookseat"
        " WHERE company_id = %(company)s AND book_id = ANY(%(books)s))"
    ),
}
_FIRSTS: Final = """
SELECT l.group_id, min(b.id) FROM billing_bill b
JOIN usage_movement m ON m.source = b.id AND m.source_kind = 1 AND m.live
JOIN usage_ladder l ON l.id = m.ladder_id
WHERE b.company_id = %(company)s AND b.state IN (1, 2) AND {which} GROUP BY l.group_id ORDER BY l.group_id
"""
_BRANCHES: Final = """
SELECT DISTINCT p.branch_id FROM billing_bill b JOIN customers_supplypoint p ON p.id = b.supply_point_id
WHERE b.company_id = %(company)s AND b.state IN (1, 2) AND {which}
"""
_LINKS: Final = """
SELECT supply_point_id, group_id FROM usage_groupmember WHERE company_id = %(company)s AND supply_point_id IN (
    SELECT supply_point_id FROM usage_groupmember WHERE company_id = %(company)s
    GROUP BY supply_point_id HAVING count(DISTINCT group_id) > 1) ORDER BY supply_point_id, group_id
"""


@dataclass(frozen=True, slots=True)
class First:
    """A ladder group, the first of its bills that is taken back, and the number that linked groups share."""

    group: int
    bill: int
    linked: int


def branches_of_target(company_id: int, target: str, chosen: dict[str, Any]) -> list[int]:
    """Branches whose supply points the re-billing would touch."""
    return [key for (key,) in _ask(_BRANCHES, company_id, target, chosen)]


def parts_of_target(company_id: int, target: str, chosen: dict[str, Any]) -> Iterator[list[First]]:
    """The groups with their first bill; groups that one supply point has belonged to stay together."""
    firsts: dict[int, int] = dict(_ask(_FIRSTS, company_id, target, chosen))
    linked = _links(company_id)
    together: dict[int, list[int]] = {}
    for group in firsts:
        together.setdefault(linked.get(group, group), []).append(group)
    for head in together:
        together[head] = sorted({*together[head], *(g for g, h in linked.items() if h == head)})
    part: list[First] = []
    for head in sorted(together):
        begin = min(firsts[group] for group in together[head] if group in firsts)
        part += [First(group, begin, head) for group in together[head]]
        if len(part) >= GROUPS_A_PART:
            yield part
            part = []
    if part:
        yield part


def _links(company_id: int) -> dict[int, int]:
    """Each group of a supply point that moved from ladder to ladder, with the smallest group it is linked to."""
    heads: dict[int, int] = {}

    def head_of(group: int) -> int:
        while heads.get(group, group) != group:
            group = heads[group]
        return group

    with connection.cursor() as cursor:
        cursor.execute(_LINKS, {"company": company_id})
        pairs: Sequence[tuple[int, int]] = cursor.fetchall()
    last: dict[int, int] = {}
    for point, group in pairs:
        heads.setdefault(group, group)
        if point in last:
            one, other = sorted((head_of(last[point]), head_of(group)))
            heads[other] = one
        last[point] = group
    return {group: head_of(group) for group in heads}


def _ask(statement: str, company_id: int, target: str, chosen: dict[str, Any]) -> list[Any]:
    params = {"company": company_id, **chosen}
    if "since" in params:
        params["since"] = dt.date.fromisoformat(params["since"])
    with connection.cursor() as cursor:
        cursor.execute(statement.format(which=_WHICH[Rebill.Target(target)]), params)
        return cursor.fetchall()
