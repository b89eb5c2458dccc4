"""Facts that usage publishes."""

from dataclasses import dataclass
from typing import ClassVar

from gasworks.foundation.events import Fact


@dataclass(frozen=True, slots=True)
class RightsToRenew(Fact):
    """Rights end soon unless they are renewed: (right, supply point, kind, day on which it ends)."""

    KIND: ClassVar[str] = "usage.rights_to_renew"
    rights: list[tuple[int, int, str, str]]


@dataclass(frozen=True, slots=True)
class RightsEnded(Fact):
    """Rights are over, and why: (right, supply point, kind, day on which it ended)."""

    KIND: ClassVar[str] = "usage.rights_ended"
    rights: list[tuple[int, int, str, str]]
    reason: str
