"""The frozen twin: what a good Django programmer would write, one bill at a time. Changes only with a decision record.

It leaves the rows that the billing run leaves, through the same guards. It knows the shapes of ``bench.world`` only:
yearly tiers with a household increment, prices that change by day of use.
"""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q

from gasworks.billing.models import Bill, BillLine
from gasworks.customers.models import Agreement
from gasworks.foundation.bulk import take_ids
from gasworks.ledger.models import Entry, Posting
from gasworks.metering.models import Installation, InstallationIndex, Reading, Register
from gasworks.receivables.models import AgreementBalance, FeeTax, FeeType, OpenItem
from gasworks.tariffs.models import PlanVersion
from gasworks.usage.models import GroupMember, Hand, Household, Ladder, Movement, PriceItem

ONE_M3 = 1000


class CurrentTransaction(models.Func):
    template = "pg_current_xact_id()::text::bigint"
    output_field = models.BigIntegerField()


@lru_cache(maxsize=64)
def versions_of(plan_id: int) -> list[PlanVersion]:
    return list(PlanVersion.objects.filter(plan_id=plan_id, state="approved").order_by("from_on"))


@lru_cache(maxsize=4)
def gas_fee(company_id: int) -> tuple[FeeType, int]:
    fee = FeeType.objects.get(company_id=company_id, code="gas")
    return fee, FeeTax.objects.filter(fee_type=fee).latest("from_on").rate_e4


@dataclass
class Known:
    """What does not change while the meters are billed, read once for all of them as one would with ``in_bulk``."""

    installations: dict[int, Installation]
    registers: dict[int, Register]
    readings: dict[int, Reading]
    agreements: dict[int, Agreement]
    items: dict[int, PriceItem]
    members: dict[int, GroupMember]
    households: dict[int, Household]


def look_up(installation_ids: list[int], *, run: Any) -> Known:
    """The rows that the bills of these meters need; ``run.posting_day`` picks what is in force."""
    installations = Installation.objects.select_related("supply_point").in_bulk(installation_ids)
    points = [one.supply_point_id for one in installations.values()]
    today = Q(to_on__isnull=True) | Q(to_on__gt=run.posting_day)
    members = {m.supply_point_id: m for m in GroupMember.objects.filter(today, supply_point_id__in=points)}
    groups = [member.group_id for member in members.values()]
    meters = [one.meter_id for one in installations.values()]
    readings = Reading.objects.filter(
        company_id=run.company_id, installation_id__in=installation_ids, state=3, month__lte=run.month
    )
    return Known(
        installations=installations,
        registers={r.meter_id: r for r in Register.objects.filter(meter_id__in=meters, settles=True)},
        readings={r.installation_id: r for r in readings.order_by("read_on")},
        agreements={a.supply_point_id: a for a in Agreement.objects.filter(today, supply_point_id__in=points)},
        items={i.supply_point_id: i for i in PriceItem.objects.filter(today, supply_point_id__in=points)},
        members=members,
        households={h.group_id: h for h in Household.objects.filter(today, group_id__in=groups)},
    )


@transaction.atomic
def bill_one(
    installation_id: int, *, known: Known, run: Any, outlet_id: int, actor_id: int, now: dt.datetime
) -> Bill | None:
    """Bill one meter from its last billed index to its newest approved reading."""
    installation = known.installations[installation_id]
    point = installation.supply_point
    register, reading = known.registers[installation.meter_id], known.readings[installation_id]
    agreement, item, member = known.agreements[point.id], known.items[point.id], known.members[point.id]
    household = known.households.get(member.group_id)
    last = Movement.objects.filter(installation=installation, register=register, live=True).order_by("-from_on").first()
    from_on, from_index = (last.to_on, last.to_index) if last else _start(installation, register)
    if reading.read_on <= from_on:
        return None
    Hand.objects.select_for_update().get(pk=member.group_id)
    Hand.objects.filter(pk=member.group_id).update(xact=CurrentTransaction())
    ladder, _made = Ladder.objects.get_or_create(
        company_id=run.company_id, group_id=member.group_id, code=0, period_from=dt.date(reading.read_on.year, 1, 1)
    )
    litres = reading.index_litres - from_index
    persons = household.persons if household else 0
    lines, left = price_out(versions_of(item.plan_id), from_on, reading.read_on, litres, ladder.litres, persons)
    amount = sum(line[4] for line in lines)
    (bill_id,) = take_ids(Bill, 1)
    entry = _post(bill_id, agreement.id, amount, run, outlet_id, actor_id, now) if amount else None
    bill = Bill.objects.create(
        id=bill_id,
        company_id=run.company_id,
        agreement=agreement,
        supply_point=point,
        run=run,
        state=Bill.State.ISSUED,
        month=run.month,
        from_on=from_on,
        to_on=reading.read_on,
        posting_day=run.posting_day,
        due_on=run.due_on,
        litres=litres,
        amount_fen=amount,
        left_litres=left,
        entry=entry,
    )
    BillLine.objects.bulk_create(
        BillLine(
            bill=bill,
            seq=seq,
            company_id=run.company_id,
            version_id=version,
            tier=tier,
            litres=part,
            price_e4=price,
            amount_fen=fen,
        )
        for seq, (version, tier, part, price, fen) in enumerate(lines, 1)
    )
    Movement.objects.create(
        source=bill.id,
        source_kind=1,
        seq=1,
        company_id=run.company_id,
        installation=installation,
        register=register,
        price_item=item,
        from_on=from_on,
        to_on=reading.read_on,
        month=run.month,
        ladder=ladder,
        litres=litres,
        from_index=from_index,
        to_index=reading.index_litres,
        reading=reading,
    )
    if amount:
        AgreementBalance.objects.filter(pk=agreement.id).update(balance_fen=F("balance_fen") + amount)
    return bill


def _start(installation: Installation, register: Register) -> tuple[dt.date, int]:
    index = InstallationIndex.objects.get(installation=installation, register=register)
    return installation.from_on, index.start_litres


def _post(
    bill_id: int, agreement_id: int, amount: int, run: Any, outlet_id: int, actor_id: int, now: dt.datetime
) -> Entry:
    fee, rate_e4 = gas_fee(run.company_id)
    tax = (2 * amount * rate_e4 + 10_000 + rate_e4) // (2 * (10_000 + rate_e4))
    entry = Entry.objects.create(
        company_id=run.company_id,
        outlet_id=outlet_id,
        posting_day=run.posting_day,
        kind=Entry.Kind.BILL,
        source=bill_id,
        legs=2 if tax else 1,
        actor_id=actor_id,
        at=now,
    )
    sides = [(1, fee.income_gl_id, amount - tax)] + ([(2, fee.tax_gl_id, tax)] if tax else [])
    Posting.objects.bulk_create(
        Posting(
            entry=entry,
            seq=seq,
            company_id=run.company_id,
            debit_gl_id=fee.receivable_gl_id,
            debit_party=agreement_id,
            credit_gl_id=gl,
            amount_fen=fen,
        )
        for seq, gl, fen in sides
    )
    OpenItem.objects.create(
        company_id=run.company_id,
        agreement_id=agreement_id,
        fee_type=fee,
        source=entry,
        month=run.month,
        due_on=run.due_on,
        net_fen=amount - tax,
        tax_fen=tax,
        gross_fen=amount,
        open_fen=amount,
    )
    return entry


def price_out(
    versions: list[PlanVersion], from_on: dt.date, to_on: dt.date, litres: int, used: int, persons: int
) -> tuple[list[tuple[int, int, int, int, int]], int]:
    """(version, tier, litres, price, fen) of each line, and what is left in the tier reached (-1: no end)."""
    pieces = []
    for version in versions:
        begin, end = max(from_on, version.from_on), min(to_on, version.to_on or to_on)
        if begin < end:
            pieces.append((version, (end - begin).days))
    lines = []
    bounds: list[int] = []
    for (version, _days), part in zip(pieces, _by_days(litres, [days for _v, days in pieces]), strict=True):
        tiers = version.content["ladder"]["tiers"]
        wider = 150 * ONE_M3 if persons > 4 else 0
        bounds = [tier["upto_m3"] * ONE_M3 + wider for tier in tiers[:-1]]
        low = used
        for number, tier in enumerate(tiers, 1):
            high = min(bounds[number - 1], used + part) if number <= len(bounds) else used + part
            if high > low:
                price = round(float(tier["price"]) * 10_000)
                lines.append((version.id, number, high - low, price, ((high - low) * price + 50_000) // 100_000))
                low = high
        used += part
    left = next((bound - used for bound in bounds if used < bound), -1)
    if used in bounds:
        left = 0
    return lines, left


def _by_days(litres: int, days: list[int]) -> list[int]:
    """Whole cubic metres by days of use; those left over go to the largest remainders, of equal ones the earlier."""
    units, whole = litres // ONE_M3, sum(days)
    parts = [units * each // whole for each in days]
    order = sorted(range(len(days)), key=lambda n: (-(units * days[n] % whole), n))
    for n in order[: units - sum(parts)]:
        parts[n] += 1
    return [part * ONE_M3 for part in parts]
