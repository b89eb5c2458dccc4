"""Meters: the list, one of them, and putting up, exchanging and taking off."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from gasworks.customers import selectors as customers
from gasworks.foundation.lists import list_page
from gasworks.foundation.web import form_page, page, seen_version, step
from gasworks.metering import selectors, services
from gasworks.metering.lists import METERS
from gasworks.metering.states import METER
from gasworks.metering.types import NewMeter
from gasworks.metering.web import forms


@require_GET
@page("metering.view")
def meter_list(request: Any) -> HttpResponse:
    actions = []
    if request.scope.may("metering.change"):
        actions.append({"label": _("New meter"), "url": reverse("metering:new_meter"), "primary": True})
    return list_page(request, METERS, context={"actions": actions})


@page("metering.change")
def new_meter(request: Any) -> HttpResponse:
    form = forms.StockForm(request.POST or None, scope=request.scope)

    def act(form: forms.StockForm) -> str:
        data = form.cleaned_data
        new = NewMeter(data["serial"].strip(), data["model"], data["made_on"])
        return reverse(
            "metering:meter", args=[services.register_meter(scope=request.scope, new=new, now=request.moment).id]
        )

    back = reverse("metering:meters")
    return form_page(
        request,
        form,
        act,
        title=_("New meter"),
        submit=_("Take into stock"),
        back=back,
        done=_("The meter is in stock."),
    )


@require_GET
@page("metering.view")
def meter(request: Any, meter_id: int) -> HttpResponse:
    detail = selectors.meter_detail(scope=request.scope, meter_id=meter_id)
    acts = [
        {"label": METER.acts[act], "url": reverse(f"metering:{act}", args=[meter_id])}
        for act in METER.acts_in(detail.meter.state)
        if act in ("restock", "scrap")
    ]
    hanging = [one.installation.supply_point.branch_id for one in detail.hung if one.installation.to_on is None]
    changes = request.scope.may("metering.change") and all(
        request.scope.changes(branch, "metering.change") for branch in hanging
    )
    context = {"detail": detail, "meter": detail.meter, "acts": acts, "changes": changes}
    return render(request, "metering/meter.html", context)


@page("metering.change")
def change_meter(request: Any, meter_id: int) -> HttpResponse:
    found = selectors.meter_detail(scope=request.scope, meter_id=meter_id).meter
    back = reverse("metering:meter", args=[meter_id])
    form = forms.MeterForm(request.POST or None, row=found)

    def act(form: forms.MeterForm) -> str:
        services.change_meter(
            scope=request.scope, meter_id=meter_id, seen=form.seen, changes=form.changes, now=request.moment
        )
        return back

    return form_page(
        request,
        form,
        act,
        title=_("Change the meter"),
        lead=found.serial,
        submit=_("Save"),
        back=back,
        done=_("The meter was changed."),
    )


@require_POST
@page("metering.change")
def move_meter(request: Any, meter_id: int, act: str) -> HttpResponse:
    return step(
        request,
        lambda: services.move_meter(
            scope=request.scope, meter_id=meter_id, seen=seen_version(request), act=act, now=request.moment
        ),
        then=reverse("metering:meter", args=[meter_id]),
        done=_("The meter was changed."),
    )


@require_GET
@page("metering.view")
def of_point(request: Any, supply_point_id: int) -> HttpResponse:
    """The panel of meters on the page of a supply point."""
    point = customers.supply_point_detail(scope=request.scope, supply_point_id=supply_point_id).point
    context = {
        "point": point,
        "hung": selectors.installations_of(scope=request.scope, supply_point_id=supply_point_id),
        "closures": selectors.closures_of(scope=request.scope, supply_point_id=supply_point_id),
        "changes": request.scope.may_change(point.branch_id, "metering.change"),
    }
    return panel(request, "metering/_meters.html", context)


def panel(request: Any, fragment: str, context: dict[str, Any]) -> HttpResponse:
    """A fragment for the tab of a supply point; a page around it when its address is opened by itself."""
    if request.headers.get("HX-Request") == "true":
        return render(request, fragment, context)
    return render(request, "metering/of_point.html", context | {"fragment": fragment})


def _meters_tab(supply_point_id: int) -> str:
    return reverse("customers:tab", args=[supply_point_id, "meters"])


@page("metering.change")
def install(request: Any, supply_point_id: int) -> HttpResponse:
    point = customers.supply_point_detail(scope=request.scope, supply_point_id=supply_point_id).point
    back = _meters_tab(supply_point_id)
    form = forms.InstallForm(request.POST or None, scope=request.scope, initial={"from_on": request.today})

    def act(form: forms.InstallForm) -> str:
        services.install_meter(
            scope=request.scope,
            supply_point_id=supply_point_id,
            meter=form.meter(),
            from_on=form.cleaned_data["from_on"],
            start={1: form.cleaned_data["start"]},
            now=request.moment,
            today=request.today,
        )
        return back

    return form_page(
        request,
        form,
        act,
        title=_("Install a meter"),
        lead=f"{point.number} · {point.premises.address}",
        submit=_("Install"),
        back=back,
        done=_("The meter hangs."),
    )


@page("metering.change")
def exchange(request: Any, installation_id: int) -> HttpResponse:
    """Old off, new up, one day, both indexes."""
    hung = selectors.installation_of(scope=request.scope, installation_id=installation_id)
    back = _meters_tab(hung.supply_point_id)
    initial = {"on": request.today, "version": hung.version}
    form = forms.ExchangeForm(request.POST or None, scope=request.scope, initial=initial)

    def act(form: forms.ExchangeForm) -> str:
        data = form.cleaned_data
        services.exchange_meter(
            scope=request.scope,
            installation_id=installation_id,
            seen=data["version"],
            on=data["on"],
            end={1: data["end"]},
            meter=form.meter(),
            start={1: data["start"]},
            reason=data["reason"],
            rolled_over=data["rolled_over"],
            now=request.moment,
            today=request.today,
        )
        return back

    return form_page(
        request,
        form,
        act,
        title=_("Exchange a meter"),
        lead=f"{hung.supply_point.number} · {hung.meter.serial}",
        submit=_("Exchange"),
        back=back,
        done=_("The meter was exchanged."),
    )


@page("metering.change")
def remove(request: Any, installation_id: int) -> HttpResponse:
    hung = selectors.installation_of(scope=request.scope, installation_id=installation_id)
    back = _meters_tab(hung.supply_point_id)
    form = forms.RemoveForm(request.POST or None, initial={"on": request.today, "version": hung.version})

    def act(form: forms.RemoveForm) -> str:
        data = form.cleaned_data
        services.remove_meter(
            scope=request.scope,
            installation_id=installation_id,
            seen=data["version"],
            to_on=data["on"],
            end={1: data["end"]},
            reason=data["reason"],
            rolled_over=data["rolled_over"],
            now=request.moment,
            today=request.today,
        )
        return back

    return form_page(
        request,
        form,
        act,
        title=_("Remove a meter"),
        lead=f"{hung.supply_point.number} · {hung.meter.serial}",
        submit=pgettext("meter", "Remove"),
        back=back,
        done=_("The meter was taken off."),
    )
