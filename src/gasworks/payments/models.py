"""Money taken: shifts, payments by channel, counted cash, day end."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gasworks.foundation.fields import BareKey, BorderKey, FenField
from gasworks.foundation.models import Business, Inner, Staff, Versioned
from gasworks.foundation.privileges import fact, kept


@kept
class Channel(Business):
    """Where money comes in: counter, bank, WeChat, API … each with its own key space and control account."""

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)
    is_counter = models.BooleanField(default=False)
    active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "code"], name="channel_code_once")]

    def __str__(self) -> str:
        return self.name


@kept
class Shift(Business, Versioned):
    """班次: one cashier's money at one outlet, on one posting day fixed at opening. Closing (扎帐) moves no day."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", pgettext_lazy("shift", "Closed")

    outlet = models.ForeignKey("foundation.OrgUnit", models.PROTECT, related_name="+")
    cashier = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    posting_day = models.DateField()
    float_fen = FenField(default=0)
    state = models.CharField(max_length=6, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    counted_fen = FenField(null=True)
    expected_fen = FenField(null=True)
    count_sheet = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "cashier"], condition=Q(state="open"), name="shift_one_open"),
        ]


@fact(update=("state", "reversed_by_id"))
class Payment(Inner):
    """PAY-1: an acknowledged payment exists exactly once. ``amount_fen`` is what stays with us (tendered − change).

    One request key takes one payment for each agreement that it pays. ``channel_on`` is the channel's own business day:
    earlier than the posting day, the payment was acknowledged for a day that had been closed here.
    """

    class State(models.IntegerChoices):
        TAKEN = 1, _("Taken")
        REVERSED = 2, _("Reversed")
        REVERSAL = 3, _("Reversal")
        REFUND = 4, _("Refund")

    class Means(models.TextChoices):
        CASH = "cash", _("Cash")
        CARD = "card", _("Bank card")
        QR = "qr", _("QR code")
        CHEQUE = "cheque", _("Cheque")
        TRANSFER = "transfer", _("Bank transfer")
        ONLINE = "online", _("Online")

    agreement = BareKey("customers.Agreement")
    entry = BareKey("ledger.Entry")
    outlet = BareKey("foundation.OrgUnit")
    shift = BareKey(Shift, null=True)
    channel = BareKey(Channel)
    means = models.CharField(max_length=8, choices=Means)
    posting_day = models.DateField()
    amount_fen = FenField()
    tendered_fen = FenField()
    advance_fen = FenField(default=0)
    key = models.UUIDField()
    channel_on = models.DateField(null=True)
    state = models.SmallIntegerField(choices=State, default=State.TAKEN)
    reverses = BareKey("self", null=True)
    reversed_by = BareKey("self", null=True)
    taken_by = BareKey(Staff, null=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "channel", "agreement", "key"], name="payment_key_once"),
            models.CheckConstraint(
                condition=Q(state__in=(3, 4), amount_fen__lt=0) | Q(state__in=(1, 2), amount_fen__gt=0),
                name="payment_sign",
            ),
            models.UniqueConstraint(
                fields=["company", "reverses"], condition=Q(reverses__isnull=False), name="payment_reversed_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=(3, 4)) | Q(tendered_fen__gte=F("amount_fen")), name="payment_tendered"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["agreement", "-id"], name="payment_agreement"),
            models.Index(fields=["shift", "-id"], condition=Q(shift__isnull=False), name="payment_shift"),
            models.Index(fields=["entry"], name="payment_entry"),
            models.Index(fields=["company", "posting_day", "id"], name="payment_day"),
        ]


@fact()
class Banking(Business):
    """Cash of a shift brought to the bank, with the number of the bank's slip (解款单)."""

    shift = models.ForeignKey(Shift, models.PROTECT, related_name="+")
    entry = BareKey("ledger.Entry")
    amount_fen = FenField()
    slip_no = models.CharField(max_length=40)
    banked_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "slip_no"], name="banking_slip_once"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="banking_positive"),
        ]


@fact()
class PaymentSheet(Business):
    """Which sheet shows which payment; one sheet may cover many."""

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="+")
    sheet = BorderKey("invoicing.Sheet")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "payment", "sheet"], name="payment_sheet_once"),
        ]
