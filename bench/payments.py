"""What a payment costs, alone and as a whole request, against the same payment written with the ORM.

    ./run bench payments --clients 16 [--accounts 20000]
    ./run bench payments --rate 100 --seconds 60 [--beside billing]

Prints one JSON line last. ``vs_orm_money``: CPU of the ORM twin ÷ CPU of the product for reading, planning and taking a
payment (bar 5) · ``vs_orm_request``: the same for the whole request by HTTP (bar 2.5) · ``per_s`` · ``drift_fen`` (0). With
``--rate``: an open loop by HTTP; ``p50_ms`` and ``p99_ms`` count from the planned start of each request. With ``--beside
billing`` a billing run starts among them in the chunks of office hours, and only the payments that were due while it ran
count. CPU is that of the serving Python processes and of their PostgreSQL backends.
"""

import argparse
import http.client
import json
import os
import queue
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.payment_settings")

from bench import billing, databases, machine, payment_world, world
from bench.payments_worker import GIVEN_FEN, TODAY

BAR_MONEY, BAR_REQUEST = 5.0, 2.5
BAR_P99_ALONE_MS, BAR_P99_BESIDE_MS = 50.0, 250.0
QUIET_CORES, QUICK_FSYNCS, ENOUGH = 0.2, 400, 500
AFTER_S = 2.0
CSRF = "b" * 32
TASKS = ("product", "twin")
ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Post:
    """One prepared request."""

    path: str
    body: str
    cookie: str


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--accounts", type=int, help="20,000, beside billing 200,000")
    parser.add_argument("--payments", type=int, default=4_800)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--beside", choices=("billing",))
    asked = parser.parse_args()
    asked.accounts = asked.accounts or (200_000 if asked.beside else 20_000)
    import django

    django.setup()
    from django.conf import settings

    with databases.worlds("payments") as (name,):
        homes = payment_world.prepare(name, asked.accounts)
        payment_world.point_here(name)
        answer = _open_loop(name, homes, asked) if asked.rate else _closed_loop(name, homes, asked)
        answer["drift_fen"] = payment_world.drift(name)
        from django.db import connections

        connections.close_all()
    answer |= {
        "load": [round(x, 2) for x in os.getloadavg()],
        "fsync_per_s": machine.fsyncs_per_second(Path(settings.VAR)),
    }
    answer["passed"] = _passed(answer, asked)
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0 if answer["passed"] is not False else 1


def _passed(answer: dict[str, Any], asked: Any) -> Any:
    """Ratios gate. Times gate only on a quiet machine with a disk that is quick enough; else they are not measured."""
    if answer["drift_fen"]:
        return False
    if not asked.rate:
        return answer["vs_orm_money"] >= BAR_MONEY and answer["vs_orm_request"] >= BAR_REQUEST
    if answer["others_cores"] > QUIET_CORES or answer["fsync_per_s"] < QUICK_FSYNCS:
        return "not measured"
    if answer["payments"] < ENOUGH:
        return "not measured"
    return answer["p99_ms"] <= (BAR_P99_BESIDE_MS if asked.beside else BAR_P99_ALONE_MS)


def _closed_loop(name: str, homes: list[int], asked: Any) -> dict[str, Any]:
    """Money part by threads of one process; whole requests by HTTP; product and twin take turns, so that both meet the same
    neighbours on the machine."""
    if len(homes) < 4 * asked.payments:
        raise SystemExit("too few accounts for so many payments")
    size = asked.payments // ROUNDS
    lots = iter([homes[place : place + size] for place in range(0, len(homes), size)])
    money: dict[str, list[dict[str, Any]]] = {task: [] for task in TASKS}
    for _ in range(ROUNDS):
        for task in TASKS:
            money[task].append(_money(task, next(lots), asked.clients))
    whole: dict[str, list[dict[str, Any]]] = {task: [] for task in TASKS}
    with _site(name) as site:
        for _ in range(ROUNDS):
            for task in TASKS:
                whole[task].append(_requests(site, name, task, next(lots), asked.clients))
    product, twin = (_sum(money[task]) for task in TASKS)
    request, twin_request = (_sum(whole[task]) for task in TASKS)
    return {
        "vs_orm_money": round(_cpu_ms(twin) / _cpu_ms(product), 2),
        "vs_orm_request": round(_cpu_ms(twin_request) / _cpu_ms(request), 2),
        "per_s": round(product["done"] / product["wall_s"]),
        "requests_per_s": round(request["done"] / request["wall_s"]),
        "money_cpu_ms": round(_cpu_ms(product), 3),
        "money_python_ms": round(product["python_s"] / product["done"] * 1000, 3),
        "money_p99_ms": round(product["p99_ms"], 1),
        "twin_money_cpu_ms": round(_cpu_ms(twin), 3),
        "request_cpu_ms": round(_cpu_ms(request), 3),
        "twin_request_cpu_ms": round(_cpu_ms(twin_request), 3),
        "clients": asked.clients,
        "payments": asked.payments,
    }


def _sum(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Counts and times added up; of the percentiles the worst round."""
    return {key: (max if key.endswith("_ms") else sum)(part[key] for part in parts) for key in parts[0]}


def _cpu_ms(cost: dict[str, Any]) -> float:
    return float(cost["python_s"] + cost["postgres_s"]) / cost["done"] * 1000


def _money(task: str, homes: list[int], clients: int) -> dict[str, Any]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "gasworks.project.settings"}
    command = [sys.executable, "-m", "bench.payments_worker", task, "--clients", str(clients)]
    told = subprocess.run(
        command,
        input=json.dumps(homes),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=environment,
        cwd=databases.ROOT,
    )
    answer: dict[str, Any] = json.loads(told.stdout.strip().splitlines()[-1])
    return answer


@dataclass(frozen=True, slots=True)
class Site:
    """A running server: its port and the processes that serve."""

    port: int
    pids: tuple[int, ...]


@contextmanager
def _site(name: str) -> Iterator[Site]:
    """granian as the product runs it, with the twin's address beside the product's."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "GASWORKS_POOL": "1", "DJANGO_SETTINGS_MODULE": "bench.payment_settings"}
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "2",
        "--blocking-threads",
        "4",
        "--no-access-log",
        "--working-dir",
        str(databases.ROOT),
        "gasworks.project.wsgi:application",
    ]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        yield Site(port, (server.pid, *map(int, children)))
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/accounts/login/")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the site does not answer")


def _posts(task: str, homes: list[int], clients: int) -> list[list[Post]]:
    """Each cashier's requests, with the page's read sealed in them, as the counter's page would."""
    from django.conf import settings

    found = []
    for place in range(clients):
        cashier = payment_world.FIRST_CASHIER + place
        session = payment_world.log_in(cashier)
        cookie = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={CSRF}"
        make = _twin_post if task == "twin" else _product_post
        scope = payment_world.scope_of(cashier)
        found.append([make(scope, home, cookie) for home in homes[place::clients]])
    return found


def _product_post(scope: Any, home: int, cookie: str) -> Post:
    from gasworks.payments.web.desk import lay_out, seal

    _, read = lay_out(scope=scope, supply_point_ids=[home], today=TODAY)
    body = {"key": uuid.uuid4(), "read": seal(read), "given": f"{GIVEN_FEN / 100:.2f}", "means": "cash", "sp": home}
    return Post("/payments/counter/take/", urlencode(body), cookie)


def _twin_post(scope: Any, home: int, cookie: str) -> Post:
    body = {"key": uuid.uuid4(), "agreement": home, "given": f"{GIVEN_FEN / 100:.2f}", "means": "cash"}
    return Post("/bench/twin/", urlencode(body), cookie)


def _requests(site: Site, name: str, task: str, homes: list[int], clients: int) -> dict[str, Any]:
    """A closed loop: each cashier sends the next request when the last one is answered."""
    lots = _posts(task, homes, clients)
    warm = 5

    def send_all(posts: list[Post]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
        for post in posts:
            _send(connection, post)

    _in_threads([lambda lot=lot: send_all(lot[:warm]) for lot in lots])
    pids = [*site.pids, *_serving(name)]
    before, began = _cpu(pids), time.perf_counter()
    _in_threads([lambda lot=lot: send_all(lot[warm:]) for lot in lots])
    return {
        "done": sum(len(lot) - warm for lot in lots),
        "python_s": _cpu(pids) - before,
        "postgres_s": 0.0,
        "wall_s": time.perf_counter() - began,
    }


def _open_loop(name: str, homes: list[int], asked: Any) -> dict[str, Any]:
    """Requests at their planned moments, whether or not earlier ones are answered; late starts count as waiting."""
    count = int(asked.rate * asked.seconds)
    if len(homes) < count + asked.clients:
        raise SystemExit(f"{count} payments need more accounts; ask for --accounts {int(count * 1.1) + 1000}")
    lots = _posts("product", homes[: count + asked.clients], asked.clients)
    planned: queue.SimpleQueue[tuple[float, Post] | None] = queue.SimpleQueue()
    spent: list[tuple[float, float]] = []
    beside = _Beside(name, asked.accounts) if asked.beside else None
    with _site(name) as site:
        _in_threads([lambda lot=lot: _send(_connection(site), lot.pop()) for lot in lots])
        watch = _Watch([*site.pids, *_serving(name)])
        began = time.perf_counter() + 0.5
        for turn in range(count):
            planned.put((began + turn / asked.rate, lots[turn % asked.clients].pop()))
        for _ in range(4 * asked.clients):
            planned.put(None)

        def client() -> None:
            connection = _connection(site)
            while (task := planned.get()) is not None:
                time.sleep(max(0.0, task[0] - time.perf_counter()))
                _send(connection, task[1])
                spent.append((task[0], time.perf_counter() - task[0]))

        _in_threads([client] * (4 * asked.clients) + ([beside.run] if beside else []))
        wall = time.perf_counter() - began
        others = watch.others(beside.cpu_s if beside else 0.0)
    counted = sorted(took for due, took in spent if beside is None or beside.began <= due <= beside.ended)
    if not counted:
        raise SystemExit("the billing run was over before a payment was due")
    return {
        "p50_ms": round(counted[len(counted) // 2] * 1000, 1),
        "p99_ms": round(counted[len(counted) * 99 // 100] * 1000, 1),
        "max_ms": round(counted[-1] * 1000, 1),
        "rate": asked.rate,
        "per_s": round(len(spent) / wall, 1),
        "payments": len(counted),
        "beside": asked.beside or "",
        "beside_s": round(beside.ended - beside.began, 1) if beside else 0.0,
        "bills_beside": asked.accounts if beside else 0,
        "others_cores": round(others, 2),
    }


class _Beside:
    """A billing run in a worker of its own, a little after the payments have begun."""

    def __init__(self, name: str, accounts: int) -> None:
        from gasworks.billing.services.running import IN_OFFICE_HOURS

        with databases.connect(name) as owner:
            self.run_id = billing._plan(owner, world.MONTH, accounts, IN_OFFICE_HOURS)
        self.began = self.ended = self.cpu_s = 0.0

    def run(self) -> None:
        environment = {
            **os.environ,
            "GASWORKS_DB_ROLE": "worker",
            "DJANGO_SETTINGS_MODULE": "gasworks.project.settings",
        }
        command = [sys.executable, "-m", "bench.billing_worker", "run", "--run", str(self.run_id)]
        time.sleep(AFTER_S)
        told = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, text=True, check=True, cwd=databases.ROOT
        )
        self.ended = time.perf_counter()
        answer = json.loads(told.stdout.strip().splitlines()[-1])
        self.began = self.ended - answer["wall_s"]
        self.cpu_s = answer["python_s"] + answer["postgres_s"]


class _Watch:
    """How busy the rest of the machine is while we measure: neither the site, nor its backends, nor this process."""

    def __init__(self, pids: list[int]) -> None:
        self.pids = pids
        self.before = self._now()

    def _now(self) -> tuple[float, float, float]:
        return machine.busy_seconds(), _cpu(self.pids) + time.process_time(), time.monotonic()

    def others(self, ours_s: float) -> float:
        busy, ours, at = (now - then for now, then in zip(self._now(), self.before, strict=True))
        return max(0.0, busy - ours - ours_s) / at


def _connection(site: Site) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)


def _send(connection: http.client.HTTPConnection, post: Post) -> None:
    """Send one payment; anything but the redirect to its receipt ends the bench."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": post.cookie, "X-CSRFToken": CSRF}
    connection.request("POST", post.path, post.body, headers)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 302 or "/done/" not in answer.headers.get("Location", ""):
        raise RuntimeError(f"{post.path}: {answer.status} {answer.headers.get('Location')} {text[:500]!r}")


def _in_threads(acts: list[Any]) -> None:
    """Run all at once; the first failure of any is raised."""
    failures: list[BaseException] = []

    def guarded(act: Any) -> None:
        try:
            act()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _serving(name: str) -> list[int]:
    """Backends of the site's pools; this process's own connection is idle meanwhile."""
    return payment_world.backends(name)


def _cpu(pids: list[int]) -> float:
    return sum(machine.cpu_of(pid) for pid in pids if Path(f"/proc/{pid}").exists())


if __name__ == "__main__":
    raise SystemExit(main())
