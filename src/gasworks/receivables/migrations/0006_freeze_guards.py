"""The guards of days without late fee, and the rows of disputes that were noted on the items alone."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

GUARDS = (Path(__file__).parent.parent / "sql" / "freeze_guards.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("receivables", "0005_freezes")]
    operations: ClassVar = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
