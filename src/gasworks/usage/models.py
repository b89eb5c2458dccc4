"""Who shares which ladder, and how much of it is used: append-only movements, one locked sum per ladder and period."""

import datetime as dt
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.fields import BareKey, BorderKey, Days, KeptKey, LitresField
from gasworks.foundation.history import tracked
from gasworks.foundation.models import Business, Inner, Staff, Versioned
from gasworks.foundation.privileges import fact, kept


@kept
class LadderGroup(Business, Versioned):
    """阶梯户: the supply points that climb one tier ladder together. Most homes are a group of one."""

    name = models.CharField(max_length=80, blank=True)


@kept
class GroupMember(Inner):
    group = KeptKey(LadderGroup)
    supply_point = KeptKey("customers.SupplyPoint", db_index=False)
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(to_on__isnull=True) | Q(from_on__lt=F("to_on")), name="member_dates"),
            ExclusionConstraint(
                name="member_one_group",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("supply_point", RangeOperators.EQUAL),
                    (Days("from_on", "to_on"), RangeOperators.OVERLAPS),
                ],
            ),
        ]


@kept
class PriceItem(Inner, Versioned):
    """Which plan prices which share of a supply point's gas, in order: the rest, a fixed quota or a ratio (定量/定比).

    ``measure`` is what the tiers of a plan by floor area (0.01 m²) or contract volume (litres a period) go by.
    """

    class Share(models.TextChoices):
        REST = "rest", _("The rest")
        QUOTA = "quota", _("Fixed quota")
        RATIO = "ratio", _("Ratio")

    supply_point = KeptKey("customers.SupplyPoint")
    plan = KeptKey("tariffs.Plan", db_index=False)
    order = models.SmallIntegerField(default=1)
    share = models.CharField(max_length=6, choices=Share, default=Share.REST)
    amount = models.BigIntegerField(null=True, blank=True)
    measure = models.BigIntegerField(null=True, blank=True)
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(from_on__lt=F("to_on")), name="price_item_dates"
            ),
            ExclusionConstraint(
                name="price_item_no_overlap",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("supply_point", RangeOperators.EQUAL),
                    ("order", RangeOperators.EQUAL),
                    (Days("from_on", "to_on"), RangeOperators.OVERLAPS),
                ],
            ),
        ]


class Household(Inner, Versioned):
    """Household size of a ladder group with its dates and evidence."""

    group = KeptKey(LadderGroup)
    persons = models.SmallIntegerField()
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)
    evidence = BorderKey("foundation.StoredFile", null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(persons__gte=1, persons__lte=30), name="household_persons"),
            models.CheckConstraint(condition=Q(to_on__isnull=True) | Q(from_on__lt=F("to_on")), name="household_dates"),
            ExclusionConstraint(
                name="household_no_overlap",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("group", RangeOperators.EQUAL),
                    (Days("from_on", "to_on"), RangeOperators.OVERLAPS),
                ],
            ),
        ]


@tracked(exclude=("household",), deletes=True)
class Entitlement(Business, Versioned):
    """用气资格: what a household may claim by evidence, from a day until its renewal is due.

    ``to_on`` is the day on which it ends unless it is renewed; none: until further notice. What the run reads are its
    effects: ``household`` (persons), or price items with ``plan`` and ``value`` as their measure. ``plan_before`` and
    ``measure_before`` are what holds again when it ends early. ``value``: persons, or heated floor in 0.01 m². One that
    never began is deleted with its effects; its history stays.
    """

    class Kind(models.TextChoices):
        HOUSEHOLD = "household", _("Household size")
        HEATING = "heating", _("Heating by gas")
        AREA = "area", _("Heated floor area")
        LOW_INCOME = "low_income", _("Low income")

    class Start(models.TextChoices):
        DAY = "day", _("A given day")
        CYCLE = "cycle", _("Next billing cycle")
        TIER_YEAR = "tier_year", _("Next tier period")

    class End(models.TextChoices):
        EXPIRED = "expired", _("Not renewed in time")
        LAPSED = "lapsed", _("The holder changed")
        REPLACED = "replaced", _("Replaced by a newer one")
        ENDED = "ended", _("Ended by staff")

    supply_point = BorderKey("customers.SupplyPoint", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    value = models.BigIntegerField(default=0)
    plan = BorderKey("tariffs.Plan", null=True, db_index=False)
    plan_before = BorderKey("tariffs.Plan", null=True, db_index=False)
    measure_before = models.BigIntegerField(null=True)
    household = BorderKey(Household, null=True, db_index=False)
    start_rule = models.CharField(max_length=9, choices=Start)
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)
    evidence = BorderKey("foundation.StoredFile", db_index=False)
    note = models.CharField(max_length=200, blank=True)
    recorded_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=8, choices=End, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(from_on__lt=F("to_on")), name="entitlement_dates"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("household", "area"), value__gt=0) | Q(kind__in=("heating", "low_income")),
                name="entitlement_value",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("household", "area")) | Q(plan__isnull=False), name="entitlement_plan"
            ),
            ExclusionConstraint(
                name="entitlement_once",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("supply_point", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (Days("from_on", "to_on"), RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="entitlement_one_plan",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("supply_point", RangeOperators.EQUAL),
                    (Days("from_on", "to_on"), RangeOperators.OVERLAPS),
                ],
                condition=Q(kind__in=("heating", "low_income")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "id"], name="entitlement_newest"),
            models.Index(fields=["company", "to_on"], condition=Q(ended_at__isnull=True), name="entitlement_due"),
        ]


class EntitledPerson(Business):
    """One person counts in one household only: found by the HMAC of the ID number, which is stored nowhere else here."""

    entitlement = BorderKey(Entitlement)
    id_hmac = models.BinaryField(max_length=32)
    shown = models.CharField(max_length=20)
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(to_on__isnull=True) | Q(from_on__lt=F("to_on")), name="entitled_dates"),
            ExclusionConstraint(
                name="person_one_household",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("id_hmac", RangeOperators.EQUAL),
                    (Days("from_on", "to_on"), RangeOperators.OVERLAPS),
                ],
            ),
        ]


@kept
class SubsidyPayer(Business, Versioned):
    """Who pays for gas below the normal price: the city's treasury, civil affairs. A third party, never our loss."""

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=80)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "code"], name="subsidy_payer_once")]

    def __str__(self) -> str:
        return self.name


@kept
class SubsidyTerms(Business, Versioned):
    """From a day on the payer owes what gas of ``plan`` costs less than it would by ``normal_plan``."""

    payer = BorderKey(SubsidyPayer)
    plan = BorderKey("tariffs.Plan", db_index=False)
    normal_plan = BorderKey("tariffs.Plan", db_index=False)
    document_no = models.CharField(max_length=80)
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(to_on__isnull=True) | Q(from_on__lt=F("to_on")), name="subsidy_dates"),
            models.CheckConstraint(condition=~Q(plan=F("normal_plan")), name="subsidy_two_plans"),
            ExclusionConstraint(
                name="subsidy_once",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("plan", RangeOperators.EQUAL),
                    (Days("from_on", "to_on"), RangeOperators.OVERLAPS),
                ],
            ),
        ]


@fact(update=("xact",))
class Hand(models.Model):
    """The one lock of a ladder group: whoever books movements of the group holds this row until the end.

    ``xact`` is the transaction that has it in hand; the movement guard demands that it is the writer's own. A lock per
    ladder would not do: two writers could book one interval on two tier periods and never meet. The row comes with
    the group (trigger); narrow, half-filled pages, no index on what changes.
    """

    group = models.OneToOneField(LadderGroup, models.PROTECT, primary_key=True, related_name="+", db_constraint=False)
    company = BareKey("foundation.OrgUnit")
    xact = models.BigIntegerField(default=0)


@fact()
class Ladder(Business):
    """USE-1: tier-to-date of one group on one ladder in one tier period = sum of its live movements.

    Nobody writes ``litres``: the movement guard adds what is booked and takes back what is reversed. ``code`` is the
    accumulator of the price order (0 the household's, 1 heating …); gas off the ladder stands under ``OFF_LADDER``.
    """

    OFF_LADDER: ClassVar[int] = -1
    OFF_LADDER_FROM: ClassVar[dt.date] = dt.date(2000, 1, 1)

    group = BorderKey(LadderGroup, db_index=False)
    code = models.SmallIntegerField(default=0)
    period_from = models.DateField()
    litres = LitresField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "group", "code", "period_from"], name="ladder_once"),
        ]


@fact(update=("live",))
class Movement(models.Model):
    """BIL-1 and USE-1 stand here: volume of one register and price item over one use interval, booked to a ladder.

    ``source`` is the bill (or later the purchase) that moved the volume. An interval that crosses a tier period has
    one row per period; each carries the register's opening and closing index of the whole interval and the reading
    that closed it. ``counts_only`` marks the extra booking of a ladder that only counts this gas.
    """

    class SourceKind(models.IntegerChoices):
        BILL = 1, _("Bill")

    pk = models.CompositePrimaryKey("source", "source_kind", "seq")
    source = models.BigIntegerField()
    source_kind = models.SmallIntegerField(default=1)
    seq = models.SmallIntegerField()
    live = models.BooleanField(default=True)
    counts_only = models.BooleanField(default=False)
    company = BareKey("foundation.OrgUnit")
    installation = BareKey("metering.Installation")
    register = BareKey("metering.Register")
    price_item = BareKey(PriceItem)
    from_on = models.DateField()
    to_on = models.DateField()
    month = models.IntegerField()
    ladder = BareKey(Ladder)
    litres = LitresField()
    from_index = LitresField()
    to_index = LitresField()
    reading = BareKey("metering.Reading", null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(from_on__lt=F("to_on")), name="movement_dates"),
            models.UniqueConstraint(
                fields=["installation", "register", "from_on", "price_item"],
                condition=Q(live=True, counts_only=False),
                name="movement_once",
            ),
        ]
