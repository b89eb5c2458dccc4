"""The audit log: search, export, and the change history of one thing."""

import re
from typing import Any, Final

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from gasworks.foundation import audit, history
from gasworks.foundation.lists import Column, Filter, ListSpec, Sort, list_page, register_list
from gasworks.foundation.models import AuditAct
from gasworks.foundation.scope import Scope
from gasworks.foundation.web import page
from gasworks.kernel.money import NotANumber, parse_scaled


def _act(row: AuditAct) -> Any:
    kind = audit.kinds().get(row.act)
    return kind.label if kind else row.act


def _subject(row: AuditAct) -> str:
    if not row.subject_kind:
        return ""
    return f"{audit.subjects().get(row.subject_kind, row.subject_kind)} {row.subject_id or ''}".strip()


def _detail(row: AuditAct) -> str:
    return "; ".join(f"{name}: {value}" for name, value in row.detail.items() if value not in ("", None))


def _who(row: AuditAct) -> str:
    return row.actor.full_name if row.actor else row.reason


def _by_subject(rows: Any, text: str) -> Any:
    return rows.filter(subject_id=int(text)) if re.fullmatch(r"\d{1,18}", text) else rows.none()


def _by_amount(rows: Any, text: str) -> Any:
    """At least this many yuan, whichever way the money went."""
    try:
        fen = abs(parse_scaled(text, 2))
    except NotANumber:
        return rows.none()
    return rows.filter(Q(amount_fen__gte=fen) | Q(amount_fen__lte=-fen))


def _act_choices(_scope: Scope) -> Any:
    return tuple((kind.code, kind.label) for kind in sorted(audit.kinds().values(), key=lambda kind: kind.code))


def _subject_choices(_scope: Scope) -> Any:
    return tuple(audit.subjects().items())


def _rows(scope: Scope) -> Any:
    return AuditAct.objects.filter(company_id=scope.company_id).select_related("actor")


AUDIT_LIST: Final = register_list(
    ListSpec(
        code="foundation.audit",
        title=_("Audit log"),
        right="audit.view",
        rows=_rows,
        columns=(
            Column("at", _("When"), kind="moment"),
            Column("actor", _("Who"), show=_who),
            Column("act", _("Act"), show=_act),
            Column("subject", _("On what"), show=_subject, phone=False),
            Column("amount_fen", _("Amount (yuan)"), kind="yuan"),
            Column("detail", _("Details"), show=_detail, phone=False),
            Column("ip", _("From address"), phone=False),
        ),
        sorts=(Sort("newest", _("Newest first"), ("id",), index="audit_newest", descending=True),),
        filters=(
            Filter("actor", _("Who"), lookup="actor__full_name__icontains"),
            Filter("act", _("Act"), kind="choice", choices=_act_choices),
            Filter("subject_kind", _("On what"), kind="choice", choices=_subject_choices),
            Filter("subject", _("Its key"), apply=_by_subject),
            Filter("from", _("From day"), kind="date", lookup="at__date__gte"),
            Filter("to", _("To day"), kind="date", lookup="at__date__lte"),
            Filter("least", _("Least amount (yuan)"), apply=_by_amount),
        ),
    )
)


@require_GET
@page("audit.view")
def audit_list(request: Any) -> HttpResponse:
    return list_page(request, AUDIT_LIST, template="foundation/audit.html")


@require_GET
@page("audit.view")
def changes(request: Any, model: str, key: int) -> HttpResponse:
    """What changed on one thing, newest first: when, by whom, from what to what."""
    found = history.changes(scope=request.scope, label=model, key=key)
    what = audit.subjects().get(model) or gettext(str(history.tracked_models()[model]._meta.verbose_name).capitalize())
    return render(request, "foundation/history.html", {"changes": found, "what": what, "key": key})
