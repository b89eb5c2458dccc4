"""``manage.py demo_logins``: one log-in per role of the demo city."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from gasworks.demo.company import PASSWORD, demo_company
from gasworks.foundation.rights_table import ROLES


class Command(BaseCommand):
    help = "Print one log-in per role of the demo city."

    def handle(self, *args: Any, **options: Any) -> None:
        if demo_company() is None:
            self.stdout.write("No demo city is loaded.")
            return
        self.stdout.write(f"{'log-in':<16}{'password':<22}role")
        for role in ROLES:
            with translation.override("zh-hans"):
                chinese = str(role.label)
            with translation.override("en"):
                english = str(role.label)
            self.stdout.write(f"{role.code:<16}{PASSWORD:<22}{chinese} · {english}")
