"""Erasing a person: the key is destroyed, the names are blanked here and in history, the search keys go."""

import datetime as dt

from gasworks.customers.models import Agreement, Customer, PersonKey
from gasworks.customers.ports import Held, forget_traces
from gasworks.customers.services._within import act_of, locked, note
from gasworks.customers.services.people import require_a_branch
from gasworks.customers.services.search_keys import forget_holder
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop

RIGHT = "customers.change"
BLANK = "—"


class StillHolds(Refusal):
    """An agreement runs, so the law keeps the person's data where they are."""

    sentence = gettext_noop("This customer still holds an agreement. End it first.")


def erase_customer(*, scope: Scope, customer_id: int, now: dt.datetime) -> None:
    """Blank everything that names the person. Bills and payments stay; they name an agreement, not a person."""
    scope.require(RIGHT)
    scope.require("customers.see_id")
    with act_of(scope):
        customer = locked(Customer, customer_id, scope)
        require_a_branch(scope, customer)
        if Agreement.objects.filter(company_id=scope.company_id, customer=customer, to_on__isnull=True).exists():
            raise StillHolds
        forget_traces(scope, _held(customer))
        PersonKey.objects.filter(company_id=scope.company_id, customer=customer).delete()
        forget_holder(scope.company_id, customer.id)
        customer.name, customer.phone, customer.note = BLANK, "", ""
        customer.id_cipher = customer.id_hmac = None
        customer.version += 1
        customer.save()
        _blank_history(customer)
        note(scope, "erase_customer", customer, now)


def _held(customer: Customer) -> list[Held]:
    """Every agreement has ended, so every one has its last day."""
    rows = Agreement.objects.filter(company_id=customer.company_id, customer=customer)
    return [Held(row.supply_point_id, row.from_on, row.to_on) for row in rows if row.to_on]


def _blank_history(customer: Customer) -> None:
    events = Customer.pgh_event_model.objects.filter(pgh_obj_id=customer.id)  # type: ignore[attr-defined]
    events.update(name=BLANK, phone="", note="")
