"""A worker of the product that looks every second, not every minute, whether another worker has died.

``python -m tests.faults.worker ask`` asks for a billing run of the town, ``… work`` works until it is killed.
"""

import contextlib
import datetime as dt
import os
import sys
import threading
import time

PART = 30


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "gasworks.project.settings"
    import django

    django.setup()
    {"ask": ask, "work": work}[sys.argv[1]]()


def ask() -> None:
    from django.db import transaction

    from gasworks.billing.services import start_run
    from gasworks.billing.services.asking import RUN_WORK
    from gasworks.foundation.scope import Scope
    from gasworks.foundation.work import start_work

    now, today = dt.datetime.now(dt.UTC), dt.date(2026, 4, 20)
    scope = Scope.system("test", company_id=2, actor_id=1)
    with transaction.atomic():
        run = start_run(scope=scope, month=202604, today=today, now=now, due_on=dt.date(2026, 5, 20), chunk_groups=PART)
        args = {"run_id": run.id, "today": today.isoformat()}
        run.work = start_work(kind=RUN_WORK, title="April", scope=scope, args=args, now=now)
        run.save(update_fields=["work"])


def work() -> None:
    from procrastinate.contrib.django import app
    from procrastinate.exceptions import AlreadyEnqueued

    from gasworks.foundation import jobs

    jobs.STALLED_SECONDS = 1

    def tick() -> None:
        while True:
            with contextlib.suppress(AlreadyEnqueued):
                jobs.recover_stalled.defer(timestamp=int(time.time()))
            time.sleep(1)

    threading.Thread(target=tick, daemon=True).start()
    app.with_connector(app.connector.get_worker_connector()).run_worker(
        concurrency=2, update_heartbeat_interval=0.3, stalled_worker_timeout=1.0, fetch_job_polling_interval=0.5
    )


if __name__ == "__main__":
    main()
