"""The data file of a supply point (用气数据): what its present holder may take away, as JSON and CSV.

Schema ``gasworks.supply-point/1``: whole fen, whole litres, prices in 0.0001 yuan per m³, days ISO 8601. It holds the
agreement in force (else the newest) and nothing of earlier holders: their bills and payments hang on their agreements,
readings are those of the agreement's own days. A new field may be added under the same version; a changed or removed one
makes version 2.
"""

import csv
import datetime as dt
import io
from typing import Any, Final

from django.db import connection

from gasworks.foundation.exports import safe_text
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere

RIGHT: Final = "insight.feed"
SCHEMA: Final = "gasworks.supply-point/1"
MOST: Final = 2_000
"""Rows of a kind, the newest; ``complete`` says whether that was all."""
COLUMNS: Final = (
    "record", "reference", "month", "from_on", "to_on", "due_on", "tier", "meter", "index_litres", "litres", "price_e4",
    "amount_fen", "open_fen", "state", "note",
)  # fmt: skip
BILL_KINDS: Final = {1: "regular", 2: "interim", 3: "final", 4: "back", 5: "correction"}
BILL_STATES: Final = {2: "issued", 3: "cancelled"}
SOURCES: Final = {
    1: "desk", 2: "file", 3: "phone", 4: "remote", 5: "self", 6: "inspection", 7: "estimated", 8: "api", 9: "installation",
    10: "removal",
}  # fmt: skip
PAYMENT_STATES: Final = {1: "taken", 2: "reversed", 3: "reversal", 4: "refund"}

_POINT: Final = """
SELECT s.number, p.address, s.customer_type, s.status, u.name, a.id, a.number, a.from_on, a.to_on,
       coalesce(b.balance_fen, 0)
  FROM customers_supplypoint s
  JOIN customers_premises p ON p.id = s.premises_id
  JOIN foundation_orgunit u ON u.id = s.company_id
  LEFT JOIN LATERAL (
       SELECT * FROM customers_agreement g WHERE g.company_id = s.company_id AND g.supply_point_id = s.id
        ORDER BY (g.from_on <= %(on)s AND (g.to_on IS NULL OR g.to_on > %(on)s)) DESC, g.from_on DESC LIMIT 1) a ON true
  LEFT JOIN receivables_agreementbalance b ON b.company_id = s.company_id AND b.agreement_id = a.id
 WHERE s.company_id = %(company)s AND s.id = %(point)s
"""
_BILLS: Final = """
SELECT b.id, b.kind, b.state, b.month, b.from_on, b.to_on, b.due_on, b.litres, b.amount_fen,
       coalesce((SELECT sum(i.open_fen) FROM receivables_openitem i
                  WHERE i.source_id = b.entry_id AND b.state = 2), 0)::bigint,
       EXISTS (SELECT 1 FROM usage_movement m JOIN metering_reading r ON r.id = m.reading_id
                WHERE m.source = b.id AND m.source_kind = 1 AND r.estimate_method <> '')
  FROM billing_bill b
 WHERE b.company_id = %(company)s AND b.agreement_id = %(agreement)s AND b.state IN (2, 3)
 ORDER BY b.id DESC LIMIT %(most)s
"""
_LINES: Final = """
SELECT l.bill_id, l.tier, l.litres, l.price_e4, l.amount_fen, v.document_no
  FROM billing_billline l JOIN tariffs_planversion v ON v.id = l.version_id
 WHERE l.bill_id = ANY(%(bills)s) ORDER BY l.bill_id, l.seq
"""
_READINGS: Final = """
SELECT r.read_on, t.serial, g.no, r.index_litres, r.source, r.estimate_method
  FROM metering_reading r
  JOIN metering_installation i ON i.id = r.installation_id
  JOIN metering_meter t ON t.id = i.meter_id
  JOIN metering_register g ON g.id = r.register_id
 WHERE r.company_id = %(company)s AND i.supply_point_id = %(point)s AND r.state = 3
   AND r.read_on >= %(from)s AND (%(to)s::date IS NULL OR r.read_on <= %(to)s)
 ORDER BY r.read_on DESC, r.id DESC LIMIT %(most)s
"""
_PAYMENTS: Final = """
SELECT p.id, p.at, p.posting_day, p.means, c.name, p.amount_fen, p.state
  FROM payments_payment p JOIN payments_channel c ON c.id = p.channel_id
 WHERE p.company_id = %(company)s AND p.agreement_id = %(agreement)s ORDER BY p.id DESC LIMIT %(most)s
"""


def feed_of(*, scope: Scope, supply_point_id: int, on: dt.date) -> dict[str, Any]:
    """Everything as JSON holds it, newest first. Raises NotThere."""
    scope.require(RIGHT)
    rows = _rows(_POINT, company=scope.company_id, point=supply_point_id, on=on)
    if not rows:
        raise NotThere(key=supply_point_id)
    number, address, kind, status, company, agreement, agreed, from_on, to_on, balance = rows[0]
    asked = {"company": scope.company_id, "agreement": agreement or 0, "most": MOST + 1}
    bills = _rows(_BILLS, **asked)
    days = {"point": supply_point_id, "from": from_on, "to": to_on}
    readings = _rows(_READINGS, **asked, **days) if agreement else []
    payments = _rows(_PAYMENTS, **asked)
    return {
        "schema": SCHEMA,
        "made_on": on.isoformat(),
        "company": company,
        "supply_point": {"number": number, "address": address, "customer_type": kind, "status": status},
        "agreement": {"number": agreed, "from_on": _day(from_on), "to_on": _day(to_on)} if agreement else None,
        "balance_fen": balance,
        "complete": max(len(bills), len(readings), len(payments)) <= MOST,
        "bills": _bills(bills[:MOST]),
        "readings": [_reading(row) for row in readings[:MOST]],
        "payments": [_payment(row) for row in payments[:MOST]],
    }


def feed_csv(feed: dict[str, Any]) -> str:
    """The same as one flat table: a row for each bill, line, reading and payment; «record» says which."""
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    table.writeheader()
    for row in _flat(feed):
        table.writerow({name: safe_text(value) if isinstance(value, str) else value for name, value in row.items()})
    return "\ufeff" + text.getvalue()


def _flat(feed: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for bill in feed["bills"]:
        same = {name: bill[name] for name in ("month", "from_on", "to_on", "due_on", "state")}
        whole = {name: bill[name] for name in ("litres", "amount_fen", "open_fen")}
        note = "estimated" if bill["estimated"] else ""
        found.append({"record": "bill", "reference": bill["id"], **same, **whole, "note": note})
        for line in bill["lines"]:
            part = {name: line[name] for name in ("tier", "litres", "price_e4", "amount_fen")}
            found.append({"record": "line", "reference": bill["id"], **same, **part, "note": line["document_no"]})
    for one in feed["readings"]:
        dial = {"to_on": one["read_on"], "meter": one["meter"], "index_litres": one["index_litres"]}
        found.append({"record": "reading", "reference": one["register"], **dial, "state": one["source"]})
    for one in feed["payments"]:
        paid = {"to_on": one["posting_day"], "amount_fen": one["amount_fen"], "state": one["state"]}
        found.append({"record": "payment", "reference": one["id"], **paid, "note": one["means"]})
    return found


def _bills(rows: list[Any]) -> list[dict[str, Any]]:
    lines: dict[int, list[dict[str, Any]]] = {}
    for bill, tier, litres, price_e4, fen, document in _rows(_LINES, bills=[row[0] for row in rows]):
        line = {"tier": tier, "litres": litres, "price_e4": price_e4, "amount_fen": fen, "document_no": document}
        lines.setdefault(bill, []).append(line)
    return [
        {
            "id": row[0],
            "kind": BILL_KINDS[row[1]],
            "state": BILL_STATES[row[2]],
            "month": row[3],
            "from_on": _day(row[4]),
            "to_on": _day(row[5]),
            "due_on": _day(row[6]),
            "litres": row[7],
            "amount_fen": row[8],
            "open_fen": row[9],
            "estimated": row[10],
            "lines": lines.get(row[0], []),
        }
        for row in rows
    ]


def _reading(row: Any) -> dict[str, Any]:
    read_on, meter, register, index, source, method = row
    return {
        "read_on": _day(read_on),
        "meter": meter,
        "register": register,
        "index_litres": index,
        "source": SOURCES[source],
        "estimate_method": method,
    }


def _payment(row: Any) -> dict[str, Any]:
    key, at, day, means, channel, fen, state = row
    return {
        "id": key,
        "at": at.isoformat(),
        "posting_day": _day(day),
        "means": means,
        "channel": channel,
        "amount_fen": fen,
        "state": PAYMENT_STATES[state],
    }


def _day(value: dt.date | None) -> str | None:
    return value.isoformat() if value else None


def _rows(statement: str, **places: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, places)
        found: list[Any] = cursor.fetchall()
    return found
