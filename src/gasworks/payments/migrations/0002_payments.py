"""Taking money as one database call, and the guards of payments."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

PAYMENTS = (Path(__file__).parent.parent / "sql" / "payments.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("payments", "0001_initial"),
        ("receivables", "0002_guards"),
        ("ledger", "0002_guards"),
    ]
    operations: ClassVar = [migrations.RunSQL(PAYMENTS, migrations.RunSQL.noop)]
