"""Rights of a household by evidence: recorded, renewed, ended, dropped when nobody renews them.

What the billing run reads are their effects: a household size of the ladder group, or a price plan and a floor area of
the supply point. Each act leaves its entry in the log; the row's history has the evidence that stood before.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from gasworks.customers.ports import Held
from gasworks.customers.selectors import id_trace, standing_at
from gasworks.foundation import audit, events, parameters
from gasworks.foundation.acts import act_of
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop
from gasworks.tariffs.selectors import goes_by_area
from gasworks.usage.checks import refuse_plans
from gasworks.usage.events import RightsEnded, RightsToRenew
from gasworks.usage.lapsing import AREA, PLANS, end_one
from gasworks.usage.models import EntitledPerson, Entitlement, GroupMember, Household
from gasworks.usage.overlay import in_force, overlapping, overlay
from gasworks.usage.services.ladders import member_on, refuse_billed, require_point, set_household
from gasworks.usage.starting import rest_item, starting_day
from gasworks.usage.types import NewRight

RIGHT: Final = "usage.change"
SUBJECT: Final = "usage.entitlement"
RENEWAL_DAYS: Final = "usage.renewal_days"
COUNT_BY_ID: Final = "usage.count_by_id"
RESIDENTIAL: Final = "residential"
AT_ONCE: Final = 1_000
Kind, End = Entitlement.Kind, Entitlement.End


class EvidenceMissing(Refusal):
    sentence = gettext_noop("Attach the evidence: the certificate, the household register, the property register.")
    status = 422


class NotAHome(Refusal):
    sentence = gettext_noop("Only a household has entitlements; this supply point is not residential.")


class ValueMissing(Refusal):
    sentence = gettext_noop("Give the persons of the household, or the heated floor area.")
    status = 422


class PlanMissing(Refusal):
    sentence = gettext_noop("Choose the price plan that this entitlement gives.")
    status = 422


class PlanNotByArea(Refusal):
    sentence = gettext_noop("The tiers of this price plan do not go by floor area. Choose one that does.")
    status = 422


class EndsTooEarly(Refusal):
    sentence = gettext_noop("The entitlement would begin on %(from_on)s: it must end later.")
    status = 422


class PersonsDiffer(Refusal):
    sentence = gettext_noop(
        "%(persons)d persons are declared and %(numbers)d ID numbers given. Give one for each person."
    )
    status = 422


class PersonTwice(Refusal):
    sentence = gettext_noop("The ID number %(shown)s stands here twice.")
    status = 422


class PersonElsewhere(Refusal):
    """One person counts in one household only."""

    sentence = gettext_noop(
        "The person with ID number %(shown)s counts in the household of supply point %(number)s. End it there first."
    )


class RightStands(Refusal):
    sentence = gettext_noop("«%(kind)s» is recorded from %(from_on)s already. Renew or end that one.")


class NoPriceThen(Refusal):
    sentence = gettext_noop("The supply point has no price plan on %(on)s.")


class RightOver(Refusal):
    sentence = gettext_noop("This entitlement has ended already.")


def resolve(*, scope: Scope, new: NewRight) -> dt.date:
    """The day on which it would begin; every reason to refuse it is asked first, and nothing is written."""
    require_point(scope, new.supply_point_id)
    (home,) = standing_at(scope=scope, supply_point_ids=[new.supply_point_id], on=new.day)
    if home.customer_type != RESIDENTIAL:
        raise NotAHome
    if new.kind in PLANS and new.plan_id is None:
        raise PlanMissing
    if new.kind in (Kind.HOUSEHOLD, Kind.AREA) and new.value <= 0:
        raise ValueMissing
    if new.plan_id is not None:
        refuse_plans(scope, {new.plan_id})
    from_on = starting_day(scope=scope, supply_point_id=new.supply_point_id, rule=new.start_rule, day=new.day)
    if new.to_on is not None and new.to_on <= from_on:
        raise EndsTooEarly(from_on=from_on)
    member_on(scope, new.supply_point_id, from_on)
    for point in _points(scope, new.supply_point_id, from_on) if new.kind == Kind.HOUSEHOLD else [new.supply_point_id]:
        refuse_billed(scope, point, from_on)
    if new.kind == Kind.HOUSEHOLD:
        _refuse_persons(scope, new, from_on)
    else:
        _refuse_prices(scope, new, from_on)
    _refuse_standing(scope, new, from_on)
    return from_on


def record_right(*, scope: Scope, new: NewRight, now: dt.datetime) -> Entitlement:
    """Record a right and what follows from it. A household size replaces the one before."""
    if new.evidence_id is None:
        raise EvidenceMissing
    from_on = resolve(scope=scope, new=new)
    with act_of(scope):
        row = Entitlement(
            company_id=scope.company_id,
            supply_point_id=new.supply_point_id,
            kind=new.kind,
            value=new.value,
            plan_id=new.plan_id,
            start_rule=new.start_rule,
            from_on=from_on,
            to_on=new.to_on,
            evidence_id=new.evidence_id,
            note=new.note.strip(),
            recorded_by_id=scope.actor_id,
            recorded_at=now,
        )
        _take_effect(scope, row, now)
        row.save(force_insert=True)
        _write_persons(scope, row, new.id_numbers)
        detail = {"kind": row.kind, "value": row.value, "from": from_on.isoformat(), "until": _text(row.to_on)}
        _note(scope, "usage.record_right", row, now, detail)
    return row


def renew_right(
    *, scope: Scope, right_id: int, to_on: dt.date, evidence_id: int | None, now: dt.datetime
) -> Entitlement:
    """Proved anew: it ends later than it would have."""
    if evidence_id is None:
        raise EvidenceMissing
    with act_of(scope):
        row = _live(scope, right_id)
        if row.to_on is None or to_on <= row.to_on:
            raise EndsTooEarly(from_on=row.to_on or row.from_on)
        old, row.to_on, row.evidence_id, row.reminded_at = row.to_on, to_on, evidence_id, None
        _prolong(scope, row, old)
        row.version += 1
        row.save()
        _note(scope, "usage.renew_right", row, now, {"until": to_on.isoformat(), "instead_of": old.isoformat()})
    return row


def end_right(*, scope: Scope, right_id: int, on: dt.date, now: dt.datetime) -> None:
    """End it on a day; on its first day or before, it never was."""
    with act_of(scope):
        row = _live(scope, right_id)
        if row.to_on is not None and on >= row.to_on:
            raise RightOver
        refuse_billed(scope, row.supply_point_id, max(on, row.from_on))
        _note(scope, "usage.end_right", row, now, {"kind": row.kind, "on": on.isoformat()})
        end_one(scope, row, on, End.ENDED, now)


def drop_out(*, scope: Scope, today: dt.date, now: dt.datetime) -> int:
    """Rights whose renewal is overdue are over: their prices and sizes ended with the day; now it is told."""
    over = Entitlement.objects.filter(company_id=scope.company_id, ended_at__isnull=True, to_on__lte=today)
    dropped = 0
    while keys := list(over.order_by("to_on", "id").values_list("id", flat=True)[:AT_ONCE]):
        with act_of(scope):
            rows = list(over.filter(pk__in=keys).select_for_update(of=("self",)))
            over.filter(pk__in=keys).update(ended_at=now, end_reason=End.EXPIRED, version=F("version") + 1)
            told = [(row.id, row.supply_point_id, row.kind, _text(row.to_on)) for row in rows]
            events.publish(RightsEnded(rights=told, reason=End.EXPIRED), company_id=scope.company_id, now=now)
            _tell(scope, "usage.drop_out", len(rows), now)
        dropped += len(rows)
    return dropped


def remind(*, scope: Scope, today: dt.date, now: dt.datetime) -> int:
    """Rights that end within the days of the parameter are named once, so that their holders can be told."""
    days = int(parameters.get(scope=scope, code=RENEWAL_DAYS, on=today))
    due = Entitlement.objects.filter(
        company_id=scope.company_id,
        ended_at__isnull=True,
        reminded_at__isnull=True,
        to_on__gt=today,
        to_on__lte=today + dt.timedelta(days=days),
    )
    reminded = 0
    while rows := list(due.order_by("to_on", "id")[:AT_ONCE]):
        with act_of(scope):
            due.filter(pk__in=[row.id for row in rows]).update(reminded_at=now)
            told = [(row.id, row.supply_point_id, row.kind, _text(row.to_on)) for row in rows]
            events.publish(RightsToRenew(rights=told), company_id=scope.company_id, now=now)
            _tell(scope, "usage.remind", len(rows), now)
        reminded += len(rows)
    return reminded


def _take_effect(scope: Scope, row: Entitlement, now: dt.datetime) -> None:
    if row.kind == Kind.HOUSEHOLD:
        row.household = set_household(
            scope=scope,
            supply_point_id=row.supply_point_id,
            persons=row.value,
            from_on=row.from_on,
            to_on=row.to_on,
            evidence_id=row.evidence_id,
            now=now,
        )
        return
    item = rest_item(scope, row.supply_point_id, row.from_on)
    if item is None:
        raise NoPriceThen(on=row.from_on)
    row.plan_before_id, row.measure_before = item.plan_id, item.measure
    overlay(scope, row.supply_point_id, row.from_on, row.to_on, **effect_of_prices(row))


def effect_of_prices(row: Entitlement) -> dict[str, Any]:
    """What a price item has while the right holds."""
    changes: dict[str, Any] = {"plan_id": row.plan_id} if row.plan_id else {}
    if row.kind == AREA or row.value:
        changes["measure"] = row.value
    return changes


def _prolong(scope: Scope, row: Entitlement, old: dt.date) -> None:
    refuse_billed(scope, row.supply_point_id, old)
    if row.household_id:
        size = Household.objects.select_for_update(of=("self",)).get(pk=row.household_id)
        size.to_on = row.to_on
        _saved_or(RightStands(kind=row.get_kind_display(), from_on=old), size, "to_on")
    else:
        overlay(scope, row.supply_point_id, old, row.to_on, **effect_of_prices(row))
    for person in EntitledPerson.objects.filter(company_id=scope.company_id, entitlement=row, to_on=old):
        _refuse_elsewhere(scope, bytes(person.id_hmac), person.shown, old, row.to_on, row.supply_point_id)
        person.to_on = row.to_on
        person.save(update_fields=["to_on"])


def _saved_or(refusal: Refusal, row: Any, column: str) -> None:
    try:
        with transaction.atomic():
            row.save(update_fields=[column])
    except IntegrityError as error:
        raise refusal from error


def _refuse_prices(scope: Scope, new: NewRight, from_on: dt.date) -> None:
    item = rest_item(scope, new.supply_point_id, from_on)
    if item is None:
        raise NoPriceThen(on=from_on)
    by_area = goes_by_area(scope=scope, plan_id=new.plan_id or item.plan_id, on=from_on)
    if new.kind == Kind.AREA and not by_area:
        raise PlanNotByArea
    if by_area and new.value <= 0 and item.measure is None:
        raise ValueMissing


def _refuse_persons(scope: Scope, new: NewRight, from_on: dt.date) -> None:
    traces = [id_trace(id_number=number) for number in new.id_numbers]
    for trace in traces:
        if traces.count(trace) > 1:
            raise PersonTwice(shown=trace[1])
    by_id = parameters.get(scope=scope, code=COUNT_BY_ID, on=from_on)
    if len(traces) > new.value or (by_id and len(traces) != new.value):
        raise PersonsDiffer(persons=new.value, numbers=len(traces))
    for id_hmac, shown in traces:
        _refuse_elsewhere(scope, id_hmac, shown, from_on, new.to_on, new.supply_point_id)


def _refuse_elsewhere(
    scope: Scope, id_hmac: bytes, shown: str, from_on: dt.date, to_on: dt.date | None, here: int
) -> None:
    counted = EntitledPerson.objects.filter(overlapping(from_on, to_on), company_id=scope.company_id, id_hmac=id_hmac)
    number = counted.exclude(entitlement__supply_point_id__in=_points(scope, here, from_on)).values_list(
        "entitlement__supply_point__number", flat=True
    )
    if found := number.first():
        raise PersonElsewhere(shown=shown, number=found)


def _refuse_standing(scope: Scope, new: NewRight, from_on: dt.date) -> None:
    """One right of a kind at a time, and one that chooses the price plan; a later household size is left alone."""
    kinds = PLANS if new.kind in PLANS else (new.kind,)
    rows = Entitlement.objects.filter(
        overlapping(from_on, new.to_on),
        company_id=scope.company_id,
        supply_point_id=new.supply_point_id,
        kind__in=kinds,
    )
    replaces = Q(from_on__lt=from_on) if new.kind == Kind.HOUSEHOLD else Q(pk__isnull=True)
    standing = rows.exclude(replaces).order_by("from_on").first()
    if standing is not None:
        raise RightStands(kind=standing.get_kind_display(), from_on=standing.from_on)


def _points(scope: Scope, supply_point_id: int, on: dt.date) -> list[int]:
    """Supply points of the household: those on the same ladder on a day."""
    group = member_on(scope, supply_point_id, on).group_id
    members = GroupMember.objects.filter(in_force(on), company_id=scope.company_id, group_id=group)
    return list(members.values_list("supply_point_id", flat=True))


def _write_persons(scope: Scope, row: Entitlement, id_numbers: Sequence[str]) -> None:
    for number in id_numbers:
        id_hmac, shown = id_trace(id_number=number)
        person = EntitledPerson(
            company_id=scope.company_id,
            entitlement=row,
            id_hmac=id_hmac,
            shown=shown,
            from_on=row.from_on,
            to_on=row.to_on,
        )
        try:
            with transaction.atomic():
                person.save()
        except IntegrityError as error:
            raise PersonElsewhere(shown=person.shown, number="—") from error


def _live(scope: Scope, right_id: int) -> Entitlement:
    rows = Entitlement.objects.select_for_update(of=("self",)).select_related("household")
    row = rows.filter(pk=right_id, company_id=scope.company_id).first()
    if row is None:
        raise NotThere(key=right_id)
    require_point(scope, row.supply_point_id)
    if row.ended_at is not None:
        raise RightOver
    return row


def _text(day: dt.date | None) -> str:
    return day.isoformat() if day else ""


def _note(scope: Scope, act: str, row: Entitlement, now: dt.datetime, detail: dict[str, Any]) -> None:
    detail["supply_point"] = row.supply_point_id
    audit.record(scope=scope, act=act, subject_kind=SUBJECT, subject_id=row.id, detail=detail, now=now)


def _tell(scope: Scope, act: str, rows: int, now: dt.datetime) -> None:
    audit.record(scope=scope, act=act, subject_kind=SUBJECT, detail={"rights": rows}, now=now)


def forget_persons(scope: Scope, held: list[Held]) -> None:
    """The persons counted in the households of somebody who is erased; the entitlement and its effect on bills stay.

    A household that began under a later holder is not theirs.
    """
    for one in held:
        EntitledPerson.objects.filter(
            company_id=scope.company_id,
            entitlement__supply_point_id=one.supply_point_id,
            from_on__gte=one.from_on,
            from_on__lt=one.to_on,
        ).delete()
