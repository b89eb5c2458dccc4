"""The exact twin of the rating kernel: slow, standard library only, one billing unit after another.

It shares no code and no method with the kernel. The kernel reasons about pieces and bounds in whole columns; the twin
asks of every day of use which price, ladder and tier period hold, lays single billing units on those days, and lets
each climb the ladder alone. Money is a ``Fraction`` until a line is rounded.

Tariffs and intervals are plain dictionaries, so that nothing of the engine is needed to read them:

    plan      {versions: [version], unit: litres, remainder: "largest" | "last", profile: None | ([weight of a day in
               each month], {date: weight}), household_change}
    version   {from, to | None: dates, change, main: ladder, seasons: [{days: [(from, to)], boundary, months, ladder,
               toward_main}],
               minimum: fen, allowance: None | (ladder, toward_main), ceiling: None | Fraction of yuan per m³}
    ladder    {tiers: [(bound litres | None, price Fraction of yuan per m³)], period: None | {kind, start: (month, day),
               boundary, parity: [months]}, basis, household: None | (kind, persons, [litres]), first: "full" |
               "months_left" | "days_left", code, carry: None | (periods, (month, day) | None), whole}

What a plan, a version or a ladder does not have may be left out from ``profile``, ``allowance`` and ``carry`` on.
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
    lines, movements, moved = {}, [], []
    position, bounds = 0, [None]
    for (begin, end, facts), count in zip(runs, units, strict=True):
        ladder, period = facts["ladder"], facts["period"]
        bounds = _carried(_bounds(plan, interval, facts), facts, interval, booked)
        key = (interval["group"], ladder["code"], period)
        opening = position = 0 if period is None else booked.get(key, 0)
        volume, free, counts, room_of_free = count * plan["unit"], 0, True, 0
        if facts["free"]:
            room_of_free, counts, taken = _allowance(plan, interval, facts, booked)
            free = min(room_of_free, volume)
            _lay(lines, facts, "free", 0, free, begin, end)
            booked[taken] = booked.get(taken, 0) + volume
        climbing = volume if counts else volume - free
        if counts:
            position += free
        if ladder.get("whole"):
            position = _climb_whole(lines, moved, facts, bounds, position, volume - free, begin, end)
        else:
            position = _climb(lines, facts, bounds, position, volume - free, plan["unit"], begin, end)
        assert position == opening + climbing
        if period is not None:
            booked[key] = position
        covers = None if facts["free"] and not counts else period
        apart = facts["free"] and not counts and period is not None
        movements.append([begin, end, 0 if apart else ladder["code"], covers, volume, 0])
        if apart:
            movements.append([begin, end, ladder["code"], period, climbing, 1])
        if facts["toward"]:
            further = (interval["group"], *facts["toward"])
            booked[further] = booked.get(further, 0) + climbing
            movements.append([begin, end, *facts["toward"], climbing, 2])
        if facts["free"]:
            movements.append([begin, end, *facts["free"], volume, 3])
    done = [_line(name, line) for name, line in lines.items()]
    done.sort(key=lambda line: (line[0], line[-1], line[5]))
    done = [line[:-1] for line in done] + moved
    amount = sum(line[7] for line in done)
    least = runs[-1][2]["version_data"]["minimum"] * interval["months"]
    if least and amount < least:
        done.append((interval["from"], interval["to"], runs[-1][2]["version"], 0, None, -1, 0, least - amount))
        amount = least
    tier = _tier_reached(position, bounds)
    left = -1 if bounds[tier] is None else bounds[tier] - position
    return {"lines": done, "movements": _joined(movements), "amount": amount, "tier": tier, "left": left}


def _climb(lines, facts, bounds, position, litres, unit, begin, end):
    """One billing unit after another; one that straddles a bound is split there. Returns the new position."""
    while litres:
        rest = min(unit, litres)
        litres -= rest
        while rest:
            tier = _tier_of_next(position, bounds)
            room = rest if bounds[tier] is None else min(rest, bounds[tier] - position)
            _lay(lines, facts, "price", tier, room, begin, end)
            position += room
            rest -= room
    return position


def _climb_whole(lines, moved, facts, bounds, position, litres, begin, end):
    """All of the period costs the tier reached; what was billed at another tier before is billed anew."""
    before, now = _tier_reached(position, bounds), _tier_reached(position + litres, bounds)
    _lay(lines, facts, "price", now, litres, begin, end)
    if position and before != now:
        ceiling = facts["version_data"].get("ceiling")
        old, new = (_price(facts["ladder"], tier, ceiling) for tier in (before, now))
        fen = _half_up(Fraction(position, 1000) * (new - old) * 100)
        moved.append((begin, end, facts["version"], facts["ladder"]["code"], facts["period"], now, 0, fen))
    return position + litres


def _lay(lines, facts, kind, tier, litres, begin, end):
    if not litres:
        return
    if kind == "free":
        ladder, period, place = facts["version_data"]["allowance"][0], facts["free"][1], (facts["version"], 99)
    else:
        ladder, period, place = facts["ladder"], facts["period"], facts["ladder_at"]
    more = {"from": begin, "to": end, "litres": 0, "facts": facts, "ladder": ladder}
    line = lines.setdefault((place, period, tier), more)
    line["litres"] += litres
    line["from"], line["to"] = min(line["from"], begin), max(line["to"], end)


def _allowance(plan, interval, facts, booked):
    """(litres of it that are left, whether they fill the main ladder, the key they are counted under)."""
    ladder, counts = facts["version_data"]["allowance"]
    own = facts | {"ladder": ladder, "period": facts["free"][1], "period_end": facts["free_end"], "season": None}
    bound = _carried(_bounds(plan, interval, own), own, interval, booked)[0]
    key = (interval["group"], *facts["free"])
    return max(bound - booked.get(key, 0), 0), counts, key


def _price(ladder, tier, ceiling):
    price = ladder["tiers"][tier][1]
    return price if ceiling is None else min(price, ceiling)


def _half_up(fen):
    whole, rest = divmod(fen, 1)
    return int(whole) + (rest >= Fraction(1, 2))


def _line(name, line):
    place, period, tier = name
    facts = line["facts"]
    fen = _half_up(
        Fraction(line["litres"], 1000) * _price(line["ladder"], tier, facts["version_data"].get("ceiling")) * 100
    )
    return line["from"], line["to"], facts["version"], line["ladder"]["code"], period, tier, line["litres"], fen, place


def _joined(movements):
    """Neighbouring bookings of one ladder and period become one."""
    out = []
    for counted in (0, 1, 2, 3):
        last = None
        for begin, end, code, period, volume, counts in movements:
            if counts != counted:
                continue
            if last and last[2:4] == [code, period] and last[1] == begin:
                last[1], last[4] = end, last[4] + volume
                continue
            last = [begin, end, code, period, volume, min(counts, 1)]
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
        "free": _free(version, interval, day),
        "free_end": version.get("allowance") and _period_end(version["allowance"][0], None, interval, day),
        "carried_since": _carried_since(plan, number),
        "persons": _persons_on(plan, interval, day),
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


def _free(version, interval, day):
    """(code, period) of the allowance."""
    if not version.get("allowance"):
        return None
    ladder = version["allowance"][0]
    return ladder["code"], _period_on(ladder, None, interval, day)


def _carried_since(plan, number):
    """{ladder code: first day of the unbroken run of orders up to this one that carry over on it}."""
    since = {}
    for code in _carrying(plan["versions"][number]):
        first = number
        while first and code in _carrying(plan["versions"][first - 1]):
            first -= 1
        since[code] = plan["versions"][first]["from"]
    return since


def _carrying(version):
    ladders = [version["main"], *(season["ladder"] for season in version["seasons"])]
    if version.get("allowance"):
        ladders.append(version["allowance"][0])
    return {ladder["code"] for ladder in ladders if ladder.get("carry")}


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


def _persons_on(plan, interval, day):
    day = _decisive(plan.get("household_change", "by_day"), interval, day)
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
    names = ("version", "ladder_at", "period", "toward", "free", "persons")
    return all(one[name] == other[name] for name in names)


def _units_per_run(plan, interval, runs):
    """Give each run its exact share rounded down, then hand out what is left, one unit at a time."""
    units = interval["litres"] // plan["unit"]
    weights = [_weight(plan, begin, end) for begin, end, _ in runs]
    if not sum(weights):
        weights = [(end - begin).days for begin, end, _ in runs]
    exact = [Fraction(units * weight, sum(weights)) for weight in weights]
    given = [int(share) for share in exact]
    if plan["remainder"] == "last":
        given[-1] += units - sum(given)
        return given
    while sum(given) < units:
        # After one unit more a run's claim is below zero, so nobody gets two.
        neediest = max(range(len(runs)), key=lambda i: (exact[i] - given[i], -i))
        given[neediest] += 1
    return given


def _weight(plan, begin, end):
    if not plan.get("profile"):
        return (end - begin).days
    by_month, dated = plan["profile"]
    days = [begin + DAY * n for n in range((end - begin).days)]
    return sum(dated.get(day, by_month[day.month - 1]) for day in days)


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
    if ladder["first"] != "full":
        bounds = [_first_year(bound, plan, interval, facts) for bound in bounds]
    return [*bounds, None]


def _carried(widths, facts, interval, booked):
    """Each bound and what was left below it in earlier periods, asked back one period after another."""
    ladder, carry = facts["ladder"], facts["ladder"].get("carry")
    if not carry:
        return widths
    key = (interval["group"], ladder["code"])
    since = facts["carried_since"][ladder["code"]]
    return [
        width and width + _left_over(width, facts["period"], *carry, ladder, since, key, interval, booked)
        for width in widths
    ]


def _left_over(width, begin, periods, lost_on, ladder, since, key, interval, booked):
    """What the periods before the one that begins on ``begin`` hand on to it, at most ``periods`` of them."""
    earlier = begin
    for _ in range(STEPS[ladder["period"]["kind"]]):
        earlier = (earlier.replace(day=1) - DAY).replace(day=begin.day)
    lost = lost_on and any(
        (earlier + DAY * n).timetuple()[1:3] == lost_on for n in range(1, (begin - earlier).days + 1)
    )
    opened = interval["opened"] or dt.date.min
    if not periods or lost or earlier < since or begin <= opened:
        return 0
    had = width + _left_over(width, earlier, periods - 1, lost_on, ladder, since, key, interval, booked)
    return max(had - booked.get((*key, earlier), 0), 0)


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
    if facts["ladder"]["first"] == "days_left":
        return _to_units(Fraction(bound * (end - opened).days, (end - begin).days), plan)
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


# --- several prices on one meter --------------------------------------------------------------------------------------


def share(items, meters):
    """{(meter, item): litres} for one supply point, one billing unit after another.

    ``items`` [(kind, amount, unit)] in their order, kind "rest" | "quota" (litres of the cycle) | "ratio" (Fraction);
    ``meters`` [litres].
    """
    unit = max(each for _, _, each in items)
    parts = {(m, i): 0 for m in range(len(meters)) for i in range(len(items))}
    left, after_quotas = list(meters), list(meters)
    for i, (kind, amount, _) in sorted(enumerate(items), key=lambda item: (item[1][0] == "rest", item[0])):
        room = amount
        for m in range(len(meters)):
            wish = after_quotas[m] * amount if kind == "ratio" else room
            while kind != "rest" and wish >= unit and left[m] >= unit:
                left[m], parts[m, i], wish = left[m] - unit, parts[m, i] + unit, wish - unit
            if kind == "rest":
                left[m], parts[m, i] = 0, left[m]
            if kind == "quota":
                room -= parts[m, i]
                after_quotas[m] -= parts[m, i]
    return parts


# --- large users ------------------------------------------------------------------------------------------------------


def settle(contract, taken, paid):
    """(short, its fen, beyond, its fen, made up, its fen, {paid lot: litres left}), one billing unit after another.

    ``contract`` {volume, least, most | None: Fractions of it, short, extra: Fractions of yuan per m³, unit};
    ``paid`` [(litres, Fraction of yuan per m³)] the oldest first.
    """
    least = _to_units(contract["volume"] * contract["least"], contract)
    most = None if contract["most"] is None else _to_units(contract["volume"] * contract["most"], contract)
    left = [litres for litres, _ in paid]
    short = beyond = 0
    for position in range(taken, least):
        short += position < least
    for position in range(taken):
        beyond += most is not None and position >= most
        lot = next((n for n, litres in enumerate(left) if litres), None)
        if position >= least and lot is not None:
            left[lot] -= 1
    made_up = sum(
        _half_up(Fraction(had - now, 1000) * price * 100) for (had, price), now in zip(paid, left, strict=True)
    )
    return (
        short,
        _half_up(Fraction(short, 1000) * contract["short"] * 100),
        beyond,
        _half_up(Fraction(beyond, 1000) * contract["extra"] * 100),
        sum(litres for litres, _ in paid) - sum(left),
        made_up,
        left,
    )
