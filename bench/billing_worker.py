"""One process of the billing bench: bills chunks of a run, or meters one by one as the twin; tells its own CPU."""

import argparse
import datetime as dt
import os
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
    from bench.machine import tell_cost

    tell_cost(lambda: _run(asked.run) if asked.task == "run" else _twin(asked.run, asked.meters))


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
