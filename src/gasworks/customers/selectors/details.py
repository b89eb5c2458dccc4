"""One supply point, one customer, and what changed about them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext

from gasworks.customers.models import Agreement, Community, Customer, PersonKey, Premises, SupplyPoint
from gasworks.customers.personal import masked, open_sealed, search_hmac
from gasworks.foundation.history import changes_of
from gasworks.foundation.models import Staff
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere


@dataclass(frozen=True, slots=True)
class CustomerDetail:
    """A customer with the ID number masked; ``id_shown`` is empty when none is stored."""

    customer: Customer
    id_shown: str


@dataclass(frozen=True, slots=True)
class SupplyPointDetail:
    """A supply point with its place, and who holds it now."""

    point: SupplyPoint
    agreement: Agreement | None
    holder: CustomerDetail | None


@dataclass(frozen=True, slots=True)
class Change:
    """One value that changed: when, who, from where, what it was and what it became."""

    at: dt.datetime
    who: str
    ip: str
    subject: str
    field: str
    before: str
    after: str


def supply_point_detail(*, scope: Scope, supply_point_id: int) -> SupplyPointDetail:
    point = (
        SupplyPoint.objects.filter(pk=supply_point_id, company_id=scope.company_id)
        .select_related("branch", "premises__community__area")
        .first()
    )
    if point is None:
        raise NotThere(key=supply_point_id)
    agreement = (
        Agreement.objects.filter(company_id=scope.company_id, supply_point=point, to_on__isnull=True)
        .select_related("customer")
        .first()
    )
    return SupplyPointDetail(point, agreement, _detail(agreement.customer) if agreement else None)


def customer_detail(*, scope: Scope, customer_id: int) -> CustomerDetail:
    customer = Customer.objects.filter(pk=customer_id, company_id=scope.company_id).first()
    if customer is None:
        raise NotThere(key=customer_id)
    return _detail(customer)


def _detail(customer: Customer) -> CustomerDetail:
    key = PersonKey.objects.filter(company_id=customer.company_id, customer=customer).first()
    if key is None or customer.id_cipher is None:
        return CustomerDetail(customer, "")
    return CustomerDetail(customer, masked(open_sealed(bytes(customer.id_cipher), bytes(key.wrapped_key))))


def agreements_of(*, scope: Scope, supply_point_id: int) -> list[Agreement]:
    """Every agreement of a supply point, the newest first."""
    rows = Agreement.objects.filter(company_id=scope.company_id, supply_point_id=supply_point_id)
    return list(rows.select_related("customer").order_by("-from_on"))


def holder_on(*, scope: Scope, supply_point_id: int, day: dt.date) -> Agreement | None:
    """The agreement in force on a day."""
    rows = Agreement.objects.filter(company_id=scope.company_id, supply_point_id=supply_point_id, from_on__lte=day)
    return rows.filter(Q(to_on__isnull=True) | Q(to_on__gt=day)).select_related("customer").first()


def branches_of(*, scope: Scope, supply_point_ids: Sequence[int]) -> dict[int, int]:
    """The branch of each supply point of the company; unknown ones are missing."""
    rows = SupplyPoint.objects.filter(company_id=scope.company_id, pk__in=list(supply_point_ids))
    return dict(rows.values_list("id", "branch_id"))


def numbers_in_use(*, scope: Scope, numbers: Sequence[str]) -> dict[str, int]:
    """Supply points by number, of those numbers that exist."""
    rows = SupplyPoint.objects.filter(company_id=scope.company_id, number__in=list(numbers))
    return dict(rows.values_list("number", "id"))


def find_by_id_number(*, scope: Scope, id_number: str) -> list[Customer]:
    """Customers with exactly this ID number, found by its HMAC; nothing is deciphered."""
    rows = Customer.objects.filter(company_id=scope.company_id, id_hmac=search_hmac(id_number))
    return list(rows.order_by("id")[:20])


def community_choices(*, scope: Scope) -> list[tuple[int, str]]:
    rows = Community.objects.filter(company_id=scope.company_id).select_related("area").order_by("area__name", "name")
    return [(row.id, f"{row.area.name} · {row.name}") for row in rows[:5000]]


_SILENT = {"id", "company", "version", "id_cipher"}


def history_of(*, scope: Scope, supply_point_id: int, limit: int = 200) -> list[Change]:
    """What changed on a supply point, its premises, its agreements and their holders, the newest first."""
    point = SupplyPoint.objects.filter(pk=supply_point_id, company_id=scope.company_id).first()
    if point is None:
        raise NotThere(key=supply_point_id)
    agreements = agreements_of(scope=scope, supply_point_id=supply_point_id)
    found = _changes(SupplyPoint, point.id, gettext("Supply point")) + _changes(
        Premises, point.premises_id, gettext("Premises")
    )
    for agreement in agreements:
        found += _changes(Agreement, agreement.id, gettext("Agreement"))
    for customer in {agreement.customer_id for agreement in agreements}:
        found += _changes(Customer, customer, gettext("Customer"))
    names = _staff_names({change.who for change in found if isinstance(change.who, int)})
    told = [_named(change, names) for change in found]
    return sorted(told, key=lambda change: change.at, reverse=True)[:limit]


def _changes(model: Any, key: int, subject: str) -> list[Any]:
    """Differences between each history row and the one before it."""
    rows = list(changes_of(model, key)[:200])
    found = []
    for newer, older in zip(rows, [*rows[1:], None], strict=True):
        for field in model._meta.concrete_fields:
            if field.name in _SILENT or not hasattr(newer, field.attname):
                continue
            after = getattr(newer, field.attname)
            before = getattr(older, field.attname) if older else None
            if after != before and not (older is None and after in (None, "")):
                found.append(_change(newer, subject, field, before, after))
    return found


def _change(row: Any, subject: str, field: Any, before: Any, after: Any) -> Change:
    context = row.pgh_context or {}
    who: Any = context.get("actor") or context.get("reason") or ""
    return Change(
        row.pgh_created_at,
        who,
        context.get("ip") or "",
        subject,
        str(field.verbose_name),
        _shown(field, before),
        _shown(field, after),
    )


def _shown(field: Any, value: Any) -> str:
    if value is None or value == "":
        return "—"
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if field.is_relation:
        related = field.related_model._default_manager.filter(pk=value).first()
        return str(related) if related else str(value)
    return str(value)


def _staff_names(keys: set[Any]) -> dict[Any, str]:
    return dict(Staff.objects.filter(pk__in=keys).values_list("id", "full_name"))


def _named(change: Change, names: dict[Any, str]) -> Change:
    return Change(
        change.at,
        names.get(change.who, str(change.who)),
        change.ip,
        change.subject,
        change.field,
        change.before,
        change.after,
    )
