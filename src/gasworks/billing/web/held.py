"""Bills that wait for a person: looked through by reason, released or discarded in batches."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from gasworks.billing import selectors, services
from gasworks.billing.models import Bill
from gasworks.billing.wording import RULES, rule_name
from gasworks.foundation.web import page, sentence, tell
from gasworks.kernel.errors import Refusal


@require_GET
@page("billing.view")
def held(request: Any) -> HttpResponse:
    return render(request, "billing/held.html", _context(request, request.GET))


@require_POST
@page("billing.release")
def release(request: Any) -> HttpResponse:
    return _decide(request, discard=False)


@require_POST
@page("billing.release")
def discard(request: Any) -> HttpResponse:
    return _decide(request, discard=True)


@require_POST
@page("billing.release")
def ask(request: Any) -> HttpResponse:
    """So much money that a second person lets it go out."""
    chosen = _chosen(request)
    try:
        services.ask_release(
            scope=request.scope,
            bill_ids=chosen,
            reason=request.POST.get("reason", ""),
            today=request.today,
            now=request.moment,
        )
    except Refusal as refusal:
        return _refused(request, chosen, refusal)
    tell(request, _("The approval is asked for."))
    return redirect("billing:held")


def _chosen(request: Any) -> list[int]:
    """The bills that are ticked, or with «all» every one that waits for this reason only."""
    rule = request.POST.get("rule", "")
    if "all" in request.POST and rule in RULES:
        return selectors.releasable(scope=request.scope, rule=rule, most=services.MOST_AT_ONCE)
    return [int(key) for key in request.POST.getlist("bill") if key.isdigit()]


def _refused(request: Any, chosen: list[int], refusal: Refusal) -> HttpResponse:
    context = _context(request, request.POST) | {"problem": sentence(refusal), "chosen": chosen}
    return render(request, "billing/held.html", context, status=422)


def _decide(request: Any, *, discard: bool) -> HttpResponse:
    """What was chosen goes out or away; a refusal leaves the page as it was, with the sentence on it."""
    chosen = _chosen(request)
    scope, now = request.scope, request.moment
    try:
        if discard:
            services.discard_bills(scope=scope, bill_ids=chosen, reason=request.POST.get("reason", ""), now=now)
        else:
            services.release_bills(scope=scope, bill_ids=chosen, today=timezone.localdate(now), now=now)
    except Refusal as refusal:
        return _refused(request, chosen, refusal)
    count = len(chosen)
    text = (
        ngettext("%(count)d bill discarded.", "%(count)d bills discarded.", count)
        if discard
        else ngettext("%(count)d bill released.", "%(count)d bills released.", count)
    )
    tell(request, text % {"count": count})
    rule = request.POST.get("rule", "")
    return redirect(f"{reverse('billing:held')}?rule={rule}" if rule in RULES else reverse("billing:held"))


def _context(request: Any, asked: Any) -> dict[str, Any]:
    rule = asked.get("rule", "") if asked.get("rule", "") in RULES else ""
    after = int(asked.get("after", "0")) if asked.get("after", "0").isdigit() else 0
    rows = selectors.held_bills(scope=request.scope, rule=rule, after=after)
    counts = selectors.held_counts(scope=request.scope)
    url = reverse("billing:held")
    tabs = [{"label": _("All"), "url": url, "current": not rule, "count": None}]
    tabs += [
        {"label": rule_name(code), "url": f"{url}?rule={code}", "current": code == rule, "count": count}
        for code, count in counts.items()
    ]
    return {
        "bills": [(bill, [rule_name(code) for code in bill.rules], bill.state == Bill.State.HELD) for bill in rows],
        "tabs": tabs,
        "rule": rule,
        "next": rows[-1].id if len(rows) == selectors.HELD_PAGE else None,
        "chosen": [],
    }
