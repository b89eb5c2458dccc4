"""What customers owe and what we owe them: fee types, open items, allocation, one balance row per agreement."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.fields import BareKey, BorderKey, FenField
from gasworks.foundation.models import Business, Versioned
from gasworks.foundation.privileges import fact, kept


@kept
class FeeType(Business, Versioned):
    """A fee with its legal basis. Household fees that the state abolished are refused by default.

    ``homes_basis``: the document that allows it for homes all the same. ``on_bill``: shown on the gas bill of its month.
    """

    class Kind(models.TextChoices):
        OWN = "own", _("Own revenue")
        THIRD_PARTY = "third_party", _("Collected for a third party")
        DEPOSIT = "deposit", _("Deposit")
        ADVANCE = "advance", _("Advance")

    class Purpose(models.TextChoices):
        """What the fee is for. Some purposes may not be charged to homes (``fees.HOUSEHOLD_RULES``)."""

        OTHER = "other", _("Other")
        REPAIR = "repair", _("Repair and parts")
        SERVICE = "service", _("Service")
        PROPERTY = "property", _("Property management")
        INSURANCE = "insurance", _("Insurance")
        WASTE = "waste", _("Waste")
        CONNECTION = "connection", _("Connection or opening of an account")
        IGNITION = "ignition", _("First fill or ignition")
        METER_TEST = "meter_test", _("Compulsory meter verification")
        INSPECTION = "inspection", _("Safety inspection")
        DEPOSIT = "deposit", _("Deposit")

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)
    kind = models.CharField(max_length=12, choices=Kind)
    legal_basis = models.CharField(max_length=200)
    customer_types = ArrayField(models.CharField(max_length=12))
    receivable_gl = BorderKey("ledger.GlAccount")
    income_gl = BorderKey("ledger.GlAccount")
    tax_gl = BorderKey("ledger.GlAccount", null=True, blank=True)
    stops_supply = models.BooleanField(default=False)
    order = models.SmallIntegerField(default=100)
    active = models.BooleanField(default=True)
    purpose = models.CharField(max_length=20, choices=Purpose, default=Purpose.OTHER)
    homes_basis = models.CharField(max_length=200, blank=True)
    recurring = models.BooleanField(default=False)
    on_bill = models.BooleanField(default=True)
    needs_consent = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "code"], name="fee_type_code_once")]

    def __str__(self) -> str:
        return self.name


@kept
class FeeTax(Business):
    """Dated tax rate (0.0001) and the 19-digit tax classification code of a fee type."""

    fee_type = BorderKey(FeeType)
    from_on = models.DateField()
    rate_e4 = models.SmallIntegerField()
    tax_code = models.CharField(max_length=19, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "fee_type", "from_on"], name="fee_tax_once"),
        ]


@fact(update=("open_fen", "invoiced_fen", "state", "reserved_by", "disputed_at", "frozen", "late_until"))
class OpenItem(models.Model):
    """One fee type of one bill or charge (gross > 0), or a credit such as an advance (gross < 0).

    net + tax = gross, once per item. ``open_fen`` runs from gross to zero; RCV-1: the balance row is its sum.
    ``frozen``: days that bear no late fee, merged from ``Freeze``: first, last (not included), first, last …
    ``late_until``: the late fee of what is open is charged up to this day. Both null on nearly all, and cost nothing.
    ``beside``: no bill's item but a charge or a late fee; those of an agreement are found by it at the cost of none of the
    bills' items.
    ``reserved_by``: the bank's batch; minus the item's own number where it was handed over by hand.
    """

    class State(models.IntegerChoices):
        OPEN = 1, _("Open")
        RESERVED = 2, _("With the bank")
        DISPUTED = 3, _("Disputed")
        PAID = 4, _("Paid")
        CANCELLED = 5, _("Cancelled")

    company = BareKey("foundation.OrgUnit")
    agreement = BareKey("customers.Agreement")
    fee_type = BareKey(FeeType)
    source = BareKey("ledger.Entry")
    month = models.IntegerField()
    due_on = models.DateField()
    net_fen = FenField()
    tax_fen = FenField()
    gross_fen = FenField()
    open_fen = FenField()
    invoiced_fen = FenField(default=0)
    state = models.SmallIntegerField(choices=State, default=State.OPEN)
    reserved_by = models.BigIntegerField(null=True)
    disputed_at = models.DateTimeField(null=True)
    frozen = ArrayField(models.DateField(), null=True)
    late_until = models.DateField(null=True)
    beside = models.BooleanField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(gross_fen=F("net_fen") + F("tax_fen")), name="item_net_tax_gross"),
            models.CheckConstraint(condition=~Q(gross_fen=0), name="item_of_something"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["agreement"], condition=~Q(open_fen=0), name="item_open"),
            models.Index(fields=["source"], name="item_source"),
            models.Index(fields=["agreement", "month"], condition=Q(beside=True), name="item_beside"),
        ]


@fact()
class Allocation(models.Model):
    """Part of an entry's money laid against one open item; negative when a reversal takes it back."""

    pk = models.CompositePrimaryKey("entry_id", "seq")
    entry = BareKey("ledger.Entry")
    seq = models.SmallIntegerField()
    company = BareKey("foundation.OrgUnit")
    item = BareKey(OpenItem)
    amount_fen = FenField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(amount_fen=0), name="allocation_moves")]
        indexes: ClassVar = [models.Index(fields=["item"], name="allocation_item")]


@fact()
class AllocationOrigin(models.Model):
    """Which money an allocation of a re-billing moved: the entry by which it came in. An allocation without a row here
    is its own entry's money."""

    pk = models.CompositePrimaryKey("entry_id", "seq")
    entry = BareKey("ledger.Entry")
    seq = models.SmallIntegerField()
    company = BareKey("foundation.OrgUnit")
    origin = BareKey("ledger.Entry")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["origin"], name="allocation_origin")]


@kept
class AgreementBalance(models.Model):
    """RCV-1: the sum of the agreement's open items. Narrow, half-filled pages, no index on what changes; locked in
    agreement order."""

    agreement = models.OneToOneField(
        "customers.Agreement", models.PROTECT, primary_key=True, related_name="+", db_constraint=False
    )
    company = BareKey("foundation.OrgUnit")
    balance_fen = FenField(default=0)


@kept
class Principal(Business, Versioned):
    """A third party for whom we collect (垃圾费, 保险 …): a payable, never revenue, never a reason to stop gas.

    ``commission_e4``: our share of what is collected, tax inside at ``commission_tax_e4``. ``least_fen``: a smaller sum
    is not paid over, it waits for the next settlement.
    """

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    fee_type = BorderKey(FeeType)
    commission_e4 = models.SmallIntegerField(default=0)
    commission_tax_e4 = models.SmallIntegerField(default=600)
    least_fen = FenField(default=0)
    bank_account = models.CharField(max_length=120, blank=True)
    contract = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "code"], name="principal_code_once")]
