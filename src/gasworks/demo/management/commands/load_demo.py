"""``manage.py load_demo --accounts N [--seed S]``: build the demo city once; a second call finds it there."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from gasworks.demo.build import build_city, last_month_before
from gasworks.demo.company import demo_company
from gasworks.payments.services import end_head_office_day


class Command(BaseCommand):
    help = "Build the demo city: customers, meters, thirteen months of readings, bills and payments."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--accounts", type=int, default=5_000)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--last-month", type=int, help="YYYYMM, the newest billed month; by default the newest possible"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["accounts"] < 1:
            raise CommandError("--accounts must be 1 or more")
        if demo_company() is not None:
            self.stdout.write("The demo city is there already.")
            return
        started = time.monotonic()

        def tell(text: str) -> None:
            self.stdout.write(f"{time.monotonic() - started:7.1f} s  {text}")

        now = timezone.now()
        last = options["last_month"] or last_month_before(timezone.localdate(now))
        company = build_city(accounts=options["accounts"], seed=options["seed"], last_month=last, tell=tell)
        end_head_office_day(scope=company.system, today=timezone.localdate(now), now=now)
