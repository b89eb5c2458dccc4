"""A simulation as an Excel file: the figures of its page, the most moved supply points, and all of them if asked for."""

import datetime as dt
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from gasworks.billing.models import Simulation
from gasworks.billing.run.sheet import TYPES
from gasworks.billing.simulate.figures import Points, most_moved
from gasworks.billing.wording import problem_of_rating, tier_name
from gasworks.customers.selectors import places_of
from gasworks.foundation import words
from gasworks.foundation.exports import Head, write_book
from gasworks.foundation.files import store_path
from gasworks.foundation.models import StoredFile
from gasworks.foundation.scope import Scope
from gasworks.kernel import money

MOST: Final = 500
"""Supply points named for each direction."""
BLOCK: Final = 5_000

Table = tuple[str, list[Head], Any]


def store_result(
    *, scope: Scope, simulation_id: int, figures: dict[str, Any], points: Points, now: dt.datetime
) -> StoredFile:
    """Write the file and keep it. Speaks the language in force."""
    asked = Simulation.objects.select_related("price_version__plan").get(company_id=scope.company_id, pk=simulation_id)
    name = _("Price simulation") + f"-{asked.price_version.plan.code}-{asked.first_month}-{asked.last_month}.xlsx"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "simulation.xlsx"
        write_book(path, _tables(scope, asked, figures, points))
        return store_path(path, name=name, scope=scope, now=now)


def _tables(scope: Scope, asked: Simulation, figures: dict[str, Any], points: Points) -> Iterator[Table]:
    yield _("Summary"), [Head(_("Figure"), width=44), Head(_("Value"), width=24)], _summary(asked, figures)
    sums = _sums()
    yield (
        _("By customer type"),
        [_kind(), *sums],
        ([_named(row[0]), *_with_change(row[1:])] for row in figures["types"]),
    )
    yield _("By tier"), _tier_heads(), ([_named(row[0]), tier_name(row[1]), *row[2:]] for row in figures["tiers"])
    yield _("By accounting month"), _month_heads(), (_month_row(row) for row in figures["months"])
    yield _("By tenth of use"), _tenth_heads(sums), _tenth_rows(figures)
    yield _("Distribution"), _spread_heads(), _spread_rows(figures)
    rising, falling = most_moved(points, MOST)
    yield _("Largest rises"), _point_heads(), _point_rows(scope, points, rising)
    yield _("Largest falls"), _point_heads(), _point_rows(scope, points, falling)
    if asked.listed:
        yield _("All supply points"), _point_heads(), _point_rows(scope, points, range(len(points)))


def _summary(asked: Simulation, figures: dict[str, Any]) -> Iterator[list[Any]]:
    version = asked.price_version
    yield [_("Price plan"), version.plan.name]
    yield [_("Document number"), version.document_no]
    yield [_("In force from"), asked.from_on.isoformat()]
    yield [_("Tried as if always in force"), _("yes") if asked.throughout else _("no")]
    yield [_("First month"), asked.first_month]
    yield [_("Last month"), asked.last_month]
    for label, name in (
        (_("Supply points billed"), "points"),
        (_("Of them on this plan"), "touched"),
        (_("Who would pay more"), "more_points"),
        (_("Who would pay less"), "less_points"),
        (_("Who would pay the same"), "same_points"),
        (_("Bills compared"), "bills"),
        (_("Bills that today's prices make otherwise"), "apart"),
    ):
        yield [label, figures[name]]
    for label, name in (
        (_("Revenue by the prices in force (yuan)"), "now_fen"),
        (_("Revenue by the version tried (yuan)"), "tried_fen"),
        (_("All rises together (yuan)"), "more_fen"),
        (_("All falls together (yuan)"), "less_fen"),
        (_("Billed (yuan)"), "billed_fen"),
        (_("Reconciliation: rated again less billed (yuan)"), "apart_fen"),
    ):
        yield [label, money.yuan(figures[name])]
    for why, count in figures["why"]:
        yield [problem_of_rating(why), count]


def _kind() -> Head:
    return Head(_("Customer type"))


def _named(kind: str) -> str:
    return words.label(words.CUSTOMER_TYPE, kind)


def _sums() -> list[Head]:
    return [
        Head(_("Supply points"), "number"),
        Head(_("Gas (m³)"), "m3"),
        Head(_("Now (yuan)"), "yuan"),
        Head(_("By the version tried (yuan)"), "yuan"),
        Head(_("Change (yuan)"), "yuan"),
        Head(_("Pay less"), "number"),
        Head(_("Pay more"), "number"),
        Head(_("Middle change (yuan)"), "yuan"),
    ]


def _with_change(line: Sequence[int]) -> list[int]:
    """[points, litres, now, tried, less, more, middle] with the change after «tried»."""
    return [*line[:4], line[3] - line[2], *line[4:]]


def _tier_heads() -> list[Head]:
    return [
        _kind(),
        Head(_("Tier")),
        Head(_("Gas now (m³)"), "m3"),
        Head(_("Now (yuan)"), "yuan"),
        Head(_("Gas by the version tried (m³)"), "m3"),
        Head(_("By the version tried (yuan)"), "yuan"),
    ]


def _month_heads() -> list[Head]:
    return [
        Head(_("Accounting month")),
        Head(_("Gas (m³)"), "m3"),
        Head(_("Now (yuan)"), "yuan"),
        Head(_("By the version tried (yuan)"), "yuan"),
        Head(_("Change (yuan)"), "yuan"),
    ]


def _month_row(row: Sequence[int]) -> list[Any]:
    month, litres, now, tried = row
    return [f"{month // 100}-{month % 100:02d}", litres, now, tried, tried - now]


def _tenth_heads(sums: list[Head]) -> list[Head]:
    return [
        _kind(),
        Head(_("Tenth by use"), "number"),
        Head(_("Least gas (m³)"), "m3"),
        Head(_("Most gas (m³)"), "m3"),
        *sums,
    ]


def _tenth_rows(figures: dict[str, Any]) -> Iterator[list[Any]]:
    for kind, rows in figures["tenths"]:
        for row in rows:
            yield [_named(kind), *row[:3], *_with_change(row[3:])]


def _spread_heads() -> list[Head]:
    return [
        _kind(),
        Head(_("Change from (yuan)"), "yuan"),
        Head(_("Change to (yuan)"), "yuan"),
        Head(_("Supply points"), "number"),
    ]


def _spread_rows(figures: dict[str, Any]) -> Iterator[list[Any]]:
    for kind, bars in figures["spread"]:
        for bar in bars:
            yield [_named(kind), *bar]


def _point_heads() -> list[Head]:
    return [
        Head(_("Supply point number"), width=16),
        Head(_("Address"), width=40),
        _kind(),
        Head(_("Gas (m³)"), "m3"),
        Head(_("Now (yuan)"), "yuan"),
        Head(_("By the version tried (yuan)"), "yuan"),
        Head(_("Change (yuan)"), "yuan"),
    ]


def _point_rows(scope: Scope, points: Points, rows: Sequence[int]) -> Iterator[list[Any]]:
    for low in range(0, len(rows), BLOCK):
        some = rows[low : low + BLOCK]
        keys = points.supply_point[list(some)].tolist()
        known = places_of(scope=scope, supply_point_ids=keys)
        for row, key in zip(some, keys, strict=True):
            now, tried = int(points.now_fen[row]), int(points.tried_fen[row])
            kind = int(points.kind[row])
            yield [
                *known.get(key, ("", "")),
                _named(TYPES[kind]) if kind >= 0 else "",
                int(points.litres[row]),
                now,
                tried,
                tried - now,
            ]
