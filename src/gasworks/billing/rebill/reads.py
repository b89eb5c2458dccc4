"""Reads of re-billing: one case as it is shown, and what stands in whose place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from gasworks.billing.models import BackBill, Bill, Rebill, RebillPart, Replacement, VolumeRuling
from gasworks.customers.selectors import places_of
from gasworks.foundation.models import Approval
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere

VIEW: Final = "billing.view"
SHOWN_ROWS: Final = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One bill before and after. ``old_state`` 1: it was held, nobody owed it."""

    bill_id: int
    supply_point_id: int
    number: str
    month: int
    old_litres: int
    old_fen: int
    new_litres: int
    new_fen: int
    held: bool

    @property
    def change_fen(self) -> int:
        return self.new_fen - self.old_fen


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A bill that keeps its ladder group as it is. ``bill_id`` 0: the whole part."""

    bill_id: int
    reason: int


@dataclass(frozen=True, slots=True)
class Case:
    parts: int
    looked: int
    done: int
    bills: int
    refund_fen: int
    additional_fen: int
    lines: tuple[Line, ...]
    obstacles: tuple[Obstacle, ...]
    waits_for_approval: bool

    @property
    def moved_fen(self) -> int:
        return self.refund_fen + self.additional_fen


def rebills(*, scope: Scope) -> QuerySet[Rebill]:
    scope.require(VIEW)
    return Rebill.objects.filter(company_id=scope.company_id).select_related("asked_by", "work", "evidence")


def find_rebill(*, scope: Scope, rebill_id: int) -> Rebill:
    """Raises NotThere."""
    found = rebills(scope=scope).filter(pk=rebill_id).first()
    if found is None:
        raise NotThere(key=rebill_id)
    return found


def case_of(*, scope: Scope, rebill_id: int) -> Case:
    """How far it is, what it comes to, and the first bills of it."""
    rebill = find_rebill(scope=scope, rebill_id=rebill_id)
    parts = list(RebillPart.objects.filter(company_id=scope.company_id, rebill=rebill).order_by("no"))
    rows = [row for part in parts for row in part.rows][:SHOWN_ROWS]
    numbers = places_of(scope=scope, supply_point_ids=sorted({row[1] for row in rows}))
    asked = Approval.objects.filter(
        company_id=scope.company_id, subject_kind="billing.rebill", subject_id=rebill.id, state=Approval.State.ASKED
    )
    return Case(
        parts=len(parts),
        looked=sum(part.looked_at is not None for part in parts),
        done=sum(part.done_at is not None for part in parts),
        bills=sum(part.bills for part in parts),
        refund_fen=sum(part.refund_fen for part in parts),
        additional_fen=sum(part.additional_fen for part in parts),
        lines=tuple(_line(row, numbers) for row in rows),
        obstacles=tuple(Obstacle(bill, why) for part in parts for bill, why in part.problems)[:SHOWN_ROWS],
        waits_for_approval=asked.exists(),
    )


def _line(row: Sequence[int], numbers: dict[int, tuple[str, str]]) -> Line:
    bill, point, month, state, litres, fen, new_litres, new_fen, held = row
    owed = fen if state == Bill.State.ISSUED else 0
    number = numbers[point][0] if point in numbers else ""
    return Line(bill, point, number, month, litres, owed, new_litres, 0 if held else new_fen, bool(held))


def place_of(*, scope: Scope, bill_id: int) -> tuple[Replacement | None, Replacement | None]:
    """(what this bill stands in the place of, what stands in its place)."""
    scope.require(VIEW)
    mine = Replacement.objects.filter(company_id=scope.company_id).select_related("rebill")
    return mine.filter(new_id=bill_id).first(), mine.filter(old_id=bill_id).first()


def rulings_of(*, scope: Scope, bill_id: int) -> list[VolumeRuling]:
    """Rulings on faulty meters that set gas of this bill."""
    scope.require(VIEW)
    return list(
        VolumeRuling.objects.raw(
            """SELECT DISTINCT r.* FROM billing_volumeruling r JOIN usage_movement m
                 ON m.installation_id = r.installation_id AND m.register_id = r.register_id AND m.month = r.month
               WHERE m.source = %s AND m.source_kind = 1 AND r.company_id = %s AND r.ended_at IS NULL ORDER BY r.id""",
            [bill_id, scope.company_id],
        )
    )


def back_bills(*, scope: Scope) -> QuerySet[BackBill]:
    scope.require(VIEW)
    found = BackBill.objects.filter(company_id=scope.company_id)
    return found.select_related("supply_point__premises", "asked_by", "evidence")


def find_back_bill(*, scope: Scope, back_bill_id: int) -> BackBill:
    """Raises NotThere."""
    found = back_bills(scope=scope).filter(pk=back_bill_id).first()
    if found is None:
        raise NotThere(key=back_bill_id)
    return found
