"""The lists of billing: bills and runs."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gasworks.billing.claims import claims
from gasworks.billing.models import BackBill, Bill, Claim, Rebill, Run, Simulation
from gasworks.billing.rebill.reads import back_bills, rebills
from gasworks.billing.selectors import bills, runs, simulations
from gasworks.foundation.lists import Column, Filter, ListSpec, Sort, register_list
from gasworks.foundation.scope import Scope


def _bill_rows(scope: Scope) -> QuerySet[Any, Any]:
    return bills(scope=scope)


def _run_rows(scope: Scope) -> QuerySet[Any, Any]:
    return runs(scope=scope)


def _bill_url(row: Bill) -> str:
    return reverse("billing:bill", args=[row.id])


def _run_url(row: Run) -> str:
    return reverse("billing:run", args=[row.id])


def _back_bill_rows(scope: Scope) -> QuerySet[Any, Any]:
    return back_bills(scope=scope)


def _back_bill_url(row: BackBill) -> str:
    return reverse("billing:back_bill", args=[row.id])


def _back_bill_number(row: BackBill) -> str:
    return row.supply_point.number


def _simulation_rows(scope: Scope) -> QuerySet[Any, Any]:
    return simulations(scope=scope)


def _simulation_url(row: Simulation) -> str:
    return reverse("billing:simulation", args=[row.id])


def _more_fen(row: Simulation) -> int | None:
    return row.figures["tried_fen"] - row.figures["now_fen"] if row.figures else None


def _rebill_rows(scope: Scope) -> QuerySet[Any, Any]:
    return rebills(scope=scope)


def _rebill_url(row: Rebill) -> str:
    return reverse("billing:rebill", args=[row.id])


def _number(row: Bill) -> str:
    return row.supply_point.number


BILLS = register_list(
    ListSpec(
        code="billing.bills",
        title=_("Bills"),
        right="billing.view",
        rows=_bill_rows,
        columns=(
            Column("id", _("Bill"), link=_bill_url),
            Column("supply_point", _("Supply point number"), show=_number),
            Column("holder", pgettext_lazy("customer", "Name"), show="agreement.customer.name", phone=False),
            Column("month", _("Accounting month"), kind="month", sort="month"),
            Column("from_on", _("From"), kind="date", phone=False),
            Column("to_on", _("To"), kind="date", phone=False),
            Column("litres", _("Gas (m³)"), kind="m3", total=True),
            Column("amount_fen", _("Amount (yuan)"), kind="yuan", total=True),
            Column("state", _("State"), kind="state"),
            Column("posting_day", _("Posting day"), kind="date", phone=False),
        ),
        sorts=(Sort("month", _("Newest first"), ("month", "id"), index="bill_by_month", descending=True),),
        filters=(
            Filter("number", _("Supply point number"), lookup="supply_point__number"),
            Filter("month", _("Accounting month"), kind="month"),
            Filter("state", _("State"), kind="choice", choices=Bill.State.choices),
            Filter("kind", _("Kind"), kind="choice", choices=Bill.Kind.choices),
            Filter("run", _("Run"), kind="number", lookup="run_id"),
        ),
    )
)
RUNS = register_list(
    ListSpec(
        code="billing.runs",
        title=_("Billing runs"),
        right="billing.view",
        rows=_run_rows,
        columns=(
            Column("id", _("Run"), link=_run_url),
            Column("month", _("Accounting month"), kind="month"),
            Column("state", _("State"), kind="state"),
            Column("started_by", _("Started by"), show="started_by.full_name", phone=False),
            Column("started_at", _("Started at"), kind="moment"),
            Column("ended_at", _("Ended at"), kind="moment", phone=False),
        ),
        sorts=(Sort("newest", _("Newest first"), ("id",), index="run_newest", descending=True),),
        filters=(
            Filter("month", _("Accounting month"), kind="month"),
            Filter("state", _("State"), kind="choice", choices=Run.State.choices),
        ),
        empty=_("No billing run yet."),
    )
)
REBILLS = register_list(
    ListSpec(
        code="billing.rebills",
        title=_("Re-billing"),
        right="billing.view",
        rows=_rebill_rows,
        columns=(
            Column("id", _("Number"), link=_rebill_url),
            Column("cause", _("Cause"), show=lambda row: row.get_cause_display()),
            Column("target", _("Which bills"), show=lambda row: row.get_target_display(), phone=False),
            Column("reason", _("Reason"), phone=False),
            Column("state", _("State"), kind="state"),
            Column("asked_by", _("Asked by"), show="asked_by.full_name", phone=False),
            Column("asked_at", _("Asked at"), kind="moment", phone=False),
        ),
        sorts=(Sort("newest", _("Newest first"), ("id",), index="rebill_newest", descending=True),),
        filters=(
            Filter("cause", _("Cause"), kind="choice", choices=Rebill.Cause.choices),
            Filter("state", _("State"), kind="choice", choices=Rebill.State.choices),
        ),
        empty=_("No bill was billed again yet."),
    )
)
BACK_BILLS = register_list(
    ListSpec(
        code="billing.back_bills",
        title=_("Back-bills"),
        right="billing.view",
        rows=_back_bill_rows,
        columns=(
            Column("id", _("Number"), link=_back_bill_url),
            Column("supply_point", _("Supply point number"), show=_back_bill_number),
            Column("cause", _("Cause"), show=lambda row: row.get_cause_display(), phone=False),
            Column("litres", _("Gas (m³)"), kind="m3"),
            Column("amount_fen", _("Amount (yuan)"), kind="yuan"),
            Column("state", _("State"), kind="state"),
            Column("asked_at", _("Asked at"), kind="moment", phone=False),
        ),
        sorts=(Sort("newest", _("Newest first"), ("id",), index="back_bill_newest", descending=True),),
        filters=(
            Filter("cause", _("Cause"), kind="choice", choices=BackBill.Cause.choices),
            Filter("state", _("State"), kind="choice", choices=BackBill.State.choices),
        ),
        empty=_("No back-bill yet."),
    )
)
SIMULATIONS = register_list(
    ListSpec(
        code="billing.simulations",
        title=_("Price simulations"),
        right="billing.simulate",
        rows=_simulation_rows,
        columns=(
            Column("id", _("Number"), link=_simulation_url),
            Column("plan", _("Price plan"), show="price_version.plan.name"),
            Column("from_on", _("In force from"), kind="date", phone=False),
            Column("first_month", _("First month"), kind="month", phone=False),
            Column("last_month", _("Last month"), kind="month", phone=False),
            Column("more", _("Change of revenue (yuan)"), kind="yuan", show=_more_fen),
            Column("state", _("State"), show=lambda row: row.work.get_state_display() if row.work else ""),
            Column("asked_by", _("Asked by"), show="asked_by.full_name", phone=False),
            Column("asked_at", _("Asked at"), kind="moment", phone=False),
        ),
        sorts=(Sort("newest", _("Newest first"), ("id",), index="simulation_newest", descending=True),),
        empty=_("No price version was tried on billed gas yet. Open a draft and try it."),
    )
)


def _claim_rows(scope: Scope) -> QuerySet[Any, Any]:
    return claims(scope=scope)


def _claim_url(row: Claim) -> str:
    return reverse("billing:claim", args=[row.id])


CLAIMS = register_list(
    ListSpec(
        code="billing.claims",
        title=_("Claims of subsidies"),
        right="billing.view",
        rows=_claim_rows,
        columns=(
            Column("month", _("Accounting month"), kind="month", link=_claim_url, sort="month"),
            Column("payer", _("Payer"), show="payer.name"),
            Column("no", pgettext_lazy("of a claim", "List"), kind="number", phone=False),
            Column("litres", _("Gas (m³)"), kind="m3", total=True, phone=False),
            Column("amount_fen", _("Claimed (yuan)"), kind="yuan", total=True),
            Column("paid_fen", _("Paid (yuan)"), kind="yuan", total=True, phone=False),
            Column("state", _("State"), kind="state"),
            Column("sent_no", _("Number of the paper"), phone=False),
        ),
        sorts=(Sort("month", _("Newest first"), ("month", "id"), index="claim_by_month", descending=True),),
        filters=(
            Filter("month", _("Accounting month"), kind="month"),
            Filter("payer", _("Payer"), lookup="payer__name__contains"),
            Filter("state", _("State"), kind="choice", choices=Claim.State.choices),
        ),
        empty=_("No claim yet. Say who pays for which price plan, then claim a month."),
    )
)
