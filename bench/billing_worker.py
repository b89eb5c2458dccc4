"""One process of the billing bench: bills chunks of a run, or meters one by one as the twin; tells its own CPU."""

import argparse
import datetime as dt
import json
import os
import resource
import sys
import time
from typing import Any

NOW = dt.datetime(2026, 4, 20, 2, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 4, 20)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("task", choices=("run", "twin"))
    parser.add_argument("--run", type=int, required=True)
    parser.add_argument("--meters", type=int, default=0)
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gasworks.project.settings")
    import django

    django.setup()
    from django.db import connection

    from bench.machine import anonymous_mb, cpu_of

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    began = (time.process_time(), cpu_of(backend), time.monotonic())
    done = _run(asked.run) if asked.task == "run" else _twin(asked.run, asked.meters)
    answer = {
        "done": done,
        "python_s": time.process_time() - began[0],
        "postgres_s": cpu_of(backend) - began[1],
        "wall_s": time.monotonic() - began[2],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "backend_mb": anonymous_mb(backend),
    }
    sys.stdout.write(json.dumps(answer) + "\n")


def _scope() -> Any:
    from gasworks.foundation.scope import Scope

    return Scope.system("bench", company_id=2, actor_id=1)


def _run(run_id: int) -> int:
    from gasworks.billing.run.chunk import run_chunk

    done = 0
    while run_chunk(run_id=run_id, scope=_scope(), now=NOW, today=TODAY) is not None:
        done += 1
    return done


def _twin(run_id: int, meters: int) -> int:
    from bench.orm_twin import bill_one, look_up
    from gasworks.billing.models import Run

    run = Run.objects.get(pk=run_id)
    keys = list(range(1, meters + 1))
    known = look_up(keys, run=run)
    made = [bill_one(key, known=known, run=run, outlet_id=4, actor_id=1, now=NOW) for key in keys]
    return sum(bill is not None for bill in made)


if __name__ == "__main__":
    main()
