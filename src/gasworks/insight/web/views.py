"""Dashboard and reports. Each view reads; ``?export=xlsx|csv`` gives the same rows as a file."""

import datetime as dt
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from gasworks.foundation import exports as files
from gasworks.foundation import words
from gasworks.foundation.charts import Chart
from gasworks.foundation.exports import Head
from gasworks.foundation.scope import Scope
from gasworks.foundation.templatetags.gas import named
from gasworks.foundation.web import page
from gasworks.insight import selectors
from gasworks.insight.types import IssueLine, IssueTotal
from gasworks.insight.web import charts, forms
from gasworks.kernel.periods import month_of
from gasworks.ledger import exports as ledger_exports
from gasworks.ledger import selectors as ledger
from gasworks.ledger.labels import KINDS
from gasworks.ledger.types import EntryKind, JournalLine
from gasworks.metering.selectors import round_states

A_MONTH = dt.timedelta(days=30)
A_DAY = dt.timedelta(days=1)
SHOWN_LINES = 500
SHOWN_DEBTORS = 100


def _today(request: HttpRequest) -> dt.date:
    return timezone.localdate(request.moment)


@require_GET
@page("insight.view")
def dashboard(request: HttpRequest) -> HttpResponse:
    """The head figures at once; each chart comes as a fragment, so that a slow one holds up nothing."""
    today = _today(request)
    figures = selectors.today_figures(scope=request.scope, on=today)
    return render(request, "insight/dashboard.html", {"figures": figures, "today": today, "panels": list(PANELS)})


@require_GET
@page("insight.view")
def panel(request: HttpRequest, panel: str) -> HttpResponse:
    if panel not in PANELS:
        raise Http404
    template = "console/_chart.html" if request.headers.get("HX-Request") else "insight/panel.html"
    return render(request, template, {"chart": PANELS[panel](request.scope, _today(request))})


def _channels(scope: Scope, today: dt.date) -> Chart:
    return charts.by_channel(selectors.takings_by_channel(scope=scope, from_on=today - A_MONTH, to_on=today + A_DAY))


def _days(scope: Scope, today: dt.date) -> Chart:
    return charts.by_day(selectors.takings_by_day(scope=scope, from_on=today - A_MONTH, to_on=today + A_DAY))


def _money(scope: Scope, today: dt.date) -> Chart:
    return charts.money(selectors.money_by_month(scope=scope, on=today))


def _reading(scope: Scope, today: dt.date) -> Chart:
    month = _newest_month(scope, today)
    return charts.reading(month, selectors.reading_progress(scope=scope, month=month))


def _gas(scope: Scope, today: dt.date) -> Chart:
    return charts.gas(selectors.gas_by_type(scope=scope, month=_newest_month(scope, today)))


def _newest_month(scope: Scope, today: dt.date) -> int:
    return next(iter(selectors.accounting_months(scope=scope)), month_of(today))


PANELS: dict[str, Callable[[Scope, dt.date], Chart]] = {
    "money": _money,
    "channels": _channels,
    "days": _days,
    "gas": _gas,
    "reading": _reading,
}


@require_GET
@page("insight.view")
def arrears(request: HttpRequest) -> HttpResponseBase:
    today = _today(request)
    form = forms.Arrears(request.GET, scope=request.scope, today=today)
    asked = form.cleaned_data if form.is_valid() else {"branch": None, "customer_type": "", "older_than": None}
    bounds = {
        "scope": request.scope,
        "on": today,
        "branch_id": asked["branch"],
        "customer_type": asked["customer_type"],
    }
    if request.GET.get("export") in files.CONTENT_TYPES:
        found = selectors.debtors(**bounds, older_than=asked["older_than"], limit=None)
        rows = (
            [d.number, d.name, d.address, _type(d.customer_type), d.items, d.oldest_due_on, d.owed_fen] for d in found
        )
        return files.download("arrears", request.GET["export"], _debtor_heads(), rows)
    lines = selectors.ageing(**bounds)
    return render(
        request,
        "insight/arrears.html",
        {
            "form": form,
            "today": today,
            "lines": [(_type(line.customer_type), line) for line in lines],
            "totals": [sum(line.buckets[at] for line in lines) for at in range(6)],
            "total_fen": sum(line.total_fen for line in lines),
            "total_agreements": sum(line.agreements for line in lines),
            "debtors": selectors.debtors(**bounds, older_than=asked["older_than"], limit=SHOWN_DEBTORS),
            "shown": SHOWN_DEBTORS,
        },
    )


def _debtor_heads() -> list[Head]:
    return [
        Head(pgettext("number", "Supply point")), Head(pgettext("customer", "Name")), Head(_("Address")),
        Head(_("Type")), Head(_("Items"), "number"),
        Head(_("Oldest due on"), "date"), Head(_("Owed (yuan)"), "yuan"),
    ]  # fmt: skip


@require_GET
@page("insight.view")
def issue_summary(request: HttpRequest) -> HttpResponseBase:
    """应收发行汇总: homes, gas and money by customer type and tier."""
    months = selectors.accounting_months(scope=request.scope)
    form = forms.Month(request.GET, months=months, scope=request.scope, today=_today(request))
    asked = form.cleaned_data if form.is_valid() else {"month": form.months[0], "branch": None}
    bounds = {"scope": request.scope, "month": asked["month"], "branch_id": asked["branch"]}
    lines, totals = selectors.issue_by_tier(**bounds), selectors.issue_totals(**bounds)
    if request.GET.get("export") in files.CONTENT_TYPES:
        return files.download("issue-summary", request.GET["export"], _issue_heads(), _issue_rows(lines))
    blocks = [
        (_type(total.customer_type), total, [ln for ln in lines if ln.customer_type == total.customer_type])
        for total in totals
    ]
    return render(
        request,
        "insight/issue_summary.html",
        {"form": form, "month": asked["month"], "blocks": blocks, "sum": _sum(totals)},
    )


@require_GET
@page("insight.view")
def issue_books(request: HttpRequest) -> HttpResponseBase:
    """应收发行 by book: issued, held, added late, not billed."""
    months = selectors.accounting_months(scope=request.scope)
    form = forms.Month(request.GET, months=months, scope=request.scope, today=_today(request))
    asked = form.cleaned_data if form.is_valid() else {"month": form.months[0], "branch": None}
    lines = selectors.issue_by_book(scope=request.scope, month=asked["month"], branch_id=asked["branch"])
    states = round_states()
    if request.GET.get("export") in files.CONTENT_TYPES:
        heads = [
            Head(_("Book")), Head(_("Name")), Head(_("State")), Head(_("Due"), "number"), Head(_("Bills"), "number"),
            Head(_("Held"), "number"), Head(_("Not billed"), "number"), Head(_("Added late"), "number"),
            Head(_("Gas (m³)"), "m3"), Head(_("Amount (yuan)"), "yuan"),
        ]  # fmt: skip
        rows = (
            [ln.code, ln.name, str(states.get(ln.state, "")), ln.due, ln.bills, ln.held, ln.not_billed, ln.late,
             ln.litres, ln.amount_fen]
            for ln in lines
        )  # fmt: skip
        return files.download("issue-books", request.GET["export"], heads, rows)
    context = {
        "form": form,
        "month": asked["month"],
        "lines": [(ln, states.get(ln.state, "")) for ln in lines],
        "sums": [sum(getattr(ln, name) for ln in lines) for name in ("due", "bills", "held", "not_billed", "late")],
        "litres": sum(ln.litres for ln in lines),
        "amount_fen": sum(ln.amount_fen for ln in lines),
    }
    return render(request, "insight/issue_books.html", context)


def _issue_heads() -> list[Head]:
    return [
        Head(_("Type")), Head(_("Tier"), "number"), Head(_("Homes"), "number"), Head(_("Gas (m³)"), "m3"),
        Head(_("Amount (yuan)"), "yuan"),
    ]  # fmt: skip


def _issue_rows(lines: Iterable[IssueLine]) -> Iterable[list[Any]]:
    return ([_type(ln.customer_type), ln.tier, ln.homes, ln.litres, ln.amount_fen] for ln in lines)


def _sum(totals: list[IssueTotal]) -> IssueTotal:
    return IssueTotal(
        "",
        sum(t.bills for t in totals),
        sum(t.homes for t in totals),
        sum(t.litres for t in totals),
        sum(t.amount_fen for t in totals),
    )


@require_GET
@page("ledger.view")
def cash_journal(request: HttpRequest) -> HttpResponseBase:
    """现金日记账."""
    form = forms.Days(request.GET, scope=request.scope, today=_today(request))
    if not form.is_valid():
        return render(request, "insight/cash_journal.html", {"form": form, "lines": []}, status=422)
    asked = form.cleaned_data
    lines = ledger.cash_journal(
        scope=request.scope, from_on=asked["from_on"], to_on=asked["to_on"] + A_DAY, outlet_id=asked["outlet"]
    )
    if request.GET.get("export") in files.CONTENT_TYPES:
        return files.download("cash-journal", request.GET["export"], _journal_heads(), map(_journal_row, lines))
    shown = list(islice(lines, SHOWN_LINES + 1))
    opening = ledger.balance(
        scope=request.scope,
        gl_id=ledger.account_by_role(scope=request.scope, role="cash"),
        on=asked["from_on"] - A_DAY,
        outlet_id=asked["outlet"],
    )
    return render(
        request,
        "insight/cash_journal.html",
        {
            "form": form,
            "opening_fen": opening,
            "lines": [(ln, str(KINDS[EntryKind(ln.kind)]), _counter(ln)) for ln in shown[:SHOWN_LINES]],
            "more": len(shown) > SHOWN_LINES,
            "shown": SHOWN_LINES,
        },
    )


def _journal_row(line: JournalLine) -> list[Any]:
    moment = timezone.localtime(line.at).replace(tzinfo=None)
    act = str(KINDS[EntryKind(line.kind)])
    return [
        line.posting_day,
        moment,
        line.entry_id,
        act,
        _counter(line),
        line.debit_fen,
        line.credit_fen,
        line.balance_fen,
    ]


def _journal_heads() -> list[Head]:
    return [
        Head(_("Posting day"), "date"), Head(_("Moment"), "moment"), Head(_("Entry"), "number"), Head(_("What for")),
        Head(_("Against")), Head(_("In (yuan)"), "yuan"), Head(_("Out (yuan)"), "yuan"), Head(_("Balance (yuan)"), "yuan"),
    ]  # fmt: skip


@require_GET
@page("ledger.view")
def trial_balance(request: HttpRequest) -> HttpResponseBase:
    form = forms.OnDay(request.GET, scope=request.scope, today=_today(request))
    if not form.is_valid():
        return render(request, "insight/trial_balance.html", {"form": form, "lines": []}, status=422)
    asked = form.cleaned_data
    lines = ledger.trial_balance(scope=request.scope, on=asked["on"], outlet_id=asked["outlet"])
    if request.GET.get("export") in files.CONTENT_TYPES:
        rows = ([ln.code, named(ln), ln.debit_fen, ln.credit_fen, ln.balance_fen] for ln in lines)
        return files.download("trial-balance", request.GET["export"], _balance_heads(), rows)
    debit, credit = sum(ln.debit_fen for ln in lines), sum(ln.credit_fen for ln in lines)
    return render(
        request,
        "insight/trial_balance.html",
        {"form": form, "lines": lines, "debit_fen": debit, "credit_fen": credit, "balanced": debit == credit},
    )


def _balance_heads() -> list[Head]:
    return [
        Head(_("Account")), Head(_("Name")), Head(_("Debit (yuan)"), "yuan"), Head(_("Credit (yuan)"), "yuan"),
        Head(_("Balance (yuan)"), "yuan"),
    ]  # fmt: skip


@require_GET
@page("ledger.export")
def exports(request: HttpRequest) -> HttpResponse:
    form = forms.Span(request.GET, scope=request.scope, today=_today(request))
    return render(request, "insight/exports.html", {"form": form}, status=200 if form.is_valid() else 422)


@require_GET
@page("ledger.export")
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """The ledger as a stream: «csv» or «beancount»."""
    writers = {"csv": ledger_exports.csv_text, "beancount": ledger_exports.beancount_text}
    asked = forms.Span(request.GET, scope=request.scope, today=_today(request))
    if form not in writers or not asked.is_valid():
        raise Http404
    first, last = asked.cleaned_data["from_on"], asked.cleaned_data["to_on"]
    text = writers[form](scope=request.scope, from_on=first, to_on=last + A_DAY)
    response = StreamingHttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="ledger-{first}-{last}.{form}"'
    return response


def _type(code: str) -> str:
    return words.label(words.CUSTOMER_TYPE, code)


def _counter(line: JournalLine) -> str:
    english = (get_language() or "").startswith("en")
    return f"{line.counter_code} {(english and line.counter_name_en) or line.counter_name}"
