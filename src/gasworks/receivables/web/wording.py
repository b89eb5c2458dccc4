"""How an item is named on the pages about it."""

from gasworks.customers.selectors import agreement_of
from gasworks.foundation.scope import Scope
from gasworks.foundation.templatetags.gas import month, named, yuan
from gasworks.receivables.selectors import get_item


def told(scope: Scope, item_id: int, *, whole: bool = False) -> str:
    """«010000123 name · fee · month · open yuan»; ``whole`` tells the amount that was charged instead."""
    item = get_item(scope=scope, item_id=item_id)
    agreement = agreement_of(scope=scope, agreement_id=item.agreement_id)
    whose = f"{agreement.supply_point.number} {agreement.customer.name}"
    return " · ".join(
        map(str, (whose, named(item.fee_type), month(item.month), yuan(item.gross_fen if whole else item.open_fen)))
    )
