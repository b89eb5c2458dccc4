"""The functions of payments again: keys of a file are inserted without looking first, the guard looks up once what rows share."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

PAYMENTS = (Path(__file__).parent.parent / "sql" / "payments.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("payments", "0003_many_at_once")]
    operations: ClassVar = [migrations.RunSQL(PAYMENTS, migrations.RunSQL.noop)]
