"""Tables of the foundation. Organisation, staff and rights are shared; everything else belongs to one company."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gasworks.foundation.fields import BorderKey, FenField
from gasworks.foundation.history import tracked
from gasworks.foundation.privileges import fact, kept


class Business(models.Model):
    """A row that belongs to one company and is never seen outside it."""

    company = models.ForeignKey("foundation.OrgUnit", models.PROTECT, related_name="+", db_index=False)

    class Meta:
        abstract = True


class Inner(Business):
    """A row that always hangs on another row of its company by a ``BorderKey``.

    That key holds the company too, so a second check of it would only cost: a list of 100,000 customers writes a
    million such rows.
    """

    company = models.ForeignKey(
        "foundation.OrgUnit", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        abstract = True


class Versioned(models.Model):
    """An editable row: the second writer is told what changed (StaleVersion) and loses nothing."""

    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True


@tracked()
class OrgUnit(Versioned):
    """Group → company → branch → outlet. ``path`` is «/1/4/9/», so a subtree is a prefix."""

    class Kind(models.TextChoices):
        GROUP = "group", _("Group")
        COMPANY = "company", _("Company")
        BRANCH = "branch", _("Branch")
        OUTLET = "outlet", _("Outlet")

    kind = models.CharField(max_length=8, choices=Kind)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    company = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    path = models.CharField(max_length=120, db_index=True)
    is_head_office = models.BooleanField(default=False)
    time_zone = models.CharField(max_length=40, default="Asia/Shanghai")
    active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["parent", "code"], name="org_code_once"),
            models.UniqueConstraint(fields=["company"], condition=Q(is_head_office=True), name="org_one_head_office"),
            models.CheckConstraint(condition=Q(kind="group") | Q(parent__isnull=False), name="org_has_parent"),
        ]

    def __str__(self) -> str:
        return self.name


class StaffManager(BaseUserManager["Staff"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "Staff":
        staff = self.model(username=username, **fields)
        staff.set_password(password)
        staff.save(using=self._db)
        return staff


@tracked(exclude=("password", "last_login", "phone", "email"))
class Staff(AbstractBaseUser, Versioned):
    """A person who works with the system. What they may do stands in their role grants."""

    username = models.CharField(_("Log-in name"), max_length=40, unique=True)
    full_name = models.CharField(_("Name"), max_length=60)
    email = models.EmailField(blank=True)
    phone = models.CharField(_("Phone"), max_length=20, blank=True)
    home = models.ForeignKey(OrgUnit, models.PROTECT, related_name="staff")
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    language = models.CharField(max_length=10, default="zh-hans")
    date_joined = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]
    objects = StaffManager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["username", "id"], name="staff_username")]

    is_staff = False
    is_superuser = False
    ground: Any = None
    """What ``reach.person`` read together with this row, for one request."""

    def __str__(self) -> str:
        return self.full_name

    def get_full_name(self) -> str:
        return self.full_name

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False


@tracked(deletes=True)
class RoleGrant(models.Model):
    """A role held over a subtree of the organisation. The role's rights stand in ``rights_table``."""

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="grants")
    role = models.CharField(max_length=40)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    granted_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["staff", "role", "unit"], name="role_grant_once"),
        ]


@fact()
class RequestKey(Business):
    """PAY-2: one key, one effect. The same key with another body is refused, the same again gets the stored answer."""

    channel = models.CharField(max_length=20)
    key = models.UUIDField()
    body_hash = models.BinaryField(max_length=32)
    answer = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "channel", "key"], name="request_key_once"),
        ]


@kept
class Approval(Business, Versioned):
    """Four eyes: somebody asks, somebody else with the right and the limit grants. Never one's own."""

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("approval", "Waiting")
        GRANTED = "granted", pgettext_lazy("approval", "Granted")
        REFUSED = "refused", pgettext_lazy("approval", "Refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("approval", "Withdrawn")
        CARRIED_OUT = "carried_out", _("Carried out")

    kind = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    payload = models.JSONField(default=dict)
    amount_fen = FenField(null=True)
    reason = models.TextField()
    state = models.CharField(max_length=12, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    asked_outlet = models.ForeignKey(OrgUnit, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_note = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")) | Q(state="withdrawn"),
                name="approval_never_ones_own",
            ),
            models.UniqueConstraint(
                fields=["company", "kind", "subject_kind", "subject_id"],
                condition=Q(state="asked"),
                name="approval_one_open",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "-id"], name="approval_newest")]


@fact()
class AuditAct(Business):
    """AUD-1: every act that moves money or rights, with its actor. Search and export at the audit screen."""

    at = models.DateTimeField()
    actor = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    act = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=60, blank=True)
    subject_id = models.BigIntegerField(null=True)
    amount_fen = FenField(null=True)
    detail = models.JSONField(default=dict)
    reason = models.CharField(max_length=200, blank=True)
    ip = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["company", "-id"], name="audit_newest"),
            models.Index(fields=["company", "subject_kind", "subject_id", "-id"], name="audit_subject"),
            models.Index(fields=["company", "actor", "-id"], name="audit_actor"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(actor__isnull=False) | ~Q(reason=""), name="audit_has_actor"),
        ]


@fact()
class DayDigest(Business):
    """SHA-256 over one company-day's audit acts and postings, written at day close."""

    day = models.DateField()
    acts = models.BigIntegerField()
    postings = models.BigIntegerField()
    digest = models.BinaryField(max_length=32)
    written_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "day"], name="digest_once")]


@fact()
class Event(Business):
    """A fact of the business, written in the fact's own transaction. ``xid`` is the writer's transaction."""

    xid = models.BigIntegerField(
        db_default=models.Func(template="((pg_current_xact_id())::text::bigint)", output_field=models.BigIntegerField())
    )
    kind = models.CharField(max_length=60)
    schema = models.SmallIntegerField(default=1)
    payload = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["xid", "id"], name="event_order")]


class EventCursor(models.Model):
    """How far one subscriber has read. Shared: the relay serves every company."""

    subscriber = models.CharField(max_length=80, primary_key=True)
    xid = models.BigIntegerField(default=0)
    event_id = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)


class ParkedEvent(models.Model):
    """A fact that a subscriber could not digest after five tries; shown on the health page, retried by a person."""

    subscriber = models.CharField(max_length=80)
    event = models.ForeignKey(Event, models.PROTECT, related_name="+")
    tries = models.SmallIntegerField()
    error = models.TextField()
    parked_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscriber", "event"], name="parked_once"),
        ]


class Work(Business):
    """Long work: its scope, total, done, log and result. A progress bar finds it again after leaving the page."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("work", "Waiting")
        RUNNING = "running", pgettext_lazy("work", "Running")
        DONE = "done", pgettext_lazy("work", "Done")
        FAILED = "failed", pgettext_lazy("work", "Failed")
        CANCELLED = "cancelled", pgettext_lazy("work", "Cancelled")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True)
    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=160)
    scope = models.JSONField()
    args = models.JSONField(default=dict)
    total = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    log = models.TextField(blank=True)
    result = models.JSONField(default=dict)
    result_file = models.ForeignKey("StoredFile", models.PROTECT, null=True, related_name="+", db_constraint=False)
    cancel_asked = models.BooleanField(default=False)
    asked_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    beat_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "-id"], name="work_newest")]


@fact()
class StoredFile(Business):
    """A file by its SHA-256; the bytes stand once under the files folder, whoever uploads them."""

    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=160)
    content_type = models.CharField(max_length=80)
    size = models.BigIntegerField()
    stored_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    stored_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "sha256"], name="file_by_hash")]


class ImportBatch(Business):
    """One uploaded table on its way in: parsed, checked, previewed, then committed whole or with its good rows only.

    ``committed_to`` is the last row number saved; it moves in the step's own transaction, so that a step happens once.
    """

    class State(models.TextChoices):
        READING = "reading", pgettext_lazy("import", "Reading")
        CHECKED = "checked", pgettext_lazy("import", "Checked")
        COMMITTING = "committing", pgettext_lazy("import", "Saving")
        COMMITTED = "committed", pgettext_lazy("import", "Saved")
        REFUSED = "refused", pgettext_lazy("import", "Refused")

    kind = models.CharField(max_length=60)
    file = BorderKey("foundation.StoredFile")
    state = models.CharField(max_length=10, choices=State, default=State.READING)
    only_good = models.BooleanField(default=False)
    rows = models.IntegerField(default=0)
    good = models.IntegerField(default=0)
    bad = models.IntegerField(default=0)
    committed_to = models.IntegerField(default=0)
    refusal = models.TextField(blank=True)
    work = BorderKey("foundation.Work", null=True)
    uploaded_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "-id"], name="import_newest")]


class ImportRow(Business):
    """One row of a batch: its cells as text, its parsed values, or the reasons why it is bad."""

    batch = BorderKey("foundation.ImportBatch", db_index=False)
    row_no = models.IntegerField()
    values = models.JSONField()
    problems = models.JSONField(default=list)
    good = models.BooleanField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "batch", "row_no"], name="import_row_once"),
        ]


@kept
@tracked()
class Parameter(Business, Versioned):
    """A setting with its dates; a change closes the old row and opens a new one, so history stays."""

    code = models.CharField(max_length=60)
    value = models.JSONField()
    from_on = models.DateField()
    to_on = models.DateField(null=True)
    set_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(to_on__isnull=True) | Q(from_on__lt=F("to_on")), name="parameter_dates"),
            models.UniqueConstraint(fields=["company", "code", "from_on"], name="parameter_from_once"),
        ]


class Holiday(Business):
    """A day that is not worked, or (``works``) a weekend day that is."""

    day = models.DateField()
    name = models.CharField(max_length=40)
    works = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "day"], name="holiday_once")]


@kept
class AccountingMonth(Business, Versioned):
    """账期: YYYYMM with its own cut-off. ``from_on`` to ``to_on`` half-open; open → issued → closed."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("month", "Open")
        ISSUED = "issued", pgettext_lazy("month", "Issued")
        CLOSED = "closed", pgettext_lazy("month", "Closed")

    month = models.IntegerField()
    from_on = models.DateField()
    to_on = models.DateField()
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    closed_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "month"], name="accounting_month_once"),
            models.CheckConstraint(condition=Q(from_on__lt=F("to_on")), name="accounting_month_dates"),
        ]


class NumberSeries(Business):
    """Numbers for papers and records; taken under the row's lock, so they have no gaps where that is wanted."""

    code = models.CharField(max_length=40)
    prefix = models.CharField(max_length=20, blank=True)
    next_value = models.BigIntegerField(default=1)
    width = models.SmallIntegerField(default=8)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "code"], name="number_series_once")]


class SavedView(Business):
    """A list's filters and sort under a name, for one person."""

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="+")
    list_code = models.CharField(max_length=60)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "staff", "list_code", "name"], name="saved_view_once"),
        ]


@kept
@tracked(exclude=("token_hash", "last_used_at"))
class ApiToken(Business):
    """A machine's key to the API: only its hash is kept; its permissions are rights names."""

    name = models.CharField(max_length=60)
    token_hash = models.BinaryField(max_length=32, unique=True)
    prefix = models.CharField(max_length=8)
    permissions = models.JSONField(default=list)
    channel = models.CharField(max_length=20, default="api")
    outlet = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    acts_as = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "-id"], name="token_newest")]
