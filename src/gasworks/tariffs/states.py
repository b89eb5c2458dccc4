"""What can become of a version of a price plan."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from gasworks.foundation.states import StateMachine, labels, register
from gasworks.tariffs.models import PlanVersion

State = PlanVersion.State

VERSION: Final = register(
    StateMachine(
        name="tariffs.version",
        states=labels(State),
        acts={"change": _("Change"), "approve": _("Approve"), "withdraw": _("Withdraw")},
        table={
            (State.DRAFT, "change"): State.DRAFT,
            (State.DRAFT, "approve"): State.APPROVED,
            (State.DRAFT, "withdraw"): State.WITHDRAWN,
        },
    )
)
