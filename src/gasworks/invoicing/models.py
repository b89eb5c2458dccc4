"""Paper: books of pre-printed receipts and invoices, and every sheet's fate. A number is consumed at print."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.fields import BorderKey, FenField
from gasworks.foundation.models import Business, Staff, Versioned
from gasworks.foundation.privileges import fact, kept


class _Numbers(models.Func):
    """int8range(first, last, '[]')."""

    function = "int8range"
    output_field = BigIntegerRangeField()


@kept
class PaperBook(Business, Versioned):
    """A run of numbered sheets handed out (领用) to one person at one outlet."""

    class State(models.TextChoices):
        STOCK = "stock", _("In stock")
        OUT = "out", _("Handed out")
        RETURNED = "returned", _("Returned")
        WRITTEN_OFF = "written_off", _("Written off")

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("Receipt")
        INVOICE = "invoice", _("Invoice")

    kind = models.CharField(max_length=20, choices=Kind)
    prefix = models.CharField(max_length=20, blank=True)
    first_no = models.BigIntegerField()
    last_no = models.BigIntegerField()
    next_no = models.BigIntegerField()
    width = models.SmallIntegerField(default=8)
    outlet = models.ForeignKey("foundation.OrgUnit", models.PROTECT, related_name="+")
    holder = models.ForeignKey(Staff, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=12, choices=State, default=State.STOCK)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(first_no__lte=F("last_no"), next_no__gte=F("first_no"), next_no__lte=F("last_no") + 1),
                name="paper_book_numbers",
            ),
            ExclusionConstraint(
                name="paper_book_no_overlap",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    ("prefix", RangeOperators.EQUAL),
                    (_Numbers("first_no", F("last_no"), Value("[]")), RangeOperators.OVERLAPS),
                ],
            ),
        ]


@fact(update=("state", "void_reason", "voided_by_id", "voided_at"))
class Sheet(Business):
    """票据张: one printed number; jam, void and reprint each account for a sheet."""

    class State(models.TextChoices):
        PRINTED = "printed", _("Printed")
        JAMMED = "jammed", _("Jammed")
        VOID = "void", _("Void")

    book = BorderKey(PaperBook, db_index=False)
    number = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.PRINTED)
    amount_fen = FenField(default=0)
    reprint_of = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    printed_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    printed_at = models.DateTimeField()
    void_reason = models.CharField(max_length=200, blank=True)
    voided_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    voided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "book", "number"], name="sheet_number_once"),
        ]


@fact()
class SheetItem(Business):
    """INV-1: what part of an open item an invoice sheet invoices; a receipt sheet has none."""

    sheet = BorderKey(Sheet)
    item = models.ForeignKey("receivables.OpenItem", models.PROTECT, related_name="+")
    amount_fen = FenField()
