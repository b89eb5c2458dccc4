"""Outsorting rules on screen: what each one holds, switched on and off, its limits and their history."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from gasworks.billing import selectors
from gasworks.billing.models import HoldRule
from gasworks.billing.run.outsort import CYCLE
from gasworks.billing.services.ruling import change_rule, limits_of
from gasworks.billing.wording import LIMITS, rule_name
from gasworks.foundation.versions import VersionedForm
from gasworks.foundation.web import page, sentence, tell
from gasworks.kernel.errors import Refusal, StaleVersion


class RuleForm(VersionedForm):
    """On or off, each limit of the rule, and why."""

    versioned_fields = ("active",)
    active = forms.BooleanField(label=_("In use"), required=False)

    def __init__(self, *args: Any, row: HoldRule, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        self.names = limits_of(row.code)
        for name in self.names:
            self.fields[name] = forms.IntegerField(
                label=LIMITS[name],  # type: ignore[arg-type]
                min_value=0,
                max_value=10_000_000,
                initial=row.limits.get(name),
            )
        self.fields["reason"] = forms.CharField(label=_("Reason"), max_length=200)

    @property
    def limits(self) -> dict[str, int]:
        return {name: self.cleaned_data[name] for name in self.names}


@require_GET
@page("billing.view")
def rule_list(request: Any) -> HttpResponse:
    counts = selectors.held_counts(scope=request.scope)
    rules = selectors.hold_rules(scope=request.scope)
    rows = [(row, rule_name(row.code), _shown(row.code, row.limits), counts.get(row.code, 0)) for row in rules]
    return render(request, "billing/rules.html", {"rules": rows})


@require_http_methods(["GET", "POST"])
@page("billing.rules")
def rule(request: Any, rule_id: int) -> HttpResponse:
    found = selectors.find_rule(scope=request.scope, rule_id=rule_id)
    form = RuleForm(request.POST or None, row=found)
    if request.method == "POST" and form.is_valid():
        try:
            change_rule(
                scope=request.scope,
                rule_id=rule_id,
                seen=form.seen,
                active=form.cleaned_data["active"],
                limits=form.limits,
                reason=form.cleaned_data["reason"],
                now=request.moment,
            )
        except StaleVersion as refusal:
            form.keep_and_tell(refusal)
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            tell(request, gettext("Saved. It counts for the next bills."))
            return redirect("billing:rules")
    changes = [
        (one, _shown(found.code, one.had_limits), _shown(found.code, one.limits))
        for one in selectors.rule_changes(scope=request.scope, rule_id=rule_id)
    ]
    context = {
        "rule": found,
        "name": rule_name(found.code),
        "form": form,
        "changes": changes,
        "cycle": found.code == CYCLE,
    }
    return render(request, "billing/rule.html", context, status=422 if form.errors else 200)


def _shown(code: str, limits: dict[str, int]) -> list[tuple[Any, int]]:
    return [(LIMITS[name], limits[name]) for name in limits_of(code) if name in limits]
