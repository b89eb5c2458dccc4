"""The guards of paper, in hand-written SQL."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

GUARDS = (Path(__file__).parent.parent / "sql" / "guards.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("invoicing", "0001_initial"), ("receivables", "0002_guards"), ("ledger", "0002_guards")]
    operations: ClassVar = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
