"""What the ledger tells the foundation about itself: audited acts."""

from django.utils.translation import gettext_lazy as _

from gasworks.foundation import audit
from gasworks.foundation.audit import ActKind, Moves


def register() -> None:
    audit.register(ActKind("ledger.close_day", _("Close a posting day"), Moves.MONEY))
