"""``manage.py backup [--keep N]``: prints the folder of the new backup."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from gasworks.foundation.backups import create_backup


class Command(BaseCommand):
    help = "Back up the database and the stored files into one folder that can be checked and restored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--keep", type=int, default=None, help="remove older backups beyond this many")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(str(create_backup(now=timezone.now(), keep=options["keep"])))
