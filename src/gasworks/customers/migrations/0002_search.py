"""How addresses are looked up."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

SEARCH = (Path(__file__).parent.parent / "sql" / "search.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("customers", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(SEARCH, migrations.RunSQL.noop)]
