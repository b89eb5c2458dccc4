"""The counter (收费柜台): find → amount → Enter → receipt. Each step is a plain form, so it works when htmx is late."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from gasworks.customers.selectors import search
from gasworks.foundation.web import page, sentence
from gasworks.payments import selectors
from gasworks.payments.planning import payable_fen, plan_payment
from gasworks.payments.refusals import PlanIsStale
from gasworks.payments.services import take_payment
from gasworks.payments.types import PaymentPlan
from gasworks.payments.web.desk import Read, lay_out, seal
from gasworks.payments.web.forms import OpenShift, TakeForm, fresh_take
from gasworks.payments.web.papers import book_context
from gasworks.payments.web.shown import Shown, show_payments

RECENT = 8


@require_GET
@page("payments.take")
def counter(request: HttpRequest) -> HttpResponse:
    """The desk. ``sp`` are the supply points on it, ``q`` is looked for and, when it is one, laid on the desk."""
    on_desk = _asked(request)
    text = request.GET.get("q", "").strip()[:80]
    hits = search(scope=request.scope, text=text) if text else []
    exact = [hit for hit in hits if hit.exact]
    found = exact[0] if len(exact) == 1 else (hits[0] if len(hits) == 1 else None)
    if found:
        kept = on_desk if "add" in request.GET else []
        return redirect(
            f"{reverse('payments:counter')}?{urlencode({'sp': [*kept, found.supply_point_id]}, doseq=True)}"
        )
    return _desk(request, on_desk, {"find_here": text, "hits": hits})


@require_POST
@page("payments.take")
def preview(request: HttpRequest) -> HttpResponse:
    """What the money typed so far would do. Nothing is written."""
    form = TakeForm(request.POST)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        read: Read = form.cleaned_data["read"]
        given = form.cleaned_data["given"]
        if "retotal" in request.GET:
            given = payable_fen(read.accounts, on=read.on, chosen=form.chosen, terms=read.terms)
            context |= {"retotal": True, "given_fen": given}
        context |= _sums(read, _plan(form, given), given)
    return render(request, "payments/_sums.html", context)


@require_POST
@page("payments.take")
def take(request: HttpRequest) -> HttpResponse:
    """Take the money. The answer to the same form is the same; a stale page gets the fresh figures."""
    form = TakeForm(request.POST)
    on_desk = [int(text) for text in request.POST.getlist("sp") if text.isdigit()]
    if not form.is_valid():
        return _desk(request, on_desk, {"problem": _first_error(form)}, status=422)
    data = form.cleaned_data
    try:
        taken = take_payment(
            scope=request.scope,
            plan=_plan(form, data["given"]),
            key=data["key"],
            means=data["means"],
            tendered_fen=data["given"],
            shift_id=selectors.open_shift_id(scope=request.scope),
            today=data["read"].on,
            now=request.moment,
        )
    except PlanIsStale as stale:
        return _desk(request, on_desk, {"problem": sentence(stale)}, status=422)
    return redirect(f"{reverse('payments:done')}?{urlencode({'p': taken.payment_ids}, doseq=True)}")


@require_GET
@page("payments.take")
def done(request: HttpRequest) -> HttpResponse:
    """The money is in: the change, and the receipt."""
    ids = [int(text) for text in request.GET.getlist("p") if text.isdigit()][:50]
    payments = show_payments(scope=request.scope, payment_ids=ids)
    tendered = sum(p.view.tendered_fen for p in payments)
    amount = sum(p.view.amount_fen for p in payments)
    context = {
        "payments": payments,
        "amount_fen": amount,
        "tendered_fen": tendered,
        "change_fen": tendered - amount,
        **book_context(request.scope),
    }
    return render(request, _template(request, "done"), context)


def _desk(request: HttpRequest, on_desk: list[int], context: dict[str, Any], status: int = 200) -> HttpResponse:
    today = timezone.localdate(request.moment)
    shift = selectors.open_shift_of(scope=request.scope)
    lines, read = lay_out(scope=request.scope, supply_point_ids=on_desk, today=today)
    form = fresh_take(seal(read), read.payable_fen)
    context = {
        "shift": shift,
        "open_form": None if shift else OpenShift(),
        "lines": lines,
        "read": read,
        "form": form,
        "on_desk": on_desk,
        "adding": "add" in request.GET,
        "given_focus": "add" not in request.GET,
        "recent": _recent(request, shift.id) if shift else [],
        "today": today,
        **_sums(read, plan_payment(read.accounts, read.payable_fen, on=read.on, terms=read.terms), read.payable_fen),
        **context,
    }
    return render(request, _template(request, "counter"), context, status=status)


def _recent(request: HttpRequest, shift_id: int) -> list[Shown]:
    newest = selectors.payments(scope=request.scope).filter(shift_id=shift_id).values_list("id", flat=True)[:RECENT]
    return show_payments(scope=request.scope, payment_ids=list(newest))


def _plan(form: TakeForm, given_fen: int) -> PaymentPlan:
    read: Read = form.cleaned_data["read"]
    return plan_payment(
        read.accounts,
        given_fen,
        on=read.on,
        keep_surplus=form.cleaned_data["keep"],
        chosen=form.chosen,
        terms=read.terms,
    )


def _sums(read: Read, plan: PaymentPlan, given_fen: int) -> dict[str, Any]:
    late = sum(fee.amount_fen for line in plan.lines for fee in line.late_fees)
    laid = plan.amount_fen - plan.surplus_fen
    return {
        "payable_fen": read.payable_fen,
        "late_fen": late,
        "paid_fen": plan.amount_fen,
        "advance_fen": plan.surplus_fen,
        "change_fen": given_fen - plan.amount_fen,
        "left_fen": read.payable_fen - laid,
    }


def _asked(request: HttpRequest) -> list[int]:
    return [int(text) for text in request.GET.getlist("sp") if text.isdigit() and len(text) < 19]


def _first_error(form: TakeForm) -> str:
    return next(str(error) for errors in form.errors.values() for error in errors)


def _template(request: HttpRequest, name: str) -> str:
    return f"payments/_{name}.html" if request.headers.get("HX-Request") else f"payments/{name}.html"
