"""Kernel answers written like the twin's, so that the two can be compared line by line."""

import datetime as dt

from gasworks import rating
from gasworks.rating.columns import EPOCH
from tests.rating import twin
from tests.rating.shapes import CALENDARS, PROFILES


def _date(day):
    return dt.date.fromordinal(int(day) + EPOCH)


def _period(day):
    return None if day < 0 else _date(day)


def by_kernel(case, engine=rating):
    """``engine`` is the rating package, or a copy of it with one fault in it."""
    tariffs = engine.compile_tariffs(case.plans, CALENDARS.values(), PROFILES.values())
    rated = engine.rate(case.columns, tariffs, to_date=case.sparse_to_date, changes=case.changes)
    first = {plan: sum(len(p.versions) for p in case.plans[:plan]) for plan in range(len(case.plans))}
    answers = [
        {"lines": [], "movements": [], "amount": int(amount), "tier": int(tier), "left": int(left)}
        for amount, tier, left in zip(rated.amount_fen, rated.tier, rated.left_litres, strict=True)
    ]
    lines = rated.lines
    for n, i in enumerate(lines.interval):
        version = int(lines.version[n]) - first[case.intervals[i]["plan"]]
        tier, price = int(lines.tier[n]), int(lines.price_e4[n])
        assert tier < 0 or price in _prices(tariffs.versions[lines.version[n]])
        answers[i]["lines"].append(
            (
                _date(lines.from_day[n]),
                _date(lines.to_day[n]),
                version,
                int(lines.code[n]),
                _period(lines.period_day[n]),
                tier,
                int(lines.litres[n]),
                int(lines.amount_fen[n]),
            )
        )
    moves = rated.movements
    for n, i in enumerate(moves.interval):
        assert moves.group[n] == case.intervals[i]["group"]
        answers[i]["movements"].append(
            (
                _date(moves.from_day[n]),
                _date(moves.to_day[n]),
                int(moves.code[n]),
                _period(moves.period_day[n]),
                int(moves.litres[n]),
                int(moves.counts_only[n]),
            )
        )
    return answers


def _prices(version):
    ladders = [version.ladder, *(season.ladder for season in version.seasonal)]
    ladders += [version.allowance.ladder] if version.allowance else []
    ceiling = 10**9 if version.ceiling_e4 is None else version.ceiling_e4
    return {min(tier.price_e4, ceiling) for ladder in ladders for tier in ladder.tiers}


def by_twin(case):
    return twin.rate(case.twin_plans, list(case.intervals), case.to_date)
