"""What was printed stays; what is invoiced is not waived, and what is waived is not invoiced."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"
FEES = (SQL / "fee_guards.sql").read_text(encoding="utf-8")
REMINDERS = (SQL / "reminder_guards.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("receivables", "0007_settlements_and_reminders")]
    operations: ClassVar = [
        migrations.RunSQL(FEES, migrations.RunSQL.noop),
        migrations.RunSQL(REMINDERS, migrations.RunSQL.noop),
    ]
