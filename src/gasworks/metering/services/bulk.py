"""Meters put up from a list, and the makers, models and books that the list names."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Max

from gasworks.customers import services as customers
from gasworks.customers.types import KeyKind
from gasworks.foundation.bulk import copy_rows, take_ids
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.kernel.periods import month_of
from gasworks.metering.models import (
    BookSeat,
    Installation,
    InstallationIndex,
    Maker,
    Meter,
    MeterModel,
    Reading,
    ReadingBook,
    Register,
)
from gasworks.metering.services._within import act_of, note_batch
from gasworks.metering.services.books import STEP
from gasworks.metering.services.meters import capacity_of
from gasworks.metering.types import Installed, NewInstallation

RIGHT: Final = "metering.change"


@dataclass(frozen=True, slots=True)
class InstallationProblem:
    """Why one row cannot be installed: its place in the list, the field, a sentence with its values."""

    row: int
    field: str
    sentence: str
    params: dict[str, Any]


class SomeCannotBeInstalled(Refusal):
    sentence = gettext_noop("%(count)d meters of the list cannot be installed, the first is row %(row)d.")


def ensure_models(
    *, scope: Scope, names: Iterable[tuple[str, str, str, str]], digits: int = 5
) -> dict[tuple[str, str, str, str], int]:
    """Identities of models by (maker, model, kind, size); what is missing is made. Call inside an act."""
    wanted = set(names)
    makers = _ensure_makers(scope, {maker for maker, *_ in wanted})
    known = {
        (maker, code): key
        for maker, code, key in MeterModel.objects.filter(company_id=scope.company_id).values_list(
            "maker__name", "code", "id"
        )
    }
    for maker, code, kind, size in sorted(wanted):
        if (maker, code) not in known:
            model = MeterModel.objects.create(
                company_id=scope.company_id, maker_id=makers[maker], code=code, kind=kind, size=size, digits=digits
            )
            known[maker, code] = model.id
    return {name: known[name[0], name[1]] for name in wanted}


def _ensure_makers(scope: Scope, names: set[str]) -> dict[str, int]:
    known = dict(Maker.objects.filter(company_id=scope.company_id, name__in=names).values_list("name", "id"))
    for name in sorted(names - known.keys()):
        maker = Maker.objects.create(company_id=scope.company_id, code=f"M{len(known) + 1:03d}-{name}"[:20], name=name)
        known[name] = maker.id
    return known


def ensure_books(*, scope: Scope, branch_id: int, codes: Iterable[str]) -> dict[str, int]:
    """Identities of reading books by code; missing ones are made monthly, for a lead to plan. Call inside an act."""
    wanted = {code for code in codes if code}
    known = dict(ReadingBook.objects.filter(company_id=scope.company_id, code__in=wanted).values_list("code", "id"))
    missing = sorted(wanted - known.keys())
    ReadingBook.objects.bulk_create(
        ReadingBook(company_id=scope.company_id, branch_id=branch_id, code=code, name=code) for code in missing
    )
    made = ReadingBook.objects.filter(company_id=scope.company_id, code__in=missing)
    return known | dict(made.values_list("code", "id"))


def check_installations(*, scope: Scope, rows: Sequence[NewInstallation], today: dt.date) -> list[InstallationProblem]:
    """Every reason why a row cannot be installed, all rows looked at. Nothing is written."""
    models = {m.id: m for m in MeterModel.objects.filter(company_id=scope.company_id)}
    serials = [row.serial for row in rows]
    known = set(
        Meter.objects.filter(company_id=scope.company_id, serial__any_of=serials).values_list("model_id", "serial")
    )
    twice = {key for key, count in Counter((row.model_id, row.serial) for row in rows).items() if count > 1}
    return [
        InstallationProblem(place, field, sentence, params)
        for place, row in enumerate(rows)
        for field, sentence, params in _problems(row, models.get(row.model_id), known, twice, today)
    ]


def _problems(
    row: NewInstallation,
    model: MeterModel | None,
    known: set[tuple[int, str]],
    twice: set[tuple[int, str]],
    today: dt.date,
) -> list[tuple[str, str, dict[str, Any]]]:
    found: list[tuple[str, str, dict[str, Any]]] = []
    if not row.serial or len(row.serial) > 40:
        found.append(("serial", gettext_noop("The meter number is missing or too long."), {}))
    if (row.model_id, row.serial) in known:
        found.append(("serial", gettext_noop("The meter %(serial)s is recorded already."), {"serial": row.serial}))
    if (row.model_id, row.serial) in twice:
        sentence = gettext_noop("The meter %(serial)s stands twice in the list.")
        found.append(("serial", sentence, {"serial": row.serial}))
    if model is None:
        found.append(("model", gettext_noop("The meter model is unknown."), {}))
    elif not 0 <= row.start_litres < capacity_of(model):
        sentence = gettext_noop("The counter goes from 0 to %(limit)s m³.")
        found.append(("start_index", sentence, {"limit": capacity_of(model) // 1000 - 1}))
    if row.from_on > today:
        found.append(("from_on", gettext_noop("%(day)s is still to come."), {"day": row.from_on.isoformat()}))
    return found


def install_many(*, scope: Scope, rows: Sequence[NewInstallation], now: dt.datetime, today: dt.date) -> list[Installed]:
    """Put up a new meter per row in one transaction, with first index, first reading, search key and seat.

    The supply points are one's own, just opened. Raises SomeCannotBeInstalled when ``check_installations`` objects.
    """
    scope.require(RIGHT)
    problems = check_installations(scope=scope, rows=rows, today=today)
    if problems:
        raise SomeCannotBeInstalled(count=len({p.row for p in problems}), row=problems[0].row + 1)
    with act_of(scope):
        installed = _write(scope, rows, now)
        note_batch(scope, "install_meters", "installation", now, {"rows": len(rows)})
    return installed


def _write(scope: Scope, rows: Sequence[NewInstallation], now: dt.datetime) -> list[Installed]:
    company, count = scope.company_id, len(rows)
    capacities = {m.id: capacity_of(m) for m in MeterModel.objects.filter(company_id=company)}
    meters, registers, hung = take_ids(Meter, count), take_ids(Register, count), take_ids(Installation, count)
    copy_rows(
        Meter,
        ("id", "company", "model", "serial", "state", "made_on", "version"),
        ((meters[i], company, r.model_id, r.serial, "installed", r.made_on, 1) for i, r in enumerate(rows)),
    )
    copy_rows(
        Register,
        ("id", "company", "meter", "no", "name", "capacity_litres", "settles"),
        ((registers[i], company, meters[i], 1, "", capacities[r.model_id], True) for i, r in enumerate(rows)),
    )
    copy_rows(
        Installation,
        ("id", "company", "meter", "supply_point", "from_on", "end_reason", "version"),
        ((hung[i], company, meters[i], r.supply_point_id, r.from_on, "", 1) for i, r in enumerate(rows)),
    )
    copy_rows(
        InstallationIndex,
        ("company", "installation", "register", "start_litres"),
        ((company, hung[i], registers[i], r.start_litres) for i, r in enumerate(rows)),
    )
    _first_readings(scope, rows, hung, registers, now)
    pairs = [(row.supply_point_id, row.serial) for row in rows]
    customers.add_search_keys(scope=scope, kind=KeyKind.METER, pairs=pairs)
    _seats(scope, rows)
    return [Installed(*one) for one in zip(hung, registers, meters, strict=True)]


def _first_readings(
    scope: Scope, rows: Sequence[NewInstallation], hung: list[int], registers: list[int], now: dt.datetime
) -> None:
    company, actor = scope.company_id, scope.actor_id
    source, state, kind = int(Reading.Source.INSTALL), int(Reading.State.APPROVED), int(Reading.Kind.NORMAL)
    copy_rows(
        Reading,
        (
            "company",
            "installation",
            "register",
            "read_on",
            "index_litres",
            "source",
            "kind",
            "state",
            "flags",
            "estimate_method",
            "month",
            "note",
            "keyed_by",
            "keyed_at",
            "approved_by",
            "approved_at",
        ),
        (
            (
                company,
                hung[i],
                registers[i],
                row.from_on,
                row.start_litres,
                source,
                kind,
                state,
                0,
                "",
                month_of(row.from_on),
                "",
                actor,
                now,
                actor,
                now,
            )
            for i, row in enumerate(rows)
        ),
    )


def _seats(scope: Scope, rows: Sequence[NewInstallation]) -> None:
    """Rows without a sequence stand behind the last seat of their book, in the order of the list."""
    last = dict(
        BookSeat.objects.filter(company_id=scope.company_id, book_id__in={row.book_id for row in rows})
        .values("book_id")
        .annotate(last=Max("sequence"))
        .values_list("book_id", "last")
    )
    seats = []
    for row in rows:
        if row.book_id is None:
            continue
        place = row.sequence or (last.get(row.book_id, 0) // STEP + 1) * STEP
        last[row.book_id] = max(last.get(row.book_id, 0), place)
        seats.append((scope.company_id, row.book_id, row.supply_point_id, place))
    copy_rows(BookSeat, ("company", "book", "supply_point", "sequence"), seats)
