"""One supply point, one customer, and what changed about them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext

from gasworks.customers.models import Agreement, Area, Community, Customer, PersonKey, SupplyPoint
from gasworks.customers.personal import masked, normal, open_sealed, search_hmac
from gasworks.foundation import history
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
class Told:
    """One change, and what it changed."""

    subject: str
    change: history.Change


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


def agreement_of(*, scope: Scope, agreement_id: int) -> Agreement:
    row = Agreement.objects.filter(pk=agreement_id, company_id=scope.company_id)
    found = row.select_related("customer", "supply_point").first()
    if found is None:
        raise NotThere(key=agreement_id)
    return found


def held_by(*, scope: Scope, customer_id: int) -> list[Agreement]:
    """Every agreement of a customer, the newest first."""
    rows = Agreement.objects.filter(company_id=scope.company_id, customer_id=customer_id)
    return list(rows.select_related("supply_point__premises").order_by("-from_on"))


def area_choices(*, scope: Scope) -> list[tuple[int, str]]:
    """By name; the one for premises without an area last."""
    rows = Area.objects.filter(company_id=scope.company_id).order_by("name").values_list("id", "name", "code")
    return [(key, name) for key, name, _code in sorted(rows, key=lambda row: row[2] == Area.NOBODY_SAID)]


def holder_on(*, scope: Scope, supply_point_id: int, day: dt.date) -> Agreement | None:
    """The agreement in force on a day."""
    rows = Agreement.objects.filter(company_id=scope.company_id, supply_point_id=supply_point_id, from_on__lte=day)
    return rows.filter(Q(to_on__isnull=True) | Q(to_on__gt=day)).select_related("customer").first()


def branches_of(*, scope: Scope, supply_point_ids: Sequence[int]) -> dict[int, int]:
    """The branch of each supply point of the company; unknown ones are missing."""
    rows = SupplyPoint.objects.filter(company_id=scope.company_id, pk__any_of=supply_point_ids)
    return dict(rows.values_list("id", "branch_id"))


def require_point(*, scope: Scope, supply_point_id: int, right: str) -> int:
    """The branch of a supply point that ``right`` may change. Raises NotThere, Forbidden."""
    branch = branches_of(scope=scope, supply_point_ids=[supply_point_id]).get(supply_point_id)
    if branch is None:
        raise NotThere(key=supply_point_id)
    scope.require_change(branch, right)
    return branch


def places_of(*, scope: Scope, supply_point_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Number and address of each supply point of the company; unknown ones are missing."""
    rows = SupplyPoint.objects.filter(company_id=scope.company_id, pk__any_of=supply_point_ids)
    return {key: (number, address) for key, number, address in rows.values_list("id", "number", "premises__address")}


def numbers_in_use(*, scope: Scope, numbers: Sequence[str]) -> dict[str, int]:
    """Supply points by number, of those numbers that exist."""
    rows = SupplyPoint.objects.filter(company_id=scope.company_id, number__any_of=numbers)
    return dict(rows.values_list("number", "id"))


def agreements_by_number(*, scope: Scope, numbers: Sequence[str], day: dt.date) -> dict[str, int | None]:
    """The agreement in force on a day of each of those numbers that exist; None where nobody holds it."""
    points = numbers_in_use(scope=scope, numbers=numbers)
    rows = Agreement.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gt=day),
        company_id=scope.company_id,
        supply_point_id__any_of=points.values(),
        from_on__lte=day,
    )
    held = dict(rows.values_list("supply_point_id", "id"))
    return {number: held.get(point) for number, point in points.items()}


def find_by_id_number(*, scope: Scope, id_number: str) -> list[Customer]:
    """Customers with exactly this ID number, found by its HMAC; nothing is deciphered."""
    rows = Customer.objects.filter(company_id=scope.company_id, id_hmac=search_hmac(id_number))
    return list(rows.order_by("id")[:20])


def id_trace(*, id_number: str) -> tuple[bytes, str]:
    """By what an ID number is recognised without being kept: its HMAC, and how it is shown."""
    return search_hmac(id_number), masked(normal(id_number))


def community_choices(*, scope: Scope) -> list[tuple[int, str]]:
    rows = Community.objects.filter(company_id=scope.company_id).select_related("area").order_by("area__name", "name")
    return [(row.id, f"{row.area.name} · {row.name}") for row in rows[:5000]]


def history_of(*, scope: Scope, supply_point_id: int, limit: int = 200) -> list[Told]:
    """What changed on a supply point, its premises, its agreements and their holders, the newest first."""
    point = SupplyPoint.objects.filter(pk=supply_point_id, company_id=scope.company_id).first()
    if point is None:
        raise NotThere(key=supply_point_id)
    agreements = agreements_of(scope=scope, supply_point_id=supply_point_id)
    stories: list[tuple[str, str, int]] = [
        (gettext("Supply point"), "customers.supplypoint", point.id),
        (gettext("Premises"), "customers.premises", point.premises_id),
        *[(gettext("Agreement"), "customers.agreement", one.id) for one in agreements],
        *[(gettext("Customer"), "customers.customer", key) for key in sorted({one.customer_id for one in agreements})],
    ]
    found = [
        Told(subject, change)
        for subject, label, key in stories
        for change in history.changes(scope=scope, label=label, key=key)
    ]
    return sorted(found, key=lambda told: told.change.at, reverse=True)[:limit]
