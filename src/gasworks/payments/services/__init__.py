"""Writes of payments. Signatures here are stable: counter, API and jobs stand on them."""

from gasworks.payments.services.advances import lay_advance, refund_advance, use_advance
from gasworks.payments.services.arriving import take_for_point
from gasworks.payments.services.collecting import refused_beforehand, take_collection
from gasworks.payments.services.days import end_day, end_head_office_day
from gasworks.payments.services.papers import print_receipt, reprint_receipt
from gasworks.payments.services.reversing import reverse_payment
from gasworks.payments.services.setup import install_channels
from gasworks.payments.services.shifts import bank_cash, close_shift, open_shift
from gasworks.payments.services.taking import take_advance, take_amount, take_payment

__all__ = [
    "bank_cash",
    "close_shift",
    "end_day",
    "end_head_office_day",
    "install_channels",
    "lay_advance",
    "open_shift",
    "print_receipt",
    "refund_advance",
    "refused_beforehand",
    "reprint_receipt",
    "reverse_payment",
    "take_advance",
    "take_amount",
    "take_collection",
    "take_for_point",
    "take_payment",
    "use_advance",
]
