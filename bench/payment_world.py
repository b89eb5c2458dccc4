"""Cashiers with open shifts and sessions, on top of the billing bench's world: every home has a bill to pay."""

import datetime as dt
import os
from typing import Any

from bench import billing, databases

POSTING_DAY = dt.date(2026, 4, 20)
COMPANY, OUTLET, FIRST_CASHIER = 2, 5, 101
CASHIERS = 16

_SEED = """
INSERT INTO foundation_orgunit (id, version, kind, parent_id, company_id, code, name, path, is_head_office, time_zone, active)
VALUES (5, 1, 'outlet', 3, 2, 'O', 'Outlet', '/1/2/3/5/', false, 'Asia/Shanghai', true);
INSERT INTO foundation_staff (id, version, password, username, full_name, email, phone, home_id, is_active,
                              must_change_password, language, date_joined)
SELECT k, 1, '!', 'cashier' || k, 'Cashier', '', '', 5, true, false, 'en', now() FROM generate_series(101, 116) k;
INSERT INTO foundation_rolegrant (staff_id, role, unit_id, granted_at)
SELECT k, 'cashier', 5, now() FROM generate_series(101, 116) k;
INSERT INTO ledger_glaccount (id, company_id, code, name, name_en, nature, party_kind, role, active) VALUES
 (11, 2, '1001', 'c', 'c', 'asset', 'shift', 'cash', true),
 (12, 2, '1012', 't', 't', 'asset', 'channel', 'channel_transit', true),
 (13, 2, '2203', 'a', 'a', 'liability', 'agreement', 'advance', true);
INSERT INTO receivables_feetype (id, company_id, version, code, name, name_en, kind, legal_basis, customer_types,
                                 receivable_gl_id, income_gl_id, stops_supply, "order", active,
                                 purpose, homes_basis, recurring, on_bill, needs_consent)
VALUES (11, 2, 1, 'advance', 'advance', 'advance', 'advance', 'x', '{residential}', 13, 13, false, 100, true,
        'other', '', false, true, false);
INSERT INTO payments_channel (company_id, code, name, name_en, is_counter, active) VALUES (2, 'counter', 'c', 'c', true, true);
INSERT INTO ledger_outletday (company_id, outlet_id, day) VALUES (2, 5, '2026-04-20') ON CONFLICT DO NOTHING;
INSERT INTO payments_shift (id, company_id, version, outlet_id, cashier_id, posting_day, float_fen, state, opened_at)
SELECT k, 2, 1, 5, k, '2026-04-20', 0, 'open', now() FROM generate_series(101, 116) k;
"""


def prepare(name: str, accounts: int) -> list[int]:
    """Fill the empty database with bills and cashiers; returns who owes something, in a shuffled but fixed order."""
    billing._prepare(name, accounts)
    with databases.connect(name) as owner:
        for statement in _SEED.strip().split(";\n"):
            owner.execute(statement)
        rows = owner.execute(
            "SELECT agreement_id FROM receivables_openitem WHERE open_fen > 0 GROUP BY 1 ORDER BY md5(agreement_id::text)"
        ).fetchall()
        owner.execute("ANALYZE")
    return [key for (key,) in rows]


def log_in(cashier: int) -> str:
    """A session of the cashier, as the log-in page would leave it; returns its cookie."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from gasworks.foundation.models import Staff

    staff = Staff.objects.get(pk=cashier)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(staff.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = staff.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def drift(name: str) -> int:
    """Fen that disagree: stored balances with items, items with allocations, payments with postings."""
    with databases.connect(name) as owner:
        (fen,) = owner.execute(_DRIFT).fetchone()
    return int(fen)


def backends(name: str) -> list[int]:
    """Server processes that serve this database, ours for asking left out."""
    with databases.connect("postgres") as server:
        rows = server.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [name]).fetchall()
    return [pid for (pid,) in rows]


def point_here(name: str) -> None:
    """Let this process and its children use the scratch database as the web role."""
    os.environ |= {"GASWORKS_DB_NAME": name, "GASWORKS_DB_ROLE": "web"}
    from django.db import connections

    connections.close_all()
    for entry in (connections.settings["default"], connections["default"].settings_dict):
        entry["NAME"] = name


def scope_of(cashier: int) -> Any:
    from gasworks.foundation.models import Staff
    from gasworks.foundation.reach import scope_for

    return scope_for(Staff.objects.get(pk=cashier))


_DRIFT = """
SELECT (SELECT COALESCE(sum(abs(b.balance_fen - COALESCE(i.fen, 0))), 0)
          FROM receivables_agreementbalance b
          LEFT JOIN (SELECT agreement_id, sum(open_fen) AS fen FROM receivables_openitem GROUP BY 1) i USING (agreement_id))
     + (SELECT COALESCE(sum(abs(i.gross_fen - i.open_fen - COALESCE(a.fen, 0))), 0)
          FROM receivables_openitem i
          LEFT JOIN (SELECT item_id, sum(amount_fen) AS fen FROM receivables_allocation GROUP BY 1) a ON a.item_id = i.id)
     + (SELECT COALESCE(sum(abs(p.amount_fen - COALESCE(s.fen, 0))), 0)
          FROM payments_payment p
          LEFT JOIN (SELECT entry_id, sum(amount_fen) AS fen FROM ledger_posting GROUP BY 1) s ON s.entry_id = p.entry_id)
"""
