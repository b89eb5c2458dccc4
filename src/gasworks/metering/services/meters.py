"""Meters on walls: put up, exchanged, taken off. Each act leaves both indexes and their readings."""

import datetime as dt
from typing import Any, Final

from gasworks.customers import services as customers
from gasworks.customers.types import KeyKind
from gasworks.foundation import events
from gasworks.foundation.scope import Scope
from gasworks.foundation.versions import Seen, save_versioned, stale
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop
from gasworks.kernel.periods import month_of
from gasworks.metering.checks import AboveCapacity, InTheFuture, NegativeIndex
from gasworks.metering.events import MeterExchanged
from gasworks.metering.models import Installation, InstallationIndex, Maker, Meter, MeterModel, Reading, Register
from gasworks.metering.services._within import act_of, locked, note
from gasworks.metering.services.readings import LIVE, hold_installations
from gasworks.metering.states import METER
from gasworks.metering.types import NewMeter

RIGHT: Final = "metering.change"
Indexes = dict[int, int]
"""Litres by register number."""


class MeterKnown(Refusal):
    sentence = gettext_noop("A meter %(serial)s of this model is recorded already.")


class IndexMissing(Refusal):
    sentence = gettext_noop("The index of register %(no)d is missing.")


class IndexFalls(Refusal):
    """MTR-1 for the last index of a meter."""

    sentence = gettext_noop(
        "The last accepted reading is %(last)s m³ on %(read_on)s, so the meter cannot end at %(end)s m³."
    )


class DayBeforeLastReading(Refusal):
    sentence = gettext_noop("This meter has a reading of %(read_on)s, so it cannot come off on %(to_on)s.")


class MeterGone(Refusal):
    sentence = gettext_noop("This meter was taken off already.")


class PointClosed(Refusal):
    sentence = gettext_noop("This supply point is closed for good.")


class OnSameDay(Refusal):
    sentence = gettext_noop("A meter comes off after the day when it was put up.")


class MeterHungThen(Refusal):
    sentence = gettext_noop("This meter hung elsewhere until %(to_on)s.")


def add_maker(*, scope: Scope, code: str, name: str) -> Maker:
    scope.require(RIGHT)
    with act_of(scope):
        return Maker.objects.create(company_id=scope.company_id, code=code, name=name)


def add_model(
    *,
    scope: Scope,
    maker_id: int,
    code: str,
    kind: str,
    size: str,
    digits: int = 5,
    decimals: int = 0,
    life_years: int = 10,
) -> MeterModel:
    scope.require(RIGHT)
    with act_of(scope):
        maker = locked(Maker, maker_id, scope)
        return MeterModel.objects.create(
            company_id=scope.company_id,
            maker=maker,
            code=code,
            kind=kind,
            size=size,
            digits=digits,
            decimals=decimals,
            life_years=life_years,
        )


def register_meter(*, scope: Scope, new: NewMeter, now: dt.datetime) -> Meter:
    """Take a meter into stock, with the one register that its model has."""
    scope.require(RIGHT)
    with act_of(scope):
        meter = _new_meter(scope, new)
        note(scope, "register_meter", meter, now, {"serial": meter.serial})
    return meter


def install_meter(
    *,
    scope: Scope,
    supply_point_id: int,
    meter: int | NewMeter,
    from_on: dt.date,
    start: Indexes,
    now: dt.datetime,
    today: dt.date,
) -> Installation:
    """Put up a meter from stock (its identity) or a new one. ``start`` is litres by register number."""
    scope.require(RIGHT)
    with act_of(scope):
        point = _point(scope, supply_point_id)
        installation = _put_up(scope, point, meter, from_on, start, now, today)
        _meter_keys(scope, point.id)
        note(scope, "install_meter", installation, now, {"on": from_on.isoformat()})
    return installation


def remove_meter(
    *,
    scope: Scope,
    installation_id: int,
    seen: int | Seen,
    to_on: dt.date,
    end: Indexes,
    reason: str,
    now: dt.datetime,
    today: dt.date,
    rolled_over: bool = False,
) -> Installation:
    """Take a meter off at its last index."""
    scope.require(RIGHT)
    with act_of(scope):
        installation = _take_off(scope, installation_id, seen, to_on, end, reason, now, today, rolled_over)
        _meter_keys(scope, installation.supply_point_id)
        note(scope, "remove_meter", installation, now, {"on": to_on.isoformat(), "reason": reason})
    return installation


def exchange_meter(
    *,
    scope: Scope,
    installation_id: int,
    seen: int | Seen,
    on: dt.date,
    end: Indexes,
    meter: int | NewMeter,
    start: Indexes,
    reason: str,
    now: dt.datetime,
    today: dt.date,
    rolled_over: bool = False,
) -> Installation:
    """Old off and new up on one day, both indexes recorded. Returns the new installation."""
    scope.require(RIGHT)
    with act_of(scope):
        old = _take_off(scope, installation_id, seen, on, end, reason, now, today, rolled_over)
        new = _put_up(scope, old.supply_point, meter, on, start, now, today)
        _meter_keys(scope, old.supply_point_id)
        fact = MeterExchanged(old.supply_point_id, old.id, new.id, on.isoformat())
        events.publish(fact, company_id=scope.company_id, now=now)
        note(scope, "exchange_meter", new, now, {"old": old.id, "on": on.isoformat(), "reason": reason})
    return new


def change_meter(*, scope: Scope, meter_id: int, seen: int | Seen, changes: dict[str, Any], now: dt.datetime) -> Meter:
    """Correct the serial number, model or day of making; the counter's search follows."""
    scope.require(RIGHT)
    with act_of(scope):
        meter = locked(Meter, meter_id, scope)
        points = Installation.objects.filter(company_id=scope.company_id, meter=meter, to_on__isnull=True)
        for branch in points.values_list("supply_point__branch_id", flat=True):
            scope.require_change(branch, RIGHT)
        saved = save_versioned(meter, seen_version=seen, changes=changes)
        for point in points.values_list("supply_point_id", flat=True):
            _meter_keys(scope, point)
        note(scope, "change_meter", saved, now, {"fields": sorted(changes)})
    return saved


def move_meter(*, scope: Scope, meter_id: int, seen: int | Seen, act: str, now: dt.datetime) -> Meter:
    """Back into stock, or to scrap. Putting up and taking off have services of their own."""
    scope.require(RIGHT)
    if act not in ("restock", "scrap"):
        raise NotThere(key=act)
    with act_of(scope):
        meter = locked(Meter, meter_id, scope)
        saved = save_versioned(meter, seen_version=seen, changes={"state": METER.after(meter.state, act)})
        note(scope, "change_meter", saved, now, {"act": act})
    return saved


def _point(scope: Scope, supply_point_id: int) -> Any:
    point = customers.hold_supply_point(scope=scope, supply_point_id=supply_point_id)
    scope.require_change(point.branch_id, RIGHT)
    if point.status == "closed":
        raise PointClosed
    return point


def _new_meter(scope: Scope, new: NewMeter) -> Meter:
    model = MeterModel.objects.filter(pk=new.model_id, company_id=scope.company_id).first()
    if model is None:
        raise NotThere(key=new.model_id)
    if Meter.objects.filter(company_id=scope.company_id, model=model, serial=new.serial).exists():
        raise MeterKnown(serial=new.serial)
    meter = Meter.objects.create(company_id=scope.company_id, model=model, serial=new.serial, made_on=new.made_on)
    Register.objects.create(company_id=scope.company_id, meter=meter, capacity_litres=capacity_of(model))
    return meter


def capacity_of(model: MeterModel) -> int:
    """Where the main counter returns to zero: five digits roll over at 100,000 m³."""
    return 10**model.digits * 1000


def _put_up(
    scope: Scope,
    point: Any,
    which: int | NewMeter,
    from_on: dt.date,
    start: Indexes,
    now: dt.datetime,
    today: dt.date,
) -> Installation:
    if from_on > today:
        raise InTheFuture(read_on=from_on)
    meter = _new_meter(scope, which) if isinstance(which, NewMeter) else locked(Meter, which, scope)
    last = Installation.objects.filter(company_id=scope.company_id, meter=meter, to_on__gt=from_on).first()
    if last is not None:
        raise MeterHungThen(to_on=last.to_on)
    state = METER.after(meter.state, "install")
    save_versioned(meter, seen_version=meter.version, changes={"state": state})
    installation = Installation.objects.create(
        company_id=scope.company_id, meter=meter, supply_point=point, from_on=from_on
    )
    for register in Register.objects.filter(company_id=scope.company_id, meter=meter).order_by("no"):
        litres = _index(start, register)
        InstallationIndex.objects.create(
            company_id=scope.company_id, installation=installation, register=register, start_litres=litres
        )
        _take_down(scope, installation, register, from_on, litres, Reading.Source.INSTALL, now)
    return installation


def _take_off(
    scope: Scope,
    installation_id: int,
    seen: int | Seen,
    to_on: dt.date,
    end: Indexes,
    reason: str,
    now: dt.datetime,
    today: dt.date,
    rolled_over: bool,
) -> Installation:
    installation = locked(Installation, installation_id, scope)
    scope.require_change(installation.supply_point.branch_id, RIGHT)
    hold_installations(scope, {installation.id})
    if installation.version != (seen.version if isinstance(seen, Seen) else seen):
        raise stale(installation, seen=seen if isinstance(seen, Seen) else Seen(seen), changes={"to_on": to_on})
    if installation.to_on is not None:
        raise MeterGone
    if to_on > today:
        raise InTheFuture(read_on=to_on)
    if to_on <= installation.from_on:
        raise OnSameDay
    for register in Register.objects.filter(company_id=scope.company_id, meter_id=installation.meter_id).order_by("no"):
        litres = _index(end, register)
        _end_register(scope, installation, register, to_on, litres, now, rolled_over)
        InstallationIndex.objects.filter(
            company_id=scope.company_id, installation=installation, register=register
        ).update(end_litres=litres)
    meter = locked(Meter, installation.meter_id, scope)
    save_versioned(meter, seen_version=meter.version, changes={"state": METER.after(meter.state, "remove")})
    return save_versioned(
        installation, seen_version=installation.version, changes={"to_on": to_on, "end_reason": reason[:20]}
    )


def _end_register(
    scope: Scope,
    installation: Installation,
    register: Register,
    to_on: dt.date,
    litres: int,
    now: dt.datetime,
    rolled_over: bool,
) -> None:
    readings = Reading.objects.filter(
        company_id=scope.company_id, installation=installation, register=register, state__in=LIVE
    )
    last = readings.exclude(source=Reading.Source.ESTIMATED).order_by("-read_on").first()
    newest = readings.order_by("-read_on").first()
    if newest is not None and newest.read_on > to_on:
        raise DayBeforeLastReading(read_on=newest.read_on, to_on=to_on)
    if last is not None and litres < last.index_litres and not rolled_over:
        raise IndexFalls(last=last.index_litres // 1000, read_on=last.read_on, end=litres // 1000)
    if newest is not None and newest.read_on == to_on:
        _supersede(scope, newest, installation, register, litres, now, rolled_over)
        return
    kind = Reading.Kind.ROLLOVER if rolled_over else Reading.Kind.NORMAL
    _take_down(scope, installation, register, to_on, litres, Reading.Source.REMOVAL, now, kind)


def _supersede(
    scope: Scope,
    same_day: Reading,
    installation: Installation,
    register: Register,
    litres: int,
    now: dt.datetime,
    rolled_over: bool,
) -> None:
    """A reading of the same day gives way to the index at removal, unless it says the same and is accepted."""
    if same_day.state == Reading.State.APPROVED and same_day.index_litres == litres:
        return
    Reading.objects.filter(pk=same_day.pk).update(state=Reading.State.REPLACED)
    kind = Reading.Kind.ROLLOVER if rolled_over else Reading.Kind.NORMAL
    row = _take_down(scope, installation, register, same_day.read_on, litres, Reading.Source.REMOVAL, now, kind)
    Reading.objects.filter(pk=same_day.pk).update(replaced_by=row.pk)


def _take_down(
    scope: Scope,
    installation: Installation,
    register: Register,
    day: dt.date,
    litres: int,
    source: int,
    now: dt.datetime,
    kind: int = Reading.Kind.NORMAL,
) -> Reading:
    """The fitter's index is accepted as it is written."""
    return Reading.objects.create(
        company_id=scope.company_id,
        installation=installation,
        register=register,
        read_on=day,
        index_litres=litres,
        source=source,
        kind=kind,
        state=Reading.State.APPROVED,
        month=month_of(day),
        keyed_by_id=scope.actor_id,
        keyed_at=now,
        approved_by_id=scope.actor_id,
        approved_at=now,
    )


def _index(indexes: Indexes, register: Register) -> int:
    if register.no not in indexes:
        raise IndexMissing(no=register.no)
    litres = indexes[register.no]
    if litres < 0:
        raise NegativeIndex
    if litres >= register.capacity_litres:
        raise AboveCapacity(limit=register.capacity_litres // 1000 - 1)
    return litres


def _meter_keys(scope: Scope, supply_point_id: int) -> None:
    """The counter finds a supply point by the meters that hang there now."""
    serials = Installation.objects.filter(
        company_id=scope.company_id, supply_point_id=supply_point_id, to_on__isnull=True
    ).values_list("meter__serial", flat=True)
    customers.set_search_keys(scope=scope, supply_point_id=supply_point_id, kind=KeyKind.METER, keys=list(serials))
