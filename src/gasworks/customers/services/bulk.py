"""Many supply points at once, as a list from another system brings them: the same rules, set by set."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gasworks.customers.models import (
    AddressGrams,
    Agreement,
    Customer,
    CustomerType,
    PersonKey,
    Premises,
    SupplyPoint,
)
from gasworks.customers.numbers import take_agreement_numbers, take_supply_point_numbers
from gasworks.customers.personal import seal
from gasworks.customers.search_text import grams, phone_keys
from gasworks.customers.services._within import act_of
from gasworks.customers.services.places import ensure_communities
from gasworks.customers.services.search_keys import add_search_keys
from gasworks.customers.services.supply_points import _NUMBER, require_branch
from gasworks.customers.types import KeyKind, Opened, Opening
from gasworks.foundation import audit
from gasworks.foundation.bulk import array_text, copy_rows, take_ids
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop

RIGHT = "customers.import"
TYPES, STATUSES = frozenset(CustomerType.values), frozenset(SupplyPoint.Status.values)


@dataclass(frozen=True, slots=True)
class OpeningProblem:
    """Why one row cannot be opened: its place in the list, the field, a sentence with its values."""

    row: int
    field: str
    sentence: str
    params: dict[str, Any]


class SomeCannotBeOpened(Refusal):
    sentence = gettext_noop("%(count)d rows of the list cannot be opened, the first is row %(row)d.")


def check_openings(*, scope: Scope, rows: Sequence[Opening]) -> list[OpeningProblem]:
    """Every reason why a row cannot be opened, all rows looked at. Nothing is written."""
    numbers = [row.number for row in rows if row.number]
    taken = set(
        SupplyPoint.objects.filter(company_id=scope.company_id, number__any_of=numbers).values_list("number", flat=True)
    )
    twice = {number for number, count in Counter(numbers).items() if count > 1}
    return [
        OpeningProblem(place, field, sentence, params)
        for place, row in enumerate(rows)
        for field, sentence, params in _problems(row, taken, twice)
    ]


def _problems(row: Opening, taken: set[str], twice: set[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if row.number and not _NUMBER.fullmatch(row.number):
        yield "number", gettext_noop("«%(number)s» cannot be a supply point number."), {"number": row.number}
    if row.number in taken:
        yield "number", gettext_noop("The number %(number)s is in use already."), {"number": row.number}
    if row.number in twice:
        yield "number", gettext_noop("The number %(number)s stands twice in the list."), {"number": row.number}
    if not row.customer.name.strip():
        yield "name", gettext_noop("The name is missing."), {}
    if not row.community.strip():
        yield "community", gettext_noop("The community is missing."), {}
    if row.customer_type not in TYPES:
        yield "customer_type", gettext_noop("«%(type)s» is not a customer type."), {"type": row.customer_type}
    if row.status not in STATUSES:
        yield "status", gettext_noop("«%(status)s» is not a status."), {"status": row.status}
    yield from _too_long(row)


def _too_long(row: Opening) -> Iterator[tuple[str, str, dict[str, Any]]]:
    sizes = {
        "name": (row.customer.name, 80),
        "phone": (row.customer.phone, 20),
        "note": (row.customer.note, 200),
        "community": (row.community, 80),
        "building": (row.building, 20),
        "unit": (row.unit, 20),
        "room": (row.room, 20),
        "address": (row.address, 200),
    }
    for field, (text, limit) in sizes.items():
        if len(text) > limit:
            yield field, gettext_noop("This text is too long: at most %(limit)d signs."), {"limit": limit}


def open_many(*, scope: Scope, branch_id: int, rows: Sequence[Opening], now: dt.datetime) -> list[Opened]:
    """Open every row in one transaction: premises, customer, supply point, agreement, search keys.

    Raises SomeCannotBeOpened when ``check_openings`` finds a problem; the answers stand in the order of the rows.
    """
    scope.require_change(branch_id, RIGHT)
    require_branch(scope, branch_id)
    problems = check_openings(scope=scope, rows=rows)
    if problems:
        raise SomeCannotBeOpened(count=len({p.row for p in problems}), row=problems[0].row + 1)
    with act_of(scope):
        opened = _write(scope, branch_id, rows)
        audit.record(
            scope=scope,
            act="customers.open_supply_points",
            subject_kind="customers.supply_point",
            detail={"rows": len(rows), "branch": branch_id},
            now=now,
        )
    return opened


def _write(scope: Scope, branch_id: int, rows: Sequence[Opening]) -> list[Opened]:
    company, count = scope.company_id, len(rows)
    places, people = take_ids(Premises, count), take_ids(Customer, count)
    points, agreements = take_ids(SupplyPoint, count), take_ids(Agreement, count)
    numbers = _numbers(company, rows)
    addresses = [row.address or f"{row.community}{row.building}{row.unit}{row.room}" for row in rows]
    _premises(scope, rows, places, addresses)
    _people(company, rows, people)
    copy_rows(
        SupplyPoint,
        ("id", "company", "number", "branch", "premises", "customer_type", "status", "status_on", "version"),
        (
            (points[i], company, numbers[i], branch_id, places[i], row.customer_type, row.status, row.from_on, 1)
            for i, row in enumerate(rows)
        ),
    )
    _keys(scope, rows, points, numbers)
    copy_rows(
        AddressGrams,
        ("company", "supply_point", "grams"),
        ((company, points[i], array_text(grams(address))) for i, address in enumerate(addresses)),
    )
    _agreements(company, rows, agreements, points, people)
    return [Opened(*one) for one in zip(points, numbers, people, agreements, strict=True)]


def _agreements(
    company_id: int, rows: Sequence[Opening], keys: list[int], points: list[int], people: list[int]
) -> None:
    """Last of all: whoever takes numbers keeps others from taking any until the end of the transaction."""
    numbers = take_agreement_numbers(company_id, len(rows))
    copy_rows(
        Agreement,
        ("id", "company", "supply_point", "customer", "number", "from_on", "version"),
        ((keys[i], company_id, points[i], people[i], numbers[i], row.from_on, 1) for i, row in enumerate(rows)),
    )


def _numbers(company_id: int, rows: Sequence[Opening]) -> list[str]:
    """The given number, or the next of the series that the list itself does not use either."""
    given = {row.number for row in rows if row.number}
    missing = sum(not row.number for row in rows)
    fresh: list[str] = []
    while len(fresh) < missing:
        fresh += [n for n in take_supply_point_numbers(company_id, missing - len(fresh)) if n not in given]
    supply = iter(fresh)
    return [row.number or next(supply) for row in rows]


def _premises(scope: Scope, rows: Sequence[Opening], keys: list[int], addresses: list[str]) -> None:
    communities = ensure_communities(scope=scope, names=[(row.area, row.community) for row in rows])
    copy_rows(
        Premises,
        ("id", "company", "community", "building", "unit", "room", "address", "location", "version"),
        (
            (
                keys[i],
                scope.company_id,
                communities[(row.area, row.community)],
                row.building,
                row.unit,
                row.room,
                addresses[i],
                _point_text(row),
                1,
            )
            for i, row in enumerate(rows)
        ),
    )


def _point_text(row: Opening) -> str | None:
    """EWKT, which PostGIS reads from COPY text."""
    if row.longitude is None or row.latitude is None:
        return None
    return f"SRID=4326;POINT({row.longitude} {row.latitude})"


def _people(company_id: int, rows: Sequence[Opening], keys: list[int]) -> None:
    sealed = [seal(row.customer.id_number) if row.customer.id_number else None for row in rows]
    copy_rows(
        Customer,
        ("id", "company", "kind", "name", "phone", "id_cipher", "id_hmac", "note", "version"),
        (
            (
                keys[i],
                company_id,
                row.customer.kind,
                row.customer.name.strip(),
                row.customer.phone.strip(),
                secret[0] if secret else None,
                secret[2] if secret else None,
                row.customer.note,
                1,
            )
            for i, (row, secret) in enumerate(zip(rows, sealed, strict=True))
        ),
    )
    copy_rows(
        PersonKey,
        ("company", "customer", "wrapped_key"),
        ((company_id, keys[i], secret[1]) for i, secret in enumerate(sealed) if secret),
    )


def _keys(scope: Scope, rows: Sequence[Opening], points: list[int], numbers: list[str]) -> None:
    def pairs(key_of: Callable[[Opening], list[str]]) -> list[tuple[int, str]]:
        return [(points[i], key) for i, row in enumerate(rows) for key in dict.fromkeys(key_of(row))]

    add_search_keys(scope=scope, kind=KeyKind.NUMBER, pairs=list(zip(points, numbers, strict=True)))
    add_search_keys(scope=scope, kind=KeyKind.NAME, pairs=pairs(lambda row: [row.customer.name]))
    add_search_keys(scope=scope, kind=KeyKind.PHONE, pairs=pairs(lambda row: phone_keys(row.customer.phone)))
    add_search_keys(
        scope=scope, kind=KeyKind.PHONE_TAIL, pairs=pairs(lambda row: [p[-4:] for p in phone_keys(row.customer.phone)])
    )
