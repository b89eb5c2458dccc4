"""What a run wrote is what the exact twin says, line by line: prices that change inside, households, lumps over tiers."""

import datetime as dt
from fractions import Fraction

from bench import databases, world
from gasworks.billing.tests.cities import METERS, start
from tests.rating import twin

ROWS = """
SELECT b.id, b.agreement_id, b.from_on, b.to_on, b.litres, b.left_litres, p.plan_id, coalesce(h.persons, 0),
       ARRAY(SELECT ARRAY[l.version_id, l.tier, l.litres, l.amount_fen] FROM billing_billline l WHERE l.bill_id = b.id
             ORDER BY l.seq)
FROM billing_bill b
JOIN usage_priceitem p ON p.supply_point_id = b.supply_point_id
JOIN usage_groupmember m ON m.supply_point_id = b.supply_point_id
LEFT JOIN usage_household h ON h.group_id = m.group_id
WHERE b.month = %s ORDER BY b.agreement_id
"""


def plan_of(*contents):
    """The twin's words for a plan whose later versions begin on ``world.CHANGE``."""
    begins = [dt.date(2020, 1, 1), world.CHANGE][: len(contents)]
    ends = [*begins[1:], None]
    return {
        "unit": 1000,
        "remainder": "largest",
        "versions": [
            {"from": begin, "to": end, "change": "by_day", "main": ladder_of(content), "seasons": [], "minimum": 0}
            for begin, end, content in zip(begins, ends, contents, strict=True)
        ],
    }


def ladder_of(content):
    ladder = content["ladder"]
    return {
        "tiers": [(t.get("upto_m3") and t["upto_m3"] * 1000, Fraction(t["price"])) for t in ladder["tiers"]],
        "period": {"kind": "year", "start": (1, 1), "boundary": "by_day", "parity": []},
        "basis": "period",
        "household": ("once", 4, [150_000, 150_000]),
        "first": "full",
        "code": 0,
    }


def test_every_line_of_a_run_is_the_twins(city):
    name = f"{city}_twin"
    databases.clone(city, name)
    try:
        assert start(name).wait(120) == 0
        with databases.connect(name) as owner:
            rows = owner.execute(ROWS, [world.MONTH]).fetchall()
    finally:
        databases.drop(name)
    used = sorted({row[6] for row in rows})
    assert len(used) == 12
    plans = {plan: plan_of(*world.contents_of(plan)) for plan in used}
    versions = {plan: world.version_ids(plan) for plan in used}
    intervals = [
        {
            "plan": plan,
            "from": begin,
            "to": end,
            "litres": litres,
            "persons": persons,
            "changes": [],
            "months": 1,
            "parity": 0,
            "cycle": dt.date(2026, 4, 1),
            "group": key,
            "opened": None,
            "member": key,
            "measure": 0,
        }
        for _bill, key, begin, end, litres, _left, plan, persons, _lines in rows
    ]
    answers = twin.rate(plans, intervals, {})
    assert len(rows) == METERS
    for row, answer in zip(rows, answers, strict=True):
        told = [[versions[row[6]][line[2]], line[5] + 1, line[6], line[7]] for line in answer["lines"]]
        assert (row[8], row[5]) == (told, answer["left"]), row
