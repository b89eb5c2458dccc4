"""Billing runs, bills and their lines, and what is held for a person to look at."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gasworks.foundation.fields import BareKey, BorderKey, FenField, LitresField, PriceE4Field
from gasworks.foundation.models import Business, Staff, Versioned
from gasworks.foundation.privileges import fact, kept


@kept
class Run(Business, Versioned):
    """One billing run: its books and accounting month; chunks make it resumable after any fault."""

    class State(models.TextChoices):
        PREVIEW = "preview", _("Preview")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    month = models.IntegerField()
    posting_day = models.DateField()
    due_on = models.DateField()
    selection = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.PREVIEW)
    work = BorderKey("foundation.Work", null=True)
    started_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "-id"], name="run_newest")]


@kept
class RunChunk(Business):
    """Whole ladder groups, claimed with SKIP LOCKED, written in one transaction (JOB-1).

    ``summary`` rows are [customer type, tier, homes, litres, fen, held]; ``problems`` are [supply point, reason].
    """

    run = BorderKey(Run, db_index=False)
    no = models.IntegerField()
    first_group = models.BigIntegerField()
    last_group = models.BigIntegerField()
    done_at = models.DateTimeField(null=True)
    bills = models.IntegerField(default=0)
    held = models.IntegerField(default=0)
    amount_fen = FenField(default=0)
    litres = LitresField(default=0)
    summary = models.JSONField(default=list)
    problems = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "run", "no"], name="run_chunk_once"),
        ]


@fact(update=("state", "entry_id", "posting_day", "due_on", "cancel_entry_id"))
class Bill(models.Model):
    """BIL-2: the sum of its lines. Three dates: use interval, accounting month, posting day.

    ``left_litres`` is what was left in the tier reached, as printed (-1: the tier has no end, or no ladder). A bill
    of nothing has no entry. Which registers it billed stands in ``usage.Movement`` under its id.
    """

    class State(models.IntegerChoices):
        HELD = 1, _("Held")
        ISSUED = 2, _("Issued")
        CANCELLED = 3, _("Cancelled")
        DISCARDED = 4, _("Discarded")

    class Kind(models.IntegerChoices):
        REGULAR = 1, _("Regular bill")
        INTERIM = 2, _("Interim settlement")
        FINAL = 3, _("Final bill")
        BACK = 4, _("Back-bill")
        CORRECTION = 5, _("Correction")

    company = BareKey("foundation.OrgUnit")
    agreement = BareKey("customers.Agreement")
    supply_point = BareKey("customers.SupplyPoint")
    run = BareKey(Run, null=True)
    kind = models.SmallIntegerField(choices=Kind, default=Kind.REGULAR)
    state = models.SmallIntegerField(choices=State)
    month = models.IntegerField()
    from_on = models.DateField()
    to_on = models.DateField()
    posting_day = models.DateField()
    due_on = models.DateField()
    litres = LitresField()
    amount_fen = FenField()
    left_litres = LitresField(default=-1)
    entry = BareKey("ledger.Entry", null=True)
    cancel_entry = BareKey("ledger.Entry", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agreement", "month"],
                condition=Q(kind=1, state__in=(1, 2)),
                name="bill_one_regular",
            ),
            models.CheckConstraint(condition=Q(from_on__lt=F("to_on")), name="bill_dates"),
            models.CheckConstraint(
                condition=Q(state__in=(1, 4), entry__isnull=True) | Q(state__in=(2, 3)), name="bill_held_unposted"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["agreement", "-id"], name="bill_agreement"),
            models.Index(fields=["company", "month", "id"], name="bill_by_month"),
        ]


@fact()
class BillLine(models.Model):
    """One (price version, tier): rounded once, half up; the bill is the sum and is not rounded again."""

    pk = models.CompositePrimaryKey("bill_id", "seq")
    bill = BareKey(Bill)
    seq = models.SmallIntegerField()
    company = BareKey("foundation.OrgUnit")
    version = BareKey("tariffs.PlanVersion")
    tier = models.SmallIntegerField()
    litres = LitresField()
    price_e4 = PriceE4Field()
    amount_fen = FenField()


@fact(update=("settled_at", "settled_by_id", "settled_as"))
class Hold(Business):
    """Why a bill waits for a person: one row per rule that caught it."""

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="+", db_constraint=False)
    rule = models.CharField(max_length=40)
    detail = models.JSONField(default=dict)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    settled_as = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "bill", "rule"], name="hold_once")]
        indexes: ClassVar = [
            models.Index(fields=["company", "bill"], condition=Q(settled_at__isnull=True), name="hold_open"),
        ]


@kept
class HoldRule(Business, Versioned):
    """One outsorting rule of the company's pack, with its limits as data."""

    code = models.CharField(max_length=40)
    active = models.BooleanField(default=True)
    limits = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "code"], name="hold_rule_once")]


@fact()
class HoldRuleChange(Business):
    """Who changed an outsorting rule, when, from what to what, and why."""

    rule = BorderKey(HoldRule)
    active = models.BooleanField()
    limits = models.JSONField()
    was_active = models.BooleanField()
    had_limits = models.JSONField()
    reason = models.CharField(max_length=200)
    changed_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    changed_at = models.DateTimeField()


@kept
class Rebill(Business, Versioned):
    """退补: bills that were wrong are taken back and made again. What, why, and with which correction.

    ``chosen`` names the target ({"bill": id}, {"point": id, "since": day} …); ``correction`` what is put right first.
    """

    class Cause(models.TextChoices):
        READING = "reading", _("Reading corrected")
        TARIFF = "tariff", _("Wrong price plan")
        HOUSEHOLD = "household", _("Wrong household size")
        METER = "meter", _("Meter fault")
        OTHER = "other", _("Another reason")

    class Target(models.TextChoices):
        BILL = "bill", _("One bill and all later ones")
        POINT = "point", _("Bills of a supply point since a day")
        RUN = "run", _("A whole billing run")
        PLAN = "plan", _("All bills of a price plan since a day")
        BOOKS = "books", _("All bills of reading books since a day")

    class State(models.TextChoices):
        DRAFT = "draft", _("Being worked out")
        READY = "ready", _("Worked out")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        DROPPED = "dropped", _("Dropped")

    cause = models.CharField(max_length=9, choices=Cause)
    target = models.CharField(max_length=5, choices=Target)
    chosen = models.JSONField()
    correction = models.JSONField(default=dict)
    reason = models.CharField(max_length=200)
    evidence = BorderKey("foundation.StoredFile", null=True)
    state = models.CharField(max_length=7, choices=State, default=State.DRAFT)
    work = BorderKey("foundation.Work", null=True)
    asked_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "-id"], name="rebill_newest")]


@kept
class RebillPart(Business):
    """Whole ladder groups with the first bill of each that is taken back; worked out, then done in one transaction.

    ``rows`` are the first bills [old, supply point, month, state, litres, fen, new litres, new fen]; ``problems`` are
    [bill, reason]. What is done must come out as it was worked out.
    """

    rebill = BorderKey(Rebill, db_index=False)
    no = models.IntegerField()
    firsts = models.JSONField()
    looked_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    bills = models.IntegerField(default=0)
    refund_fen = FenField(default=0)
    additional_fen = FenField(default=0)
    rows = models.JSONField(default=list)
    problems = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "rebill", "no"], name="rebill_part_once")]


@fact()
class Replacement(models.Model):
    """A bill that was taken back, and the bill in its place. ``first_run`` billed it the first time."""

    old = models.OneToOneField(Bill, models.PROTECT, primary_key=True, related_name="+", db_constraint=False)
    new = BareKey(Bill, null=True)
    company = BareKey("foundation.OrgUnit")
    rebill = BareKey(Rebill)
    first_run = models.BigIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["new"], name="replacement_new"),
            models.Index(fields=["rebill"], name="replacement_rebill"),
        ]


@fact(update=("ended_at",))
class VolumeRuling(Business):
    """A meter that was faulty: the gas of one register in one accounting month is set by rule, not by its dial."""

    installation = BorderKey("metering.Installation", db_index=False)
    register = BorderKey("metering.Register", db_index=False)
    month = models.IntegerField()
    litres = LitresField()
    method = models.CharField(max_length=20)
    inputs = models.JSONField(default=dict)
    reason = models.CharField(max_length=200)
    ruled_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    ruled_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "installation", "register", "month"],
                condition=Q(ended_at__isnull=True),
                name="ruling_once",
            ),
            models.CheckConstraint(condition=Q(litres__gte=0), name="ruling_litres"),
        ]


@fact()
class TrueUp(models.Model):
    """抵减: a bill that stood on an estimate, taken back by an actual reading, and the bill in its place."""

    old = models.OneToOneField(Bill, models.PROTECT, primary_key=True, related_name="+", db_constraint=False)
    new = BareKey(Bill)
    company = BareKey("foundation.OrgUnit")
    reading = BareKey("metering.Reading")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["new"], name="true_up_new")]


@kept
class Relief(Business, Versioned):
    """Approved case: a long interval of a supply point is spread back over its months before the tiers apply.

    ``weights`` are twelve weights of a day, one a calendar month; empty: all days alike. ``month`` is that of the bill
    which used it; that bill says so, and is spread again whenever it is made again.
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("relief", "For the next bill")
        USED = "used", pgettext_lazy("relief", "Used")
        DROPPED = "dropped", pgettext_lazy("relief", "Dropped")

    supply_point = BorderKey("customers.SupplyPoint", db_index=False)
    weights = models.JSONField(default=list)
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    month = models.IntegerField(null=True)
    asked_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    granted_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    granted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "supply_point"], condition=models.Q(state="waiting"), name="relief_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["company", "month", "supply_point"], condition=models.Q(state="used"), name="relief_used"
            ),
        ]


@kept
class BackBill(Business, Versioned):
    """追补: gas that no dial showed, by a formula whose inputs stand here; a bill of a kind of its own.

    ``litres`` = flow (litres an hour) × hours a day × days. ``ladder`` says whether it climbs the household's ladder.
    """

    class Cause(models.TextChoices):
        THEFT = "theft", _("Gas taken unlawfully")
        VALVE = "valve", _("Valve or meter let gas pass unmeasured")

    class Climb(models.TextChoices):
        COUNTS = "counts", _("Climbs the ladder")
        FIRST = "first", _("All at the first tier")
        TOP = "top", _("All at the last tier")

    class State(models.TextChoices):
        ASKED = "asked", _("Waits for approval")
        ISSUED = "issued", pgettext_lazy("back-bill", "Issued")

    supply_point = BorderKey("customers.SupplyPoint", db_index=False)
    cause = models.CharField(max_length=5, choices=Cause)
    from_on = models.DateField()
    to_on = models.DateField()
    flow_litres = LitresField()
    hours = models.SmallIntegerField()
    litres = LitresField()
    amount_fen = FenField()
    climb = models.CharField(max_length=6, choices=Climb)
    reason = models.CharField(max_length=200)
    evidence = BorderKey("foundation.StoredFile")
    state = models.CharField(max_length=6, choices=State, default=State.ASKED)
    bill = BareKey(Bill, null=True)
    asked_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    asked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(from_on__lt=F("to_on")), name="back_bill_dates"),
            models.CheckConstraint(condition=Q(hours__gte=1, hours__lte=24), name="back_bill_hours"),
            models.CheckConstraint(condition=Q(flow_litres__gt=0, litres__gt=0), name="back_bill_gas"),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "-id"], name="back_bill_newest")]


@kept
class Claim(Business, Versioned):
    """补贴申领: what a payer owes for one accounting month's subsidised gas. ``no`` counts on where bills changed later.

    Revenue is whole by it: payer's receivable to income and tax. The sum of its lines; below zero it gives back.
    """

    class State(models.TextChoices):
        BOOKED = "booked", pgettext_lazy("claim", "Booked")
        SENT = "sent", pgettext_lazy("claim", "Handed in")
        PAID = "paid", pgettext_lazy("claim", "Paid")

    payer = BorderKey("usage.SubsidyPayer", db_index=False)
    month = models.IntegerField()
    no = models.SmallIntegerField()
    litres = LitresField()
    amount_fen = FenField()
    tax_fen = FenField()
    paid_fen = FenField(default=0)
    entry = BareKey("ledger.Entry")
    state = models.CharField(max_length=6, choices=State, default=State.BOOKED)
    made_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    made_at = models.DateTimeField()
    sent_on = models.DateField(null=True)
    sent_no = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "payer", "month", "no"], name="claim_once"),
            models.CheckConstraint(condition=~Q(amount_fen=0), name="claim_of_something"),
            models.CheckConstraint(
                condition=Q(paid_fen=0) | Q(paid_fen__gt=0, paid_fen__lte=F("amount_fen")), name="claim_never_overpaid"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "month", "id"], name="claim_by_month")]


@fact()
class ClaimLine(Business):
    """One bill's part of a claim: its gas by the normal price, as billed, and what is claimed of the difference now."""

    claim = BorderKey(Claim, db_index=False)
    bill = BareKey(Bill)
    supply_point = BorderKey("customers.SupplyPoint", db_index=False)
    litres = LitresField()
    normal_fen = FenField()
    billed_fen = FenField()
    amount_fen = FenField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "claim", "bill"], name="claim_line_once"),
            models.CheckConstraint(condition=~Q(amount_fen=0), name="claim_line_moves"),
        ]
        indexes: ClassVar = [models.Index(fields=["bill"], name="claim_line_bill")]


@fact()
class ClaimPayment(Business):
    """Money of a payer for one claim, as it came into the bank account."""

    claim = BorderKey(Claim)
    amount_fen = FenField()
    paid_on = models.DateField()
    document_no = models.CharField(max_length=80)
    entry = BareKey("ledger.Entry")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="claim_payment_of_something")
        ]


@kept
class Simulation(Business, Versioned):
    """测算: a price version run over the gas billed in some months, beside the prices that were in force.

    ``content`` and ``from_on`` are the version as it was tried, whatever becomes of the draft. ``figures`` are those of
    ``simulate.figures.tell``, empty until the work has ended.
    """

    price_version = BorderKey("tariffs.PlanVersion", db_index=False)
    from_on = models.DateField()
    content = models.JSONField()
    throughout = models.BooleanField()
    first_month = models.IntegerField()
    last_month = models.IntegerField()
    selection = models.JSONField()
    listed = models.BooleanField(default=False)
    figures = models.JSONField(default=dict)
    file = BorderKey("foundation.StoredFile", null=True)
    work = BorderKey("foundation.Work", null=True)
    asked_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(first_month__lte=F("last_month")), name="simulation_months"),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "-id"], name="simulation_newest")]


@fact(update=("mark", "note", "marked_by_id", "marked_at"))
class SampleCheck(Business):
    """抽查: a clean bill of a run, drawn when the run ended, that a person looks through and marks."""

    class Mark(models.IntegerChoices):
        OPEN = 1, _("To be checked")
        GOOD = 2, pgettext_lazy("sample", "Right")
        WRONG = 3, _("Wrong")

    run = BorderKey(Run, db_index=False)
    bill = BareKey(Bill)
    mark = models.SmallIntegerField(choices=Mark, default=Mark.OPEN)
    note = models.CharField(max_length=200, blank=True)
    marked_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    marked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "bill"], name="sample_once")]
        indexes: ClassVar = [models.Index(fields=["run", "id"], name="sample_of_run")]
