"""Late fee of an overdue item (违约金). Pure; off while the agreed rate is nought.

Source: Civil Code Art. 654 and 656 (a late fee as agreed); rate, grace, beginning and cap differ by contract, so each is
a parameter.
"""

import datetime as dt

from gasworks.kernel.money import half_up
from gasworks.receivables.types import LateFeeTerms


def late_fee(open_fen: int, due_on: dt.date, on: dt.date, terms: LateFeeTerms, charged_fen: int = 0) -> int:
    """Fen of late fee on ``open_fen`` that fell due on ``due_on`` and is paid ``on``; rounded half up once.

    ``charged_fen`` was charged on this item before and counts towards the cap.
    """
    days = days_late(due_on, on, terms)
    if days <= 0 or open_fen <= 0:
        return 0
    fee = half_up(open_fen * terms.rate_e6 * days, 1_000_000)
    cap = half_up(open_fen * terms.cap_e4, 10_000)
    return max(0, min(fee, cap - charged_fen))


def days_late(due_on: dt.date, on: dt.date, terms: LateFeeTerms) -> int:
    """Days that count: none up to the end of the grace, then from the due day or from the grace's end."""
    late = (on - due_on).days
    if late <= terms.grace_days:
        return 0
    return late if terms.from_due else late - terms.grace_days
