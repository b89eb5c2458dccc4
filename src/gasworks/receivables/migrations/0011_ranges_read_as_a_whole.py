"""The guards again: what thousands of rows point to, close together, is read as one range."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

GUARDS = (Path(__file__).parent.parent / "sql" / "guards.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("receivables", "0010_items_beside_bills"), ("ledger", "0004_ranges_read_as_a_whole")]
    operations: ClassVar = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
