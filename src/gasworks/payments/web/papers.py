"""Receipts: print on the next sheet, look, print again after a jam, void."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gasworks.foundation.models import OrgUnit
from gasworks.foundation.printing import ReceiptLine, ReceiptPaper, pdf_response, print_page
from gasworks.foundation.scope import Scope
from gasworks.foundation.templatetags.gas import either
from gasworks.foundation.web import page, tell
from gasworks.invoicing.selectors import book_in_hand, printed_sheet, shown_number
from gasworks.invoicing.services import void_sheet
from gasworks.invoicing.types import PrintedSheet
from gasworks.kernel.errors import NotThere
from gasworks.payments.selectors import payments_on_sheet
from gasworks.payments.services import print_receipt, reprint_receipt
from gasworks.payments.web.forms import SpoiltSheet
from gasworks.payments.web.shown import Shown, show_payments

PAPER = "receipt"


def book_context(scope: Scope) -> dict[str, Any]:
    """The book that the person prints from, and the number that must lie in the printer."""
    if not scope.may("invoicing.print"):
        return {"book": None}
    book = book_in_hand(scope=scope)
    return {"book": book, "next_number": shown_number(book, book.next_no) if book else ""}


@require_POST
@page("invoicing.print")
def print_one(request: HttpRequest) -> HttpResponse:
    sheet = print_receipt(
        scope=request.scope,
        payment_ids=[int(text) for text in request.POST.getlist("p") if text.isdigit()],
        book_id=_whole(request.POST.get("book", "")),
        number=_whole(request.POST.get("number", "")),
        now=request.moment,
    )
    return redirect("payments:sheet", sheet.sheet_id)


@require_GET
@page("invoicing.view")
def sheet(request: HttpRequest, sheet_id: int) -> HttpResponse:
    """The sheet as it is printed, in millimetres."""
    paper = _paper(request.scope, printed_sheet(scope=request.scope, sheet_id=sheet_id))
    back = reverse("payments:counter" if request.scope.may("payments.take") else "payments:list")
    return print_page(request, PAPER, paper, size=request.GET.get("size", ""), back=back)


@require_GET
@page("invoicing.view")
def sheet_pdf(request: HttpRequest, sheet_id: int) -> HttpResponse:
    paper = _paper(request.scope, printed_sheet(scope=request.scope, sheet_id=sheet_id))
    return pdf_response(PAPER, paper, name=f"receipt-{paper.number}", language=get_language() or "zh-hans")


@require_http_methods(["GET", "POST"])
@page("invoicing.print")
def spoil(request: HttpRequest, sheet_id: int) -> HttpResponse:
    """票据作废: void the sheet, or void it and print the same on the next number."""
    printed = printed_sheet(scope=request.scope, sheet_id=sheet_id)
    form = SpoiltSheet(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason, jammed = form.cleaned_data["reason"], form.cleaned_data["why"] == "jam"
        if "again" not in request.POST:
            void_sheet(scope=request.scope, sheet_id=sheet_id, reason=reason, now=request.moment, jammed=jammed)
            tell(request, gettext("Sheet %(number)s is void.") % {"number": printed.shown_number})
            return redirect("payments:payment", payments_on_sheet(scope=request.scope, sheet_id=sheet_id)[0])
        fresh = reprint_receipt(
            scope=request.scope,
            sheet_id=sheet_id,
            book_id=_whole(request.POST.get("book", "")),
            number=_whole(request.POST.get("number", "")),
            reason=reason,
            jammed=jammed,
            now=request.moment,
        )
        return redirect("payments:sheet", fresh.sheet_id)
    context = {"sheet": printed, "form": form, **book_context(request.scope)}
    return render(request, "payments/spoil.html", context, status=422 if form.errors else 200)


def _paper(scope: Scope, sheet: PrintedSheet) -> ReceiptPaper:
    shown = show_payments(scope=scope, payment_ids=payments_on_sheet(scope=scope, sheet_id=sheet.sheet_id))
    if not shown:
        raise NotThere(key=sheet.shown_number)
    first, views = shown[0], [payment.view for payment in shown]
    company = OrgUnit.objects.get(pk=scope.company_id)
    total = sum(view.amount_fen for view in views)
    tendered = sum(view.tendered_fen for view in views)
    return ReceiptPaper(
        company=company.name,
        outlet=first.view.outlet_name,
        number=sheet.shown_number,
        paid_at=first.view.at,
        posting_on=first.view.posting_day,
        supply_point=", ".join(dict.fromkeys(payment.home.number for payment in shown)),
        holder=first.home.name,
        address=first.home.address,
        lines=tuple(line for payment in shown for line in _lines(payment, named=len(shown) > 1)),
        total_fen=total,
        received_fen=tendered,
        change_fen=tendered - total,
        to_advance_fen=sum(view.advance_fen for view in views),
        method=first.means,
        cashier=first.view.cashier_name,
        payment_number=", ".join(str(view.payment_id) for view in views),
        voided=sheet.state != "printed",
    )


def _lines(payment: Shown, *, named: bool) -> list[ReceiptLine]:
    prefix = f"{payment.home.number} " if named else ""
    lines = [
        ReceiptLine(prefix + either(item.fee_name, item.fee_name_en), item.amount_fen, month=item.month)
        for item in payment.view.items
    ]
    if payment.view.advance_fen:
        lines.append(ReceiptLine(prefix + gettext("Advance"), payment.view.advance_fen))
    return lines


def _whole(text: str) -> int:
    if not (text.isdigit() and len(text) < 19):
        raise NotThere(key=text)
    return int(text)
