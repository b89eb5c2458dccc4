"""A measured world: N homes with meters, prices, households, two months of readings. Straight SQL by a superuser.

Mix of DESIGN: 30 % of intervals are cut by a price change, half of the groups have a household increment, 3 % used
nothing. The first month is billed by the product itself, so that the measured month stands on real history.
"""

import json
from pathlib import Path
from typing import Any

FIRST_MONTH, MONTH = 202603, 202604
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


def seed(owner: Any, meters: int) -> None:
    """Fill an empty, migrated database; ``owner`` is a superuser's connection, for history is not what is measured."""
    params = {"n": meters, "plan": json.dumps(PLAN), "dearer": json.dumps(DEARER)}
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
