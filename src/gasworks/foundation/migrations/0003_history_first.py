"""History triggers call a function of pghistory; no library may touch a tracked table before it is there."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("foundation", "0002_events_removal"), ("pghistory", "0007_auto_20250421_0444")]
    run_before = [("account", "0001_initial")]
    operations: list = []
