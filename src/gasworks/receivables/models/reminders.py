"""Payment notices and dunning slips that were printed, and how each reached the customer."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gasworks.foundation.fields import BorderKey, FenField
from gasworks.foundation.models import Business, Staff
from gasworks.foundation.privileges import fact


@fact(update=("delivered_on", "how", "receiver", "delivered_by", "noted_by_id", "noted_at"))
class Reminder(Business):
    """One printed sheet that asks an agreement for money. ``work``: it was printed with many others.

    ``delivered_by``: who handed it out, as the person who notes it says (a reader, a guard); null day: nobody has said.
    """

    class Kind(models.TextChoices):
        NOTICE = "payment_notice", _("Payment notice")
        DUNNING = "dunning_slip", _("Dunning slip")

    class How(models.TextChoices):
        HAND = "hand", _("Handed over and signed for")
        DOOR = "door", _("Left at the door")
        POST = "post", pgettext_lazy("delivery", "By post")
        OTHER = "other", _("Other")

    agreement = BorderKey("customers.Agreement", db_index=False)
    kind = models.CharField(max_length=14, choices=Kind)
    asked_on = models.DateField()
    open_fen = FenField()
    fee_fen = FenField()
    work = BorderKey("foundation.Work", null=True, db_index=False)
    printed_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    printed_at = models.DateTimeField()
    delivered_on = models.DateField(null=True)
    how = models.CharField(max_length=5, choices=How, blank=True)
    receiver = models.CharField(max_length=80, blank=True)
    delivered_by = models.CharField(max_length=80, blank=True)
    noted_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    noted_at = models.DateTimeField(null=True)

    @property
    def asked_fen(self) -> int:
        return self.open_fen + self.fee_fen

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(delivered_on__isnull=True, how="") | (Q(delivered_on__gte=F("asked_on")) & ~Q(how="")),
                name="reminder_delivered_somehow",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["agreement", "-id"], name="reminder_of_agreement"),
            models.Index(fields=["work", "agreement"], condition=Q(work__isnull=False), name="reminder_of_work"),
        ]
