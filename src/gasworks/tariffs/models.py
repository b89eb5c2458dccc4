"""Price plans as dated data: absolute price per tier, document number, scope, source."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.fields import BorderKey, Days
from gasworks.foundation.history import tracked
from gasworks.foundation.models import Business, Staff, Versioned
from gasworks.foundation.privileges import kept


@kept
@tracked()
class Plan(Business, Versioned):
    """What a supply point can be priced by: «居民», «居民 壁挂炉采暖», «商业» …"""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    customer_type = models.CharField(max_length=12)
    city = models.CharField(max_length=40, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "code"], name="plan_code_once")]

    def __str__(self) -> str:
        return self.name


@kept
@tracked()
class PlanVersion(Business, Versioned):
    """One price order in force from a day. ``content`` is the rating data (see rating.types), checked when saved."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        APPROVED = "approved", _("Approved")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    plan = BorderKey(Plan)
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)
    document_no = models.CharField(max_length=80)
    source = models.TextField()
    content = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    drafted_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(to_on__isnull=True) | Q(from_on__lt=F("to_on")), name="version_dates"),
            ExclusionConstraint(
                name="version_no_overlap",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("plan", RangeOperators.EQUAL),
                    (Days("from_on", "to_on"), RangeOperators.OVERLAPS),
                ],
                condition=Q(state="approved"),
            ),
        ]


@kept
@tracked()
class SeasonDates(Business, Versioned):
    """A season of one year as the city set it, for instance this winter's heating. ``to_on`` is the first day after it.

    It replaces the season of that calendar which would begin in the same calendar year by the price order.
    """

    calendar = models.CharField(max_length=40)
    from_on = models.DateField()
    to_on = models.DateField()
    document_no = models.CharField(max_length=80)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(from_on__lt=F("to_on")), name="season_dates"),
            ExclusionConstraint(
                name="season_no_overlap",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("calendar", RangeOperators.EQUAL),
                    (Days("from_on", "to_on"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
