"""Meters with registers, where they hang and since when, the books they are read by, and every reading's origin."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gasworks.foundation.fields import BorderKey, Days, KeptKey, LitresField
from gasworks.foundation.history import tracked
from gasworks.foundation.models import Business, Inner, Staff, Versioned
from gasworks.foundation.privileges import fact, kept


class Maker(Business):
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=80)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "code"], name="maker_code_once")]

    def __str__(self) -> str:
        return self.name


class MeterModel(Business):
    """A type of meter: size (G1.6 … G16, flow meters), how it is read, the digits of its main counter."""

    class Kind(models.TextChoices):
        MECHANICAL = "mechanical", _("Mechanical meter")
        CARD = "card", _("Card meter")
        REMOTE = "remote", _("Remote meter")

    maker = BorderKey(Maker)
    code = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, choices=Kind)
    size = models.CharField(max_length=12)
    digits = models.SmallIntegerField(default=5)
    decimals = models.SmallIntegerField(default=0)
    life_years = models.SmallIntegerField(default=10)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "maker", "code"], name="model_code_once")]

    def __str__(self) -> str:
        return self.code


@kept
@tracked()
class Meter(Inner, Versioned):
    """A meter by its maker's serial number, in stock or on a wall."""

    class State(models.TextChoices):
        STOCK = "stock", _("In stock")
        INSTALLED = "installed", _("Installed")
        REMOVED = "removed", pgettext_lazy("meter", "Removed")
        SCRAPPED = "scrapped", _("Scrapped")

    model = BorderKey(MeterModel, verbose_name=_("Model"))
    serial = models.CharField(_("Meter number"), max_length=40, db_collation="C")
    state = models.CharField(_("State"), max_length=10, choices=State, default=State.STOCK)
    made_on = models.DateField(_("Made on"), null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "serial", "model"], name="meter_once")]

    def __str__(self) -> str:
        return self.serial


@kept
class Register(Inner):
    """计数器: one counter of a meter. ``capacity_litres`` is where it rolls over to zero."""

    meter = KeptKey(Meter)
    no = models.SmallIntegerField(default=1)
    name = models.CharField(max_length=40, blank=True)
    capacity_litres = LitresField()
    settles = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "meter", "no"], name="register_no_once")]


@kept
@tracked()
class Installation(Inner, Versioned):
    """A meter at a supply point from a day to a day; exchange is an end and a beginning on the same day."""

    meter = KeptKey(Meter)
    supply_point = KeptKey("customers.SupplyPoint")
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)
    end_reason = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(from_on__lt=F("to_on")), name="installation_dates"
            ),
            ExclusionConstraint(
                name="installation_meter_once",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("meter", RangeOperators.EQUAL),
                    (Days("from_on", "to_on"), RangeOperators.OVERLAPS),
                ],
            ),
        ]


@kept
class InstallationIndex(Inner):
    """Start and end index of one register in one installation, in litres."""

    installation = KeptKey(Installation, db_index=False)
    register = KeptKey(Register, db_index=False)
    start_litres = LitresField()
    end_litres = LitresField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "installation", "register"], name="installation_index_once"),
        ]


@kept
class ReadingBook(Business, Versioned):
    """抄表本: a walk of supply points read together. ``read_day`` is the planned day of the month."""

    class Parity(models.TextChoices):
        MONTHLY = "monthly", _("Every month")
        ODD = "odd", _("Odd months")
        EVEN = "even", _("Even months")
        QUARTER = "quarter", _("Every quarter")

    branch = models.ForeignKey("foundation.OrgUnit", models.PROTECT, related_name="+", verbose_name=_("Branch"))
    code = models.CharField(_("Code"), max_length=20)
    name = models.CharField(_("Name"), max_length=80)
    parity = models.CharField(_("Read in"), max_length=8, choices=Parity, default=Parity.MONTHLY)
    read_day = models.SmallIntegerField(_("Planned day of the month"), default=1)
    reader = models.ForeignKey(Staff, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Reader"))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "code"],
                name="book_code_once",
                violation_error_message=_("This book code is taken."),
            ),
            models.CheckConstraint(condition=Q(read_day__gte=1, read_day__lte=28), name="book_read_day"),
        ]

    def __str__(self) -> str:
        return self.name


class BookSeat(Inner):
    """A supply point's place in its book. One book at a time."""

    book = KeptKey(ReadingBook, db_index=False)
    supply_point = KeptKey("customers.SupplyPoint", db_index=False)
    sequence = models.IntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "supply_point"], name="seat_one_book"),
        ]
        indexes: ClassVar = [models.Index(fields=["book", "sequence"], name="seat_walk")]


@kept
class BookRound(Business, Versioned):
    """One book in one accounting month: the status board of the reading desk."""

    class State(models.TextChoices):
        PLANNED = "planned", _("Not started")
        READING = "reading", _("Being read")
        REVIEW = "review", _("Waiting for review")
        APPROVED = "approved", pgettext_lazy("reading", "Approved")
        ISSUED = "issued", pgettext_lazy("round", "Bills issued")

    book = BorderKey(ReadingBook)
    month = models.IntegerField()
    read_on = models.DateField()
    state = models.CharField(max_length=8, choices=State, default=State.PLANNED)
    issued_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "book", "month"], name="round_once"),
        ]


@kept
@tracked()
class CycleChange(Inner, Versioned):
    """Another reading cycle of a book from a month on: simulated, approved by a second person, done when that month opens.

    ``figures`` is what the approver saw: homes by days of the interval across the change.
    """

    class State(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("cycle", "Planned")
        DONE = "done", pgettext_lazy("cycle", "Carried out")
        DROPPED = "dropped", pgettext_lazy("cycle", "Dropped")

    book = BorderKey(ReadingBook)
    before = models.CharField(max_length=8, choices=ReadingBook.Parity)
    after = models.CharField(max_length=8, choices=ReadingBook.Parity)
    from_month = models.IntegerField()
    reason = models.CharField(max_length=200)
    figures = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.PLANNED)
    asked_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    granted_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "book"], condition=Q(state="planned"), name="cycle_change_once"),
            models.CheckConstraint(condition=~Q(before=F("after")), name="cycle_changes"),
        ]


@fact(update=("state", "flags", "approved_by_id", "approved_at", "replaced_by_id", "picture_id", "note"))
class Reading(Inner):
    """MTR-2: an index of one register on one day, with its source; an estimate says how it was made.

    A value is never edited: a correction is a new row that replaces the old one.
    """

    class Source(models.IntegerChoices):
        MANUAL = 1, _("Keyed at the desk")
        FILE = 2, _("From a file")
        PHONE = 3, _("Reader's phone")
        REMOTE = 4, _("Remote meter")
        SELF = 5, _("Customer's own reading")
        INSPECTION = 6, _("Inspection visit")
        ESTIMATED = 7, _("Estimated")
        API = 8, _("Another system")
        INSTALL = 9, _("At installation")
        REMOVAL = 10, _("At removal")

    class State(models.IntegerChoices):
        KEYED = 1, _("Keyed")
        REVIEW = 2, _("To be reviewed")
        APPROVED = 3, pgettext_lazy("reading", "Approved")
        REJECTED = 4, _("Rejected")
        REPLACED = 5, _("Replaced")

    class Kind(models.IntegerChoices):
        """Why the index is lower or higher than the last one would let expect."""

        NORMAL = 1, _("Normal")
        ROLLOVER = 2, _("Rolled over")
        CORRECTION = 3, _("Correction")

    installation = KeptKey(Installation, db_index=False)
    register = KeptKey(Register, db_index=False)
    read_on = models.DateField()
    index_litres = LitresField()
    source = models.SmallIntegerField(choices=Source)
    kind = models.SmallIntegerField(choices=Kind, default=Kind.NORMAL)
    state = models.SmallIntegerField(choices=State, default=State.KEYED)
    flags = models.IntegerField(default=0)
    estimate_method = models.CharField(max_length=20, blank=True)
    estimate_inputs = models.JSONField(null=True)
    month = models.IntegerField()
    picture = models.ForeignKey("foundation.StoredFile", models.PROTECT, null=True, related_name="+", db_index=False)
    note = models.CharField(max_length=200, blank=True)
    keyed_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    keyed_at = models.DateTimeField()
    approved_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    approved_at = models.DateTimeField(null=True)
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "installation", "register", "read_on"],
                condition=Q(state__in=(1, 2, 3)),
                name="reading_day_once",
            ),
            models.CheckConstraint(condition=Q(index_litres__gte=0), name="reading_not_negative"),
            models.CheckConstraint(condition=~Q(source=7) | ~Q(estimate_method=""), name="estimate_says_how"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "month", "id"], condition=Q(state__in=(1, 2)), name="reading_to_review"),
            models.Index(
                fields=["company", "month", "installation"],
                condition=Q(source=7, state__in=(1, 2, 3)),
                name="reading_estimated",
            ),
            models.Index(fields=["company", "month", "installation"], condition=Q(state=5), name="reading_replaced"),
        ]


@kept
@tracked()
class ValveClosure(Inner, Versioned):
    """The valve of a supply point shut and sealed from a day to a day: nothing can flow, so zero is no guess."""

    supply_point = BorderKey("customers.SupplyPoint")
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=200)
    evidence = models.ForeignKey("foundation.StoredFile", models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(to_on__isnull=True) | Q(from_on__lt=F("to_on")), name="closure_dates"),
            ExclusionConstraint(
                name="closure_once",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("supply_point", RangeOperators.EQUAL),
                    (Days("from_on", "to_on"), RangeOperators.OVERLAPS),
                ],
            ),
        ]


@kept
class SpecialRead(Inner):
    """专项抄表: a meter that must be read because it may not be estimated any more. Done by its next actual reading."""

    installation = BorderKey(Installation, db_index=False)
    book = BorderKey(ReadingBook, db_index=False)
    month = models.IntegerField()
    reason = models.CharField(max_length=40)
    params = models.JSONField(default=dict)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    done_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "installation"], condition=Q(done_on__isnull=True), name="special_read_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "book", "id"], condition=Q(done_on__isnull=True), name="special_read_open"),
        ]
