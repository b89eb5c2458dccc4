"""``manage.py invariants [--selftest] [--json] [--only BIL-1,LED-2]``: exit 0 when all hold, 1 otherwise."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from gasworks.foundation.invariants import Finding, check_all
from gasworks.foundation.invariants.selftest import Planted, selftest


class Command(BaseCommand):
    help = "Ask the database every named invariant; with --selftest break each one in a scratch database first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--selftest", action="store_true", help="plant one violation per name; each must be reported"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--only", default="", help="codes, with commas between")
        parser.add_argument("--hands", type=int, default=2, help="sessions that ask side by side")

    def handle(self, *args: Any, **options: Any) -> None:
        only = {code for code in options["only"].split(",") if code} or None
        if options["selftest"]:
            planted = selftest(only=only)
            self._print(planted, options["json"], self._planted_line)
            good = all(one.reported for one in planted)
        else:
            findings = check_all(only, hands=options["hands"])
            self._print(findings, options["json"], self._finding_line)
            good = all(one.holds for one in findings)
        if not good:
            sys.exit(1)

    def _print(self, answers: list[Any], as_json: bool, line: Any) -> None:
        if as_json:
            self.stdout.write(json.dumps({one.code: asdict(one) for one in answers}, ensure_ascii=False))
            return
        for one in answers:
            self.stdout.write(line(one))

    @staticmethod
    def _finding_line(one: Finding) -> str:
        mark = "holds " if one.holds else "BROKEN"
        detail = one.error or ("" if one.holds else f"{one.broken} rows, first: {'; '.join(one.examples)}")
        return f"{one.code:<6} {mark} {one.seconds:6.2f} s  {one.title} {detail}".rstrip()

    @staticmethod
    def _planted_line(one: Planted) -> str:
        return f"{one.code:<6} {'reported' if one.reported else 'NOT REPORTED: ' + one.reason}"
