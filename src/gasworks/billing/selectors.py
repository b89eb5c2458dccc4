"""Reads of billing."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from gasworks.billing.models import (
    Bill,
    BillLine,
    Hold,
    HoldRule,
    HoldRuleChange,
    Relief,
    Run,
    RunChunk,
    Simulation,
    TrueUp,
)
from gasworks.billing.types import (
    BillDetail,
    DetailLine,
    HeldBill,
    HoldReason,
    NotBilled,
    RunProgress,
    ShownBill,
    SummaryRow,
    TierUse,
)
from gasworks.customers.selectors import places_of
from gasworks.foundation.models import OrgUnit, Work
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere
from gasworks.kernel.periods import add_months
from gasworks.rating import Basis, FirstYear
from gasworks.rating.household import bounds_of
from gasworks.receivables.selectors import fees_of_month, items_of_entry
from gasworks.tariffs.selectors import compiled_tariffs
from gasworks.usage.selectors import bookings_of_bill, group_of, household_on

RIGHT = "billing.view"
LIVE = (Bill.State.HELD, Bill.State.ISSUED)
SHOWN = (Bill.State.ISSUED, Bill.State.CANCELLED)
PREVIEW_WORK = "billing.preview"
SHOWN_MONTHS = 12
HELD_PAGE = 100


def bills(*, scope: Scope) -> QuerySet[Bill]:
    """All bills of the company."""
    scope.require(RIGHT)
    return Bill.objects.filter(company_id=scope.company_id).select_related("supply_point", "agreement__customer")


def bills_of_agreements(*, scope: Scope, agreement_ids: Sequence[int], most: int = 100) -> list[Bill]:
    """Live and cancelled bills of agreements, newest first."""
    scope.require(RIGHT)
    found = Bill.objects.filter(company_id=scope.company_id, agreement_id__in=list(agreement_ids))
    return list(found.order_by("-id")[:most])


def shown_bills(*, scope: Scope, agreement_ids: Sequence[int], most: int, before: int | None = None) -> list[ShownBill]:
    """Issued and cancelled bills of agreements, newest first, with an id below ``before``. Two queries."""
    scope.require(RIGHT)
    found = Bill.objects.filter(company_id=scope.company_id, agreement_id__in=list(agreement_ids), state__in=SHOWN)
    if before is not None:
        found = found.filter(id__lt=before)
    page = list(found.order_by("-id")[:most])
    lines = _lines_of([bill.id for bill in page])
    return [
        ShownBill(
            id=bill.id,
            kind=Bill.Kind(bill.kind).name.lower(),
            state=Bill.State(bill.state).name.lower(),
            month=bill.month,
            from_on=bill.from_on,
            to_on=bill.to_on,
            due_on=bill.due_on,
            litres=bill.litres,
            amount_fen=bill.amount_fen,
            lines=tuple(lines.get(bill.id, ())),
        )
        for bill in page
    ]


def bill_detail(*, scope: Scope, bill_id: int) -> BillDetail:
    """Raises NotThere."""
    scope.require(RIGHT)
    bill = (
        Bill.objects.filter(pk=bill_id, company_id=scope.company_id)
        .select_related("agreement__customer", "supply_point__premises")
        .first()
    )
    if bill is None:
        raise NotThere(key=bill_id)
    point = bill.supply_point
    lines = _lines(bill)
    return BillDetail(
        id=bill.id,
        kind=bill.kind,
        state=bill.state,
        month=bill.month,
        from_on=bill.from_on,
        to_on=bill.to_on,
        posting_day=bill.posting_day,
        due_on=bill.due_on,
        litres=bill.litres,
        amount_fen=bill.amount_fen,
        left_litres=bill.left_litres,
        open_fen=_open_fen(scope, bill),
        run_id=bill.run_id,
        agreement_id=bill.agreement_id,
        supply_point_id=point.id,
        supply_point=point.number,
        branch_id=point.branch_id,
        holder=bill.agreement.customer.name,
        address=point.premises.address,
        customer_type=point.customer_type,
        company=OrgUnit.objects.get(pk=bill.company_id).name,
        readings=tuple(bookings_of_bill(scope=scope, bill_id=bill.id)),
        lines=lines,
        tiers=_tiers(scope, bill),
        months=tuple(_months(bill)),
        holds=tuple(_reasons([bill.id])),
        others=tuple(fees_of_month(scope=scope, agreement_id=bill.agreement_id, month=bill.month))
        if bill.kind == Bill.Kind.REGULAR
        else (),
        **_settling(bill),
    )


def runs(*, scope: Scope) -> QuerySet[Run]:
    scope.require(RIGHT)
    return Run.objects.filter(company_id=scope.company_id).select_related("started_by", "work")


def find_run(*, scope: Scope, run_id: int) -> Run:
    """Raises NotThere."""
    found = runs(scope=scope).filter(pk=run_id).first()
    if found is None:
        raise NotThere(key=run_id)
    return found


def find_preview(*, scope: Scope, public_id: uuid.UUID) -> Work:
    """A preview that somebody of the company has asked for. Raises NotThere."""
    scope.require("billing.run")
    found = Work.objects.filter(company_id=scope.company_id, kind=PREVIEW_WORK, public_id=public_id)
    work = found.select_related("asked_by").first()
    if work is None:
        raise NotThere(key=public_id)
    return work


def simulations(*, scope: Scope) -> QuerySet[Simulation]:
    """Price versions tried on billed gas."""
    scope.require("billing.simulate")
    found = Simulation.objects.filter(company_id=scope.company_id).defer("content")
    return found.select_related("price_version__plan", "asked_by", "work")


def find_simulation(*, scope: Scope, simulation_id: int) -> Simulation:
    """Raises NotThere."""
    found = simulations(scope=scope).filter(pk=simulation_id).select_related("file", "work__asked_by").first()
    if found is None:
        raise NotThere(key=simulation_id)
    return found


def run_progress(*, scope: Scope, run_id: int) -> RunProgress:
    """How far a run is, and what it has issued and held."""
    run = find_run(scope=scope, run_id=run_id)
    chunks = list(RunChunk.objects.filter(company_id=scope.company_id, run=run).defer("problems"))
    done = [chunk for chunk in chunks if chunk.done_at is not None]
    rows = [row for chunk in done for row in chunk.summary]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(jsonb_array_length(problems)), 0) FROM billing_runchunk WHERE company_id = %s AND run_id = %s",
            [scope.company_id, run.id],
        )
        (problems,) = cursor.fetchone()
    return RunProgress(
        run_id=run.id,
        month=run.month,
        state=run.state,
        chunks=len(chunks),
        done=len(done),
        bills=sum(chunk.bills for chunk in done),
        held_bills=sum(chunk.held for chunk in done),
        litres=sum(chunk.litres for chunk in done),
        amount_fen=sum(chunk.amount_fen for chunk in done),
        issued=sum_up(row for row in rows if not row[5]),
        held=sum_up(row for row in rows if row[5]),
        problems=int(problems),
    )


def sum_up(rows: Iterable[Sequence[Any]]) -> tuple[SummaryRow, ...]:
    """Rows of chunks [type, tier, homes, litres, fen, held] added up by type and tier."""
    found: dict[tuple[str, int], list[int]] = {}
    for kind, tier, homes, litres, fen, _held in rows:
        line = found.setdefault((str(kind), int(tier)), [0, 0, 0])
        for place, value in enumerate((homes, litres, fen)):
            line[place] += int(value)
    return tuple(SummaryRow(*key, *found[key]) for key in sorted(found))


def not_billed(*, scope: Scope, run_id: int, most: int = 500) -> list[NotBilled]:
    """Supply points that the run could not bill, and why."""
    run = find_run(scope=scope, run_id=run_id)
    found = (
        RunChunk.objects.filter(company_id=scope.company_id, run=run).order_by("no").values_list("problems", flat=True)
    )
    return name_problems(scope=scope, problems=[pair for pairs in found for pair in pairs][:most])


def name_problems(*, scope: Scope, problems: Sequence[Sequence[int]]) -> list[NotBilled]:
    """(supply point, reason) with number and address."""
    known = places_of(scope=scope, supply_point_ids=[point for point, _reason in problems])
    return [NotBilled(point, *known[point], reason) for point, reason in problems if point in known]


def held_bills(*, scope: Scope, rule: str = "", after: int = 0, most: int = HELD_PAGE) -> list[HeldBill]:
    """Bills with a reason that nobody has settled, in id order after ``after``."""
    scope.require(RIGHT)
    waiting = Hold.objects.filter(company_id=scope.company_id, settled_at__isnull=True, bill_id__gt=after)
    if rule:
        waiting = waiting.filter(rule=rule)
    ids = list(waiting.order_by("bill_id").values_list("bill_id", flat=True).distinct()[:most])
    rules: dict[int, list[str]] = {}
    for hold in Hold.objects.filter(bill_id__in=ids, settled_at__isnull=True).order_by("rule"):
        rules.setdefault(hold.bill_id, []).append(hold.rule)
    found = Bill.objects.filter(pk__in=ids).select_related("supply_point__premises").order_by("id")
    return [
        HeldBill(
            bill.id,
            bill.state,
            bill.month,
            bill.supply_point_id,
            bill.supply_point.number,
            bill.supply_point.premises.address,
            bill.from_on,
            bill.to_on,
            bill.litres,
            bill.amount_fen,
            tuple(rules[bill.id]),
        )
        for bill in found
    ]


def releasable(*, scope: Scope, rule: str, most: int) -> list[int]:
    """Held bills that wait for this one reason only, in id order."""
    scope.require(RIGHT)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT h.bill_id FROM billing_hold h JOIN billing_bill b ON b.id = h.bill_id AND b.state = 1
               WHERE h.company_id = %s AND h.settled_at IS NULL
               GROUP BY h.bill_id HAVING bool_and(h.rule = %s) ORDER BY 1 LIMIT %s""",
            [scope.company_id, rule, most],
        )
        return [key for (key,) in cursor.fetchall()]


def hold_rules(*, scope: Scope) -> list[HoldRule]:
    """The company's outsorting rules by name."""
    scope.require(RIGHT)
    return list(HoldRule.objects.filter(company_id=scope.company_id).order_by("code"))


def find_rule(*, scope: Scope, rule_id: int) -> HoldRule:
    """Raises NotThere."""
    scope.require(RIGHT)
    found = HoldRule.objects.filter(company_id=scope.company_id, pk=rule_id).first()
    if found is None:
        raise NotThere(key=rule_id)
    return found


def rule_changes(*, scope: Scope, rule_id: int) -> list[HoldRuleChange]:
    """Newest first."""
    scope.require(RIGHT)
    found = HoldRuleChange.objects.filter(company_id=scope.company_id, rule_id=rule_id)
    return list(found.select_related("changed_by").order_by("-id"))


def held_counts(*, scope: Scope) -> dict[str, int]:
    """How many bills wait, per reason."""
    scope.require(RIGHT)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rule, count(*) FROM billing_hold WHERE company_id = %s AND settled_at IS NULL GROUP BY rule ORDER BY rule",
            [scope.company_id],
        )
        return dict(cursor.fetchall())


def _lines(bill: Bill) -> tuple[DetailLine, ...]:
    return tuple(_lines_of([bill.id]).get(bill.id, ()))


def _lines_of(bill_ids: Sequence[int]) -> dict[int, list[DetailLine]]:
    found: dict[int, list[DetailLine]] = {}
    rows = BillLine.objects.filter(bill_id__in=list(bill_ids)).select_related("version").order_by("bill_id", "seq")
    for line in rows:
        shown = DetailLine(line.tier, line.litres, line.price_e4, line.amount_fen, line.version.document_no)
        found.setdefault(line.bill_id, []).append(shown)
    return found


def _settling(bill: Bill) -> dict[str, Any]:
    """What the bill says about estimates that it settles, and about a long interval spread over its months."""
    ups = TrueUp.objects.filter(Q(old_id=bill.id) | Q(new_id=bill.id), company_id=bill.company_id).order_by("old_id")
    pairs = list(ups.values_list("old_id", "new_id"))
    reliefs = Relief.objects.filter(
        company_id=bill.company_id, supply_point_id=bill.supply_point_id, month=bill.month, state=Relief.State.USED
    )
    relief = reliefs.first() if bill.kind == Bill.Kind.REGULAR else None
    return {
        "settles": tuple(old for old, new in pairs if new == bill.id),
        "settled_by": next((new for old, new in pairs if old == bill.id), 0),
        "spread": relief is not None and not any(old == bill.id for old, _new in pairs),
        "spread_why": relief.reason if relief else "",
    }


def reliefs_of(*, scope: Scope, supply_point_id: int) -> list[Relief]:
    """Relief cases of a supply point, the newest first."""
    scope.require(RIGHT)
    found = Relief.objects.filter(company_id=scope.company_id, supply_point_id=supply_point_id)
    return list(found.select_related("asked_by", "granted_by").order_by("-id")[:20])


def _open_fen(scope: Scope, bill: Bill) -> int:
    if bill.entry_id is None:
        return 0
    return sum(item.open_fen for item in items_of_entry(scope=scope, entry_id=bill.entry_id))


def _months(bill: Bill) -> list[tuple[int, int]]:
    first = add_months(bill.month, 1 - SHOWN_MONTHS)
    found: dict[int, int] = {}
    rows = Bill.objects.filter(agreement_id=bill.agreement_id, state__in=LIVE, month__range=(first, bill.month))
    for month, litres in rows.values_list("month", "litres"):
        found[month] = found.get(month, 0) + litres
    return [(month, found.get(month, 0)) for month in (add_months(first, n) for n in range(SHOWN_MONTHS))]


def _tiers(scope: Scope, bill: Bill) -> tuple[TierUse, ...]:
    """Use of each tier after the bill, where the order states its bounds for the whole period.

    What is left in the tier reached was kept with the bill; the rest follows from the order's bounds.
    """
    last = BillLine.objects.filter(bill=bill, tier__gt=0).order_by("-seq").first()
    if last is None or bill.left_litres < 0:
        return ()
    tariffs = compiled_tariffs(scope=scope).tariffs
    version = next((v for v in tariffs.versions if v.id == last.version_id), None)
    if version is None or version.ladder.basis is not Basis.PERIOD or version.ladder.first_year is not FirstYear.FULL:
        return ()
    bounds = list(bounds_of(version.ladder, _persons(scope, bill)))
    if last.tier > len(bounds):
        return ()
    to_date = bounds[last.tier - 1] - bill.left_litres
    lower = [0, *bounds]
    widths = [*(high - low for low, high in zip(lower, bounds, strict=False)), None]
    return tuple(
        TierUse(number, tier.price_e4, max(0, min(to_date - low, to_date if width is None else width)), width)
        for number, (tier, low, width) in enumerate(zip(version.ladder.tiers, lower, widths, strict=False), start=1)
    )


def _persons(scope: Scope, bill: Bill) -> int:
    day = bill.to_on - dt.timedelta(days=1)
    group = group_of(scope=scope, supply_point_id=bill.supply_point_id, on=day)
    household = household_on(scope=scope, group_id=group.id, on=day)
    return household.persons if household else 0


def _reasons(bill_ids: Sequence[int]) -> list[HoldReason]:
    rows = Hold.objects.filter(bill_id__in=list(bill_ids)).select_related("settled_by").order_by("id")
    return [
        HoldReason(row.rule, row.settled_as, row.settled_at, row.settled_by.full_name if row.settled_by else "")
        for row in rows
    ]
