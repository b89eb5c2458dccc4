"""Opening: from one row of a customer list to a supply point that is read and billed, all of it or nothing."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

from gasworks.casework.types import AccountProblem, NewAccount, OpenedAccount
from gasworks.customers import services as customers
from gasworks.customers.types import Opened
from gasworks.foundation.acts import act_of
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.metering import selectors as meters
from gasworks.metering import services as metering
from gasworks.metering.types import NewInstallation
from gasworks.usage.opening import MOST_PERSONS, NewUse
from gasworks.usage.opening import open_many as open_use

RIGHT: Final = "customers.import"
Model = tuple[str, str, str, str]


class AccountsRefused(Refusal):
    sentence = gettext_noop("%(count)d rows of the list cannot be opened, the first is row %(row)d.")


def check_accounts(
    *, scope: Scope, rows: Sequence[NewAccount], plans: Iterable[str], today: dt.date
) -> list[AccountProblem]:
    """Every reason why a row cannot be opened. ``plans`` are the codes of price plans in use. Writes nothing."""
    found = [
        AccountProblem(problem.row, problem.field, problem.sentence, problem.params)
        for problem in customers.check_openings(scope=scope, rows=[row.opening for row in rows])
    ]
    known_plans = set(plans)
    for place, row in enumerate(rows):
        found += _own_problems(place, row, known_plans, today)
    return found + _known_meters(scope, rows)


def _own_problems(place: int, row: NewAccount, plans: set[str], today: dt.date) -> list[AccountProblem]:
    found = []
    if row.plan not in plans:
        sentence = gettext_noop("There is no price plan «%(plan)s» in use.")
        found.append(AccountProblem(place, "plan", sentence, {"plan": row.plan}))
    if not 0 <= row.persons <= MOST_PERSONS:
        sentence = gettext_noop("A household has 1 to %(most)d persons.")
        found.append(AccountProblem(place, "persons", sentence, {"most": MOST_PERSONS}))
    if row.opening.from_on > today:
        sentence = gettext_noop("%(day)s is still to come.")
        found.append(AccountProblem(place, "from_on", sentence, {"day": row.opening.from_on.isoformat()}))
    if row.serial and not 0 <= row.start_litres < 10**row.digits * 1000:
        sentence = gettext_noop("The counter goes from 0 to %(limit)s m³.")
        found.append(AccountProblem(place, "start_index", sentence, {"limit": 10**row.digits - 1}))
    return found


def _known_meters(scope: Scope, rows: Sequence[NewAccount]) -> list[AccountProblem]:
    known = meters.known_meters(scope=scope, serials=[row.serial for row in rows if row.serial])
    sentence = gettext_noop("The meter %(serial)s is recorded already.")
    return [
        AccountProblem(place, "serial", sentence, {"serial": row.serial})
        for place, row in enumerate(rows)
        if (row.maker, row.model, row.serial) in known
    ]


def open_accounts(
    *, scope: Scope, branch_id: int, rows: Sequence[NewAccount], now: dt.datetime, today: dt.date
) -> list[OpenedAccount]:
    """Open every row in one transaction: customer, premises, supply point, agreement, meter, seat, ladder, price.

    Each domain refuses by its own rules; the first refusal undoes everything.
    """
    scope.require_change(branch_id, RIGHT)
    with act_of(scope):
        opened = customers.open_many(scope=scope, branch_id=branch_id, rows=[row.opening for row in rows], now=now)
        installed = _install(scope, branch_id, rows, opened, now, today)
        open_use(scope=scope, rows=[_use(row, one) for row, one in zip(rows, opened, strict=True)], now=now)
    return [
        OpenedAccount(one.supply_point_id, one.number, one.agreement_id, installed.get(place, 0))
        for place, one in enumerate(opened)
    ]


def _install(
    scope: Scope,
    branch_id: int,
    rows: Sequence[NewAccount],
    opened: Sequence[Opened],
    now: dt.datetime,
    today: dt.date,
) -> dict[int, int]:
    """Installations by place; rows without a meter number have none, and no seat until a meter hangs there."""
    models = _models(scope, rows)
    books = metering.ensure_books(scope=scope, branch_id=branch_id, codes=[row.book for row in rows])
    places = [place for place, row in enumerate(rows) if row.serial]
    done = metering.install_many(
        scope=scope,
        rows=[
            NewInstallation(
                supply_point_id=opened[place].supply_point_id,
                serial=rows[place].serial,
                model_id=models[_model(rows[place])],
                from_on=rows[place].opening.from_on,
                start_litres=rows[place].start_litres,
                made_on=rows[place].made_on,
                book_id=books.get(rows[place].book),
                sequence=rows[place].sequence,
            )
            for place in places
        ],
        now=now,
        today=today,
    )
    return {place: one.installation_id for place, one in zip(places, done, strict=True)}


def _models(scope: Scope, rows: Sequence[NewAccount]) -> dict[Model, int]:
    """Meter models by name, made where they are new; the digits of a new one are those of its first row."""
    by_digits: dict[int, set[Model]] = {}
    for row in rows:
        if row.serial:
            by_digits.setdefault(row.digits, set()).add(_model(row))
    found: dict[Model, int] = {}
    for digits, names in sorted(by_digits.items()):
        found |= metering.ensure_models(scope=scope, names=names, digits=digits)
    return found


def _model(row: NewAccount) -> Model:
    return row.maker, row.model, row.meter_kind, row.size or row.model


def _use(row: NewAccount, opened: Opened) -> NewUse:
    return NewUse(opened.supply_point_id, row.plan, row.opening.from_on, row.persons)
