"""Who owes, and where: supply points stay with the premises, agreements come and go."""

from typing import ClassVar

from django.contrib.gis.db.models import PointField
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Collate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gasworks.foundation.fields import BorderKey, Days, KeptKey
from gasworks.foundation.history import tracked
from gasworks.foundation.models import Business, Inner, Versioned
from gasworks.foundation.privileges import kept


class CustomerType(models.TextChoices):
    RESIDENTIAL = "residential", _("Residential")
    COMMERCIAL = "commercial", _("Commercial")
    INDUSTRIAL = "industrial", _("Industrial")
    PUBLIC = "public", _("Public welfare")


class Area(Business):
    """片区: geography, never a right. One of them may hold the communities whose area nobody gave."""

    NOBODY_SAID: ClassVar = "-"

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "code"], name="area_code_once")]

    def __str__(self) -> str:
        return self.name


class Community(Business):
    """小区 or street."""

    area = BorderKey(Area)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=80)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "code"], name="community_code_once")]

    def __str__(self) -> str:
        return self.name


@kept
@tracked()
class Premises(Inner, Versioned):
    """A flat, shop or works: community → building → unit → room. ``address`` is the whole line as printed."""

    community = BorderKey(Community, verbose_name=_("Community"))
    building = models.CharField(_("Building"), max_length=20, blank=True)
    unit = models.CharField(_("Entrance"), max_length=20, blank=True)
    room = models.CharField(_("Room"), max_length=20, blank=True)
    address = models.CharField(_("Address"), max_length=200)
    location = PointField(_("Coordinates"), null=True, blank=True, srid=4326, spatial_index=False)

    def __str__(self) -> str:
        return self.address


@kept
@tracked(exclude=("id_hmac",), blankable=("name", "phone", "note"))
class Customer(Business, Versioned):
    """A person or an organisation. The ID number is ciphertext under its own key, plus an HMAC for exact search."""

    class Kind(models.TextChoices):
        PERSON = "person", _("Person")
        ORGANISATION = "organisation", pgettext_lazy("customer", "Organisation")

    kind = models.CharField(_("Person or organisation"), max_length=12, choices=Kind, default=Kind.PERSON)
    name = models.CharField(pgettext_lazy("customer", "Name"), max_length=80)
    phone = models.CharField(_("Phone"), max_length=20, blank=True)
    id_cipher = models.BinaryField(_("ID number"), null=True, blank=True)
    id_hmac = models.BinaryField(max_length=32, null=True, blank=True)
    note = models.CharField(_("Note"), max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["company", "id_hmac"], condition=Q(id_hmac__isnull=False), name="customer_id_hmac"),
            models.Index("company", Collate("name", "zh-x-icu"), "id", name="customer_by_name"),
        ]

    def __str__(self) -> str:
        return self.name


class PersonKey(Inner):
    """The key that opens one person's ID number; erasure destroys the row. Kept apart from history."""

    customer = KeptKey(Customer, db_index=False)
    wrapped_key = models.BinaryField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "customer"], name="person_key_once"),
        ]


@kept
@tracked()
class SupplyPoint(Inner, Versioned):
    """用气点, with the permanent number that every clerk calls 户号. It stays with the premises."""

    class Status(models.TextChoices):
        NOT_IGNITED = "not_ignited", _("Not yet ignited")
        ACTIVE = "active", _("In use")
        SUSPENDED = "suspended", _("Suspended")
        CLOSED = "closed", pgettext_lazy("supply point", "Closed")

    number = models.CharField(_("Supply point number"), max_length=32, db_collation="C")
    branch = models.ForeignKey(
        "foundation.OrgUnit", models.PROTECT, related_name="+", db_index=False, verbose_name=_("Branch")
    )
    premises = KeptKey(Premises, verbose_name=_("Address"))
    customer_type = models.CharField(_("Type"), max_length=12, choices=CustomerType)
    status = models.CharField(_("Status"), max_length=12, choices=Status, default=Status.NOT_IGNITED)
    status_on = models.DateField(_("Status since"), null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "number"],
                name="supply_point_number_once",
                violation_error_message=_("This supply point number is taken."),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "branch", "number"], name="supply_point_by_branch"),
            models.Index(fields=["company", "status", "number"], name="supply_point_by_status"),
        ]

    def __str__(self) -> str:
        return self.number


@kept
@tracked()
class Agreement(Inner, Versioned):
    """供用气合同: holder and dates. Debt, advance, deposit and invoice title stand under it."""

    supply_point = KeptKey(SupplyPoint)
    customer = KeptKey(Customer, verbose_name=_("Holder"))
    number = models.CharField(_("Agreement number"), max_length=40)
    from_on = models.DateField(_("From"))
    to_on = models.DateField(_("Until"), null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="agreement_number_once"),
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(from_on__lt=F("to_on")),
                name="agreement_dates",
                violation_error_message=_("An agreement ends after it begins."),
            ),
            ExclusionConstraint(
                name="agreement_no_overlap",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("supply_point", RangeOperators.EQUAL),
                    (Days("from_on", "to_on"), RangeOperators.OVERLAPS),
                ],
            ),
        ]


class SearchKey(Inner):
    """One index serves the counter: numbers, names and phones by prefix, a phone also by its last four.

    ``kind`` is a ``types.KeyKind``. The C collation lets the unique index answer prefixes, whatever the collation of
    the database is.
    """

    kind = models.SmallIntegerField()
    key = models.CharField(max_length=80, db_collation="C")
    supply_point = KeptKey(SupplyPoint)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "kind", "key", "supply_point"], name="search_key_once"),
        ]


class AddressGrams(Inner):
    """Character bigrams of an address: a trigram index cannot serve two-character Chinese words."""

    supply_point = KeptKey(SupplyPoint, db_index=False)
    grams = ArrayField(models.CharField(max_length=4))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "supply_point"], name="address_grams_once"),
        ]
        # Many new addresses are woven into the index together, as soon as a few of its pages wait; a search reads those.
        indexes: ClassVar = [
            GinIndex(fields=["grams"], name="address_grams_gin", fastupdate=True, gin_pending_list_limit=256),
        ]
