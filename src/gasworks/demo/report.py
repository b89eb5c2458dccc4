"""What stands in the database after the city was built: the figures of ``./run demo --once``."""

from typing import Any

from django.db import connection

from gasworks.foundation.invariants import Finding, check_all

# Issued bills and taken payments only; what was cancelled or reversed has an equal counterpart and counts for nothing.
FIGURES = """
SELECT (SELECT count(*) FROM customers_supplypoint),
       (SELECT count(*) FROM metering_meter),
       (SELECT count(*) FROM billing_bill WHERE state = 2),
       (SELECT coalesce(sum(amount_fen), 0) FROM billing_bill WHERE state = 2),
       (SELECT count(*) FROM payments_payment WHERE state = 1),
       (SELECT coalesce(sum(amount_fen), 0) FROM payments_payment WHERE state = 1)
"""
# Each posting as a line of what it says, without the identities of rows: the lines' hashes are added up, so that their
# order does not matter and nothing has to be sorted.
LEDGER = """
SELECT sum(hashtextextended(concat_ws('|', e.posting_day, o.code, e.kind, e.at AT TIME ZONE 'UTC', d.code,
                                      coalesce(dp.number, ds.username, dc.code), c.code,
                                      coalesce(cp.number, cs.username, cc.code), p.amount_fen), 0)::numeric)
  FROM ledger_entry e
  JOIN foundation_orgunit o ON o.id = e.outlet_id
  JOIN ledger_posting p ON p.entry_id = e.id
  JOIN ledger_glaccount d ON d.id = p.debit_gl_id
  JOIN ledger_glaccount c ON c.id = p.credit_gl_id
  LEFT JOIN customers_agreement da ON d.party_kind = 'agreement' AND da.id = p.debit_party
  LEFT JOIN customers_supplypoint dp ON dp.id = da.supply_point_id
  LEFT JOIN payments_shift dh ON d.party_kind = 'shift' AND dh.id = p.debit_party
  LEFT JOIN foundation_staff ds ON ds.id = dh.cashier_id
  LEFT JOIN payments_channel dc ON d.party_kind = 'channel' AND dc.id = p.debit_party
  LEFT JOIN customers_agreement ca ON c.party_kind = 'agreement' AND ca.id = p.credit_party
  LEFT JOIN customers_supplypoint cp ON cp.id = ca.supply_point_id
  LEFT JOIN payments_shift ch ON c.party_kind = 'shift' AND ch.id = p.credit_party
  LEFT JOIN foundation_staff cs ON cs.id = ch.cashier_id
  LEFT JOIN payments_channel cc ON c.party_kind = 'channel' AND cc.id = p.credit_party
"""
HANDS = 2
"""Sessions that ask the invariants side by side."""
NAMES = ("accounts", "meters", "bills", "bill_fen", "payments", "paid_fen")


def city_report() -> tuple[dict[str, Any], list[Finding]]:
    """The figures as one flat object, and the invariants that do not hold."""
    with connection.cursor() as cursor:
        cursor.execute(FIGURES)
        figures: dict[str, Any] = {name: int(value) for name, value in zip(NAMES, cursor.fetchone(), strict=True)}
    figures["ledger"] = ledger_hash()
    findings = check_all(hands=HANDS)
    broken = [one for one in findings if not one.holds]
    figures["ledger_balanced"] = not any(one.code.startswith(("LED-", "RCV-")) for one in broken)
    figures["invariants"] = "ok" if not broken else ",".join(one.code for one in broken)
    return figures, broken


def ledger_hash() -> str:
    """One seed has one hash, however many processes built the city: sixteen hexadecimal digits over every posting."""
    with connection.cursor() as cursor:
        cursor.execute(LEDGER)
        (total,) = cursor.fetchone()
    return f"{int(total or 0) % 2**64:016x}"
