"""What was agreed about late fees (违约金), what each was charged on, which days bear none, what was waived (减免)."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.fields import BareKey, BorderKey, Days, FenField
from gasworks.foundation.history import tracked
from gasworks.foundation.models import Business, Staff
from gasworks.foundation.privileges import fact, kept
from gasworks.receivables.models.items import OpenItem


@tracked()
@kept
class LateTerms(Business):
    """The late fee as agreed, from a day to a day: of one agreement, of a kind of customer, or of the whole company.

    The terms in force on an item's due day govern it until it is paid: a later change never touches an older debt.
    ``steps`` are [from which day that counts, millionths of the debt a day]; ``cap_e4`` null: no cap.
    """

    class Base(models.TextChoices):
        DUE = "due", _("From the due day")
        MONTH_END = "month_end", _("From the end of the due day's month")

    customer_type = models.CharField(max_length=12, blank=True)
    agreement = BorderKey("customers.Agreement", null=True, blank=True)
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)
    steps = models.JSONField()
    grace_days = models.SmallIntegerField(default=0)
    base = models.CharField(max_length=10, choices=Base, default=Base.DUE)
    grace_counts = models.BooleanField(default=True)
    cap_e4 = models.IntegerField(null=True, blank=True)
    basis = models.CharField(max_length=200)
    set_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gt=F("from_on")), name="late_terms_from_before_to"
            ),
            models.CheckConstraint(
                condition=Q(customer_type="") | Q(agreement__isnull=True), name="late_terms_of_one_kind"
            ),
            ExclusionConstraint(
                name="late_terms_no_overlap",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("customer_type", RangeOperators.EQUAL),
                    (Coalesce("agreement_id", Value(0)), RangeOperators.EQUAL),
                    (Days("from_on", "to_on"), RangeOperators.OVERLAPS),
                ],
            ),
        ]


@fact()
class LateFeeLink(models.Model):
    """What a late fee was charged on: ``part_fen`` of an item's principal, up to ``until_on``.

    ``standing``: charged while the principal stayed open, so the principal's late fee goes on from ``until_on``;
    ``before_on`` is where it had stood. Otherwise it was charged with the payment of that part.
    """

    item = models.OneToOneField(OpenItem, models.PROTECT, primary_key=True, related_name="+", db_constraint=False)
    company = BareKey("foundation.OrgUnit")
    principal = BareKey(OpenItem)
    part_fen = FenField()
    until_on = models.DateField()
    standing = models.BooleanField(default=False)
    before_on = models.DateField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["principal"], name="late_fee_principal")]


@fact(update=("to_on", "ended_by_id", "ended_at"))
class Freeze(Business):
    """Days on which an item bears no late fee, and why; half-open. ``to_on`` null: it goes on.

    The days of those that are over stand merged in the item's ``frozen``.
    """

    class Kind(models.TextChoices):
        DISPUTE = "dispute", _("Disputed")
        BANK = "bank", _("With the bank")

    item = BareKey(OpenItem)
    kind = models.CharField(max_length=10, choices=Kind)
    from_on = models.DateField()
    to_on = models.DateField(null=True)
    note = models.CharField(max_length=200, blank=True)
    set_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField()
    ended_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")), name="freeze_from_before_to"
            ),
            models.UniqueConstraint(fields=["item"], condition=Q(to_on__isnull=True), name="freeze_one_goes_on"),
        ]
        indexes: ClassVar = [models.Index(fields=["item"], name="freeze_item")]


@fact(update=("state", "undone_entry_id", "undone_by_id", "undone_at", "undone_reason"))
class Waiver(Business):
    """Part or all of an item that the company does without: late fee, hardship, discount. Booked in the ledger."""

    class Kind(models.TextChoices):
        LATE_FEE = "late_fee", _("Late fee waived")
        HARDSHIP = "hardship", _("Hardship relief")
        DISCOUNT = "discount", _("Discount")
        SERVICE = "service", _("Service failure made good")

    class State(models.IntegerChoices):
        BOOKED = 1, _("Booked")
        UNDONE = 2, _("Taken back")

    item = BareKey(OpenItem)
    agreement = BorderKey("customers.Agreement")
    kind = models.CharField(max_length=10, choices=Kind)
    amount_fen = FenField()
    tax_fen = FenField()
    reason = models.CharField(max_length=200)
    entry = BareKey("ledger.Entry")
    posting_day = models.DateField()
    month = models.IntegerField()
    state = models.SmallIntegerField(choices=State, default=State.BOOKED)
    waived_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    granted_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    undone_entry = BareKey("ledger.Entry", null=True)
    undone_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="waiver_of_something"),
            models.CheckConstraint(
                condition=Q(state=1, undone_entry__isnull=True) | Q(state=2, undone_entry__isnull=False),
                name="waiver_state_says_entry",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["item"], name="waiver_item"),
            models.Index(fields=["company", "posting_day"], name="waiver_day"),
        ]
