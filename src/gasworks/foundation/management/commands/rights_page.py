"""Write the manual's page of rights in both languages."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from gasworks.foundation.manual import PAGES, rights_page


class Command(BaseCommand):
    help = "Write docs/reference/rights*.md from the rights table."

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.ROOT) / "docs" / "reference"
        folder.mkdir(parents=True, exist_ok=True)
        for language, name in PAGES.items():
            (folder / name).write_text(rights_page(language), encoding="utf-8")
