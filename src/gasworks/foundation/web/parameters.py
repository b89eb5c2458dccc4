"""Parameters: what holds today, what is planned, and the change with its day."""

from itertools import groupby
from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from gasworks.foundation import parameters
from gasworks.foundation.parameters import ParameterKind
from gasworks.foundation.web import form_page, page

LIST: Final = "foundation:parameters"


class ChangeForm(forms.Form):
    """The value's own fields, the day, and the version of the newest row that was seen."""

    from_on = forms.DateField(label=_("From day"), widget=forms.DateInput(attrs={"type": "date"}))
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, kind: ParameterKind, value: Any, **kwargs: Any) -> None:
        kwargs["initial"] = kwargs.get("initial", {}) | kind.kind.unpack(value)
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.fields = kind.kind.fields(kind.label) | self.fields

    def keep_and_tell(self, refusal: Any) -> None:
        """Keep what was typed, carry the version that now stands, and say what it is."""
        self.data = self.data.copy()
        self.data["version"] = str(refusal.version)
        self.add_error(None, gettext(refusal.sentence) % refusal.params)


@require_GET
@page("parameters.view")
def parameter_list(request: Any) -> HttpResponse:
    found = sorted(parameters.standing(scope=request.scope, on=request.today), key=lambda s: str(s.kind.group))
    groups = [(group, list(members)) for group, members in groupby(found, key=lambda s: str(s.kind.group))]
    return render(request, "foundation/parameters.html", {"groups": groups})


@require_GET
@page("parameters.view")
def parameter(request: Any, code: str) -> HttpResponse:
    kind = parameters.find_kind(code)
    rows = [(row, kind.kind.show(row.value)) for row in parameters.history(scope=request.scope, code=code)]
    value = parameters.get(scope=request.scope, code=code, on=request.today)
    context = {"kind": kind, "rows": rows, "shown": kind.kind.show(value), "default": kind.kind.show(kind.default)}
    return render(request, "foundation/parameter.html", context)


@page("parameters.change")
def parameter_change(request: Any, code: str) -> HttpResponse:
    kind = parameters.find_kind(code)
    newest = next(iter(parameters.history(scope=request.scope, code=code)), None)
    back = reverse("foundation:parameter", args=[code])
    first_day = newest.from_on if newest and newest.from_on > request.today else request.today
    form = ChangeForm(
        request.POST or None,
        kind=kind,
        value=newest.value if newest else kind.default,
        initial={"from_on": first_day.isoformat(), "version": newest.version if newest else 0},
    )

    def act(form: Any) -> str:
        parameters.change(
            scope=request.scope,
            code=code,
            value=kind.kind.read(form.cleaned_data),
            from_on=form.cleaned_data["from_on"],
            seen=form.cleaned_data["version"],
            today=request.today,
            now=request.moment,
        )
        return back

    return form_page(
        request, form, act, title=kind.label, lead=kind.help, submit=_("Save"), back=back,
        done=gettext("The parameter was changed."),
    )  # fmt: skip
