"""Who acts, and how far the act reaches (ORG-1).

Customers are found and charged company-wide (通收), money lands in one's own shift and outlet, master data change
only inside one's branch. A shell builds one ``Scope`` per request; a worker acts under the scope stored with its job.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gasworks.kernel.errors import Forbidden


@dataclass(frozen=True, slots=True)
class Scope:
    """One actor's reach inside one company.

    ``company_id`` bounds *find*; ``outlet_id`` is where money is *taken*; ``branch_ids`` is where master data may
    *change* (``None``: every branch of the company). ``rights`` are names like ``payments.take``.
    """

    company_id: int
    actor_id: int | None
    outlet_id: int | None = None
    branch_ids: frozenset[int] | None = frozenset()
    rights: frozenset[str] = frozenset()
    reason: str = ""
    request_id: str = ""
    ip: str = ""
    bounded: bool = field(default=True)

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

    def changes(self, branch_id: int) -> bool:
        return self.branch_ids is None or branch_id in self.branch_ids

    def require_change(self, branch_id: int, right: str) -> None:
        self.require(right)
        if not self.changes(branch_id):
            raise Forbidden(right=right)

    def to_json(self) -> dict[str, Any]:
        return {
            "company_id": self.company_id,
            "actor_id": self.actor_id,
            "outlet_id": self.outlet_id,
            "branch_ids": None if self.branch_ids is None else sorted(self.branch_ids),
            "rights": sorted(self.rights),
            "reason": self.reason,
            "request_id": self.request_id,
            "ip": self.ip,
            "bounded": self.bounded,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Scope:
        branches = data["branch_ids"]
        return cls(
            **{
                **data,
                "branch_ids": None if branches is None else frozenset(branches),
                "rights": frozenset(data["rights"]),
            }
        )
