"""The cash drawer: a shift opened, counted and closed (扎帐); its report; the outlet's day end (日结)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gasworks.foundation.lists import list_page
from gasworks.foundation.web import page, tell
from gasworks.kernel.errors import NotThere
from gasworks.kernel.money import yuan
from gasworks.ledger.selectors import open_days
from gasworks.payments import selectors
from gasworks.payments.lists import SHIFTS
from gasworks.payments.models import Payment, Shift
from gasworks.payments.services import bank_cash, close_shift, end_day, open_shift
from gasworks.payments.types import ShiftCount
from gasworks.payments.web.forms import Banking, CloseShift, OpenShift, face_label


@require_GET
@page("payments.view")
def shift_list(request: HttpRequest) -> HttpResponse:
    return list_page(request, SHIFTS)


@require_GET
@page("payments.shift")
def shift(request: HttpRequest) -> HttpResponse:
    """One's own shift: open it, or count and close it."""
    return _page(request, {})


@require_POST
@page("payments.shift")
def open_one(request: HttpRequest) -> HttpResponse:
    form = OpenShift(request.POST)
    if not form.is_valid():
        return _page(request, {"open_form": form}, status=422)
    today = timezone.localdate(request.moment)
    opened = open_shift(
        scope=request.scope, float_fen=form.cleaned_data["float_fen"] or 0, today=today, now=request.moment
    )
    tell(request, gettext("Your shift is open on posting day %(day)s.") % {"day": opened.posting_day})
    return redirect(_next(request))


@require_POST
@page("payments.shift")
def close(request: HttpRequest) -> HttpResponse:
    form = CloseShift(request.POST)
    if not form.is_valid():
        return _page(request, {"close_form": form}, status=422)
    closed = close_shift(scope=request.scope, shift_id=_own(request).id, count=form.sheet, now=request.moment)
    difference = (closed.counted_fen or 0) - (closed.expected_fen or 0)
    if difference:
        tell(request, gettext("Closed. Over or short: %(fen)s yuan.") % {"fen": yuan(difference)})
    else:
        tell(request, gettext("Closed. The drawer agrees with the books."))
    return redirect("payments:shift_report", closed.id)


@require_POST
@page("payments.shift")
def bank(request: HttpRequest) -> HttpResponse:
    form = Banking(request.POST)
    if not form.is_valid():
        return _page(request, {"bank_form": form}, status=422)
    bank_cash(scope=request.scope, shift_id=_own(request).id, now=request.moment, **form.cleaned_data)
    tell(request, gettext("The cash is booked as brought to the bank."))
    return redirect("payments:shift")


@require_GET
@page("payments.view")
def report(request: HttpRequest, shift_id: int) -> HttpResponse:
    """收费员日结单: what one shift took, by means, and its counted cash."""
    found = selectors.shifts(scope=request.scope).filter(pk=shift_id).first()
    if found is None:
        raise NotThere(key=shift_id)
    count = selectors.count_shift(scope=request.scope, shift_id=shift_id)
    sheet = [(face_label(int(face)), pieces, int(face) * pieces) for face, pieces in (found.count_sheet or {}).items()]
    difference = None if found.counted_fen is None else found.counted_fen - (found.expected_fen or 0)
    context = {"shift": found, "count": count, "means": _means(count), "sheet": sheet, "difference_fen": difference}
    return render(request, "payments/shift_report.html", context)


@require_http_methods(["GET", "POST"])
@page("payments.day_end")
def day_end(request: HttpRequest) -> HttpResponse:
    """日结: the only thing that moves the outlet's posting day."""
    if request.method == "POST":
        day = end_day(scope=request.scope, now=request.moment)
        tell(request, gettext("%(day)s is ended. The next shift opens on the next posting day.") % {"day": day})
        return redirect("payments:day_end")
    outlet_id = request.scope.outlet_id
    row = next((row for row in open_days(scope=request.scope) if row.outlet_id == outlet_id), None)
    shifts = list(selectors.shifts(scope=request.scope, outlet_id=outlet_id, day=row.day)) if row else []
    counts = [(found, selectors.count_shift(scope=request.scope, shift_id=found.id)) for found in shifts]
    context = {
        "row": row,
        "counts": [(found, count, sum(fen for _, _, fen in count.by_means)) for found, count in counts],
        "sum_fen": sum(fen for _, count in counts for _, _, fen in count.by_means),
        "cash_fen": sum(count.cash_fen for _, count in counts),
        "still_open": sum(found.state == Shift.State.OPEN for found in shifts),
    }
    return render(request, "payments/day_end.html", context)


def _page(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    found = selectors.open_shift_of(scope=request.scope)
    count = selectors.count_shift(scope=request.scope, shift_id=found.id) if found else None
    context = {
        "shift": found,
        "count": count,
        "means": _means(count) if count else [],
        "open_form": OpenShift(),
        "close_form": CloseShift(),
        "bank_form": Banking(),
        **context,
    }
    return render(request, "payments/shift.html", context, status=status)


def _means(count: ShiftCount) -> list[tuple[str, int, int]]:
    return [(str(Payment.Means(code).label), pieces, fen) for code, pieces, fen in count.by_means]


def _own(request: HttpRequest) -> Shift:
    found = selectors.open_shift_of(scope=request.scope)
    if found is None:
        raise NotThere(key=gettext("open shift"))
    return found


def _next(request: HttpRequest) -> str:
    asked = request.POST.get("next", "")
    return asked if url_has_allowed_host_and_scheme(asked, allowed_hosts=None) else "payments:shift"
