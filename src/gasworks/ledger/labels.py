"""What the kinds of entries and the natures of accounts are called on screens and papers."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gasworks.ledger.types import EntryKind

KINDS: dict[EntryKind, str | Promise] = {
    EntryKind.BILL: _("Bill"),
    EntryKind.BILL_CANCEL: _("Bill cancelled"),
    EntryKind.PAYMENT: _("Payment"),
    EntryKind.PAYMENT_REVERSAL: _("Payment reversed"),
    EntryKind.CHARGE: _("Charge"),
    EntryKind.DEPOSIT: _("Deposit"),
    EntryKind.CASH_COUNT: _("Cash over or short"),
    EntryKind.BANKING: _("Cash banked"),
    EntryKind.LATE_FEE: _("Late fee"),
    EntryKind.CHARGE_CANCEL: _("Charge cancelled"),
    EntryKind.ADVANCE_USE: _("Advance used"),
    EntryKind.MANUAL: _("Manual entry"),
    EntryKind.OPENING: _("Opening balance"),
    EntryKind.SHIFT_TRANSFER: _("Cash between shifts"),
    EntryKind.REFUND: _("Refund"),
    EntryKind.REBILL: _("Money moved by re-billing"),
    EntryKind.WAIVER: _("Waiver"),
    EntryKind.WAIVER_UNDONE: _("Waiver taken back"),
    EntryKind.SETTLEMENT: _("Settlement with a third party"),
    EntryKind.DEPOSIT_RETURN: _("Deposit given back"),
    EntryKind.SUBSIDY: _("Subsidy claimed"),
    EntryKind.SUBSIDY_PAID: _("Subsidy paid"),
}
