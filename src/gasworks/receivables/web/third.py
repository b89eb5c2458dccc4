"""Settlements with third parties on screen: the list, a new statement, one with its receipts as a file."""

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gasworks.foundation.exports import Head, download
from gasworks.foundation.lists import list_page
from gasworks.foundation.scope import Scope
from gasworks.foundation.web import form_page, page, step
from gasworks.kernel.periods import add_months, month_of, month_start
from gasworks.ledger.labels import KINDS
from gasworks.ledger.types import EntryKind
from gasworks.receivables import settling
from gasworks.receivables.lists import SETTLEMENTS
from gasworks.receivables.models import Settlement
from gasworks.receivables.web.forms import Note, day


class SettlementForm(forms.Form):
    principal_id = forms.TypedChoiceField(label=_("Third party"), coerce=int)
    from_on = day(_("From"))
    to_on = day(_("To (not included)"))

    def __init__(self, *args: Any, scope: Scope, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["principal_id"].choices = [  # type: ignore[attr-defined]
            (row.id, row.name) for row in settling.principals(scope=scope)
        ]
        this = month_of(today)
        self.fields["from_on"].initial = month_start(add_months(this, -1))
        self.fields["to_on"].initial = month_start(this)


@require_GET
@page("receivables.view")
def listed(request: Any) -> HttpResponse:
    actions = []
    if request.scope.may(settling.RIGHT):
        actions.append(
            {"label": gettext("New settlement"), "url": reverse("receivables:settlement_new"), "primary": True}
        )
    return list_page(request, SETTLEMENTS, context={"actions": actions})


@require_http_methods(["GET", "POST"])
@page("receivables.settle_third")
def new(request: Any) -> HttpResponse:
    form = SettlementForm(request.POST or None, scope=request.scope, today=request.today)

    def act(form: Any) -> str:
        row = settling.draft_settlement(
            scope=request.scope, today=request.today, now=request.moment, **form.cleaned_data
        )
        return reverse("receivables:settlement", args=[row.id])

    return form_page(
        request,
        form,
        act,
        title=_("New settlement"),
        submit=_("Draw up the statement"),
        back=reverse("receivables:settlements"),
        lead=_(
            "What customers paid in the period, less what went back and our commission. The days must be closed, and the"
            " period begins where the last one ended."
        ),
    )


@require_http_methods(["GET", "POST"])
@page("receivables.view")
def one(request: Any, settlement_id: int) -> HttpResponse:
    row = settling.find_settlement(scope=request.scope, settlement_id=settlement_id)

    def act(form: Any) -> str:
        settling.ask_to_settle(
            scope=request.scope,
            settlement_id=settlement_id,
            reason=form.cleaned_data["note"],
            today=request.today,
            now=request.moment,
        )
        return reverse("receivables:settlement", args=[settlement_id])

    draft = row.state == Settlement.State.DRAFT
    return form_page(
        request,
        Note(request.POST or None),
        act,
        title=gettext("Settlement %(number)s") % {"number": row.id},
        submit=_("Ask to pay it over"),
        back=reverse("receivables:settlements"),
        lead=row.principal.name,
        done=_("The approval is asked for."),
        template="receivables/settlement.html",
        row=row,
        today=request.today,
        standing=settling.standing_of(scope=request.scope, principal=row.principal, today=request.today),
        may_ask=draft and request.scope.may(settling.RIGHT),
    )


@require_POST
@page("receivables.settle_third")
def drop(request: Any, settlement_id: int) -> HttpResponse:
    return step(
        request,
        lambda: settling.drop_settlement(scope=request.scope, settlement_id=settlement_id, now=request.moment),
        then=reverse("receivables:settlement", args=[settlement_id]),
        done=_("The draft is dropped."),
    )


@require_GET
@page("receivables.view")
def lines(request: Any, settlement_id: int) -> HttpResponseBase:
    """The receipts behind a statement, as a file for the third party."""
    row = settling.find_settlement(scope=request.scope, settlement_id=settlement_id)
    found = settling.lines_of(
        scope=request.scope, fee_type_id=row.principal.fee_type_id, from_on=row.from_on, to_on=row.to_on
    )
    kind = "csv" if request.GET.get("export") == "csv" else "xlsx"
    heads = [
        Head(gettext("Posting day"), "date"),
        Head(gettext("Supply point number")),
        Head(pgettext("customer", "Name")),
        Head(gettext("Month"), "month"),
        Head(gettext("Charged (yuan)"), "yuan"),
        Head(gettext("Received (yuan)"), "yuan"),
        Head(gettext("Act")),
    ]
    rows = (
        (
            one.posting_day,
            one.number,
            one.name,
            one.month,
            one.gross_fen,
            one.amount_fen,
            str(KINDS[EntryKind(one.entry_kind)]),
        )
        for one in found
    )
    return download(f"{row.principal.code}-{row.from_on}-{row.to_on}", kind, heads, rows)
