"""The reading desk: board, books, walks, missed reads."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from gasworks.customers import selectors as customers
from gasworks.foundation.lists import list_page
from gasworks.foundation.panels import panels_of
from gasworks.foundation.web import form_page, page, seen_version, step
from gasworks.kernel.errors import NotThere
from gasworks.kernel.periods import month_of
from gasworks.metering import selectors, services
from gasworks.metering.lists import BOOKS
from gasworks.metering.models import BookRound
from gasworks.metering.states import ROUND
from gasworks.metering.web import forms


def chosen_month(request: Any) -> int:
    """The month in the address, or the newest one with rounds, or the calendar's."""
    form = forms.MonthForm(request.GET)
    if form.is_valid():
        return form.value()
    known = selectors.months_with_rounds(scope=request.scope)
    return known[0] if known else month_of(request.today)


@require_GET
@page("metering.view")
def board(request: Any) -> HttpResponse:
    """Which books are not started, being read, waiting, approved, issued."""
    month = chosen_month(request)
    state = request.GET.get("state", "")
    state = state if state in BookRound.State.values else ""
    totals = selectors.round_counts(scope=request.scope, month=month)
    lines = selectors.board(scope=request.scope, month=month, state=state, after=request.GET.get("after", "")[:20])
    context = {
        "lines": [(line, _round_acts(line.state)) for line in lines],
        "month": month,
        "months": selectors.months_with_rounds(scope=request.scope),
        "state": state,
        "states": BookRound.State.choices,
        "labels": dict(BookRound.State.choices),
        "after": lines[-1].code if len(lines) == selectors.PAGE else "",
        "totals": totals,
        "under_way": totals.get(BookRound.State.READING, 0),
        "handed_in": totals.get(BookRound.State.REVIEW, 0),
    }
    return render(request, "metering/board.html", context)


def _round_acts(state: str) -> list[tuple[str, Any]]:
    return [(f"metering:round_{act}", ROUND.acts[act]) for act in ROUND.acts_in(state) if act not in ("start", "issue")]


@require_POST
@page("metering.books")
def open_rounds(request: Any) -> HttpResponse:
    def act(month: int) -> None:
        count = services.open_rounds(scope=request.scope, month=month, now=request.moment)
        told = ngettext("%(count)d round was opened.", "%(count)d rounds were opened.", count) % {"count": count}
        messages.success(request, told)

    return _with_month(request, act)


@require_POST
@page("metering.approve")
def submit_rounds(request: Any) -> HttpResponse:
    """Hand in every book under way in a month."""
    return _all_rounds(request, services.submit_rounds)


@require_POST
@page("metering.approve")
def approve_rounds(request: Any) -> HttpResponse:
    """Accept every handed-in book of a month in which nothing odd waits."""
    return _all_rounds(request, services.approve_rounds)


def _all_rounds(request: Any, move: Callable[..., services.Moved]) -> HttpResponse:
    def act(month: int) -> None:
        done = move(scope=request.scope, month=month, now=request.moment)
        told = ngettext("%(count)d book moved on.", "%(count)d books moved on.", done.moved) % {"count": done.moved}
        messages.success(request, told)
        if done.waiting:
            left = ngettext(
                "%(count)d book was left: odd readings in it wait. Look at them under «Review».",
                "%(count)d books were left: odd readings in them wait. Look at them under «Review».",
                done.waiting,
            )
            messages.warning(request, left % {"count": done.waiting})

    return _with_month(request, act)


def _with_month(request: Any, act: Callable[[int], None]) -> HttpResponse:
    """Act on the month that was written, then back to its board."""
    form = forms.MonthForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write the month as 2026-03."))
        return redirect("metering:board")
    act(form.value())
    return redirect(f"{reverse('metering:board')}?month={form.value()}")


@require_GET
@page("metering.view")
def missed(request: Any) -> HttpResponse:
    """Due and not read: these wait until they are read or estimated."""
    month = chosen_month(request)
    after = _pair(request.GET.get("after", ""))
    lines = selectors.missed_reads(
        scope=request.scope, month=month, book_id=whole(request.GET.get("book")), after=after
    )
    last = lines[-1] if len(lines) == selectors.MISSED_PAGE else None
    context = {
        "lines": lines,
        "month": month,
        "months": selectors.months_with_rounds(scope=request.scope),
        "book_id": whole(request.GET.get("book")),
        "after": f"{last.book_id}.{last.sequence}" if last else "",
    }
    return render(request, "metering/missed.html", context)


def whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else 0


def _pair(text: str) -> tuple[int, int]:
    book, _dot, seat = text.partition(".")
    return (whole(book), whole(seat)) if seat else (0, -1)


@require_GET
@page("metering.view")
def unplanned(request: Any) -> HttpResponse:
    return render(request, "metering/unplanned.html", {"lines": selectors.without_book(scope=request.scope)})


@require_GET
@page("metering.view")
def book_list(request: Any) -> HttpResponse:
    actions: list[dict[str, Any]] = [{"label": _("Without a book"), "url": reverse("metering:unplanned")}]
    if request.scope.may("metering.books"):
        actions.insert(0, {"label": _("New book"), "url": reverse("metering:new_book"), "primary": True})
    return list_page(request, BOOKS, context={"actions": actions})


@page("metering.books")
def new_book(request: Any) -> HttpResponse:
    form = forms.NewBookForm(request.POST or None, scope=request.scope, initial={"read_day": 1})

    def act(form: forms.NewBookForm) -> str:
        data = form.cleaned_data
        book = services.create_book(
            scope=request.scope,
            branch_id=data["branch"],
            code=data["code"],
            name=data["name"],
            parity=data["parity"],
            read_day=data["read_day"],
            reader_id=data["reader"].id if data["reader"] else None,
            now=request.moment,
        )
        return reverse("metering:book", args=[book.id])

    back = reverse("metering:books")
    return form_page(
        request, form, act, title=_("New book"), submit=_("Create"), back=back, done=_("The book is there.")
    )


@require_GET
@page("metering.view")
def book(request: Any, book_id: int) -> HttpResponse:
    detail = selectors.book_detail(scope=request.scope, book_id=book_id)
    context = {
        "detail": detail,
        "book": detail.book,
        "seats": selectors.seats_of(scope=request.scope, book_id=book_id),
        "rounds": [(one, _round_acts(one.state)) for one in detail.rounds],
        "add_form": forms.AddSeatsForm(),
        "cycles": selectors.cycle_changes(scope=request.scope, book_id=book_id),
        "panels": [
            (panel.url(book_id), panel.label) for panel in panels_of("metering.book", book_id, scope=request.scope)
        ],
        "changes": request.scope.may("metering.books")
        and request.scope.changes(detail.book.branch_id, "metering.books"),
    }
    return render(request, "metering/book.html", context)


@page("metering.books")
def change_book(request: Any, book_id: int) -> HttpResponse:
    found = selectors.book_detail(scope=request.scope, book_id=book_id).book
    back = reverse("metering:book", args=[book_id])
    form = forms.BookForm(request.POST or None, scope=request.scope, row=found)

    def act(form: forms.BookForm) -> str:
        services.change_book(
            scope=request.scope, book_id=book_id, seen=form.seen, changes=form.changes, now=request.moment
        )
        return back

    return form_page(
        request,
        form,
        act,
        title=_("Change the book"),
        lead=found.code,
        submit=_("Save"),
        back=back,
        done=_("The book was changed."),
    )


@require_POST
@page("metering.books")
def drop_cycle(request: Any, book_id: int) -> HttpResponse:
    return step(
        request,
        lambda: services.drop_cycle(
            scope=request.scope, change_id=whole(request.POST.get("change")), now=request.moment
        ),
        then=reverse("metering:book", args=[book_id]),
        done=_("The planned change was dropped."),
    )


@require_POST
@page("metering.books")
def add_seats(request: Any, book_id: int) -> HttpResponse:
    """Numbers that nobody knows stop the whole paste, by name."""
    form = forms.AddSeatsForm(request.POST)
    wanted = form.listed() if form.is_valid() else []

    def act() -> None:
        known = customers.numbers_in_use(scope=request.scope, numbers=wanted)
        for number in wanted:
            if number not in known:
                raise NotThere(key=number)
        services.assign_seats(
            scope=request.scope,
            book_id=book_id,
            supply_point_ids=[known[number] for number in wanted],
            now=request.moment,
        )

    then = reverse("metering:book", args=[book_id])
    try:
        return step(request, act, then=then, done=_("The supply points are in the book."))
    except NotThere as refusal:
        messages.error(request, _("«%(key)s» was not found. Check the number and try again.") % refusal.params)
        return redirect(then)


@require_POST
@page("metering.books")
def move_seat(request: Any, book_id: int) -> HttpResponse:
    return step(
        request,
        lambda: services.move_seat(
            scope=request.scope,
            book_id=book_id,
            seen=seen_version(request),
            seat_id=whole(request.POST.get("seat")),
            place=whole(request.POST.get("place")),
            now=request.moment,
        ),
        then=reverse("metering:book", args=[book_id]),
        done=_("The walk has its new order."),
    )


@require_POST
@page("metering.books")
def remove_seat(request: Any, book_id: int) -> HttpResponse:
    return step(
        request,
        lambda: services.leave_book(
            scope=request.scope,
            book_id=book_id,
            supply_point_ids=[whole(request.POST.get("supply_point"))],
            now=request.moment,
        ),
        then=reverse("metering:book", args=[book_id]),
        done=_("The supply point left the book."),
    )


@require_POST
@page("metering.key")
def move_round(request: Any, book_id: int, month: int, act: str) -> HttpResponse:
    """Hand in, approve, open again: the button carries the version that was seen."""
    services_of = {
        "submit": services.submit_round,
        "approve": services.approve_round,
        "reopen": services.reopen_round,
    }
    found = selectors.round_of(scope=request.scope, book_id=book_id, month=month)
    seen = seen_version(request) or found.version
    return step(
        request,
        lambda: services_of[act](scope=request.scope, round_id=found.id, seen=seen, now=request.moment),
        then=f"{reverse('metering:board')}?month={month}",
        done=ROUND.acts[act],
    )
