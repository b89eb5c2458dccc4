"""The lists of billing: bills and runs."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gasworks.billing.claims import claims
from gasworks.billing.models import BackBill, Bill, Claim, Rebill, Run, Simulation
from gasworks.billing.rebill.reads import back_bills, rebills
from gasworks.billing.selectors import bills, runs, simulations
from gasworks.foundation.lists import Column, Filter, ListSpec, Sort, newest, register_list
from gasworks.foundation.scope import Scope


def _all(read: Callable[..., QuerySet[Any, Any]]) -> Callable[[Scope], QuerySet[Any, Any]]:
    """The rows of a selector that takes nothing but the scope."""
    return lambda scope: read(scope=scope)


def _page(name: str) -> Callable[[Any], str]:
    """The page of a row by its number."""
    return lambda row: reverse(f"billing:{name}", args=[row.id])


def _more_fen(row: Simulation) -> int | None:
    return row.figures["tried_fen"] - row.figures["now_fen"] if row.figures else None


BILLS = register_list(
    ListSpec(
        code="billing.bills",
        title=_("Bills"),
        right="billing.view",
        rows=_all(bills),
        columns=(
            Column("id", _("Bill"), link=_page("bill")),
            Column("supply_point", _("Supply point number"), show="supply_point.number"),
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
        rows=_all(runs),
        columns=(
            Column("id", _("Run"), link=_page("run")),
            Column("month", _("Accounting month"), kind="month"),
            Column("state", _("State"), kind="state"),
            Column("started_by", _("Started by"), show="started_by.full_name", phone=False),
            Column("started_at", _("Started at"), kind="moment"),
            Column("ended_at", _("Ended at"), kind="moment", phone=False),
        ),
        sorts=newest("run_newest"),
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
        rows=_all(rebills),
        columns=(
            Column("id", _("Number"), link=_page("rebill")),
            Column("cause", _("Cause"), show=lambda row: row.get_cause_display()),
            Column("target", _("Which bills"), show=lambda row: row.get_target_display(), phone=False),
            Column("reason", _("Reason"), kind="words", phone=False),
            Column("state", _("State"), kind="state"),
            Column("asked_by", _("Asked by"), show="asked_by.full_name", phone=False),
            Column("asked_at", _("Asked at"), kind="moment", phone=False),
        ),
        sorts=newest("rebill_newest"),
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
        rows=_all(back_bills),
        columns=(
            Column("id", _("Number"), link=_page("back_bill")),
            Column("supply_point", _("Supply point number"), show="supply_point.number"),
            Column("cause", _("Cause"), show=lambda row: row.get_cause_display(), phone=False),
            Column("litres", _("Gas (m³)"), kind="m3"),
            Column("amount_fen", _("Amount (yuan)"), kind="yuan"),
            Column("state", _("State"), kind="state"),
            Column("asked_at", _("Asked at"), kind="moment", phone=False),
        ),
        sorts=newest("back_bill_newest"),
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
        rows=_all(simulations),
        columns=(
            Column("id", _("Number"), link=_page("simulation")),
            Column("plan", _("Price plan"), show="price_version.plan.name"),
            Column("from_on", _("In force from"), kind="date", phone=False),
            Column("first_month", _("First month"), kind="month", phone=False),
            Column("last_month", _("Last month"), kind="month", phone=False),
            Column("more", _("Change of revenue (yuan)"), kind="yuan", show=_more_fen),
            Column("state", _("State"), show=lambda row: row.work.get_state_display() if row.work else ""),
            Column("asked_by", _("Asked by"), show="asked_by.full_name", phone=False),
            Column("asked_at", _("Asked at"), kind="moment", phone=False),
        ),
        sorts=newest("simulation_newest"),
        empty=_("No price version was tried on billed gas yet. Open a draft and try it."),
    )
)


CLAIMS = register_list(
    ListSpec(
        code="billing.claims",
        title=_("Claims of subsidies"),
        right="billing.view",
        rows=_all(claims),
        columns=(
            Column("month", _("Accounting month"), kind="month", link=_page("claim"), sort="month"),
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
