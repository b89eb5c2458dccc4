"""The life of a supply point as a table: not yet ignited → in use ⇄ suspended → closed."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from gasworks.customers.models import SupplyPoint
from gasworks.foundation.states import StateMachine, labels, register

_S = SupplyPoint.Status

SUPPLY_POINT: Final = register(
    StateMachine(
        "supply_point",
        states=labels(_S),
        acts={
            "ignite": _("Ignite"),
            "suspend": _("Suspend"),
            "resume": _("Resume"),
            "close": _("Close for good"),
        },
        table={
            (_S.NOT_IGNITED.value, "ignite"): _S.ACTIVE.value,
            (_S.ACTIVE.value, "suspend"): _S.SUSPENDED.value,
            (_S.SUSPENDED.value, "resume"): _S.ACTIVE.value,
            (_S.NOT_IGNITED.value, "close"): _S.CLOSED.value,
            (_S.ACTIVE.value, "close"): _S.CLOSED.value,
            (_S.SUSPENDED.value, "close"): _S.CLOSED.value,
        },
    )
)
