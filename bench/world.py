"""A measured world: N homes with meters, prices, households, two months of readings. Straight SQL by a superuser.

Mix of DESIGN: 30 % of intervals are cut by a price change, half of the groups have a household increment, 3 % used
nothing. Homes are priced by the orders of six cities: those with a household increment by Shanghai's tiers, which the
frozen twin knows, the others by five published packs. The first month is billed by the product itself, so that the
measured month stands on real history.
"""

import datetime as dt
import json
from pathlib import Path
from typing import Any

FIRST_MONTH, MONTH = 202603, 202604
CHANGE = dt.date(2026, 4, 1)
"""The day on which prices rise for three homes of ten, inside the measured interval."""
OTHERS = ("chongqing", "guangzhou", "hangzhou", "wuhan", "xian")

PLAN = {
    "ladder": {
        "tiers": [{"upto_m3": 310, "price": "3.00"}, {"upto_m3": 520, "price": "3.30"}, {"price": "4.20"}],
        "period": {"kind": "year"},
        "household": {"above": 4, "m3": [150, 150], "once": True},
    }
}
DEARER = {
    "ladder": {
        **PLAN["ladder"],
        "tiers": [{"upto_m3": 310, "price": "3.20"}, {"upto_m3": 520, "price": "3.52"}, {"price": "4.48"}],
    }
}

SEED = (Path(__file__).parent / "world.sql").read_text(encoding="utf-8")
SEQUENCES = """
SELECT setval(pg_get_serial_sequence(quote_ident(table_name), 'id'), %(n)s + 100) FROM information_schema.columns
WHERE table_schema = 'public' AND column_name = 'id' AND is_identity = 'YES'
  AND table_name <> 'metering_reading'
  AND table_name ~ '^(customers|metering|usage|tariffs|foundation|ledger|receivables)_'
"""


def orders() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """(content, content from ``CHANGE`` on) of each city; city c has plan 2c + 1 without the change, 2c + 2 with it."""
    return [(PLAN, DEARER), *(_published(code) for code in OTHERS)]


def _published(code: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Tiers of a pack's newest order for homes, and the same 0.20 dearer."""
    from gasworks.tariffs.packs import price_plans, read_pack

    (plan,) = [plan for plan, _calendars in price_plans(read_pack(code)) if plan.code == f"{code}-home"]
    return _content(plan.versions[-1].ladder, 0), _content(plan.versions[-1].ladder, 2_000)


def _content(ladder: Any, more_e4: int) -> dict[str, Any]:
    tiers = [
        {
            **({} if tier.upto_litres is None else {"upto_m3": tier.upto_litres // 1000}),
            "price": f"{(tier.price_e4 + more_e4) // 10_000}.{(tier.price_e4 + more_e4) % 10_000:04d}",
        }
        for tier in ladder.tiers
    ]
    return {"ladder": {"tiers": tiers, "period": {"kind": "year"}}}


def plan_of_home(key: int) -> int:
    """As ``world.sql`` deals them out."""
    city = 0 if key % 2 else 1 + key // 10 % len(OTHERS)
    return 2 * city + (2 if key % 10 < 3 else 1)


def contents_of(plan: int) -> list[dict[str, Any]]:
    old, new = orders()[(plan - 1) // 2]
    return [old] if plan % 2 else [old, new]


def version_ids(plan: int) -> list[int]:
    first = 3 * ((plan - 1) // 2) + 1
    return [first] if plan % 2 else [first + 1, first + 2]


def seed(owner: Any, meters: int) -> None:
    """Fill an empty, migrated database; ``owner`` is a superuser's connection, for history is not what is measured."""
    params = {"n": meters, "plans": json.dumps(_plans()), "versions": json.dumps(_versions()), "cities": len(OTHERS)}
    with owner.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for statement in SEED.strip().split(";\n"):
            cursor.execute(statement, params)
        cursor.execute(SEQUENCES, params)
        cursor.execute("SET session_replication_role = origin")
    owner.commit()
    owner.autocommit = True
    owner.execute("VACUUM ANALYZE")
    owner.autocommit = False


def _plans() -> list[dict[str, Any]]:
    count = 2 * len(orders())
    return [{"id": plan, "code": f"home-{plan:02d}"} for plan in range(1, count + 1)]


def _versions() -> list[dict[str, Any]]:
    days = ["2020-01-01", CHANGE.isoformat(), None]
    rows = []
    for plan in range(1, 2 * len(orders()) + 1):
        contents = contents_of(plan)
        for number, (key, content) in enumerate(zip(version_ids(plan), contents, strict=True)):
            last = number == len(contents) - 1
            rows.append(
                {
                    "id": key,
                    "plan_id": plan,
                    "from_on": days[number],
                    "to_on": None if last else days[number + 1],
                    "content": content,
                }
            )
    return rows
