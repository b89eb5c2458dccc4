"""Customers: people and organisations, and the number on their identity card."""

import datetime as dt
from typing import Any

from gasworks.customers.models import Agreement, Customer, PersonKey
from gasworks.customers.personal import masked, open_sealed, seal
from gasworks.customers.services._within import act_of, locked, note
from gasworks.customers.services.search_keys import holder_keys
from gasworks.customers.types import NewCustomer
from gasworks.foundation.scope import Scope
from gasworks.foundation.versions import Seen, save_versioned
from gasworks.kernel.errors import Forbidden, NotThere, Refusal, gettext_noop

RIGHT = "customers.change"


class EmptyName(Refusal):
    sentence = gettext_noop("A customer needs a name.")


def add_customer(*, scope: Scope, new: NewCustomer, now: dt.datetime) -> Customer:
    """Record a person or an organisation. Their ID number, if given, is sealed."""
    scope.require(RIGHT)
    with act_of(scope):
        customer = make_customer(scope, new)
        note(scope, "add_customer", customer, now)
    return customer


def make_customer(scope: Scope, new: NewCustomer) -> Customer:
    """The row of ``add_customer``; the caller holds the transaction."""
    if not new.name.strip():
        raise EmptyName
    customer = Customer.objects.create(
        company_id=scope.company_id, kind=new.kind, name=new.name.strip(), phone=new.phone.strip(), note=new.note
    )
    if new.id_number:
        _seal_into(customer, new.id_number)
    return customer


def change_customer(
    *, scope: Scope, customer_id: int, seen: int | Seen, changes: dict[str, Any], now: dt.datetime
) -> Customer:
    """Change name, phone, kind or note. Refused where none of the customer's supply points lies in one's branch."""
    scope.require(RIGHT)
    if "name" in changes and not str(changes["name"]).strip():
        raise EmptyName
    with act_of(scope):
        customer = locked(Customer, customer_id, scope)
        require_a_branch(scope, customer)
        saved = save_versioned(customer, seen_version=seen, changes=changes)
        for point_id in _held_points(saved):
            holder_keys(scope.company_id, point_id, saved.name, saved.phone)
        note(scope, "change_customer", saved, now, {"fields": sorted(changes)})
    return saved


def record_id_number(*, scope: Scope, customer_id: int, id_number: str, now: dt.datetime) -> None:
    """Seal a new ID number under a fresh key; the old key is gone."""
    scope.require(RIGHT)
    with act_of(scope):
        customer = locked(Customer, customer_id, scope)
        require_a_branch(scope, customer)
        _seal_into(customer, id_number)
        note(scope, "set_id_number", customer, now, {"shown": masked(id_number)})


def show_id_number(*, scope: Scope, customer_id: int, now: dt.datetime) -> str:
    """The whole ID number; every look is in the audit log."""
    scope.require("customers.see_id")
    with act_of(scope):
        customer = locked(Customer, customer_id, scope)
        number = id_number_of(customer)
        note(scope, "show_id_number", customer, now)
    return number


def id_number_of(customer: Customer) -> str:
    """In clear; NotThere when none is stored or its key was destroyed."""
    key = PersonKey.objects.filter(company_id=customer.company_id, customer=customer).first()
    if key is None or customer.id_cipher is None:
        raise NotThere(key=customer.name)
    return open_sealed(bytes(customer.id_cipher), bytes(key.wrapped_key))


def _seal_into(customer: Customer, id_number: str) -> None:
    customer.id_cipher, wrapped, customer.id_hmac = seal(id_number)
    customer.version += 1
    customer.save(update_fields=["id_cipher", "id_hmac", "version"])
    PersonKey.objects.update_or_create(
        company_id=customer.company_id, customer=customer, defaults={"wrapped_key": wrapped}
    )


def require_a_branch(scope: Scope, customer: Customer) -> None:
    """A customer with supply points is changed from a branch that has one of them; one without, from anywhere."""
    branches = set(
        Agreement.objects.filter(company_id=scope.company_id, customer=customer, to_on__isnull=True).values_list(
            "supply_point__branch_id", flat=True
        )
    )
    if branches and not any(scope.changes(branch, RIGHT) for branch in branches):
        raise Forbidden(right=RIGHT)


def _held_points(customer: Customer) -> list[int]:
    rows = Agreement.objects.filter(company_id=customer.company_id, customer=customer, to_on__isnull=True)
    return list(rows.values_list("supply_point_id", flat=True))
