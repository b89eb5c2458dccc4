"""``manage.py demo_report``: one JSON line last; exit 1 when an invariant is broken or nothing was billed or paid."""

import json
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from gasworks.demo.report import city_report


class Command(BaseCommand):
    help = "Count what the demo city holds, and ask every invariant."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--started", type=float, default=0.0, help="epoch seconds at which the whole work began")

    def handle(self, *args: Any, **options: Any) -> None:
        figures, broken = city_report()
        for one in broken:
            detail = one.error or f"{one.broken} rows, first: {'; '.join(one.examples)}"
            self.stderr.write(f"{one.code} does not hold: {one.title}: {detail}")
        figures["seconds"] = round(time.time() - options["started"]) if options["started"] else 0
        self.stdout.write(json.dumps(figures))
        if broken or not (figures["bills"] and figures["payments"]):
            sys.exit(1)
