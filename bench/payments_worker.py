"""One process of the payment bench: cashiers as threads, each with its own connection; tells its own CPU."""

import argparse
import datetime as dt
import json
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

TODAY = dt.date(2026, 4, 20)
GIVEN_FEN = 50_000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("task", choices=("product", "twin"))
    parser.add_argument("--clients", type=int, required=True)
    asked = parser.parse_args()
    homes: list[int] = json.loads(sys.stdin.read())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gasworks.project.settings")
    import django

    django.setup()
    sys.stdout.write(json.dumps(_measure(asked.task, homes, asked.clients)) + "\n")


def _measure(task: str, homes: list[int], clients: int) -> dict[str, Any]:
    from bench.machine import cpu_of

    ready, go, done = (threading.Barrier(clients + 1) for _ in range(3))
    pids: list[int] = []
    spent: list[float] = []
    lock = threading.Lock()

    def work(place: int) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            with lock:
                pids.append(cursor.fetchone()[0])
        pay = _payer(task, 101 + place)
        mine = homes[place::clients]
        for home in mine[:3]:
            pay(home)
        ready.wait()
        go.wait()
        for home in mine[3:]:
            began = time.perf_counter()
            pay(home)
            spent.append(time.perf_counter() - began)
        done.wait()
        connection.close()

    threads = [threading.Thread(target=work, args=(place,)) for place in range(clients)]
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.process_time(), sum(cpu_of(pid) for pid in pids), time.perf_counter()
    go.wait()
    while done.n_waiting < clients and any(thread.is_alive() for thread in threads):
        time.sleep(0.01)
    python_s, wall_s = time.process_time() - began[0], time.perf_counter() - began[2]
    postgres_s = sum(cpu_of(pid) for pid in pids) - began[1]
    done.wait()
    for thread in threads:
        thread.join()
    spent.sort()
    return {
        "done": len(spent),
        "python_s": python_s,
        "postgres_s": postgres_s,
        "wall_s": wall_s,
        "p50_ms": spent[len(spent) // 2] * 1000,
        "p99_ms": spent[len(spent) * 99 // 100] * 1000,
    }


def _payer(task: str, cashier: int) -> Callable[[int], Any]:
    """Both read what is open, lay the money oldest first, and write all rows; both keep the surplus as change."""
    from bench.payment_world import scope_of

    scope = scope_of(cashier)
    now = dt.datetime(2026, 4, 20, 2, 0, tzinfo=dt.UTC)
    if task == "twin":
        from bench.orm_payment_twin import pay_one

        return lambda home: pay_one(
            company_id=scope.company_id,
            agreement_id=home,
            key=uuid.uuid4(),
            tendered_fen=GIVEN_FEN,
            keep_surplus=False,
            shift_id=cashier,
            actor_id=cashier,
            now=now,
        )
    from gasworks.payments.planning import plan_payment
    from gasworks.payments.services import take_payment
    from gasworks.receivables.selectors import read_accounts

    def pay(home: int) -> Any:
        accounts = read_accounts(scope=scope, agreement_ids=[home])
        plan = plan_payment(accounts, GIVEN_FEN, on=TODAY)
        return take_payment(
            scope=scope,
            plan=plan,
            key=uuid.uuid4(),
            means="cash",
            tendered_fen=GIVEN_FEN,
            shift_id=cashier,
            today=TODAY,
            now=now,
        )

    return pay


if __name__ == "__main__":
    main()
