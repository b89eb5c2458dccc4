"""The exact twin of the rating kernel: slow, standard library only, one billing unit after another.

It shares no code and no method with the kernel. The kernel reasons about pieces and bounds in whole columns; the twin
asks of every day of use which price, ladder and tier period hold, lays single billing units on those days, and lets
each climb the ladder alone. Money is a ``Fraction`` until a line is rounded.

Tariffs and intervals are plain dictionaries, so that nothing of the engine is needed to read them:

    plan      {versions: [version], unit: litres, remainder: "largest" | "last"}
    version   {from, to | None: dates, change, main: ladder, seasons: [{days: [(from, to)], boundary, months, ladder,
               toward_main}],
               minimum: fen}
    ladder    {tiers: [(bound litres | None, price Fraction of yuan per m³)], period: None | {kind, start: (month, day),
               boundary, parity: [months]}, basis, household: None | (kind, persons, [litres]), first: "full" |
               "months_left", code}
    interval  {plan, from, to: dates, litres, persons, changes: [(date, persons)], months, parity, cycle: date,
               group, opened: date | None, member, measure}

``rate`` answers [{lines, movements, amount, tier, left}] in the order of the intervals. A line is (from, to, version
number, code, period date | None, tier, litres, fen).
"""

import datetime as dt
from fractions import Fraction

DAY = dt.timedelta(days=1)
STEPS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


def rate(plans, intervals, to_date):
    """``to_date``: {(group, code, period date): litres} from earlier bills."""
    booked = dict(to_date)
    answers = [None] * len(intervals)
    order = sorted(range(len(intervals)), key=lambda i: _turn(intervals[i]))
    for i in order:
        answers[i] = _rate_one(plans[intervals[i]["plan"]], intervals[i], booked)
    return answers


def _turn(interval):
    return interval["to"], interval["member"], interval["from"]


def _rate_one(plan, interval, booked):
    days = _days(plan, interval)
    runs = _runs(days)
    units = _units_per_run(plan, interval, runs)
    lines, movements = {}, []
    position, bounds = 0, [None]
    for (begin, end, facts), count in zip(runs, units, strict=True):
        version, ladder, period = facts["version"], facts["ladder"], facts["period"]
        bounds = _bounds(plan, interval, facts)
        key = (interval["group"], ladder["code"], period)
        position = 0 if period is None else booked.get(key, 0)
        for _ in range(count):
            # A unit may straddle a bound that is no whole number of units: then it is split there.
            rest = plan["unit"]
            while rest:
                tier = _tier_of_next(position, bounds)
                room = rest if bounds[tier] is None else min(rest, bounds[tier] - position)
                name = (facts["ladder_at"], period, tier)
                line = lines.setdefault(
                    name, {"from": begin, "to": end, "litres": 0, "version": version, "ladder": ladder}
                )
                line["litres"] += room
                line["from"], line["to"] = min(line["from"], begin), max(line["to"], end)
                position += room
                rest -= room
        volume = count * plan["unit"]
        if period is not None:
            booked[key] = position
        movements.append([begin, end, ladder["code"], period, volume, 0])
        if facts["toward"]:
            further = (interval["group"], *facts["toward"])
            booked[further] = booked.get(further, 0) + volume
            movements.append([begin, end, *facts["toward"], volume, 1])
    done = [_line(name, line, plan) for name, line in lines.items()]
    done.sort(key=lambda line: (line[0], line[-1], line[5]))
    done = [line[:-1] for line in done]
    amount = sum(line[7] for line in done)
    least = runs[-1][2]["version_data"]["minimum"] * interval["months"]
    if amount < least:
        done.append((interval["from"], interval["to"], runs[-1][2]["version"], 0, None, -1, 0, least - amount))
        amount = least
    tier = _tier_reached(position, bounds)
    left = -1 if bounds[tier] is None else bounds[tier] - position
    return {"lines": done, "movements": _joined(movements), "amount": amount, "tier": tier, "left": left}


def _line(name, line, plan):
    ladder_at, period, tier = name
    price = line["ladder"]["tiers"][tier][1]
    fen = Fraction(line["litres"], 1000) * price * 100
    whole, rest = divmod(fen, 1)
    if rest >= Fraction(1, 2):
        whole += 1
    code = line["ladder"]["code"]
    return line["from"], line["to"], line["version"], code, period, tier, line["litres"], int(whole), ladder_at


def _joined(movements):
    """Neighbouring bookings of one ladder and period become one."""
    out = []
    for counted in (0, 1):
        last = None
        for begin, end, code, period, volume, counts in movements:
            if counts != counted:
                continue
            if last and last[2:4] == [code, period] and last[1] == begin:
                last[1], last[4] = end, last[4] + volume
                continue
            last = [begin, end, code, period, volume, counts]
            out.append(last)
    return [tuple(movement) for movement in out]


# --- what holds on a day -------------------------------------------------------------------------------------------


def _days(plan, interval):
    day, out = interval["from"], []
    while day < interval["to"]:
        out.append((day, _facts(plan, interval, day)))
        day += DAY
    return out


def _facts(plan, interval, day):
    number, version = _version_on(plan, interval, day)
    place, season, ladder = _ladder_on(version, interval, day)
    return {
        "version": number,
        "version_data": version,
        "ladder": ladder,
        "ladder_at": (number, place),
        "season": season,
        "period": _period_on(ladder, season, interval, day),
        "toward": _toward(version, season, interval, day),
        "period_end": _period_end(ladder, season, interval, day),
        "persons": _persons_on(interval, day),
    }


def _version_on(plan, interval, day):
    """Walk the changes in order of time; each takes the gas of this day or leaves it.

    By day: gas used from the date on. By opening reading: if the interval opened on the date or later. By closing
    reading: if the stretch of gas that no change by day has cut off was closed on the date or later.
    """
    by_day = [v["from"] for v in plan["versions"] if v["change"] == "by_day"]
    last = plan["versions"][-1]["to"]
    if last:
        by_day.append(last)
    cuts = [d for d in by_day if interval["from"] < d < interval["to"]]
    opened = max([interval["from"], *[d for d in cuts if d <= day]])
    closed = min([interval["to"], *[d for d in cuts if d > day]])
    held = None
    for number, version in enumerate(plan["versions"]):
        decisive = {"by_day": day, "by_opening_reading": opened, "by_closing_reading": closed}[version["change"]]
        if version["from"] <= decisive:
            held = number
    return held, plan["versions"][held]


def _ladder_on(version, interval, day):
    for place, season in enumerate(version["seasons"], start=1):
        decisive = _decisive(season["boundary"], interval, day)
        for begin, end in season["days"]:
            if begin <= decisive < end:
                return place, (season, begin), season["ladder"]
    return 0, None, version["main"]


def _toward(version, season, interval, day):
    """(code, period) of the main ladder when season gas also fills it."""
    if season is None or not season[0]["toward_main"]:
        return None
    return version["main"]["code"], _period_on(version["main"], None, interval, day)


def _decisive(boundary, interval, day):
    return {
        "by_day": day,
        "by_opening_reading": interval["from"],
        "by_closing_reading": interval["to"],
        "by_cycles": interval["cycle"],
    }[boundary]


def _period_on(ladder, season, interval, day):
    """First day of the tier period that this day's gas counts in."""
    period = ladder["period"]
    if period is None:
        return None
    if period["kind"] == "season":
        return season[1]
    if period["kind"] == "cycle":
        return interval["cycle"].replace(day=1)
    month, first = period["start"]
    if period["parity"]:
        month, first = period["parity"][interval["parity"]], 1
    return _step_back(_decisive(period["boundary"], interval, day), month, first, STEPS[period["kind"]])


def _step_back(day, month, first, step):
    """The latest day that is ``first`` of a month that many steps from ``month``."""
    while True:
        if day.day == first and (day.month - month) % step == 0:
            return day
        day -= DAY


def _period_end(ladder, season, interval, day):
    period = ladder["period"]
    begin = _period_on(ladder, season, interval, day)
    if period is None or period["kind"] in ("cycle", "season"):
        return None
    for _ in range(STEPS[period["kind"]]):
        begin = (begin.replace(day=1) + 31 * DAY).replace(day=begin.day)
    return begin


def _persons_on(interval, day):
    persons = interval["persons"]
    for since, size in sorted(interval["changes"]):
        if since <= day:
            persons = size
    return persons


# --- volume ----------------------------------------------------------------------------------------------------------


def _runs(days):
    """Stretches of days on which everything is the same."""
    runs = []
    for day, facts in days:
        if runs and _same(runs[-1][2], facts):
            runs[-1][1] = day + DAY
        else:
            runs.append([day, day + DAY, facts])
    return runs


def _same(one, other):
    names = ("version", "ladder_at", "period", "toward", "persons")
    return all(one[name] == other[name] for name in names)


def _units_per_run(plan, interval, runs):
    """Give each run its exact share rounded down, then hand out what is left, one unit at a time."""
    units = interval["litres"] // plan["unit"]
    days = (interval["to"] - interval["from"]).days
    exact = [Fraction(units * (end - begin).days, days) for begin, end, _ in runs]
    given = [int(share) for share in exact]
    if plan["remainder"] == "last":
        given[-1] += units - sum(given)
        return given
    while sum(given) < units:
        # After one unit more a run's claim is below zero, so nobody gets two.
        neediest = max(range(len(runs)), key=lambda i: (exact[i] - given[i], -i))
        given[neediest] += 1
    return given


# --- tiers -----------------------------------------------------------------------------------------------------------


def _bounds(plan, interval, facts):
    ladder, persons = facts["ladder"], facts["persons"]
    bounds = [bound for bound, _ in ladder["tiers"][:-1]]
    if ladder["household"]:
        kind, size, litres = ladder["household"]
        if kind == "each":
            for _ in range(size, persons):
                bounds = [b + more for b, more in zip(bounds, litres, strict=True)]
        elif kind == "once" and persons > size:
            bounds = [b + more for b, more in zip(bounds, litres, strict=True)]
        elif kind == "per_head" and persons >= size:
            bounds = [persons * each for each in litres]
    bounds = [bound * _times(ladder, interval, facts) for bound in bounds]
    if ladder["basis"] in ("floor_area", "contract"):
        share = Fraction(interval["measure"], 100 if ladder["basis"] == "floor_area" else 1000)
        bounds = [_to_units(bound * share, plan) for bound in bounds]
    if ladder["first"] == "months_left":
        bounds = [_first_year(bound, plan, interval, facts) for bound in bounds]
    return [*bounds, None]


def _times(ladder, interval, facts):
    if ladder["basis"] == "billing_month":
        return interval["months"]
    if ladder["basis"] == "month":
        return facts["season"][0]["months"] if ladder["period"]["kind"] == "season" else STEPS[ladder["period"]["kind"]]
    return 1


def _first_year(bound, plan, interval, facts):
    begin, end, opened = facts["period"], facts["period_end"], interval["opened"]
    if opened is None or end is None or not begin < opened < end:
        return bound
    months = STEPS[facts["ladder"]["period"]["kind"]]
    left, month = 0, begin
    while month < end:
        following = (month.replace(day=1) + 31 * DAY).replace(day=month.day)
        left += following > opened
        month = following
    return _to_units(Fraction(bound * left, months), plan)


def _to_units(litres, plan):
    """Half up to whole billing units."""
    return int(litres / plan["unit"] + Fraction(1, 2)) * plan["unit"]


def _tier_of_next(position, bounds):
    """Tier of the next drop of gas: the first whose bound is not yet reached."""
    for tier, bound in enumerate(bounds):
        if bound is None or position < bound:
            return tier
    raise AssertionError("the last tier has no bound")


def _tier_reached(position, bounds):
    """Tier of the last drop: on the bound one is still in the tier below it."""
    for tier, bound in enumerate(bounds):
        if bound is None or position <= bound:
            return tier
    raise AssertionError("the last tier has no bound")
