"""Sample checks (抽查): clean bills of a run drawn by lot when it ends, looked through and marked by a person.

The lot is a hash of bill and run: the same run always draws the same bills.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import Count

from gasworks.billing.models import Run, SampleCheck
from gasworks.foundation import audit, parameters
from gasworks.foundation.acts import act_of
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop

RIGHT: Final = "billing.run"
VIEW: Final = "billing.view"
PER_MILLE: Final = "billing.sample_per_mille"
LEAST: Final = "billing.sample_least"
MARK: Final = "billing.mark_sample"
Mark = SampleCheck.Mark

_DRAW: Final = """
WITH clean AS MATERIALIZED (
    SELECT b.id FROM billing_bill b
     WHERE b.company_id = %(company)s AND b.month = %(month)s AND b.run_id = %(run)s AND b.state = 2
       AND NOT EXISTS (SELECT 1 FROM billing_hold h WHERE h.company_id = b.company_id AND h.bill_id = b.id)),
wanted AS (SELECT greatest(%(least)s, ceil(count(*) * %(per_mille)s / 1000.0))::bigint AS n FROM clean)
INSERT INTO billing_samplecheck (company_id, run_id, bill_id, mark, note)
SELECT %(company)s, %(run)s, id, 1, '' FROM clean
 ORDER BY hashint8extended(id, %(run)s), id LIMIT (SELECT n FROM wanted)
ON CONFLICT DO NOTHING
"""


class WrongNeedsNote(Refusal):
    sentence = gettext_noop("Say what is wrong with the bill.")


@dataclass(frozen=True, slots=True)
class SampleFigures:
    drawn: int
    good: int
    wrong: int

    @property
    def checked(self) -> int:
        return self.good + self.wrong


def draw_sample(scope: Scope, run: Run) -> None:
    """Inside the transaction that ends the run."""
    wanted = parameters.get_many(scope=scope, codes=(PER_MILLE, LEAST), on=run.posting_day)
    values = {
        "company": run.company_id,
        "month": run.month,
        "run": run.id,
        "per_mille": wanted[PER_MILLE],
        "least": wanted[LEAST],
    }
    if not values["per_mille"] and not values["least"]:
        return
    with connection.cursor() as cursor:
        cursor.execute(_DRAW, values)


def sample_of_run(*, scope: Scope, run_id: int) -> list[SampleCheck]:
    """Those to be checked first."""
    scope.require(VIEW)
    found = SampleCheck.objects.filter(company_id=scope.company_id, run_id=run_id)
    return list(found.select_related("bill__supply_point__premises", "marked_by").order_by("mark", "id"))


def sample_figures(*, scope: Scope, run_id: int) -> SampleFigures:
    scope.require(VIEW)
    found = SampleCheck.objects.filter(company_id=scope.company_id, run_id=run_id)
    counts = dict(found.values_list("mark").annotate(n=Count("id")))
    return SampleFigures(sum(counts.values()), counts.get(Mark.GOOD, 0), counts.get(Mark.WRONG, 0))


def find_check(*, scope: Scope, check_id: int) -> SampleCheck:
    """Raises NotThere."""
    scope.require(VIEW)
    found = SampleCheck.objects.filter(company_id=scope.company_id, pk=check_id)
    check = found.select_related("bill__supply_point").first()
    if check is None:
        raise NotThere(key=check_id)
    return check


def mark_sample(*, scope: Scope, check_id: int, good: bool, note: str, now: dt.datetime) -> SampleCheck:
    """What somebody found; a later mark stands in place of an earlier one, and both are in the audit log."""
    scope.require(RIGHT)
    check = find_check(scope=scope, check_id=check_id)
    scope.require_change(check.bill.supply_point.branch_id, RIGHT)
    if not good and not note.strip():
        raise WrongNeedsNote
    with act_of(scope):
        check.mark, check.note = (Mark.GOOD if good else Mark.WRONG), note.strip()[:200]
        check.marked_by_id, check.marked_at = scope.actor_id, now
        check.save(update_fields=["mark", "note", "marked_by_id", "marked_at"])
        audit.record(
            scope=scope,
            act=MARK,
            subject_kind="billing.bill",
            subject_id=check.bill_id,
            detail={"good": good, "note": check.note},
            now=now,
        )
    return check
