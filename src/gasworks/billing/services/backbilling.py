"""Back-bills (追补): gas by formula, its price by the ladder or at one tier as the rule says, always by two persons."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from django.db import connection

from gasworks.billing.back_price import back_intervals, last_versions, tier_price
from gasworks.billing.models import BackBill, Bill, BillLine
from gasworks.billing.run.binary import server_cursor
from gasworks.billing.run.sheet import Reader
from gasworks.billing.services.deciding import release_at_once
from gasworks.customers.selectors import holder_on, require_point
from gasworks.foundation import approvals, audit, calendar
from gasworks.foundation.acts import act_of, locked
from gasworks.foundation.approvals import Granted
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.kernel.money import line_amount
from gasworks.ledger.services import head_office_day
from gasworks.rating import Changes, ToDate, rate, refusals
from gasworks.rating.columns import day_number, day_of
from gasworks.tariffs.selectors import compiled_tariffs
from gasworks.usage.correcting import count_extra
from gasworks.usage.hands import take_hands
from gasworks.usage.selectors import group_of, household_on, price_items
from gasworks.usage.types import ExtraGas

RIGHT: Final = "billing.back_bill"
APPROVAL: Final = "billing.back_bill"
SUBJECT: Final = "billing.back_bill"
UNIT: Final = 1_000
REST: Final = "rest"
MOST_DAYS: Final = 3 * 366
Climb, State = BackBill.Climb, BackBill.State

_DIAL: Final = """
SELECT i.id, r.id FROM metering_installation i JOIN metering_register r ON r.meter_id = i.meter_id AND r.settles
WHERE i.company_id = %s AND i.supply_point_id = %s AND i.from_on < %s ORDER BY i.from_on DESC, r.no LIMIT 1
"""


class NoReason(Refusal):
    sentence = gettext_noop("Say why.")


class EvidenceMissing(Refusal):
    sentence = gettext_noop("Attach the evidence: the report, the photo, the statement.")


class BadFormula(Refusal):
    sentence = gettext_noop("Flow, hours (1 to 24) and days (1 to %(most)d, not beyond today) must be given.")


class NoHolderThen(Refusal):
    sentence = gettext_noop("Nobody held this supply point at the end of the period, or no meter hung there.")


class CannotBePriced(Refusal):
    sentence = gettext_noop("The price plan of the supply point cannot rate this period.")


class IssuedAlready(Refusal):
    sentence = gettext_noop("This back-bill is issued already.")


@dataclass(frozen=True, slots=True)
class Line:
    version: int
    tier: int
    litres: int
    price_e4: int
    fen: int


@dataclass(frozen=True, slots=True)
class Priced:
    group: int
    item: int
    lines: tuple[Line, ...]
    gas: tuple[ExtraGas, ...]

    @property
    def fen(self) -> int:
        return sum(line.fen for line in self.lines)


def formula_litres(*, flow_litres: int, hours: int, days: int) -> int:
    """Flow × hours × days, in whole m³ half up."""
    raw = flow_litres * hours * days
    return (2 * raw + UNIT) // (2 * UNIT) * UNIT


def ask_back_bill(
    *,
    scope: Scope,
    supply_point_id: int,
    cause: str,
    from_on: dt.date,
    to_on: dt.date,
    flow_litres: int,
    hours: int,
    climb: str,
    reason: str,
    evidence_id: int | None,
    today: dt.date,
    now: dt.datetime,
) -> BackBill:
    """Write the formula down and ask a second person; the grant issues the bill."""
    require_point(scope=scope, supply_point_id=supply_point_id, right=RIGHT)
    if not reason.strip():
        raise NoReason
    if evidence_id is None:
        raise EvidenceMissing
    days = (to_on - from_on).days
    if flow_litres <= 0 or not 1 <= hours <= 24 or not 1 <= days <= MOST_DAYS or to_on > today + dt.timedelta(days=1):
        raise BadFormula(most=MOST_DAYS)
    litres = formula_litres(flow_litres=flow_litres, hours=hours, days=days)
    if litres <= 0:
        raise BadFormula(most=MOST_DAYS)
    with act_of(scope):
        priced = _price(scope, supply_point_id, from_on, to_on, litres, climb)
        row = BackBill.objects.create(
            company_id=scope.company_id,
            supply_point_id=supply_point_id,
            cause=cause,
            from_on=from_on,
            to_on=to_on,
            flow_litres=flow_litres,
            hours=hours,
            litres=litres,
            amount_fen=priced.fen,
            climb=climb,
            reason=reason.strip(),
            evidence_id=evidence_id,
            asked_by_id=scope.actor_id,
            asked_at=now,
        )
        _note(scope, "billing.ask_back_bill", row, now)
        approvals.ask(
            scope=scope,
            kind=APPROVAL,
            subject_kind=SUBJECT,
            subject_id=row.id,
            reason=reason,
            payload={"today": today.isoformat()},
            amount_fen=priced.fen,
            now=now,
        )
    return row


def issue_back_bill(request: Granted, *, now: dt.datetime) -> Bill:
    """The approved back-bill: priced anew on the ladder as it stands, with bill, entry and open item."""
    scope, today = request.scope, dt.date.fromisoformat(request.payload["today"])
    with act_of(scope):
        row = locked(BackBill, request.subject_id, scope)
        if row.state != State.ASKED:
            raise IssuedAlready
        priced = _price(scope, row.supply_point_id, row.from_on, row.to_on, row.litres, row.climb)
        bill = _write(scope, row, priced, today)
        release_at_once(scope, bill, today, now)
        row.state, row.bill_id, row.amount_fen = State.ISSUED, bill.id, priced.fen
        row.version += 1
        row.save(update_fields=["state", "bill", "amount_fen", "version"])
        _note(scope, "billing.issue_back_bill", row, now)
    return bill


def _price(scope: Scope, point: int, from_on: dt.date, to_on: dt.date, litres: int, climb: str) -> Priced:
    """On the ladder as it stands, which is in hand from here on; or all of it at one tier."""
    last = to_on - dt.timedelta(days=1)
    group = group_of(scope=scope, supply_point_id=point, on=last).id
    item = price_items(scope=scope, supply_point_id=point, on=last).filter(share=REST).first()
    if item is None:
        raise CannotBePriced
    prices = compiled_tariffs(scope=scope)
    tariffs = prices.tariffs
    size = household_on(scope=scope, group_id=group, on=last)
    one = {"from_day": day_number(from_on), "to_day": day_number(to_on), "litres": litres, "group": group}
    one |= {"plan": prices.index.get(item.plan_id, -1), "persons": size.persons if size else 0}
    one |= {"measure": item.measure or 0}
    intervals = back_intervals(**{name: np.array([value], np.int64) for name, value in one.items()})
    if refusals(intervals, tariffs)[0]:
        raise CannotBePriced
    with server_cursor(connection) as cursor:
        take_hands(cursor, company_id=scope.company_id, groups=[group])
        ladders = Reader(cursor, scope.company_id).ladders(np.array([group], np.int64))
    on = np.flatnonzero(ladders["code"] >= 0)
    to_date = ToDate(*(ladders[name][on] for name in ("group", "code", "period", "litres")))
    if climb != Climb.COUNTS:
        (version,) = last_versions(intervals, tariffs)
        tier, price = tier_price(tariffs, version, climb)
        line = Line(int(tariffs.version_ids[version]), tier + 1, litres, price, line_amount(litres, price))
        return Priced(group, item.id, (line,), ())
    none = np.zeros(0, np.int64)
    rated = rate(intervals, tariffs, to_date=to_date, changes=Changes(none, none, none))
    found = rated.lines
    lines = tuple(
        Line(int(tariffs.version_ids[v]), int(t) + 1, int(q), int(p), int(fen))
        for v, t, q, p, fen in zip(
            found.version, found.tier, found.litres, found.price_e4, found.amount_fen, strict=True
        )
    )
    moved = rated.movements
    gas = tuple(
        ExtraGas(int(code), day_of(int(period)) if period >= 0 else None, int(q))
        for code, period, q in zip(moved.code, moved.period_day, moved.litres, strict=True)
    )
    return Priced(group, item.id, lines, gas)


def _write(scope: Scope, row: BackBill, priced: Priced, today: dt.date) -> Bill:
    """A held bill with its lines and its gas; the release gives it its money."""
    holder = holder_on(scope=scope, supply_point_id=row.supply_point_id, day=row.to_on - dt.timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute(_DIAL, [scope.company_id, row.supply_point_id, row.to_on])
        dial = cursor.fetchone()
    if holder is None or dial is None:
        raise NoHolderThen
    place = head_office_day(scope=scope, today=today)
    month = calendar.month_for_day(scope=scope, day=place.day)
    bill = Bill.objects.create(
        company_id=scope.company_id,
        agreement_id=holder.id,
        supply_point_id=row.supply_point_id,
        kind=Bill.Kind.BACK,
        state=Bill.State.HELD,
        month=month.month if month else place.day.year * 100 + place.day.month,
        from_on=row.from_on,
        to_on=row.to_on,
        posting_day=place.day,
        due_on=place.day,
        litres=row.litres,
        amount_fen=priced.fen,
    )
    BillLine.objects.bulk_create(
        BillLine(
            bill_id=bill.id,
            seq=seq,
            company_id=scope.company_id,
            version_id=line.version,
            tier=line.tier,
            litres=line.litres,
            price_e4=line.price_e4,
            amount_fen=line.fen,
        )
        for seq, line in enumerate(priced.lines, 1)
    )
    count_extra(
        scope=scope,
        source=bill.id,
        group_id=priced.group,
        dial=dial,
        price_item_id=priced.item,
        from_on=row.from_on,
        to_on=row.to_on,
        month=bill.month,
        gas=priced.gas,
    )
    return bill


def _note(scope: Scope, act: str, row: BackBill, now: dt.datetime) -> None:
    detail: dict[str, Any] = {"flow": row.flow_litres, "hours": row.hours, "litres": row.litres, "climb": row.climb}
    audit.record(
        scope=scope,
        act=act,
        subject_kind=SUBJECT,
        subject_id=row.id,
        amount_fen=row.amount_fen,
        detail=detail | {"reason": row.reason},
        now=now,
    )
