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
    "the bound belongs to the tier above": ("ladder", "(bounds < reached", "(bounds <= reached"),
    "a tier begins one litre late": ("ladder", "bounds[:, :-1], out", "bounds[:, :-1] + 1, out"),
    "every tier costs the first price": ("lines", "tariffs.prices[ladder, tier]", "tariffs.prices[ladder, tier * 0]"),
    "pieces forget each other": ("kernel", "used[meet] += before", "used[meet] += 0 * before"),
    "tier-to-date is lost": ("kernel", "used = ladder.booked_earlier(key, to_date)", "used = 0 * key"),
    "tier-to-date of any ladder": ("ladder", "np.where(known[found] == key,", "np.where(known[found] >= 0,"),
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
    "cycles go by the reading": ("pieces", "intervals.cycle_day[pieces.row]", "intervals.to_day[pieces.row]"),
    "parity is ignored": ("pieces", "+ intervals.parity[pieces.row]", ""),
    "increments on the wrong bound": ("household", "zip(bounds, rule.litres,", "zip(bounds, rule.litres[::-1],"),
    "an increment per person though once": ("household", "min(extra, 1) if rule.once else extra", "extra"),
    "increments from one person earlier": ("household", "persons - rule.above", "persons - rule.above + 1"),
    "caps per head from one person later": ("household", "persons < rule.from_persons", "persons <= rule.from_persons"),
    "billing months are ignored": ("ladder", "intervals.billing_months[pieces.row[by_month]]", "np.ones(len(by_month), np.int64)"),
    "months of the period are ignored": ("tables", "if ladder.basis is Basis.MONTH else 1", "if False else 1"),
    "the first month is not counted": ("ladder", "_month(opened[rows], begin[rows]), 0", "_month(opened[rows], begin[rows]) - 1, 0"),
    "floor area and contract are ignored": ("ladder", "if tariffs.measured.any():", "if False:"),
    "measured bounds are rounded down": ("ladder", "* part[:, None] + whole)", "* part[:, None])"),
    "first year is ignored": ("ladder", "if tariffs.first_by_months.any():", "if False:"),
    "members climb in their own order": ("ladder", "intervals.member, intervals.to_day)", "intervals.member)"),
    "lines are not put together": ("lines", "if len(again):", "if False:"),
    "lines of three pieces are not put together": ("lines", "row[2:][three]", "row[2:][three][:0]"),
    "minimum charge once a cycle": ("lines", " * intervals.billing_months - ", " - "),
    "a minimum line of nothing": ("lines", "lacking > 0", "lacking >= 0"),
    "dated seasons are ignored": ("tables", "in calendar.dated}", "in ()}"),
    "season gas fills the season's period": ("pieces", "main == NOTHING, pieces.ladder, main)", "main == NOTHING, pieces.ladder, pieces.ladder)"),
    "season gas does not fill the main ladder": ("kernel", "litres[both], place", "litres[both] * (np.arange(len(both)) < len(meet)), place"),
    "the household changes a day late": ("pieces", "places = _place(changes.interval, changes.day)", "places = _place(changes.interval, changes.day + 1)"),
    "the household does not change": ("pieces", "np.where(changed, changes", "np.where(changed & False, changes"),
    "a change to the same size cuts": ("pieces", "changes.persons != earlier", "changes.persons >= 0"),
    "what is left counts from the period's start": ("ladder", "NOTHING, bound - reached)", "NOTHING, bound)"),
    "movements run across tier periods": ("movements", " | (period_day[1:] != period_day[:-1])", ""),
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
