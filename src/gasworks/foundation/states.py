"""State machines by one convention: a frozen table of (state, act) → state; what is not in it is refused by name.

A domain declares its machine beside its services and registers it::

    MONTH = register(StateMachine("accounting_month", states=..., acts=..., table={...}))

    month.state = MONTH.after(month.state, "close")     # raises WrongState

One test tries every act in every state of every registered machine; ``testing/machines.py`` of the domain may register
an ``Exercise`` so that the same test also drives the real services.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext

from gasworks.kernel.errors import Refusal, gettext_noop


class WrongState(Refusal):
    """The act does not fit the state that the thing is in. Nothing was written."""

    sentence = gettext_noop("This is «%(state)s» now, so «%(act)s» is not possible.")


@dataclass(frozen=True, slots=True)
class StateMachine:
    """``states`` and ``acts`` give each code its label; ``table`` says what follows."""

    name: str
    states: Mapping[str, str | Promise]
    acts: Mapping[str, str | Promise]
    table: Mapping[tuple[str, str], str]

    def __post_init__(self) -> None:
        for (state, act), after in self.table.items():
            if state not in self.states or after not in self.states or act not in self.acts:
                raise ValueError(f"{self.name}: unknown word in ({state}, {act}) → {after}")

    def after(self, state: str, act: str) -> str:
        """The state that follows, or ``WrongState``. An unknown act is a programming error."""
        if act not in self.acts:
            raise KeyError(act)
        if (state, act) not in self.table:
            raise WrongState(state=gettext(str(self.states[state])), act=gettext(str(self.acts[act])))
        return self.table[state, act]

    def allows(self, state: str, act: str) -> bool:
        return (state, act) in self.table

    def acts_in(self, state: str) -> list[str]:
        """What can be done now, in the order of ``acts``: the buttons of a page."""
        return [act for act in self.acts if (state, act) in self.table]


_MACHINES: dict[str, StateMachine] = {}


def register(machine: StateMachine) -> StateMachine:
    if machine.name in _MACHINES:
        raise ValueError(f"state machine {machine.name} is registered twice")
    _MACHINES[machine.name] = machine
    return machine


def machines() -> Mapping[str, StateMachine]:
    return MappingProxyType(_MACHINES)


def labels(choices: Any) -> dict[str, Any]:
    """States with labels from a Django ``TextChoices``."""
    return dict(choices.choices)
