"""Rights by evidence on screen: a tab of the supply point, one recorded with its effect shown first, the work lists."""

import datetime as dt
import hashlib
from typing import Any, Final

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from gasworks.customers.selectors import supply_point_detail
from gasworks.foundation import files, parameters
from gasworks.foundation.lists import list_page
from gasworks.foundation.web import page, sentence, tell
from gasworks.kernel.errors import NotThere, Refusal
from gasworks.usage import selectors, wording
from gasworks.usage.effect import Effect, effect_of
from gasworks.usage.lists import RIGHTS
from gasworks.usage.models import Entitlement
from gasworks.usage.services import rights
from gasworks.usage.types import NewRight
from gasworks.usage.web.forms import EndForm, RenewForm, RightForm

EVIDENCE: Final = (".pdf", ".png", ".jpg", ".jpeg", ".webp")


@require_GET
@page("usage.view")
def right_list(request: Any) -> HttpResponse:
    days = parameters.get(scope=request.scope, code=rights.RENEWAL_DAYS, on=request.today)
    due = f"{reverse('usage:rights')}?within={days}"
    label = _("To be renewed within %(days)d days") % {"days": days}
    return list_page(request, RIGHTS, context={"actions": [{"label": label, "url": due, "primary": False}]})


@require_GET
@page("usage.view")
def of_point(request: Any, supply_point_id: int) -> HttpResponse:
    """The rights of a supply point; a tab of its page."""
    detail = supply_point_detail(scope=request.scope, supply_point_id=supply_point_id)
    found = selectors.rights_of_point(scope=request.scope, supply_point_id=supply_point_id)
    context = {
        "point": detail.point,
        "rights": [_shown(row, persons, request.today) for row, persons in found],
        "kinds": Entitlement.Kind.choices,
        "changes": request.scope.may_change(detail.point.branch_id, "usage.change"),
    }
    template = "usage/_of_point.html" if request.headers.get("HX-Request") else "usage/of_point.html"
    return render(request, template, context)


@require_http_methods(["GET", "POST"])
@page("usage.change")
def right_new(request: Any, supply_point_id: int, kind: str) -> HttpResponse:
    """First the effect; recorded only when exactly what was shown is confirmed."""
    detail = supply_point_detail(scope=request.scope, supply_point_id=supply_point_id)
    request.scope.require_change(detail.point.branch_id, "usage.change")
    if kind not in Entitlement.Kind.values:
        raise NotThere(key=kind)
    given = {"day": request.today, "start_rule": Entitlement.Start.CYCLE}
    form = RightForm(request.POST or None, request.FILES or None, scope=request.scope, kind=kind, initial=given)
    effect = None
    if request.method == "POST" and form.is_valid():
        try:
            paper = _evidence(request, form)
            new = form.new_right(supply_point_id, paper.id if paper else None)
            effect = effect_of(scope=request.scope, new=new, today=request.today)
            if paper is None:
                raise rights.EvidenceMissing
            if "confirm" in request.POST and form.cleaned_data["shown"] == _seal(new, effect):
                rights.record_right(scope=request.scope, new=new, now=request.moment)
                tell(request, _("The entitlement is recorded."))
                return redirect("customers:tab", supply_point_id, "rights")
            form = _asked_again(request, kind, new, effect)
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
    context = {
        "form": form,
        "effect": _told(effect) if effect else None,
        "paper": files.find_file(new.evidence_id, scope=request.scope).name if effect and new.evidence_id else "",
        "point": detail.point,
        "kind": Entitlement.Kind(kind).label,
        "code": kind,
    }
    return render(request, "usage/right_new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@page("usage.change")
def right_renew(request: Any, right_id: int) -> HttpResponse:
    row = _changeable(request, right_id)
    form = RenewForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            paper = _stored(request, form.cleaned_data["evidence"])
            rights.renew_right(
                scope=request.scope,
                right_id=right_id,
                to_on=form.cleaned_data["last_on"] + dt.timedelta(days=1),
                evidence_id=paper.id,
                now=request.moment,
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            tell(request, _("The entitlement is renewed."))
            return redirect("customers:tab", row.supply_point_id, "rights")
    return _form_page(request, row, form, title=_("Renew the entitlement"), submit=_("Renew"))


@require_http_methods(["GET", "POST"])
@page("usage.change")
def right_end(request: Any, right_id: int) -> HttpResponse:
    row = _changeable(request, right_id)
    form = EndForm(request.POST or None, initial={"on": request.today})
    if request.method == "POST" and form.is_valid():
        try:
            rights.end_right(scope=request.scope, right_id=right_id, on=form.cleaned_data["on"], now=request.moment)
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            tell(request, _("The entitlement is ended."))
            return redirect("customers:tab", row.supply_point_id, "rights")
    return _form_page(request, row, form, title=_("End the entitlement"), submit=_("End the entitlement"))


@require_GET
@page("usage.view")
def right_evidence(request: Any, right_id: int) -> HttpResponseBase:
    return files.send_file(selectors.find_right(scope=request.scope, right_id=right_id).evidence)


def _form_page(request: Any, row: Entitlement, form: Any, *, title: str, submit: str) -> HttpResponse:
    lead = " · ".join(filter(None, (row.supply_point.number, row.get_kind_display(), wording.right_value(row))))
    back = reverse("usage:of_point", args=[row.supply_point_id])
    context = {"form": form, "title": title, "lead": lead, "submit": submit, "back": back}
    return render(request, "console/_form_page.html", context, status=422 if form.errors else 200)


def _changeable(request: Any, right_id: int) -> Entitlement:
    row = selectors.find_right(scope=request.scope, right_id=right_id)
    request.scope.require_change(row.supply_point.branch_id, "usage.change")
    return row


def _shown(row: Entitlement, persons: list[str], today: dt.date) -> dict[str, Any]:
    standing = wording.standing(row, today)
    return {
        "row": row,
        "persons": persons,
        "value": wording.right_value(row),
        "last_on": wording.last_day(row),
        "standing": dict(wording.STANDINGS)[standing],
        "tone": wording.TONES[standing],
        "open": row.ended_at is None and standing != "over",
    }


def _evidence(request: Any, form: RightForm) -> Any:
    """The file of this step, or the one that the step before has stored."""
    if upload := form.cleaned_data.get("evidence"):
        return _stored(request, upload)
    key = form.cleaned_data.get("evidence_id")
    return files.find_file(key, scope=request.scope) if key else None


def _stored(request: Any, upload: Any) -> Any:
    return files.store_file(
        name=upload.name, chunks=upload.chunks(), scope=request.scope, now=request.moment, endings=EVIDENCE
    )


def _asked_again(request: Any, kind: str, new: NewRight, effect: Effect) -> RightForm:
    """What was typed, with the stored file and the seal of what is shown now."""
    data = request.POST.copy()
    data["evidence_id"], data["shown"] = str(new.evidence_id), _seal(new, effect)
    return RightForm(data, scope=request.scope, kind=kind)


def _seal(new: NewRight, effect: Effect) -> str:
    return hashlib.sha256(repr((new, effect)).encode()).hexdigest()


def _told(effect: Effect) -> dict[str, Any]:
    """Ladders before and after, tier beside tier."""
    pairs = {ladder.season: [ladder, None] for ladder in effect.before.ladders}
    for ladder in effect.after.ladders:
        pairs.setdefault(ladder.season, [None, None])[1] = ladder
    rows = []
    for season, (before, after) in pairs.items():
        one, other = (list(ladder.tiers) if ladder else [] for ladder in (before, after))
        for number in range(max(len(one), len(other))):
            rows.append(
                {
                    "season": season,
                    "tier": number + 1,
                    "before": one[number] if number < len(one) else None,
                    "after": other[number] if number < len(other) else None,
                    "period_before": wording.PERIODS[before.period] if before else "",
                    "period_after": wording.PERIODS[after.period] if after else "",
                }
            )
    return {"effect": effect, "rows": rows}
