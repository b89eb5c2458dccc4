"""A payment of one line groups nothing; keys of payments stand by agreement, so that a file's rows fall side by side."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations, models

PAYMENTS = (Path(__file__).parent.parent / "sql" / "payments.sql").read_text(encoding="utf-8")
OLD_PAY = """
DROP FUNCTION IF EXISTS payments_pay(bigint, text, uuid[], bytea[], bigint, date, date[], text, bigint, bigint[], bigint[],
                                     integer[], bigint[], bigint[], bigint[], bigint, timestamptz, text, inet, text)
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("payments", "0004_keys_not_looked_for")]
    operations: ClassVar = [
        migrations.RemoveConstraint(model_name="payment", name="payment_key_once"),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                fields=("company", "channel", "agreement", "key"), name="payment_key_once"
            ),
        ),
        migrations.RunSQL(OLD_PAY, migrations.RunSQL.noop),
        migrations.RunSQL(PAYMENTS, migrations.RunSQL.noop),
    ]
