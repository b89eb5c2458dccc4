"""What the counter's search and the busiest lists cost with a whole city in the database.

    ./run bench pages --accounts 1000000 [--alone]

Everything goes by HTTP through the site as it is served, as people with the right roles, while cashiers take payments
beside (``--alone`` leaves that out). Search: 200 seeded questions a key (common, rare, absent, prefix; 50 of each), bar
p95 ≤ 50 ms. Lists: every declared order, first and 1,000th page, bar p95 ≤ 100 ms, and no more queries on the far page but
one, where what lies beyond its key is read in two parts. Prints one JSON line last. Times gate only on a quiet machine;
counts of queries always do.
"""

import argparse
import http.client
import json
import logging
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.payment_settings")

from bench import databases, machine, payment_world, payments

WORLD = Path(__file__).parent / "pages.sql"
BAR_SEARCH_MS, BAR_LIST_MS = 50.0, 100.0
ASKED = 50
LOADS = 30
FAR_PAGE = 1_000
MOST_PARTS = 1
BESIDE_PER_S = 10
SEED = 20260420
COUNTER = "/payments/counter/"
ENDS = ("花园", "家园", "小区", "新村", "公寓", "雅苑", "名邸", "华庭")
"""Words that a tenth of all addresses have and no address has two of."""
LISTS = {
    "customers.supply_points": "customers:list",
    "customers.customers": "customers:customers",
    "metering.meters": "metering:meters",
    "metering.review": "metering:review",
    "usage.groups": "usage:groups",
    "billing.bills": "billing:list",
    "open-items": "receivables:list",
    "payments": "payments:list",
    "ledger-entries": "ledger:entries",
    "foundation.audit": "foundation:audit",
}


@dataclass(frozen=True, slots=True)
class Page:
    """One list in one order, at one place; ``cookie`` is of somebody who may see it."""

    name: str
    path: str
    cookie: str


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--alone", action="store_true")
    asked = parser.parse_args()
    import django

    django.setup()
    from django.conf import settings

    with databases.worlds("pages") as (name,):
        homes = payment_world.prepare(name, asked.accounts)
        roles = _prepare(name, asked.accounts)
        payment_world.point_here(name)
        answer = _measure(name, homes, roles, asked)
        from django.db import connections

        connections.close_all()
    answer |= {
        "accounts": asked.accounts,
        "beside": "" if asked.alone else "payments",
        "load": [round(x, 2) for x in os.getloadavg()],
        "fsync_per_s": machine.fsyncs_per_second(Path(settings.VAR)),
    }
    answer |= _verdict(answer)
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return 0 if answer["passed"] is not False else 1


def _verdict(answer: dict[str, Any]) -> dict[str, Any]:
    """What misses its bar, by name; times count only where nobody else works and the disk is quick."""
    searches = [key for key, seen in answer["search"].items() if seen["p95_ms"] > BAR_SEARCH_MS]
    lists = [
        key for key, seen in answer["lists"].items() if max(seen["first_p95_ms"], seen["far_p95_ms"]) > BAR_LIST_MS
    ]
    growing = [key for key, seen in answer["lists"].items() if seen["far_queries"] > seen["queries"] + MOST_PARTS]
    quiet = answer["others_cores"] <= payments.QUIET_CORES and answer["fsync_per_s"] >= payments.QUICK_FSYNCS
    passed: Any = not growing and (not (searches or lists) if quiet else "not measured")
    return {"missed": [*searches, *lists], "growing": growing, "passed": passed}


def _prepare(name: str, accounts: int) -> list[str]:
    """The city's names, keys and payments; one person for each role."""
    from gasworks.foundation.rights_table import ROLES

    roles = [role.code for role in ROLES]
    with databases.connect(name) as owner:
        owner.execute("SET session_replication_role = replica")
        listed = "ARRAY[" + ", ".join(f"'{role}'" for role in roles) + "]"
        text = WORLD.read_text(encoding="utf-8").replace(":accounts", str(accounts)).replace(":roles", listed)
        for statement in text.strip().split(";\n"):
            owner.execute(statement)
        owner.execute("SET session_replication_role = origin")
    with databases.connect(name, autocommit=True) as owner:
        _check_grams(owner)
    databases.vacuum(name, checkpoint=True)
    return roles


def _check_grams(owner: Any) -> None:
    """The world spells addresses as the product does."""
    from gasworks.customers.search_text import grams

    rows = owner.execute(
        "SELECT p.address, g.grams FROM customers_premises p JOIN customers_addressgrams g ON g.supply_point_id = p.id"
        " WHERE p.id % 997 = 0 LIMIT 100"
    ).fetchall()
    for address, stored in rows:
        if grams(address) != sorted(stored):
            raise SystemExit(f"the bench cuts «{address}» otherwise than the product")


def _measure(name: str, homes: list[int], roles: list[str], asked: Any) -> dict[str, Any]:
    questions = _questions(name)
    pages = list(_pages(roles))
    queries = {page.name: _queries(page) for page in pages}
    cashier = _cookie(payment_world.FIRST_CASHIER)
    with payments._site(name) as site, _paying(name, site, [] if asked.alone else homes) as beside:
        for page in pages[:2]:
            _times(site, [page.path] * 8, page.cookie)
        watch = payments._Watch([*site.pids, *payments._serving(name)])
        search = {}
        for key, texts in questions.items():
            paths = [f"{COUNTER}?{urlencode({'q': text})}" for text in texts]
            search[key] = _told(_times(site, paths, cashier))
        taken = {page.name: _times(site, [page.path] * LOADS, page.cookie) for page in pages}
        others = watch.others(0.0)
    lists = {}
    for first, far in zip(pages[::2], pages[1::2], strict=True):
        lists[first.name] = {
            "first_p95_ms": _told(taken[first.name])["p95_ms"],
            "far_p95_ms": _told(taken[far.name])["p95_ms"],
            "queries": queries[first.name],
            "far_queries": queries[far.name],
        }
    return {"search": search, "lists": lists, "payments_beside": len(beside), "others_cores": round(others, 2)}


def _questions(name: str) -> dict[str, list[str]]:
    """Fifty of each sort for each key, drawn with a fixed seed from what is there."""
    draw = random.Random(SEED)
    with databases.connect(name) as owner:
        kinds = {"number": 1, "meter": 2, "name": 3, "phone": 4, "phone_tail": 5, "card": 6, "old_number": 7}
        known = {key: _sample(owner, kind) for key, kind in kinds.items()}
        addresses = [
            text
            for (text,) in owner.execute("SELECT address FROM customers_premises TABLESAMPLE SYSTEM (2) LIMIT 2000")
        ]
    asked = {}
    for key, rows in known.items():
        rare = draw.choices(rows, k=ASKED)
        asked[key] = [
            *[text[: max(1, len(text) // 3)] for text in draw.choices(rows, k=ASKED)],
            *rare,
            *[_absent(text) for text in rare],
            *[text[: max(1, len(text) - 2)] for text in draw.choices(rows, k=ASKED)],
        ]
    rare = draw.choices(addresses, k=ASKED)
    asked["address"] = [
        *[text[:2] for text in draw.choices(addresses, k=ASKED)],
        *rare,
        *[
            f"{text[:6]} 99栋 {other[-5:]}"
            for text, other in zip(rare[::2], draw.choices(addresses, k=ASKED), strict=False)
        ],
        *[" ".join(draw.sample(ENDS, 2)) for _ in rare[1::2]],
        *[text[: text.index("单元")] for text in draw.choices(addresses, k=ASKED)],
    ]
    return asked


def _sample(owner: Any, kind: int) -> list[str]:
    rows = owner.execute(
        "SELECT key FROM customers_searchkey TABLESAMPLE SYSTEM (5) WHERE kind = %s ORDER BY md5(key) LIMIT 2000",
        [kind],
    ).fetchall()
    return [key for (key,) in rows]


def _absent(text: str) -> str:
    """Like one that is there, but not there."""
    return text + "龘" if "\u4e00" <= text[0] <= "\u9fff" else text[:-1] + "X" + text[-1]


def _pages(roles: list[str]) -> Iterator[Page]:
    """First and 1,000th page of each list in each declared order, in pairs."""
    from django.urls import reverse

    from gasworks.foundation.lists import find_list
    from gasworks.foundation.models import Staff
    from gasworks.foundation.reach import scope_for
    from gasworks.foundation.rights_table import roles_with

    for code, url in LISTS.items():
        spec = find_list(code)
        staff = Staff.objects.get(username=next(role for role in roles if role in roles_with(spec.right)))
        cookie = _cookie(staff.id)
        for sort in spec.sorts:
            token = _token(spec, sort, scope_for(staff))
            yield Page(f"{code}/{sort.code}", f"{reverse(url)}?{urlencode({'sort': sort.code})}", cookie)
            far = urlencode({"sort": sort.code, "after": token})
            yield Page(f"{code}/{sort.code}/far", f"{reverse(url)}?{far}", cookie)


def _token(spec: Any, sort: Any, scope: Any) -> str:
    """The token that a person who has turned 999 pages holds; as many pages as there are, where there are fewer."""
    from gasworks.foundation.lists.keyset import ALIAS, _encode, _expression

    keys = {ALIAS.format(place): _expression(key) for place, key in enumerate(sort.keys)}
    rows = spec.rows(scope).annotate(**keys).order_by(*[f"-{name}" if sort.descending else name for name in keys])
    place = min((FAR_PAGE - 1) * spec.page_size, rows.count() - spec.page_size) - 1
    return _encode(rows[place], list(keys)) if place > 0 else ""


def _cookie(staff_id: int) -> str:
    from django.conf import settings

    return f"{settings.SESSION_COOKIE_NAME}={payment_world.log_in(staff_id)}"


def _queries(page: Page) -> int:
    """How many statements the page asks for, counted in this process."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    logging.disable(logging.INFO)
    client = Client(SERVER_NAME="127.0.0.1", headers={"Cookie": page.cookie})
    client.get(page.path)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(page.path)
    if answer.status_code != 200:
        raise SystemExit(f"{page.path}: {answer.status_code}")
    return len(asked)


def _times(site: payments.Site, paths: list[str], cookie: str) -> list[float]:
    """Milliseconds of each request, one after another, as a page asks for its fragment."""
    connection = payments._connection(site)
    spent = []
    for path in paths:
        began = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": cookie, "HX-Request": "true"})
        answer = connection.getresponse()
        answer.read()
        if answer.status not in (200, 302):
            raise SystemExit(f"{path}: {answer.status}")
        spent.append((time.perf_counter() - began) * 1000)
    return spent


def _told(spent: list[float]) -> dict[str, float]:
    ordered = sorted(spent)
    return {
        "p50_ms": round(ordered[len(ordered) // 2], 1),
        "p95_ms": round(ordered[len(ordered) * 95 // 100], 1),
        "max_ms": round(ordered[-1], 1),
    }


@contextmanager
def _paying(name: str, site: payments.Site, homes: list[int]) -> Iterator[list[float]]:
    """Cashiers who take ten payments a second until the block ends; yields the moments of those taken."""
    taken: list[float] = []
    over = threading.Event()
    failed: list[BaseException] = []
    lots = payments._posts("product", homes[:3_000], payment_world.CASHIERS) if homes else []

    def pay(posts: list[payments.Post]) -> None:
        connection: http.client.HTTPConnection = payments._connection(site)
        pause = len(lots) / BESIDE_PER_S
        try:
            while posts and not over.wait(pause):
                payments._send(connection, posts.pop())
                taken.append(time.perf_counter())
        except BaseException as error:
            failed.append(error)

    cashiers: list[Callable[[], None]] = [lambda lot=lot: pay(lot) for lot in lots]  # type: ignore[misc]
    threads = [threading.Thread(target=cashier) for cashier in cashiers]
    for thread in threads:
        thread.start()
    try:
        yield taken
    finally:
        over.set()
        for thread in threads:
            thread.join()
    if failed:
        raise failed[0]


if __name__ == "__main__":
    raise SystemExit(main())
