"""What a payer owes for a month's subsidised gas: each bill priced once more by the normal plan, and the difference.

Back-bills are bills like others: what the household was spared, by a free volume or a lower price, the payer owes. Where
the rule of a back-bill leaves the ladder out, it leaves the free volume out, and nothing is owed for that. What was
claimed before is taken off.
"""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from django.db import connection

from gasworks.billing.normal_price import normal_fen
from gasworks.billing.run.binary import read_columns, server_cursor
from gasworks.billing.run.columns import Column, distinct, place_of
from gasworks.billing.run.sheet import day_column
from gasworks.foundation.scope import Scope

_BILLS: Final = f"""
SELECT DISTINCT b.id, b.supply_point_id, g.group_id, b.litres, b.amount_fen, {day_column("b.from_on")}
  FROM usage_subsidyterms t
  JOIN usage_priceitem x ON x.plan_id = t.plan_id AND x.company_id = t.company_id
  JOIN customers_agreement a ON a.supply_point_id = x.supply_point_id AND a.company_id = x.company_id
  JOIN billing_bill b ON b.agreement_id = a.id
   AND b.month = %(month)s AND b.state = 2 AND b.kind <> 4
   AND t.from_on < b.to_on AND (t.to_on IS NULL OR t.to_on >= b.to_on)
  JOIN usage_movement m ON m.source = b.id AND m.source_kind = 1 AND m.live AND m.price_item_id = x.id
  JOIN usage_groupmember g ON g.supply_point_id = b.supply_point_id AND g.company_id = b.company_id
   AND g.from_on < b.to_on AND (g.to_on IS NULL OR g.to_on >= b.to_on)
 WHERE t.company_id = %(company)s AND t.payer_id = %(payer)s
UNION ALL
SELECT b.id, b.supply_point_id, g.group_id, b.litres, b.amount_fen, {day_column("b.from_on")}
  FROM billing_backbill k
  JOIN billing_bill b ON b.id = k.bill_id AND b.month = %(month)s AND b.state = 2
  JOIN billing_billline l ON l.bill_id = b.id AND l.seq = 1
  JOIN tariffs_planversion v ON v.id = l.version_id
  JOIN usage_subsidyterms t ON t.plan_id = v.plan_id AND t.company_id = k.company_id AND t.payer_id = %(payer)s
   AND t.from_on < b.to_on AND (t.to_on IS NULL OR t.to_on >= b.to_on)
  JOIN usage_groupmember g ON g.supply_point_id = b.supply_point_id AND g.company_id = b.company_id
   AND g.from_on < b.to_on AND (g.to_on IS NULL OR g.to_on >= b.to_on)
 WHERE k.company_id = %(company)s
 ORDER BY 1
"""
_CLAIMED: Final = """
SELECT l.bill_id, l.supply_point_id, sum(l.litres)::bigint, sum(l.normal_fen)::bigint, sum(l.billed_fen)::bigint,
       sum(l.amount_fen)::bigint
  FROM billing_claim c JOIN billing_claimline l ON l.claim_id = c.id AND l.company_id = c.company_id
 WHERE c.company_id = %(company)s AND c.payer_id = %(payer)s AND c.month = %(month)s
 GROUP BY l.bill_id, l.supply_point_id ORDER BY l.bill_id
"""
_PAYERS: Final = """
SELECT payer_id FROM usage_subsidyterms WHERE company_id = %(company)s
UNION SELECT payer_id FROM billing_claim WHERE company_id = %(company)s AND month = %(month)s ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a claim says of each bill, by bill, in columns: all of it for a bill that was never claimed, else the change.

    ``amount_fen`` is what is claimed now. A bill that is owed no more, because it was cancelled or billed again, has its
    litres and fen below zero, so that all lines of a month add up to what stands.
    """

    bill: Column
    supply_point: Column
    litres: Column
    normal_fen: Column
    billed_fen: Column
    amount_fen: Column

    def __len__(self) -> int:
        return len(self.bill)


def parts_of(*, scope: Scope, payer_id: int, month: int) -> Parts:
    """What is still to be claimed for the month, bill by bill; empty when all is claimed as it stands."""
    asked = {"company": scope.company_id, "month": month, "payer": payer_id}
    with server_cursor(connection) as cursor:
        bills = read_columns(cursor, _BILLS, asked, ("bill", "supply_point", "group", "litres", "billed_fen", "from"))
        normal = normal_fen(cursor, scope, bills, month)
        claimed = read_columns(cursor, _CLAIMED, asked, [one.name for one in fields(Parts)])
    owed = normal > bills["billed_fen"]
    known = {name: bills[name][owed] for name in ("bill", "supply_point", "litres", "billed_fen")}
    stands = Parts(**known, normal_fen=normal[owed], amount_fen=(normal - bills["billed_fen"])[owed])
    return _changes(stands, Parts(**claimed))


def payers_of(*, scope: Scope, month: int) -> list[int]:
    """Payers that may owe something for the month, or have a claim of it that may have to be put right."""
    with connection.cursor() as cursor:
        cursor.execute(_PAYERS, {"company": scope.company_id, "month": month})
        return [payer for (payer,) in cursor.fetchall()]


def _changes(stands: Parts, claimed: Parts) -> Parts:
    """What stands less what was claimed; bills that are claimed as they stand are left out."""
    bill = distinct(np.concatenate([stands.bill, claimed.bill]))
    columns = {field.name: np.zeros(len(bill), np.int64) for field in fields(Parts)}
    new, old = place_of(bill, stands.bill), place_of(bill, claimed.bill)
    for name in ("litres", "normal_fen", "billed_fen", "amount_fen"):
        columns[name][new] += getattr(stands, name)
        columns[name][old] -= getattr(claimed, name)
    columns["bill"] = bill
    columns["supply_point"][old], columns["supply_point"][new] = claimed.supply_point, stands.supply_point
    moved = columns["amount_fen"] != 0
    return Parts(**{name: values[moved] for name, values in columns.items()})
