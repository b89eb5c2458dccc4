"""The guard of sheets once more: what was waived is not invoiced (INV-1)."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

GUARDS = (Path(__file__).parent.parent / "sql" / "guards.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("invoicing", "0002_guards"), ("receivables", "0008_reminder_guards")]
    operations: ClassVar = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
