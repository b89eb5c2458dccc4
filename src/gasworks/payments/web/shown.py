"""Payments together with whom they belong to, for pages of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from gasworks.customers.selectors import households
from gasworks.customers.types import Household
from gasworks.foundation.scope import Scope
from gasworks.payments import selectors
from gasworks.payments.models import Payment
from gasworks.payments.types import PaymentView


@dataclass(frozen=True, slots=True)
class Shown:
    """A payment, its household, and its words."""

    view: PaymentView
    home: Household

    @property
    def means(self) -> str:
        return str(Payment.Means(self.view.means).label)

    @property
    def state(self) -> str:
        return str(Payment.State(self.view.state).label)

    @property
    def tone(self) -> str:
        return "good" if self.view.state == Payment.State.TAKEN else "bad"


def show_payments(*, scope: Scope, payment_ids: Sequence[int]) -> list[Shown]:
    """In the order asked for. Raises NotThere."""
    views = selectors.payment_views(scope=scope, payment_ids=payment_ids)
    homes = households(scope=scope, agreement_ids=[view.agreement_id for view in views])
    return [Shown(view, homes[view.agreement_id]) for view in views]
