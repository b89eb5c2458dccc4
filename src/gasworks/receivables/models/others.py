"""Fees that come again, settlements with those for whom we collect, and the slips of deposits."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gasworks.foundation.fields import BareKey, BorderKey, Days, FenField
from gasworks.foundation.history import tracked
from gasworks.foundation.models import Business, Staff, Versioned
from gasworks.foundation.privileges import fact, kept
from gasworks.receivables.models.items import FeeType, OpenItem, Principal


@tracked()
@kept
class Subscription(Business, Versioned):
    """A fee that an agreement pays again and again, from a day to a day. Whole amounts: no part of a period."""

    class Period(models.IntegerChoices):
        """Months from one charge to the next."""

        MONTHLY = 1, _("Monthly")
        QUARTERLY = 3, _("Quarterly")
        YEARLY = 12, _("Yearly")

    agreement = BorderKey("customers.Agreement")
    fee_type = BorderKey(FeeType)
    amount_fen = FenField()
    period = models.SmallIntegerField(choices=Period, default=Period.MONTHLY)
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)
    consent_on = models.DateField(null=True, blank=True)
    consent = BorderKey("foundation.StoredFile", null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    set_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="subscription_of_something"),
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gt=F("from_on")), name="subscription_from_before_to"
            ),
            ExclusionConstraint(
                name="subscription_no_overlap",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("agreement", RangeOperators.EQUAL),
                    ("fee_type", RangeOperators.EQUAL),
                    (Days("from_on", "to_on"), RangeOperators.OVERLAPS),
                ],
            ),
        ]


@fact()
class SubscriptionCharge(Business):
    """That a subscription was charged for a month: at most once, however often the job runs."""

    subscription = BorderKey(Subscription)
    month = models.IntegerField()
    item = BareKey(OpenItem)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "subscription", "month"], name="subscription_charged_once")
        ]


@kept
class Settlement(Business, Versioned):
    """What we collected for a third party in a period, less what was given back and our commission.

    One follows on the other without a gap. ``brought_fen`` is what the one before left over, below zero where more had
    gone back than come in; what this one leaves over is ``carried_fen``.
    """

    class State(models.IntegerChoices):
        DRAFT = 1, _("Draft")
        POSTED = 2, _("Paid over")
        DROPPED = 3, _("Dropped")

    principal = BorderKey(Principal)
    from_on = models.DateField()
    to_on = models.DateField()
    brought_fen = FenField(default=0)
    collected_fen = FenField()
    refunded_fen = FenField()
    commission_e4 = models.SmallIntegerField()
    commission_fen = FenField()
    commission_tax_fen = FenField()
    net_fen = FenField()
    paid_fen = FenField(default=0)
    carried_fen = FenField(default=0)
    state = models.SmallIntegerField(choices=State, default=State.DRAFT)
    entry = BareKey("ledger.Entry", null=True)
    drafted_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    drafted_at = models.DateTimeField()
    granted_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    posted_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(to_on__gt=F("from_on")), name="settlement_from_before_to"),
            models.CheckConstraint(
                condition=Q(net_fen=F("brought_fen") + F("collected_fen") - F("refunded_fen") - F("commission_fen")),
                name="settlement_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(paid_fen__gte=0, net_fen=F("paid_fen") + F("carried_fen")), name="settlement_leaves_nothing"
            ),
            models.CheckConstraint(
                condition=Q(state=2, entry__isnull=False)
                | Q(state=2, paid_fen=0, commission_fen=0)
                | (~Q(state=2) & Q(entry__isnull=True)),
                name="settlement_state_says_entry",
            ),
            ExclusionConstraint(
                name="settlement_no_overlap",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("principal", RangeOperators.EQUAL),
                    (Days("from_on", "to_on"), RangeOperators.OVERLAPS),
                ],
                condition=~Q(state=3),
            ),
        ]


@kept
class DepositSlip(Business, Versioned):
    """The paper that a customer holds for a deposit (押金条): money goes back only against it, and once."""

    class State(models.IntegerChoices):
        HELD = 1, pgettext_lazy("deposit", "Held")
        RETURNED = 2, _("Given back")

    number = models.CharField(max_length=30)
    item = models.OneToOneField(OpenItem, models.PROTECT, related_name="+", db_constraint=False)
    agreement = BorderKey("customers.Agreement")
    amount_fen = FenField()
    state = models.SmallIntegerField(choices=State, default=State.HELD)
    issued_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    issued_at = models.DateTimeField()
    returned_entry = BareKey("ledger.Entry", null=True)
    returned_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    returned_at = models.DateTimeField(null=True)
    returned_to = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="deposit_slip_number_once"),
            models.CheckConstraint(
                condition=Q(state=1, returned_entry__isnull=True) | Q(state=2, returned_entry__isnull=False),
                name="deposit_slip_state_says_entry",
            ),
        ]
