"""What invoicing tells the foundation about itself: audited acts."""

from django.utils.translation import gettext_lazy as _

from gasworks.foundation import audit
from gasworks.foundation.audit import ActKind, Moves


def register() -> None:
    audit.register(
        ActKind("invoicing.receive_book", _("Receive a paper book"), Moves.MONEY),
        ActKind("invoicing.hand_out_book", _("Hand out a paper book"), Moves.MONEY),
        ActKind("invoicing.take_back_book", _("Take a paper book back into stock"), Moves.MONEY),
        ActKind("invoicing.return_book", _("Return a paper book"), Moves.MONEY),
        ActKind("invoicing.write_off_book", _("Write off a paper book"), Moves.MONEY),
        ActKind("invoicing.print", _("Print a sheet"), Moves.MONEY),
        ActKind("invoicing.jam", _("Jammed sheet"), Moves.MONEY),
        ActKind("invoicing.void", _("Void a sheet"), Moves.MONEY),
    )
    audit.register_subjects({"invoicing.book": _("Paper book"), "invoicing.sheet": _("Sheet")})
