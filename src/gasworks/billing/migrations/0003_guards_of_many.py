"""The guards again: what is changed is looked at in one pass, however many rows there are."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

GUARDS = (Path(__file__).parent.parent / "sql" / "guards.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("billing", "0002_guards")]
    operations: ClassVar = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
