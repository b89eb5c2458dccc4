"""Who acts, and how far the act reaches (ORG-1).

Customers are found and charged company-wide (通收), money lands in one's own shift and outlet, master data change
only inside one's branch. A shell builds one ``Scope`` per request; a worker acts under the scope stored with its job.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gasworks.kernel.errors import Forbidden, Refusal, gettext_noop

Branches = frozenset[int] | None


class NobodyActs(Refusal):
    """A person is needed for this act, and the system itself is asking."""

    sentence = gettext_noop("This needs a person who acts.")


class NoOutlet(Refusal):
    """Money lands in an outlet, and this person works at none."""

    sentence = gettext_noop("Choose the outlet where you work first.")


@dataclass(frozen=True, slots=True)
class Scope:
    """One actor's reach inside one company.

    ``company_id`` bounds *find*; ``outlet_id`` is where money is *taken*; ``branch_ids`` is where master data may
    *change* (``None``: every branch of the company). ``rights`` are names like ``payments.take``. ``reach`` narrows
    *change* per right where somebody holds different roles over different branches.
    """

    company_id: int
    actor_id: int | None
    outlet_id: int | None = None
    branch_ids: Branches = frozenset()
    rights: frozenset[str] = frozenset()
    reason: str = ""
    request_id: str = ""
    ip: str = ""
    bounded: bool = True
    reach: Mapping[str, Branches] = field(default_factory=dict, hash=False)

    @classmethod
    def system(cls, reason: str, *, company_id: int, actor_id: int | None = None) -> Scope:
        """The only unbounded scope: timers, migrations, set-up. The reason stands in the audit log."""
        return cls(
            company_id=company_id,
            actor_id=actor_id,
            branch_ids=None,
            reason=reason,
            bounded=False,
        )

    def may(self, right: str) -> bool:
        return not self.bounded or right in self.rights

    def require(self, right: str) -> None:
        if not self.may(right):
            raise Forbidden(right=right)

    def branches_for(self, right: str) -> Branches:
        """The branches where this right changes master data; ``None`` is every branch of the company."""
        return self.reach.get(right, self.branch_ids)

    def changes(self, branch_id: int, right: str = "") -> bool:
        branches = self.branches_for(right)
        return branches is None or branch_id in branches

    def may_change(self, branch_id: int, right: str) -> bool:
        """Whether a page about something of this branch shows the button of this right."""
        return self.may(right) and self.changes(branch_id, right)

    def require_change(self, branch_id: int, right: str) -> None:
        self.require(right)
        if not self.changes(branch_id, right):
            raise Forbidden(right=right)

    def require_whole_company(self, right: str) -> None:
        """For what has no branch: parameters, price plans, the calendar."""
        self.require(right)
        if self.branches_for(right) is not None:
            raise Forbidden(right=right)

    def require_actor(self) -> int:
        """The person who acts, for what no timer or set-up may do."""
        if self.actor_id is None:
            raise NobodyActs
        return self.actor_id

    def require_outlet(self, right: str) -> int:
        """The outlet where money lands, for a right with reach *take*."""
        self.require(right)
        if self.outlet_id is None:
            raise NoOutlet
        return self.outlet_id

    def to_json(self) -> dict[str, Any]:
        return {
            "company_id": self.company_id,
            "actor_id": self.actor_id,
            "outlet_id": self.outlet_id,
            "branch_ids": _listed(self.branch_ids),
            "rights": sorted(self.rights),
            "reason": self.reason,
            "request_id": self.request_id,
            "ip": self.ip,
            "bounded": self.bounded,
            "reach": {right: _listed(branches) for right, branches in self.reach.items()},
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Scope:
        return cls(
            **{
                **data,
                "branch_ids": _frozen(data["branch_ids"]),
                "rights": frozenset(data["rights"]),
                "reach": {right: _frozen(branches) for right, branches in data.get("reach", {}).items()},
            }
        )


def _listed(branches: Branches) -> list[int] | None:
    return None if branches is None else sorted(branches)


def _frozen(branches: list[int] | None) -> Branches:
    return None if branches is None else frozenset(branches)
