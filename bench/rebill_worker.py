"""One process of the re-billing bench: works a mass re-billing out, or carries it out; tells its own CPU."""

import argparse
import datetime as dt
import os
from typing import Any

NOW = dt.datetime(2026, 4, 20, 2, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 4, 20)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("task", choices=("draft", "look", "do"))
    parser.add_argument("--run", type=int, default=0)
    parser.add_argument("--rebill", type=int, default=0)
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gasworks.project.settings")
    import django

    django.setup()
    from bench.machine import tell_cost

    tell_cost(lambda: _draft(asked.run) if asked.task == "draft" else _carry(asked.task, asked.rebill))


def _scope() -> Any:
    from gasworks.foundation.scope import Scope

    return Scope.system("bench", company_id=2, actor_id=1)


def _draft(run_id: int) -> int:
    """The case and its parts, not worked out yet; its number."""
    from gasworks.billing.models import Rebill, RebillPart
    from gasworks.billing.rebill.targets import parts_of_target

    rebill = Rebill.objects.create(
        company_id=2, cause="reading", target="run", chosen={"run": run_id}, reason="bench", asked_at=NOW
    )
    RebillPart.objects.bulk_create(
        RebillPart(company_id=2, rebill=rebill, no=no, firsts=[[one.group, one.bill, one.linked] for one in part])
        for no, part in enumerate(parts_of_target(2, "run", {"run": run_id}), 1)
    )
    return rebill.id


def _carry(task: str, rebill_id: int) -> int:
    from django.db.models import Sum

    from gasworks.billing.models import Rebill, RebillPart
    from gasworks.billing.services import rebilling

    if task == "look":
        rebilling.look(scope=_scope(), rebill_id=rebill_id, clock=lambda: NOW, today=TODAY)
    else:
        Rebill.objects.filter(pk=rebill_id).update(state=Rebill.State.RUNNING)
        rebilling.carry_out_rebill(scope=_scope(), rebill_id=rebill_id, clock=lambda: NOW, today=TODAY)
    return int(RebillPart.objects.filter(rebill_id=rebill_id).aggregate(n=Sum("bills"))["n"] or 0)


if __name__ == "__main__":
    main()
