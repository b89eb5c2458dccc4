"""What an item may become stands in the guard of its changes, which keeps its plan; CHECKs are read anew each statement."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

GUARDS = (Path(__file__).parent.parent / "sql" / "guards.sql").read_text(encoding="utf-8")
IN_THE_GUARD = ("item_never_overpaid", "item_invoiced_once", "item_state_says_open", "item_reserved_by")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("receivables", "0011_ranges_read_as_a_whole")]
    operations: ClassVar = [
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
        *(migrations.RemoveConstraint(model_name="openitem", name=name) for name in IN_THE_GUARD),
    ]
