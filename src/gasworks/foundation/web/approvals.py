"""My requests, and what waits for me."""

from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from gasworks.foundation import approvals, audit
from gasworks.foundation.lists import Column, Filter, ListSpec, Sort, list_page, register_list
from gasworks.foundation.models import Approval
from gasworks.foundation.scope import Scope
from gasworks.foundation.web import page, seen_version, step

LIST: Final = "foundation:approvals"


def kind_label(row: Approval) -> Any:
    kind = approvals.kinds().get(row.kind)
    return kind.label if kind else row.kind


def _kind_choices(_scope: Scope) -> Any:
    return tuple((kind.code, kind.label) for kind in approvals.kinds().values())


def _spec(code: str, title: Any, rows: Any) -> ListSpec:
    return register_list(
        ListSpec(
            code=code,
            title=title,
            right=approvals.VIEW,
            rows=rows,
            columns=(
                Column(
                    "kind",
                    _("What is asked for"),
                    show=kind_label,
                    link=lambda row: reverse("foundation:approval", args=[row.id]),
                ),
                Column("amount_fen", _("Amount (yuan)"), kind="yuan"),
                Column("reason", _("Reason"), phone=False),
                Column("asked_by", _("Asked by"), show="asked_by.full_name", phone=False),
                Column("asked_at", _("Asked at"), kind="moment", phone=False),
                Column("state", _("State"), kind="state"),
            ),
            sorts=(Sort("newest", _("Newest first"), ("id",), index="approval_newest", descending=True),),
            filters=(
                Filter("kind", _("What is asked for"), kind="choice", choices=_kind_choices),
                Filter("state", _("State"), kind="choice", choices=tuple(Approval.State.choices)),
            ),
        )
    )


WAITING: Final = _spec(
    "foundation.approvals.waiting", _("Approvals"), lambda scope: approvals.waiting_for_me(scope=scope)
)
MINE: Final = _spec("foundation.approvals.mine", _("Approvals"), lambda scope: approvals.my_requests(scope=scope))


class DecisionForm(forms.Form):
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


@require_GET
@page("approvals.view")
def approval_list(request: Any) -> HttpResponse:
    mine = request.GET.get("of") == "me"
    spec = MINE if mine else WAITING
    here = reverse(LIST)
    tabs = [
        {
            "label": _("Waiting for me"),
            "url": here,
            "current": not mine,
            "count": approvals.waiting_for_me(scope=request.scope).count(),
        },
        {"label": _("My requests"), "url": f"{here}?of=me", "current": mine, "count": None},
    ]
    return list_page(request, spec, template="foundation/approvals.html", context={"tabs": tabs})


@require_GET
@page("approvals.view")
def approval(request: Any, approval_id: int) -> HttpResponse:
    row = approvals.get_approval(scope=request.scope, approval_id=approval_id)
    kind = approvals.kinds().get(row.kind)
    waits = row.state == Approval.State.ASKED
    own = row.asked_by_id == request.scope.actor_id
    context = {
        "row": row,
        "kind": kind_label(row),
        "subject": audit.subjects().get(row.subject_kind, row.subject_kind),
        "subject_url": kind.link(row) if kind and kind.link else "",
        "decides": waits and not own and kind is not None and request.scope.may(kind.grant_right),
        "withdraws": waits and own,
        "form": DecisionForm(),
    }
    return render(request, "foundation/approval.html", context)


@require_POST
@page("approvals.view")
def decide(request: Any, approval_id: int, act: str) -> HttpResponse:
    """Grant, refuse or withdraw; the service asks for the right of the kind."""
    approvals.get_approval(scope=request.scope, approval_id=approval_id)
    known = {"scope": request.scope, "approval_id": approval_id, "seen": seen_version(request), "now": request.moment}
    note = request.POST.get("note", "")[:200]
    ways = {
        "grant": lambda: approvals.grant(**known, note=note),
        "refuse": lambda: approvals.refuse(**known, note=note),
        "withdraw": lambda: approvals.withdraw(**known),
    }
    told = {
        "grant": gettext("Granted."),
        "refuse": gettext("Refused."),
        "withdraw": gettext("The request was withdrawn."),
    }
    then = reverse("foundation:approval", args=[approval_id])
    return step(request, ways[act], then=then, done=told[act])
