"""The function of payments again: a single balance is locked by the change itself."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

PAYMENTS = (Path(__file__).parent.parent / "sql" / "payments.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("payments", "0005_one_line_without_grouping")]
    operations: ClassVar = [migrations.RunSQL(PAYMENTS, migrations.RunSQL.noop)]
