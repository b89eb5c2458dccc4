"""The read that carries what late fees need, and the guards of waivers, links, subscriptions, slips and settlements."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"
READS = (SQL / "reads.sql").read_text(encoding="utf-8")
GUARDS = (SQL / "fee_guards.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("receivables", "0003_fees")]
    operations: ClassVar = [
        migrations.RunSQL(READS, migrations.RunSQL.noop),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
