"""The process of the simulation bench: tries the draft on the year, tells its figures and what it cost."""

import argparse
import datetime as dt
import json
import os
import resource
import sys
import time

NOW = dt.datetime(2026, 4, 20, 2, 0, tzinfo=dt.UTC)
DRAFT = 99


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("first", type=int)
    parser.add_argument("last", type=int)
    parser.add_argument("block", type=int)
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gasworks.project.settings")
    import django

    django.setup()
    from django.db import connection

    from bench.machine import anonymous_mb, cpu_of
    from gasworks.billing.models import Simulation
    from gasworks.billing.services.simulating import simulate
    from gasworks.foundation.scope import Scope
    from gasworks.tariffs.models import PlanVersion

    version = PlanVersion.objects.get(pk=DRAFT)
    row = Simulation.objects.create(
        company_id=2,
        price_version=version,
        from_on=version.from_on,
        content=version.content,
        throughout=True,
        first_month=asked.first,
        last_month=asked.last,
        selection={},
        asked_at=NOW,
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    began = (time.process_time(), cpu_of(backend), time.monotonic())
    scope = Scope.system("bench", company_id=2, actor_id=1)
    figures, points = simulate(scope=scope, simulation_id=row.id)
    python_s, postgres_s = time.process_time() - began[0], cpu_of(backend) - began[1]
    mine = points.take(points.supply_point <= asked.block)
    homes = zip(mine.supply_point.tolist(), mine.now_fen.tolist(), mine.tried_fen.tolist(), strict=True)
    answer = {
        "seconds": time.monotonic() - began[2],
        "cpu_s": python_s + postgres_s,
        "python_s": python_s,
        "postgres_s": postgres_s,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "backend_mb": anonymous_mb(backend),
        "figures": figures,
        "homes": {str(key): [now, tried] for key, now, tried in homes},
    }
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
