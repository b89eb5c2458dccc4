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
NAMES = ("accounts", "meters", "bills", "bill_fen", "payments", "paid_fen")


def city_report() -> tuple[dict[str, Any], list[Finding]]:
    """The figures as one flat object, and the invariants that do not hold."""
    with connection.cursor() as cursor:
        cursor.execute(FIGURES)
        figures: dict[str, Any] = {name: int(value) for name, value in zip(NAMES, cursor.fetchone(), strict=True)}
    findings = check_all()
    broken = [one for one in findings if not one.holds]
    figures["ledger_balanced"] = not any(one.code.startswith(("LED-", "RCV-")) for one in broken)
    figures["invariants"] = "ok" if not broken else ",".join(one.code for one in broken)
    return figures, broken
