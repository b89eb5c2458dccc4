"""Entries, their postings and the digests of days, to look at."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from gasworks.foundation.lists import list_page
from gasworks.foundation.web import page
from gasworks.ledger import selectors
from gasworks.ledger.digest import check_digest
from gasworks.ledger.labels import KINDS
from gasworks.ledger.lists import DIGESTS, ENTRIES
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


@require_GET
@page("audit.view")
def digests(request: HttpRequest) -> HttpResponse:
    return list_page(request, DIGESTS)


@require_GET
@page("audit.view")
def digest(request: HttpRequest, digest_id: int) -> HttpResponse:
    """The day's digest beside what its rows give when they are read again now."""
    checked = check_digest(scope=request.scope, digest_id=digest_id)
    context = {"checked": checked, "then": bytes(checked.written.digest).hex(), "now": checked.now.digest.hex()}
    return render(request, "ledger/digest.html", context)
