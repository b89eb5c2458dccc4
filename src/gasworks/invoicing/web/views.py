"""Paper books: taken into stock, handed out (领用), taken back, returned (缴销), written off (核销)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gasworks.foundation.lists import list_page
from gasworks.foundation.scope import NoOutlet, Scope
from gasworks.foundation.web import page, tell
from gasworks.invoicing import selectors, services
from gasworks.invoicing.lists import BOOKS
from gasworks.invoicing.models import PaperBook
from gasworks.invoicing.web.forms import HandOut, ReceiveBook, Spoil
from gasworks.kernel.errors import NotThere

SHOWN_SHEETS = 100
ACTS = {"take_back": services.take_back, "return": services.return_book, "write_off": services.write_off}


@require_GET
@page("invoicing.view")
def book_list(request: HttpRequest) -> HttpResponse:
    return list_page(request, BOOKS, template="invoicing/books.html")


@require_http_methods(["GET", "POST"])
@page("invoicing.books")
def receive(request: HttpRequest) -> HttpResponse:
    form = ReceiveBook(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if request.scope.outlet_id is None:
            raise NoOutlet
        made = services.receive_book(
            scope=request.scope, outlet_id=request.scope.outlet_id, now=request.moment, **form.cleaned_data
        )
        tell(request, gettext("The book is in stock."))
        return redirect("invoicing:book", made.id)
    return render(request, "invoicing/receive.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
@page("invoicing.view")
def book(request: HttpRequest, book_id: int) -> HttpResponse:
    return _page(request, _book(request.scope, book_id), {})


@require_POST
@page("invoicing.books")
def give(request: HttpRequest, book_id: int) -> HttpResponse:
    form = HandOut(request.POST, scope=request.scope)
    if not form.is_valid():
        return _page(request, _book(request.scope, book_id), {"hand_out": form}, status=422)
    data = form.cleaned_data
    services.hand_out(
        scope=request.scope, book_id=book_id, holder_id=data["holder"], seen=data["version"], now=request.moment
    )
    tell(request, gettext("The book is handed out."))
    return redirect("invoicing:book", book_id)


@require_POST
@page("invoicing.books")
def move(request: HttpRequest, book_id: str, act: str) -> HttpResponse:
    seen = int(request.POST["version"]) if request.POST.get("version", "").isdigit() else 0
    ACTS[act](scope=request.scope, book_id=int(book_id), seen=seen, now=request.moment)
    tell(request, gettext("Done."))
    return redirect("invoicing:book", int(book_id))


@require_POST
@page("invoicing.print")
def spoil(request: HttpRequest, book_id: int) -> HttpResponse:
    """The next sheet jammed or tore before anything was on it."""
    form = Spoil(request.POST)
    if not form.is_valid():
        return _page(request, _book(request.scope, book_id), {"spoil": form}, status=422)
    services.spoil_next(scope=request.scope, book_id=book_id, now=request.moment, **form.cleaned_data)
    tell(request, gettext("The number is used up and accounted for."))
    return redirect("invoicing:book", book_id)


def _page(request: HttpRequest, found: PaperBook, context: dict[str, Any], status: int = 200) -> HttpResponse:
    numbers = selectors.sheets(scope=request.scope, book_id=found.id)[:SHOWN_SHEETS]
    context = {
        "book": found,
        "first": selectors.shown_number(found, found.first_no),
        "last": selectors.shown_number(found, found.last_no),
        "next": selectors.shown_number(found, found.next_no) if found.next_no <= found.last_no else "",
        "count": selectors.count_book(scope=request.scope, book_id=found.id),
        "sheets": [(sheet, selectors.shown_number(found, sheet.number)) for sheet in numbers],
        "hand_out": HandOut(initial={"version": found.version}, scope=request.scope),
        "spoil": Spoil(initial={"number": found.next_no}),
        "own": found.holder_id == request.scope.actor_id,
        **context,
    }
    return render(request, "invoicing/book.html", context, status=status)


def _book(scope: Scope, book_id: int) -> PaperBook:
    found = selectors.books(scope=scope).filter(pk=book_id).first()
    if found is None:
        raise NotThere(key=book_id)
    return found
