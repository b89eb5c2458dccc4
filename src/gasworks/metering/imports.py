"""Readings from a file: supply point or meter number, day, index."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.imports import ImportColumn, Importer, ParsedRow, Problem, register_importer
from gasworks.foundation.models import OrgUnit
from gasworks.foundation.scope import Scope
from gasworks.kernel.clock import business_day
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.metering import services
from gasworks.metering.models import Reading
from gasworks.metering.types import NamedReading

KIND: Final = "metering.readings"
RIGHT: Final = "metering.key"

COLUMNS: Final = (
    ImportColumn(
        "key",
        _("Supply point or meter number"),
        required=True,
        example="00012345",
        max_length=40,
        aliases=("户号", "表号", "用户号", "number", "meter"),
    ),
    ImportColumn("read_on", _("Read on"), "date", required=True, example="2026-03-01", aliases=("抄表日期", "抄表日")),
    ImportColumn("index", _("Index (m³)"), "m3", required=True, example="1234", at_least=0, aliases=("止数", "读数")),
    ImportColumn("month", _("Accounting month"), "month", example="2026-03", aliases=("账期",)),
    ImportColumn(
        "estimated_by",
        _("Estimated by"),
        max_length=100,
        help=_("Empty for an index that somebody read; otherwise how the other system estimated it."),
        aliases=("估抄方法",),
    ),
)


class RowRefused(Refusal):
    sentence = gettext_noop("%(count)d rows cannot be recorded.")


def register() -> None:
    register_importer(
        Importer(
            kind=KIND,
            title=_("Readings"),
            right=RIGHT,
            columns=COLUMNS,
            check=check,
            commit=commit,
            unique=("key", "read_on"),
            step=2_000,
            help=_("One index a row. Odd readings are taken and wait for review."),
        )
    )


def check(rows: Sequence[ParsedRow], *, scope: Scope) -> Iterable[Problem]:
    """Unknown numbers, days that cannot be, other people's books: the same answers as when they are recorded."""
    now = timezone.now()
    found: list[Problem] = []
    for (month, source), part in _alike(rows):
        answers = services.judge_named(
            scope=scope, rows=[_named(row) for row in part], month=month, now=now, today=_day(scope, now), source=source
        )
        found += [
            Problem(row.row_no, "", answer.sentence, answer.params)
            for row, answer in zip(part, answers, strict=True)
            if answer.refusal
        ]
    return found


def commit(rows: Sequence[ParsedRow], *, scope: Scope, now: dt.datetime, batch_id: int) -> None:
    refused = 0
    for (month, source), part in _alike(rows):
        answers = services.record_named(
            scope=scope,
            rows=[_named(row) for row in part],
            source=source,
            month=month,
            now=now,
            today=_day(scope, now),
        )
        refused += sum(bool(answer.refusal) for answer in answers)
    if refused:
        raise RowRefused(count=refused)


def _alike(rows: Sequence[ParsedRow]) -> Iterable[tuple[tuple[int | None, int], list[ParsedRow]]]:
    """Rows of one accounting month and source together; actual ones first, so that estimates see them."""
    parts: dict[tuple[int | None, int], list[ParsedRow]] = {}
    for row in sorted(rows, key=lambda row: bool(row.values.get("estimated_by"))):
        source = Reading.Source.ESTIMATED if row.values.get("estimated_by") else Reading.Source.FILE
        parts.setdefault((row.values.get("month"), int(source)), []).append(row)
    return parts.items()


def _named(row: ParsedRow) -> NamedReading:
    said = row.values.get("estimated_by") or ""
    return NamedReading(row.values["key"], row.values["read_on"], row.values["index"], estimated_by=said)


def _day(scope: Scope, moment: dt.datetime) -> dt.date:
    company = OrgUnit.objects.get(pk=scope.company_id)
    return business_day(moment, company.time_zone)
