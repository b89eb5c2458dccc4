"""Double entry. A posting names both sides, so one that does not balance cannot be written down."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.fields import BareKey, FenField
from gasworks.foundation.models import Business, Staff
from gasworks.foundation.privileges import fact, kept
from gasworks.ledger.types import EntryKind


@kept
class GlAccount(Business):
    """One line of the company's chart of accounts (科目)."""

    class Nature(models.TextChoices):
        ASSET = "asset", _("Asset")
        LIABILITY = "liability", _("Liability")
        REVENUE = "revenue", _("Revenue")
        EXPENSE = "expense", _("Expense")
        CLEARING = "clearing", _("Clearing")

    class PartyKind(models.TextChoices):
        """Whose sub-ledger the posting belongs to; NONE means the account has no parties."""

        NONE = "none", _("None")
        AGREEMENT = "agreement", _("Agreement")
        SHIFT = "shift", _("Shift")
        CHANNEL = "channel", _("Channel")
        PRINCIPAL = "principal", _("Principal")

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)
    nature = models.CharField(max_length=10, choices=Nature)
    party_kind = models.CharField(max_length=10, choices=PartyKind, default=PartyKind.NONE)
    role = models.CharField(max_length=40, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "code"], name="gl_code_once"),
            models.UniqueConstraint(fields=["company", "role"], condition=~Q(role=""), name="gl_role_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@fact()
class Entry(models.Model):
    """One act of bookkeeping. ``legs`` postings follow in the same transaction, in one statement (LED-5).

    ``xact`` is the writer's transaction, filled by the database: postings of another transaction are refused.
    """

    company = BareKey("foundation.OrgUnit")
    outlet = BareKey("foundation.OrgUnit")
    posting_day = models.DateField()
    kind = models.SmallIntegerField()
    source = models.BigIntegerField()
    legs = models.SmallIntegerField()
    reverses = BareKey("self", null=True)
    actor = BareKey(Staff, null=True)
    at = models.DateTimeField()
    xact = models.BigIntegerField(
        db_default=models.Func(template="((pg_current_xact_id())::text::bigint)", output_field=models.BigIntegerField())
    )

    Kind = EntryKind

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "kind", "source"], name="entry_source_once"),
            models.UniqueConstraint(
                fields=["company", "reverses"], condition=Q(reverses__isnull=False), name="entry_reversed_once"
            ),
            models.CheckConstraint(condition=Q(legs__gt=0), name="entry_has_legs"),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "outlet", "posting_day"], name="entry_day")]


@fact()
class Posting(models.Model):
    """``amount_fen`` from the credit side to the debit side. Parties are present exactly where the chart says so."""

    pk = models.CompositePrimaryKey("entry_id", "seq")
    entry = BareKey(Entry)
    seq = models.SmallIntegerField()
    company = BareKey("foundation.OrgUnit")
    debit_gl = BareKey(GlAccount)
    debit_party = models.BigIntegerField(null=True)
    credit_gl = BareKey(GlAccount)
    credit_party = models.BigIntegerField(null=True)
    amount_fen = FenField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="posting_positive"),
            models.CheckConstraint(
                condition=~Q(debit_gl=F("credit_gl")) | ~Q(debit_party=F("credit_party")), name="posting_moves"
            ),
        ]


@kept
class OutletDay(Business):
    """LED-7: an entry needs the open day of its outlet. Writers share an advisory lock of it, the close takes it alone.

    An outlet has at most one open day; closing it is what moves the posting day on.
    """

    outlet = models.ForeignKey("foundation.OrgUnit", models.PROTECT, related_name="+")
    day = models.DateField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "outlet", "day"], name="outlet_day_once"),
            models.UniqueConstraint(
                fields=["company", "outlet"], condition=Q(closed_at__isnull=True), name="outlet_one_open_day"
            ),
        ]


@fact()
class DayTotal(Business):
    """LED-1: turnover of one account on a closed day, by party for shifts, channels and principals.

    A reversal is a red letter: negative on the side of its original.
    """

    outlet = models.ForeignKey("foundation.OrgUnit", models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    gl = models.ForeignKey(GlAccount, models.PROTECT, related_name="+", db_index=False)
    party = models.BigIntegerField(null=True)
    debit_fen = FenField()
    credit_fen = FenField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "outlet", "day", "gl", "party"], name="day_total_once", nulls_distinct=False
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "gl", "day"], name="day_total_gl")]
