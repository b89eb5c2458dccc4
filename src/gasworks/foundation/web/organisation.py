"""The organisation tree and its forms; the outlet where one works today."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from gasworks.foundation import organisation
from gasworks.foundation.models import OrgUnit
from gasworks.foundation.reach import working_outlets
from gasworks.foundation.versions import VersionedForm
from gasworks.foundation.web import OUTLET_KEY, form_page, page, seen_version, step, tell

TREE = "foundation:organisation"
KINDS = {code: label for code, label in OrgUnit.Kind.choices if code in (OrgUnit.Kind.BRANCH, OrgUnit.Kind.OUTLET)}


class NewUnitForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"))
    code = forms.CharField(label=_("Code"), max_length=20)
    name = forms.CharField(label=_("Name"), max_length=80)

    def __init__(self, *args: Any, parent: OrgUnit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fitting = [(code, label) for code, label in KINDS.items() if parent.kind in organisation.PARENTS[code]]
        self.fields["kind"].choices = fitting  # type: ignore[attr-defined]


class UnitForm(VersionedForm):
    versioned_fields = ("code", "name")
    code = forms.CharField(label=_("Code"), max_length=20)
    name = forms.CharField(label=_("Name"), max_length=80)


class MoveForm(VersionedForm):
    versioned_fields = ("parent",)
    parent = forms.ModelChoiceField(queryset=OrgUnit.objects.none(), label=_("Stands under"))

    def __init__(self, *args: Any, targets: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = targets  # type: ignore[attr-defined]


@require_GET
@page("organisation.view")
def tree(request: Any) -> HttpResponse:
    with_closed = request.GET.get("closed") == "1"
    rows = organisation.tree(scope=request.scope, with_closed=with_closed)
    return render(request, "foundation/organisation.html", {"rows": rows, "with_closed": with_closed})


@page("organisation.change")
def unit_add(request: Any, parent_id: int) -> HttpResponse:
    parent = organisation.get_unit(scope=request.scope, unit_id=parent_id)

    def act(form: Any) -> str:
        data = form.cleaned_data
        organisation.create_unit(scope=request.scope, parent_id=parent.id, now=request.moment, **data)
        return reverse(TREE)

    return form_page(
        request,
        NewUnitForm(request.POST or None, parent=parent),
        act,
        title=_("New unit"),
        lead=_("Under %(unit)s.") % {"unit": parent.name},
        submit=_("Add"),
        back=reverse(TREE),
        done=gettext("The unit was added."),
    )


@page("organisation.change")
def unit_change(request: Any, unit_id: int) -> HttpResponse:
    unit = organisation.get_unit(scope=request.scope, unit_id=unit_id)

    def act(form: Any) -> str:
        organisation.rename_unit(
            scope=request.scope, unit_id=unit.id, seen=form.seen, now=request.moment, **form.changes
        )
        return reverse(TREE)

    return form_page(
        request,
        UnitForm(request.POST or None, row=unit),
        act,
        title=unit.name,
        submit=_("Save"),
        back=reverse(TREE),
        done=gettext("Saved."),
        template="foundation/unit.html",
        unit=unit,
    )


@page("organisation.change")
def unit_move(request: Any, unit_id: int) -> HttpResponse:
    unit = organisation.get_unit(scope=request.scope, unit_id=unit_id)
    targets = organisation.parents_for(scope=request.scope, unit=unit)

    def act(form: Any) -> str:
        parent = form.cleaned_data["parent"]
        organisation.move_unit(
            scope=request.scope, unit_id=unit.id, parent_id=parent.id, seen=form.seen, now=request.moment
        )
        return reverse(TREE)

    return form_page(
        request,
        MoveForm(request.POST or None, row=unit, targets=targets),
        act,
        title=_("Move %(unit)s") % {"unit": unit.name},
        lead=_("Roles that are held over the new place reach this unit and all below it at once."),
        submit=pgettext_lazy("unit", "Move"),
        back=reverse("foundation:unit_change", args=[unit.id]),
        done=gettext("The unit was moved."),
    )


@require_POST
@page("organisation.change")
def unit_close(request: Any, unit_id: int) -> HttpResponse:
    def act() -> None:
        organisation.close_unit(scope=request.scope, unit_id=unit_id, seen=seen_version(request), now=request.moment)

    return step(request, act, then=TREE, done=gettext("The unit was closed."))


@page("home.view")
def outlet(request: Any) -> HttpResponse:
    """Choose the outlet where one works today, among those that one's roles reach."""
    outlets = working_outlets(request.user)
    chosen = request.POST.get("outlet", "")
    if request.method == "POST" and chosen in {str(unit.id) for unit in outlets}:
        request.session[OUTLET_KEY] = int(chosen)
        tell(request, gettext("You work at this outlet now."))
        return redirect("console:home")
    return render(request, "foundation/outlet.html", {"outlets": outlets, "here": request.scope.outlet_id})
