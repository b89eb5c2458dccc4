"""A company's approved price plans, compiled once and kept until one of them changes."""

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from django.db.models import Func, TextField
from django.db.models.functions import Cast

from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.rating import PricePlan, compile_tariffs
from gasworks.rating.data import build_plan, read_calendars, read_profiles, read_version
from gasworks.rating.types import DayProfile, SeasonCalendar
from gasworks.rating.types import PlanVersion as Version
from gasworks.tariffs.models import PlanVersion
from gasworks.tariffs.selectors.seasons import set_dates, with_dates
from gasworks.tariffs.types import Prices

Stamp = tuple[tuple[Any, ...], ...]
"""All that compiling reads, the content by its hash: a restored or cloned database may use the same keys again."""

STAMPED: Final = 6
"""Columns of a version's stamp; the dates of a season have three."""


class NoPricesYet(Refusal):
    """No plan of the company has an approved version."""

    sentence = gettext_noop("No price plan is approved yet. Load a tariff pack or approve a version first.")


def compiled_tariffs(*, scope: Scope) -> Prices:
    """The approved versions of the company, ready for ``rating.rate``; lines name them by ``tariffs_planversion.id``.

    Cheap to call: it reads a stamp of the approved versions, and compiles only when that is new.
    """
    approved = PlanVersion.objects.filter(company_id=scope.company_id, state=PlanVersion.State.APPROVED)
    digest = Func(Cast("content", TextField()), function="md5", output_field=TextField())
    rows = approved.annotate(digest=digest).order_by("id")
    stamp = tuple(rows.values_list("id", "plan__code", "from_on", "to_on", "document_no", "digest"))
    if not stamp:
        raise NoPricesYet
    stamp += tuple((row.calendar, row.from_on, row.to_on) for row in set_dates(scope.company_id))
    return _compiled(scope.company_id, stamp)


@lru_cache(maxsize=16)
def _compiled(company_id: int, stamp: Stamp) -> Prices:
    versions = [row[0] for row in stamp if len(row) == STAMPED]
    rows = PlanVersion.objects.filter(company_id=company_id, pk__in=versions)
    return compile_rows(rows.select_related("plan"))


def compile_rows(rows: Iterable[PlanVersion]) -> Prices:
    """Compile these versions as if all were approved. Raises TariffError naming the first bad place."""
    by_plan: dict[int, list[PlanVersion]] = {}
    for row in sorted(rows, key=lambda row: (row.plan.code, row.from_on)):
        by_plan.setdefault(row.plan_id, []).append(row)
    found = [_plan(versions) for versions in by_plan.values()]
    ordered = [row for versions in by_plan.values() for row in versions]
    index = {plan_id: number for number, plan_id in enumerate(by_plan)}
    return Prices(compile_tariffs(found, calendars_of(ordered), profiles_of(ordered)), index)


def calendars_of(rows: list[PlanVersion]) -> list[SeasonCalendar]:
    """The calendars of these versions, with the season dates that their company has set."""
    found = {calendar.code: calendar for row in rows for calendar in _calendars(row)}
    return with_dates(found.values(), set_dates(rows[0].company_id)) if found else []


def profiles_of(rows: list[PlanVersion]) -> list[DayProfile]:
    return list({profile.code: profile for row in rows for profile in _profiles(row)}.values())


def _plan(rows: list[PlanVersion]) -> PricePlan:
    plan = rows[0].plan
    ends: list[dt.date | None] = [following.from_on for following in rows[1:]]
    versions = [version_of(row, end) for row, end in zip(rows, [*ends, rows[-1].to_on], strict=True)]
    return build_plan(plan.code, plan.name, [row.content for row in rows], versions)


def version_of(row: PlanVersion, end: dt.date | None = None) -> Version:
    """A row as the kernel reads it, in force until ``end`` at the latest. Raises TariffError."""
    return read_version(
        row.content,
        place=_place(row),
        effective_from=row.from_on,
        effective_to=row.to_on if row.to_on and end and row.to_on < end else end,
        document_no=row.document_no,
        source=row.source,
        version_id=row.pk or 0,
    )


def _calendars(row: PlanVersion) -> Any:
    return read_calendars(row.content, place=_place(row))


def _profiles(row: PlanVersion) -> Any:
    return read_profiles(row.content, place=_place(row))


def _place(row: PlanVersion) -> str:
    return f"plan {row.plan.code}, version {row.from_on}"
