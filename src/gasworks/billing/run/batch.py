"""Rated uses put together into bills: every column that will be written, and what is held. Pure."""

from dataclasses import dataclass

import numpy as np

from gasworks.billing.run.columns import NONE, Column, Mask, begins_of, number_within
from gasworks.billing.run.intervals import ESTIMATED, Uses
from gasworks.billing.run.outsort import Look
from gasworks.billing.run.sheet import Sheet
from gasworks.rating import Rated, Tariffs


@dataclass(frozen=True, slots=True)
class Bills:
    """One row a bill, in the order of the members; ``begins`` is where its uses begin."""

    member: Column
    agreement: Column
    from_day: Column
    to_day: Column
    litres: Column
    amount_fen: Column
    left_litres: Column
    begins: Column

    def __len__(self) -> int:
        return len(self.member)


@dataclass(frozen=True, slots=True)
class Lines:
    bill: Column
    seq: Column
    version: Column
    tier: Column
    litres: Column
    price_e4: Column
    amount_fen: Column


@dataclass(frozen=True, slots=True)
class Booked:
    """Movements to be written. ``code`` and ``period`` name the ladder (off the ladder: -1)."""

    bill: Column
    seq: Column
    use: Column
    from_day: Column
    to_day: Column
    group: Column
    code: Column
    period: Column
    litres: Column
    counts_only: Column


@dataclass(frozen=True, slots=True)
class Batch:
    bills: Bills
    lines: Lines
    booked: Booked
    of_use: Column
    enters_top: Mask
    repriced: Mask


def put_together(uses: Uses, rated: Rated, tariffs: Tariffs) -> Batch:
    """Uses sorted by member become one bill each."""
    begins = begins_of(uses.member)
    sizes = np.diff(np.append(begins, len(uses)))
    of_use = np.repeat(np.arange(len(begins), dtype=np.int64), sizes)
    i = uses.intervals
    bills = Bills(
        member=uses.member[begins],
        agreement=uses.agreement[begins],
        from_day=_reduce(np.minimum, i.from_day, begins),
        to_day=_reduce(np.maximum, i.to_day, begins),
        litres=_reduce(np.add, i.litres, begins),
        amount_fen=_reduce(np.add, rated.amount_fen, begins),
        left_litres=rated.left_litres[_shown_use(uses, begins, of_use)],
        begins=begins,
    )
    line_bill = of_use[rated.lines.interval]
    lines = Lines(
        bill=line_bill,
        seq=number_within(begins_of(line_bill), len(line_bill)),
        version=tariffs.version_ids[rated.lines.version],
        tier=rated.lines.tier + 1,
        litres=rated.lines.litres,
        price_e4=rated.lines.price_e4,
        amount_fen=rated.lines.amount_fen,
    )
    m = rated.movements
    move_bill = of_use[m.interval]
    booked = Booked(
        bill=move_bill,
        seq=number_within(begins_of(move_bill), len(move_bill)),
        use=m.interval,
        from_day=m.from_day,
        to_day=m.to_day,
        group=m.group,
        code=np.where(m.period_day == NONE, NONE, m.code),
        period=m.period_day,
        litres=m.litres,
        counts_only=m.counts_only,
    )
    enters_top = _enters_top(of_use, len(begins), rated, tariffs)
    return Batch(bills, lines, booked, of_use, enters_top, _repriced(of_use, len(begins), rated))


def look_at(sheet: Sheet, uses: Uses, batch: Batch, month: int, last_year: Column, last_estimated: Mask) -> Look:
    """What the outsorting rules see."""
    bills, d = batch.bills, sheet.dials
    dial = uses.dial
    begins = bills.begins
    last_litres = np.where(d.first[dial], NONE, d.last_litres[dial])
    return Look(
        litres=bills.litres,
        amount_fen=bills.amount_fen,
        days=bills.to_day - bills.from_day,
        months=_reduce(np.maximum, uses.intervals.billing_months, begins),
        negative=_reduce(np.maximum, uses.negative.astype(np.int64), begins) > 0,
        exchanged=_reduce(np.maximum, d.installation[dial], begins)
        != _reduce(np.minimum, d.installation[dial], begins),
        enters_top=batch.enters_top,
        residential=sheet.members.customer_type[bills.member] == 0,
        estimated=_reduce(np.minimum, (d.read_source[dial] == ESTIMATED).astype(np.int64), begins) > 0,
        last_estimated=last_estimated,
        last_litres=_reduce(np.maximum, last_litres, begins),
        last_year=last_year,
        repriced=batch.repriced,
        agreement=bills.agreement,
        month=month,
    )


def _reduce(how: np.ufunc, values: Column, begins: Column) -> Column:
    return how.reduceat(values, begins) if len(begins) else np.zeros(0, np.int64)


def _shown_use(uses: Uses, begins: Column, of_use: Column) -> Column:
    """The use whose ladder the bill shows: of the first price item, the one read last."""
    if len(begins) == len(uses):
        return begins
    place = np.lexsort((-uses.order, uses.intervals.to_day, of_use))
    ends = np.append(begins[1:], len(uses)) - 1
    return place[ends]


def _enters_top(of_use: Column, bills: int, rated: Rated, tariffs: Tariffs) -> Mask:
    """Bills that reach the last tier of a ladder having used another tier of it before."""
    found = np.zeros(bills, np.bool_)
    lines, tops = rated.lines, _top_price(tariffs)
    top = (lines.tier > 0) & (lines.price_e4 == tops[np.maximum(lines.version, 0)]) & (lines.period_day != NONE)
    lower = np.zeros(len(of_use), np.int64)
    np.add.at(lower, lines.interval[~top], lines.litres[~top])
    entering = top & (lower[lines.interval] > 0)
    found[of_use[lines.interval[entering]]] = True
    return found


def _repriced(of_use: Column, bills: int, rated: Rated) -> Mask:
    """Bills of which one use was rated by more than one price version."""
    found = np.zeros(bills, np.bool_)
    interval, version = rated.lines.interval, rated.lines.version
    cut = (interval[1:] == interval[:-1]) & (version[1:] != version[:-1])
    found[of_use[interval[1:][cut]]] = True
    return found


def _top_price(tariffs: Tariffs) -> Column:
    """Price of the last tier, per version."""
    return np.array([version.ladder.tiers[-1].price_e4 for version in tariffs.versions], np.int64)
