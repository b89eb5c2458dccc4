"""``manage.py restore ARCHIVE --into NAME``: a new database, or exit 1 and nothing left behind when it is not equal."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gasworks.foundation.backups import restore_backup
from gasworks.kernel.errors import Refusal


class Command(BaseCommand):
    help = "Restore a backup into a new database and compare every table with what was saved."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("archive", type=Path)
        parser.add_argument("--into", required=True, help="the name of the new database")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            restored = restore_backup(folder=options["archive"], database=options["into"])
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        rows = sum(count for count, _ in restored.contents.tables.values())
        self.stdout.write(
            f"{restored.database}: {len(restored.contents.tables)} tables, {rows} rows, equal to {restored.taken_at}"
        )
        if not restored.same_key:
            self.stderr.write(
                "the personal numbers inside were sealed under another installation key; put that key into"
                " var/installation_key or GASWORKS_INSTALLATION_KEY, or they cannot be read"
            )
