"""What this domain tells the foundation at start: audited acts and their subjects."""

from django.utils.translation import gettext_lazy as _

from gasworks.foundation import audit
from gasworks.foundation.audit import ActKind


def register() -> None:
    audit.register(
        ActKind("usage.open", _("Supply points put on price plans from a list")),
    )
    audit.register_subjects({"usage.ladder_group": _("Ladder group")})
