"""A town on a private server: homes whose month waits to be billed, other homes that owe a bill and pay by HTTP."""

import os
import random
import secrets
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import requests

from bench import world
from gasworks.foundation.tokens import hash_of
from tests.support.databases import ROOT
from tests.support.servers import Place

COMPANY, HEAD_OFFICE, CLERK = 2, 4, 1
TO_BILL, PAYING = 600, 100
"""Ladder groups 1 to 600 wait for their bill, 601 to 700 have theirs and pay it."""

SEED = """
UPDATE foundation_staff SET full_name = 'Clerk' WHERE id = 1;
INSERT INTO foundation_rolegrant (staff_id, role, unit_id, granted_at) VALUES (1, 'cashier', 4, now()),
 (1, 'billing_lead', 2, now());
INSERT INTO ledger_glaccount (id, company_id, code, name, name_en, nature, party_kind, role, active) VALUES
 (12, 2, '1012', 't', 't', 'asset', 'channel', 'channel_transit', true),
 (13, 2, '2203', 'a', 'a', 'liability', 'agreement', 'advance', true);
INSERT INTO receivables_feetype (id, company_id, version, code, name, name_en, kind, legal_basis, customer_types,
                                 receivable_gl_id, income_gl_id, stops_supply, "order", active,
                                 purpose, homes_basis, recurring, on_bill, needs_consent)
VALUES (11, 2, 1, 'advance', 'advance', 'advance', 'advance', 'x', '{residential}', 13, 13, false, 100, true,
        'other', '', false, true, false);
INSERT INTO payments_channel (company_id, code, name, name_en, is_counter, active) VALUES (2, 'api', 'c', 'c', false, true)
"""
TOKEN = """
INSERT INTO foundation_apitoken (company_id, name, token_hash, prefix, permissions, channel, outlet_id, acts_as_id, created_at)
VALUES (2, %s, %s, %s, '["payments.take", "customers.view"]', 'api', 4, 1, now())
"""
BILLS = """
SELECT b.agreement_id, b.kind, b.state, b.month, b.from_on, b.to_on, b.due_on, b.litres, b.amount_fen, b.left_litres,
       e.kind, e.legs, r.balance_fen,
       (SELECT array_agg((l.seq, l.version_id, l.tier, l.litres, l.price_e4, l.amount_fen)::text ORDER BY l.seq)
          FROM billing_billline l WHERE l.bill_id = b.id),
       (SELECT array_agg((p.seq, p.debit_gl_id, p.debit_party, p.credit_gl_id, p.credit_party, p.amount_fen)::text
                         ORDER BY p.seq) FROM ledger_posting p WHERE p.entry_id = b.entry_id),
       (SELECT array_agg((i.fee_type_id, i.month, i.due_on, i.net_fen, i.tax_fen, i.gross_fen, i.open_fen, i.state)::text)
          FROM receivables_openitem i WHERE i.source_id = b.entry_id),
       (SELECT array_agg((m.seq, m.register_id, m.price_item_id, m.from_on, m.to_on, m.litres, m.from_index, m.to_index,
                          m.live, g.group_id, g.code, g.period_from, g.litres)::text ORDER BY m.seq)
          FROM usage_movement m LEFT JOIN usage_ladder g ON g.id = m.ladder_id
         WHERE m.source = b.id AND m.source_kind = 1)
  FROM billing_bill b
  LEFT JOIN ledger_entry e ON e.id = b.entry_id
  LEFT JOIN receivables_agreementbalance r ON r.agreement_id = b.agreement_id
 WHERE b.agreement_id <= %s ORDER BY b.agreement_id, b.month
"""
INSIDE = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = %s AND backend_xid IS NOT NULL AND usename IN ('gasworks_web', 'gasworks_worker')
"""


@dataclass
class Town:
    """The town's server and database, and how a process of the product is pointed at them."""

    place: Place
    name: str

    @property
    def environment(self) -> dict[str, str]:
        return {"GASWORKS_VAR": str(self.place.var), "GASWORKS_DB_NAME": self.name}

    def ask(self, question: str, *params: Any) -> list[tuple[Any, ...]]:
        with self.place.connect(self.name) as owner:
            return owner.execute(question, params).fetchall()

    def one(self, question: str, *params: Any) -> Any:
        return self.ask(question, *params)[0][0]

    def plan(self, first: int, last: int, part: int) -> int:
        """A billing run over ladder groups, in parts."""
        with self.place.connect(self.name) as owner:
            (run_id,) = owner.execute(
                "INSERT INTO billing_run (company_id, version, month, posting_day, due_on, selection, state, started_at,"
                " started_by_id) VALUES (2, 1, %s, '2026-04-20', '2026-05-20', '{}', 'running', now(), 1) RETURNING id",
                [world.MONTH],
            ).fetchone() or (0,)
            for no, begin in enumerate(range(first, last + 1, part), 1):
                owner.execute(
                    "INSERT INTO billing_runchunk (company_id, run_id, no, first_group, last_group, bills, held, amount_fen,"
                    " litres, summary, problems) VALUES (2, %s, %s, %s, %s, 0, 0, 0, 0, '[]', '[]')",
                    [run_id, no, begin, min(begin + part - 1, last)],
                )
        return int(run_id)

    def bill(self, run_id: int) -> "subprocess.Popen[bytes]":
        """A process that bills what is left of a run."""
        return self.start("bench.billing_worker", "run", "--run", str(run_id))

    def start(self, module: str, *words: str) -> "subprocess.Popen[bytes]":
        """A process of the product as the worker's role."""
        return subprocess.Popen(
            [sys.executable, "-m", module, *words],
            env=os.environ | self.environment | {"GASWORKS_DB_ROLE": "worker"},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def state(self, table: str, key: int) -> str:
        return str(self.one(f"SELECT state FROM {table} WHERE id = %s", key))

    def parts_left(self, run_id: int) -> int:
        return int(self.one("SELECT count(*) FROM billing_runchunk WHERE run_id = %s AND done_at IS NULL", run_id))

    def bills(self) -> list[str]:
        """Every fact of every bill of the run, without the numbers that a sequence gave."""
        return [str(row) for row in self.ask(BILLS, TO_BILL)]

    def invariants(self) -> None:
        """All of them, as the administrator would ask."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), "invariants"],
            env=os.environ | self.environment | {"GASWORKS_DB_ROLE": "admin"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


def settle(place: Place, template_db: str, name: str) -> Town:
    """A town whose homes 601 to 700 have been billed."""
    town = Town(place, name)
    place.bring(template_db, name)
    with place.connect(name) as owner:
        owner.autocommit = False
        world.seed(owner, TO_BILL + PAYING)
        owner.autocommit = True
        owner.execute("""SELECT set_config('pghistory.context_metadata', '{"actor": 1}', false)""")
        for statement in SEED.strip().split(";\n"):
            owner.execute(statement)
    assert town.bill(town.plan(TO_BILL + 1, TO_BILL + PAYING, PAYING)).wait(120) == 0
    return town


def new_token(town: Town) -> str:
    secret = f"gas_{secrets.token_hex(4)}_{secrets.token_urlsafe(30)}"
    with town.place.connect(town.name) as owner:
        owner.execute("""SELECT set_config('pghistory.context_metadata', '{"actor": 1}', false)""")
        owner.execute(TOKEN, [secret[4:12], hash_of(secret), secret[4:12]])
    return secret


@contextmanager
def billing_goes_on(town: Town, run_id: int) -> Iterator[None]:
    """Somebody starts the billing again whenever it died, until the run is through."""
    ended = threading.Event()

    def keep() -> None:
        while not ended.is_set() and town.bill(run_id).wait() != 0:
            time.sleep(0.1)

    keeper = threading.Thread(target=keep)
    keeper.start()
    try:
        yield
        keeper.join(120)
        assert not keeper.is_alive()
    finally:
        ended.set()


@dataclass
class Payers:
    """Clients that pay by HTTP until told to stop, and remember outside the database what was acknowledged to them.

    Whatever goes wrong on the way, the same key is sent again until there is an answer; now and then also after it.
    """

    token: str
    seed: int
    clients: int
    url: str = ""
    sent: dict[uuid.UUID, tuple[str, int]] = field(default_factory=dict)
    acknowledged: dict[uuid.UUID, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    broken: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self, place: int) -> None:
        dice = random.Random(self.seed * 1000 + place)
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {self.token}"
            while not self.stop.is_set():
                home, amount, key = str(TO_BILL + dice.randint(1, PAYING)), dice.randint(1, 20_000), uuid.uuid4()
                self.sent[key] = (home, amount)
                payment = self._insist(session, home, amount, key)
                if payment is None:
                    return
                self.acknowledged[key] = payment
                if dice.random() < 0.1 and self._insist(session, home, amount, key) not in (payment, None):
                    self.wrong.append(f"{key}: another payment for the same key")

    def _insist(self, session: requests.Session, home: str, amount: int, key: uuid.UUID) -> int | None:
        body = {"supply_point": home, "amount_fen": amount}
        patience = time.monotonic() + 120
        while time.monotonic() < patience:
            try:
                answer = session.post(
                    f"{self.url}/api/v1/payments", json=body, headers={"Idempotency-Key": str(key)}, timeout=30
                )
            except requests.RequestException:
                self.broken += 1
                time.sleep(0.05)
                continue
            if answer.status_code == 200:
                return int(answer.json()["id"])
            if answer.status_code < 500:
                self.wrong.append(f"{key}: {answer.status_code} {answer.text}")
                return None
            self.broken += 1
            time.sleep(0.05)
        self.wrong.append(f"{key}: no answer in two minutes")
        return None


@contextmanager
def paying(payers: Payers) -> Iterator[Payers]:
    threads = [threading.Thread(target=payers.run, args=(place,)) for place in range(payers.clients)]
    for thread in threads:
        thread.start()
    try:
        yield payers
    finally:
        payers.stop.set()
        for thread in threads:
            thread.join(150)
    assert not any(thread.is_alive() for thread in threads)


def nothing_lost_nothing_doubled(town: Town, payers: Payers) -> None:
    """Each acknowledged payment stands there once, as it was acknowledged; no key has two, none came from nowhere."""
    assert payers.wrong == []
    there = town.ask(
        "SELECT p.key, p.id, s.number, p.amount_fen FROM payments_payment p"
        " JOIN customers_agreement a ON a.id = p.agreement_id JOIN customers_supplypoint s ON s.id = a.supply_point_id"
    )
    by_key = {key: (number, home, fen) for key, number, home, fen in there}
    assert len(by_key) == len(there)
    assert {key: row[0] for key, row in by_key.items() if key in payers.acknowledged} == payers.acknowledged
    assert {key: row[1:] for key, row in by_key.items()}.items() <= payers.sent.items()


def killed_at_random(town: Town, dice: random.Random, kill: Callable[[], object]) -> bool:
    """Kill at a random moment while something is being written; whether it still was."""
    waiting = time.monotonic() + 60
    with town.place.connect("postgres") as watch:
        while time.monotonic() < waiting and not _count(watch, town.name):
            time.sleep(0.001)
        time.sleep(dice.random() * 0.3)
        inside = _count(watch, town.name) > 0
    kill()
    return inside


def _count(watch: psycopg.Connection[Any], name: str) -> int:
    (found,) = watch.execute(INSIDE, [name]).fetchone() or (0,)
    return int(found)
