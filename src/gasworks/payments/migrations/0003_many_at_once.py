"""One statement for one payment and for a whole collection file. The company of a payment is held by its guard alone."""

from pathlib import Path
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

PAYMENTS = (Path(__file__).parent.parent / "sql" / "payments.sql").read_text(encoding="utf-8")
OLD_PAY = """
DROP FUNCTION IF EXISTS payments_pay(bigint, text, uuid, bytea, bigint, date, date, text, bigint, bigint[], bigint[],
                                     bigint[], bigint[], bigint[], bigint, timestamptz, text, inet, text)
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("payments", "0002_payments")]
    operations: ClassVar = [
        migrations.AlterField(
            model_name="payment",
            name="company",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="foundation.orgunit",
            ),
        ),
        migrations.RemoveIndex(model_name="payment", name="payment_shift"),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("shift__isnull", False)), fields=["shift", "-id"], name="payment_shift"
            ),
        ),
        migrations.RunSQL(OLD_PAY, migrations.RunSQL.noop),
        migrations.RunSQL(PAYMENTS, migrations.RunSQL.noop),
    ]
