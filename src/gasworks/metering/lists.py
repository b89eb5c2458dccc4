"""The lists of this domain."""

from typing import Any, Final

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.lists import Column, Filter, ListSpec, Sort, register_list
from gasworks.foundation.models import OrgUnit
from gasworks.foundation.scope import Scope
from gasworks.foundation.words import listed
from gasworks.metering.models import Meter, MeterModel, Reading, ReadingBook, SpecialRead
from gasworks.metering.types import Flag
from gasworks.metering.wording import flag_labels, special_reason


def _branches(scope: Scope) -> list[tuple[Any, str]]:
    rows = OrgUnit.objects.filter(company_id=scope.company_id, kind=OrgUnit.Kind.BRANCH).order_by("path")
    return list(rows.values_list("id", "name"))


def _models(scope: Scope) -> list[tuple[Any, str]]:
    return list(MeterModel.objects.filter(company_id=scope.company_id).order_by("code").values_list("id", "code"))


def _books(scope: Scope) -> QuerySet[ReadingBook]:
    return ReadingBook.objects.filter(company_id=scope.company_id).select_related("branch", "reader")


BOOKS: Final = register_list(
    ListSpec(
        code="metering.books",
        title=_("Reading books"),
        right="metering.view",
        rows=_books,
        columns=(
            Column("code", _("Code"), link=lambda row: reverse("metering:book", args=[row.id]), sort="code"),
            Column("name", _("Name")),
            Column("parity", _("Read in"), lambda row: row.get_parity_display()),
            Column("read_day", _("Planned day of the month"), kind="number", phone=False),
            Column("reader", _("Reader"), lambda row: row.reader.full_name if row.reader else None, phone=False),
            Column("branch", _("Branch"), "branch.name", phone=False),
        ),
        sorts=(Sort("code", _("Code"), ("code",), "book_code_once"),),
        filters=(
            Filter("code", _("Code begins with"), lookup="code__startswith"),
            Filter("parity", _("Read in"), "choice", choices=ReadingBook.Parity.choices),
            Filter("branch", _("Branch"), "choice", "branch_id", choices=_branches),
        ),
    )
)


def _meters(scope: Scope) -> QuerySet[Meter]:
    return Meter.objects.filter(company_id=scope.company_id).select_related("model__maker")


def _serial(rows: Any, text: str) -> Any:
    return rows.filter(serial__gte=text, serial__lt=text + "\U0010ffff")


METERS: Final = register_list(
    ListSpec(
        code="metering.meters",
        title=_("Meters"),
        right="metering.view",
        rows=_meters,
        columns=(
            Column(
                "serial", _("Meter number"), link=lambda row: reverse("metering:meter", args=[row.id]), sort="serial"
            ),
            Column("maker", _("Maker"), "model.maker.name", phone=False),
            Column("model", _("Model"), "model.code"),
            Column("kind", _("Kind of meter"), lambda row: row.model.get_kind_display(), phone=False),
            Column("state", _("State"), "state", kind="state"),
            Column("made_on", _("Made on"), kind="date", phone=False),
        ),
        sorts=(Sort("serial", _("Meter number"), ("serial", F("model_id")), "meter_once"),),
        filters=(
            Filter("serial", _("Number begins with"), apply=_serial),
            Filter("model", _("Model"), "choice", "model_id", choices=_models),
            Filter("state", _("State"), "choice", choices=Meter.State.choices),
        ),
    )
)


def _waiting(scope: Scope) -> QuerySet[Reading]:
    rows = Reading.objects.filter(company_id=scope.company_id, state__in=(Reading.State.KEYED, Reading.State.REVIEW))
    return rows.select_related("installation__supply_point__premises", "installation__meter", "keyed_by")


def _flagged(rows: Any, flag: str) -> Any:
    return rows.annotate(odd=F("flags").bitand(int(flag))).exclude(odd=0)


REVIEW: Final = register_list(
    ListSpec(
        code="metering.review",
        title=_("Review readings"),
        right="metering.approve",
        rows=_waiting,
        columns=(
            Column(
                "number",
                _("Supply point number"),
                "installation.supply_point.number",
                link=lambda row: reverse("customers:tab", args=[row.installation.supply_point_id, "readings"]),
            ),
            Column("address", _("Address"), "installation.supply_point.premises.address", phone=False),
            Column("serial", _("Meter number"), "installation.meter.serial", phone=False),
            Column("read_on", _("Read on"), kind="date"),
            Column("index", _("Index (m³)"), "index_litres", kind="m3"),
            Column("flags", _("Why"), lambda row: listed(flag_labels(row.flags)) or gettext("Nothing odd")),
            Column("source", _("Source"), lambda row: row.get_source_display(), phone=False),
            Column("month", _("Accounting month"), kind="month", phone=False),
        ),
        sorts=(Sort("month", _("Accounting month"), ("month", "id"), "reading_to_review"),),
        filters=(
            Filter("month", _("Accounting month"), "month"),
            Filter("state", _("State"), "choice", choices=((2, _("To be reviewed")), (1, _("Keyed")))),
            Filter("flag", _("Why"), "choice", apply=_flagged, choices=lambda _scope: _flag_choices()),
            Filter("source", _("Source"), "choice", choices=Reading.Source.choices),
        ),
    )
)


def _flag_choices() -> list[tuple[int, str]]:
    return [(int(flag), flag_labels(int(flag))[0]) for flag in Flag]


def _special(scope: Scope) -> QuerySet[SpecialRead]:
    rows = SpecialRead.objects.filter(company_id=scope.company_id, done_on__isnull=True)
    return rows.select_related("installation__supply_point__premises", "installation__meter", "book__reader")


def _book_choices(scope: Scope) -> list[tuple[Any, str]]:
    rows = ReadingBook.objects.filter(company_id=scope.company_id).order_by("code")
    return [(row.id, f"{row.code} {row.name}") for row in rows]


SPECIAL: Final = register_list(
    ListSpec(
        code="metering.special",
        title=_("Special reads"),
        right="metering.view",
        rows=_special,
        columns=(
            Column(
                "number",
                _("Supply point number"),
                "installation.supply_point.number",
                link=lambda row: reverse("customers:tab", args=[row.installation.supply_point_id, "readings"]),
            ),
            Column("address", _("Address"), "installation.supply_point.premises.address"),
            Column("serial", _("Meter number"), "installation.meter.serial", phone=False),
            Column("why", _("Why"), lambda row: special_reason(row.reason, row.params)),
            Column("month", _("Accounting month"), kind="month", phone=False),
            Column("book", _("Book"), "book.code", phone=False),
            Column(
                "reader", _("Reader"), lambda row: row.book.reader.full_name if row.book.reader else None, phone=False
            ),
            Column("asked_at", _("Asked for"), kind="moment", phone=False),
        ),
        sorts=(Sort("book", _("Book"), ("book_id", "id"), "special_read_open"),),
        filters=(
            Filter("book", _("Book"), "choice", "book_id", choices=_book_choices),
            Filter("month", _("Accounting month"), "month"),
        ),
        empty=_("Nobody has to be read specially."),
    )
)
