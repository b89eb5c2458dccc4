# ruff: noqa: E501  a mutant is one line
"""Copies of the engine with one fault each: what a tired programmer could have written."""

import importlib
import pathlib
import sys
from types import SimpleNamespace

import gasworks.rating

HOME = pathlib.Path(gasworks.rating.__file__).parent
SHARED = {"types", "columns"}
"""Kept as they are, so that a mutant understands the cases and answers in the same words."""

MUTANTS = {
    "rounds down": ("amounts", " + AMOUNT_DIVISOR // 2)", ")"),
    "rounds up": ("amounts", "AMOUNT_DIVISOR // 2)", "AMOUNT_DIVISOR - 1)"),
    "rounds half to even": (
        "amounts",
        "(litres * price_e4 + AMOUNT_DIVISOR // 2) // AMOUNT_DIVISOR",
        "(litres * price_e4 + 49_999 + (litres * price_e4 // 100_000 & 1)) // 100_000",
    ),
    "the bound belongs to the tier above": ("ladder", "upper < reached", "upper <= reached"),
    "a tier begins one litre late": ("ladder", "np.maximum(used, bounds[:-1])", "np.maximum(used, bounds[:-1] + 1)"),
    "every tier costs the first price": ("lines", "tariffs.prices.shape[1] + gas.tier)", "tariffs.prices.shape[1])"),
    "pieces forget each other": ("kernel", "used[order.may_meet] += books", "used[order.may_meet] += 0 * books"),
    "tier-to-date is lost": ("kernel", "used = earlier.litres(key)", "used = 0 * key"),
    "tier-to-date of any ladder": ("ladder", "np.where(self._known[found] == key,", "np.where(self._known[found] >= 0,"),
    "the smaller remainder wins": ("slices", "remainder[first + 1] > ", "remainder[first + 1] < "),
    "of equal remainders the later wins": ("slices", "remainder[first + 1] > ", "remainder[first + 1] >= "),
    "of three remainders the smallest wins": ("slices", "-remainder[many]", "remainder[many]"),
    "remainders are lost": ("slices", "return share + extra", "return share"),
    "nobody is last": ("slices", "if last_gets_rest.any():", "if False:"),
    "slices weigh one day more": ("slices", "pieces.to_day[split] - pieces", "1 + pieces.to_day[split] - pieces"),
    "the closing day is used up": ("pieces", "intervals.to_day - 1)", "intervals.to_day)"),
    "the last day of a piece is its end": ("pieces", "pieces.from_day, pieces.to_day - 1\n", "pieces.from_day, pieces.to_day\n"),
    "a date begins the day after": ("timelines", '"right") - 1', '"left") - 1'),
    "closing reading on the day is too early": ("pieces", "switches.at(plan, end)", "switches.at(plan, end - 1)"),
    "a change by reading is forgotten": ("pieces", "np.maximum(opening, closing)", "opening"),
    "opening and closing reading are exchanged": ("pieces", "mode == BY_OPENING", "mode != BY_OPENING"),
    "cycles go by the reading": ("pieces", "intervals.cycle_day[row]", "intervals.to_day[row]"),
    "parity is ignored": ("pieces", "+ intervals.parity[some.row]", ""),
    "increments on the wrong bound": ("household", "zip(bounds, rule.litres,", "zip(bounds, rule.litres[::-1],"),
    "an increment per person though once": ("household", "min(extra, 1) if rule.once else extra", "extra"),
    "increments from one person earlier": ("household", "persons - rule.above", "persons - rule.above + 1"),
    "caps per head from one person later": ("household", "persons < rule.from_persons", "persons <= rule.from_persons"),
    "billing months are ignored": ("bounds", "intervals.billing_months[pieces.row[by_month]]", "np.ones(len(by_month), np.int64)"),
    "months of the period are ignored": ("tables", "if ladder.basis is Basis.MONTH else 1", "if False else 1"),
    "the first month is not counted": ("bounds", "_month(opened, begin), 0", "_month(opened, begin) - 1, 0"),
    "floor area and contract are ignored": ("bounds", "if tariffs.measured.any():", "if False:"),
    "measured bounds are rounded down": ("bounds", "* part + whole)", "* part)"),
    "first year is ignored": ("bounds", "if tariffs.first_by_months.any() or", "if False and"),
    "members climb in their own order": ("ladder", "intervals.member, intervals.to_day)", "intervals.member)"),
    "lines are not put together": ("lines", "if again.any():", "if False:"),
    "lines of three pieces are not put together": ("lines", "again[row[third]]", "again[row[third][:0]]"),
    "minimum charge once a cycle": ("lines", " * intervals.billing_months[some]", ""),
    "a minimum line of nothing": ("lines", "lacking > 0", "lacking >= 0"),
    "dated seasons are ignored": ("tables", "in calendar.dated}", "in ()}"),
    "season gas fills the season's period": ("movements", "(filling, pieces.toward, climbing)", "(filling, pieces.period, climbing)"),
    "season gas does not fill the main ladder": ("kernel", "climbing[both], order", "climbing[both] * (np.arange(len(both)) < len(order.may_meet)), order"),
    "the household changes a day late": ("pieces", "places = _place(changes.interval, changes.day)", "places = _place(changes.interval, changes.day + 1)"),
    "the household does not change": ("pieces", "np.where(changed, changes", "np.where(changed & False, changes"),
    "a change to the same size cuts": ("pieces", "changes.persons != earlier", "changes.persons >= 0"),
    "what is left counts from the period's start": ("ladder", "NOTHING, bound - reached)", "NOTHING, bound)"),
    "movements run across tier periods": ("movements", " | (period_day[1:] != period_day[:-1])", ""),
    "unused gas is not carried over": ("bounds", "carried = np.where(used < 0, 0, left)", "carried = 0 * left"),
    "gas used beyond is carried over, too": ("bounds", "left = np.maximum(np.where(endless, 0, width) + carried - used, 0)", "left = np.where(endless, 0, width) + carried - used"),
    "only the period before is carried over": ("kernel", "(late.period - first).max(initial=0)", "(late.period - first).clip(max=1).max(initial=0)"),
    "carried over from before the home": ("kernel", " & (tariffs.periods.end[period] > opened)", ""),
    "carried over from before the order": ("tables", "linked = periods.start[segment - 1] >= since and", "linked ="),
    "carried over by the present order alone": ("tables", "while number and any(lad.carry", "while False and any(lad.carry"),
    "carried over for ever": ("tables", "segment - carry.periods)", "segment - 99)"),
    "never lost": ("tables", "earlier < day_number(dt.date(year, *carry.lost_on)) <= later", "False"),
    "lost a period late": ("tables", "earlier < day_number(dt.date(year, *carry.lost_on)) <= later", "earlier <= day_number(dt.date(year, *carry.lost_on)) < later"),
    "carried over at a later place": ("ladder", "np.searchsorted(self._place, found * self._span + np.minimum(place, self._span))", "np.searchsorted(self._place, found * self._span + self._span)"),
    "the allowance is forgotten": ("kernel", "free[rows] = ladder.tier_volumes", "free[rows] = 0 * ladder.tier_volumes"),
    "the allowance begins anew with each piece": ("kernel", "earlier.litres(key) + books.before, litres[rows]", "0 * key, litres[rows]"),
    "allowed gas always fills the ladder": ("kernel", "np.where(tariffs.allowance_counts[pieces.version], free, 0)", "free"),
    "allowed gas never fills the ladder": ("kernel", "np.where(tariffs.allowance_counts[pieces.version], free, 0)", "0 * free"),
    "allowed gas is priced from the tier's start": ("kernel", "ladder.tier_volumes(used + counted, paid", "ladder.tier_volumes(used, paid"),
    "the allowance does not cut": ("pieces", "if (tariffs.allowance != NOTHING).any():", "if False:"),
    "allowed gas stands on the ladder twice": ("movements", "if len(apart):", "if False:"),
    "gas beside the ladder is not counted there": ("movements", "(apart, pieces.period, climbing)", "(apart[:0], pieces.period, climbing)"),
    "all gas is counted as allowed no more": ("movements", "pieces.free, litres)", "pieces.free, climbing)"),
    "a ceiling is ignored": ("tables", "PRICE_MAX if v.ceiling_e4 is None else v.ceiling_e4", "PRICE_MAX"),
    "whole volumes are priced by excess": ("ladder", "volumes[reached, rows] = litres[rows]", "volumes[before, rows] = litres[rows]"),
    "what was billed before stays": ("ladder", "moved = (reached != before) &", "moved = (reached < 0) &"),
    "what was billed before is billed once more": ("lines", "price - tariffs.prices[ladder, before]", "price"),
    "all days weigh the same": ("slices", "if tariffs.day_weights is not None:", "if False:"),
    "single days have their month's weight": ("tables", "weights[day_number(day)] = weight", "weights[day_number(day)] += 0"),
    "the weight of a day counts from the day after": ("tables", "np.cumsum(weights) - weights", "np.cumsum(weights)"),
    "days without weight get nothing": ("slices", "weight[heavy], whole[heavy]\n", "weight[heavy], whole[heavy]\n    days[some[~heavy]] = 0\n"),
    "a household by reading changes by day": ("pieces", "changes is not None and tariffs.household_mode.any()", "False"),
    "a household by closing reading is too early": ("pieces", "(changes.day <= decisive)", "(changes.day < decisive)"),
    "a household by opening reading goes by the closing one": ("pieces", "np.where(mode == BY_OPENING, intervals.from_day[changes.interval]", "np.where(mode == BY_OPENING, intervals.to_day[changes.interval]"),
    "a first year by days goes by months": ("bounds", "np.where(by_days, end - opened, months_left), np.where(by_days, end - begin, months)", "months_left, months"),
}  # fmt: skip


def build(name, folder):
    """A package under a name of its own with that fault planted; the place must be found exactly once."""
    module, right, wrong = MUTANTS[name]
    package = "mutant_" + "".join(c if c.isalnum() else "_" for c in name)
    home = folder / package
    home.mkdir()
    for path in HOME.glob("*.py"):
        text = path.read_text()
        if path.stem in SHARED | {"__init__"}:
            continue
        if path.stem == module:
            assert text.count(right) == 1, f"{name}: found {text.count(right)} times"
            text = text.replace(right, wrong)
        for other in HOME.glob("*.py"):
            if other.stem not in SHARED:
                text = text.replace(f"from gasworks.rating.{other.stem} ", f"from {package}.{other.stem} ")
        (home / path.name).write_text(
            text.replace("from gasworks.rating import ladder", f"from {package} import ladder")
        )
    (home / "__init__.py").write_text("")
    sys.path.insert(0, str(folder))
    try:
        kernel = importlib.import_module(f"{package}.kernel")
        tables = importlib.import_module(f"{package}.tables")
    finally:
        sys.path.remove(str(folder))
    return SimpleNamespace(rate=kernel.rate, compile_tariffs=tables.compile_tariffs)
