"""供用气合同: who holds a supply point from when to when. Never two at once."""

import datetime as dt

from django.db.models import Q

from gasworks.customers.models import Agreement, Customer, SupplyPoint
from gasworks.customers.numbers import take_agreement_numbers
from gasworks.customers.ports import holder_leaves
from gasworks.customers.services._within import act_of, locked, note
from gasworks.customers.services.people import make_customer
from gasworks.customers.services.search_keys import holder_keys
from gasworks.customers.services.supply_points import open_supply_point
from gasworks.customers.types import NewCustomer, NewPremises
from gasworks.foundation.scope import Scope
from gasworks.foundation.versions import Seen, save_versioned
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop

RIGHT = "customers.change"


class AgreementStillRuns(Refusal):
    sentence = gettext_noop("%(holder)s holds this supply point since %(from_on)s. End that agreement first.")


class AgreementOverlaps(Refusal):
    sentence = gettext_noop("%(holder)s held this supply point until %(to_on)s. Begin on that day or later.")


class AgreementEndsBeforeItBegins(Refusal):
    sentence = gettext_noop("The agreement begins on %(from_on)s, so it cannot end on %(to_on)s.")


class AgreementClosed(Refusal):
    sentence = gettext_noop("This supply point is closed for good.")


def open_agreement(
    *,
    scope: Scope,
    supply_point_id: int,
    customer: int | NewCustomer,
    from_on: dt.date,
    now: dt.datetime,
    number: str = "",
) -> Agreement:
    """A holder from a day on: a customer that is known (their identity) or a new one."""
    scope.require(RIGHT)
    with act_of(scope):
        point = locked(SupplyPoint, supply_point_id, scope)
        scope.require_change(point.branch_id, RIGHT)
        if point.status == SupplyPoint.Status.CLOSED:
            raise AgreementClosed
        _refuse_overlap(point, from_on)
        holder = make_customer(scope, customer) if isinstance(customer, NewCustomer) else _known(scope, customer)
        agreement = Agreement.objects.create(
            company_id=scope.company_id,
            supply_point=point,
            customer=holder,
            number=number or take_agreement_numbers(scope.company_id, 1)[0],
            from_on=from_on,
        )
        holder_keys(scope.company_id, point.id, holder.name, holder.phone)
        note(scope, "open_agreement", agreement, now, {"number": agreement.number, "from": from_on.isoformat()})
    return agreement


def open_with_holder(
    *,
    scope: Scope,
    branch_id: int,
    premises: NewPremises,
    customer_type: str,
    customer: NewCustomer,
    from_on: dt.date,
    now: dt.datetime,
    number: str = "",
) -> SupplyPoint:
    """A new supply point and its first agreement in one transaction."""
    with act_of(scope):
        point = open_supply_point(
            scope=scope,
            branch_id=branch_id,
            premises=premises,
            customer_type=customer_type,
            number=number,
            now=now,
        )
        open_agreement(scope=scope, supply_point_id=point.id, customer=customer, from_on=from_on, now=now)
    return point


def end_agreement(*, scope: Scope, agreement_id: int, seen: int | Seen, to_on: dt.date, now: dt.datetime) -> Agreement:
    """The first day on which the agreement no longer holds. Its debt stays under it; what was the holder's own lapses."""
    scope.require(RIGHT)
    with act_of(scope):
        agreement = locked(Agreement, agreement_id, scope)
        scope.require_change(agreement.supply_point.branch_id, RIGHT)
        if to_on <= agreement.from_on:
            raise AgreementEndsBeforeItBegins(from_on=agreement.from_on, to_on=to_on)
        saved = save_versioned(agreement, seen_version=seen, changes={"to_on": to_on})
        holder_leaves(scope=scope, supply_point_id=agreement.supply_point_id, on=to_on, now=now)
        note(scope, "end_agreement", saved, now, {"to": to_on.isoformat()})
    return saved


def _refuse_overlap(point: SupplyPoint, from_on: dt.date) -> None:
    later = Agreement.objects.filter(company_id=point.company_id, supply_point=point)
    clash = later.filter(Q(to_on__isnull=True) | Q(to_on__gt=from_on)).select_related("customer").first()
    if clash is None:
        return
    if clash.to_on is None:
        raise AgreementStillRuns(holder=clash.customer.name, from_on=clash.from_on)
    raise AgreementOverlaps(holder=clash.customer.name, to_on=clash.to_on)


def _known(scope: Scope, customer_id: int) -> Customer:
    found = Customer.objects.filter(pk=customer_id, company_id=scope.company_id).first()
    if found is None:
        raise NotThere(key=customer_id)
    return found
