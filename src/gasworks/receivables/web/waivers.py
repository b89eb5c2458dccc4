"""Waivers on screen: one is given, taken back, listed, and told in the report by month, kind and person."""

from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from gasworks.customers.selectors import agreement_of
from gasworks.foundation.exports import Head, download
from gasworks.foundation.forms import YuanField
from gasworks.foundation.lists import list_page
from gasworks.foundation.models import Approval
from gasworks.foundation.templatetags.gas import month as shown_month
from gasworks.foundation.templatetags.gas import named, yuan
from gasworks.foundation.web import form_page, page, tell
from gasworks.kernel.periods import add_months, month_of
from gasworks.receivables import selectors, waiving
from gasworks.receivables.lists import WAIVERS
from gasworks.receivables.models import OpenItem, Waiver
from gasworks.receivables.web.forms import MOST_FEN, Note

MONTHS = 12


class WaiveForm(forms.Form):
    """What is waived: the late fee of the item, or part of the item itself."""

    kind = forms.ChoiceField(label=_("Kind"))
    amount_fen = YuanField(label=_("Waive (yuan)"), min_units=1, max_units=MOST_FEN)
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, item: OpenItem, accrued_fen: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bears = item.fee_type.stops_supply
        is_late = item.fee_type.code == "late_fee"
        kinds = [(code, label) for code, label in Waiver.Kind.choices if code != Waiver.Kind.LATE_FEE]
        if is_late or (bears and accrued_fen):
            kinds.insert(0, (Waiver.Kind.LATE_FEE.value, Waiver.Kind.LATE_FEE.label))
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        self.fields["amount_fen"].initial = accrued_fen or None


@require_http_methods(["GET", "POST"])
@page("receivables.waive")
def waive_one(request: Any, item_id: int) -> HttpResponse:
    item = selectors.get_item(scope=request.scope, item_id=item_id)
    accrued = waiving.accrued_on(scope=request.scope, item=item, on=request.today)
    form = WaiveForm(request.POST or None, item=item, accrued_fen=accrued)
    here = reverse("receivables:item", args=[item_id])

    def act(form: Any) -> str:
        done = waiving.waive(
            scope=request.scope, item_id=item_id, today=request.today, now=request.moment, **form.cleaned_data
        )
        asked = isinstance(done, Approval)
        tell(
            request,
            gettext("Above your limit: a second person is asked.") if asked else gettext("The amount is waived."),
        )
        return here

    agreement = agreement_of(scope=request.scope, agreement_id=item.agreement_id)
    parts = [
        f"{agreement.supply_point.number} {agreement.customer.name}",
        named(item.fee_type),
        shown_month(item.month),
        gettext("open %(fen)s yuan") % {"fen": yuan(item.open_fen)},
    ]
    if accrued:
        parts.append(gettext("late fee to today %(fen)s yuan") % {"fen": yuan(accrued)})
    return form_page(
        request, form, act, title=_("Waive"), submit=_("Waive"), back=here, lead=" · ".join(map(str, parts))
    )


@require_http_methods(["GET", "POST"])
@page("receivables.waive")
def undo(request: Any, waiver_id: int) -> HttpResponse:
    waiver = waiving.find_waiver(scope=request.scope, waiver_id=waiver_id)
    here = reverse("receivables:item", args=[waiver.item_id])

    def act(form: Any) -> str:
        waiving.undo_waiver(
            scope=request.scope,
            waiver_id=waiver_id,
            reason=form.cleaned_data["note"],
            today=request.today,
            now=request.moment,
        )
        return here

    return form_page(
        request,
        Note(request.POST or None),
        act,
        title=_("Take a waiver back"),
        submit=_("Take the waiver back"),
        back=here,
        lead=f"{waiver.get_kind_display()} · {yuan(waiver.amount_fen)} · {waiver.reason}",
        done=_("The waiver is taken back."),
    )


@require_GET
@page("receivables.view")
def listed(request: Any) -> HttpResponse:
    actions = [{"label": gettext("Waiver report"), "url": reverse("receivables:waiver_report")}]
    return list_page(request, WAIVERS, context={"actions": actions})


@require_GET
@page("receivables.view")
def report(request: Any) -> HttpResponseBase:
    """减免报表: twelve months by kind and person; ``?export=xlsx|csv`` gives the same rows as a file."""
    this = month_of(request.today)
    rows = selectors.waiver_sums(scope=request.scope, from_month=add_months(this, 1 - MONTHS), to_month=this)
    kinds = dict(Waiver.Kind.choices)
    shown = [(row, str(kinds.get(row.kind, row.kind))) for row in rows]
    kind = request.GET.get("export", "")
    if kind in ("xlsx", "csv"):
        heads = [
            Head(str(_("Month")), "month"),
            Head(str(_("Kind"))),
            Head(str(_("Member of staff"))),
            Head(str(_("Waivers")), "number"),
            Head(str(_("Waived (yuan)")), "yuan"),
            Head(str(_("Taken back")), "number"),
            Head(str(_("Taken back (yuan)")), "yuan"),
            Head(str(_("Waived in the end (yuan)")), "yuan"),
        ]
        lines = (
            (
                row.month,
                label,
                row.person,
                row.count,
                row.waived_fen or 0,
                row.undone_count,
                row.undone_fen or 0,
                row.net_fen,
            )
            for row, label in shown
        )
        return download(gettext("Waiver report"), kind, heads, lines)
    total = sum(row.net_fen for row in rows)
    return render(request, "receivables/waiver_report.html", {"rows": shown, "total": total})
