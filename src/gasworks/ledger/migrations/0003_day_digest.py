"""The digest of a day, and guards that open no day which is digested."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ledger", "0002_guards"), ("foundation", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL((SQL / name).read_text(encoding="utf-8"), migrations.RunSQL.noop)
        for name in ("guards.sql", "digest.sql")
    ]
