"""Entries and their postings, to look at."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from gasworks.foundation.lists import list_page
from gasworks.foundation.web import page
from gasworks.ledger import selectors
from gasworks.ledger.labels import KINDS
from gasworks.ledger.lists import ENTRIES
from gasworks.ledger.types import EntryKind


@require_GET
@page("ledger.view")
def entries(request: HttpRequest) -> HttpResponse:
    return list_page(request, ENTRIES)


@require_GET
@page("ledger.view")
def entry(request: HttpRequest, entry_id: int) -> HttpResponse:
    found = selectors.entry(scope=request.scope, entry_id=entry_id)
    postings = selectors.postings_of(scope=request.scope, entry_id=entry_id)
    context = {
        "entry": found,
        "kind": KINDS[EntryKind(found.kind)],
        "postings": postings,
        "sum_fen": sum(posting.amount_fen for posting in postings),
        "reversal_id": selectors.reversal_of(scope=request.scope, entry_id=entry_id),
    }
    return render(request, "ledger/entry.html", context)
