"""Changing: every form and button calls one service."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from gasworks.customers import selectors, services
from gasworks.customers.states import SUPPLY_POINT
from gasworks.customers.web import forms
from gasworks.foundation.web import form_page, page, step


def _point_url(supply_point_id: int) -> str:
    return reverse("customers:supply_point", args=[supply_point_id])


@page("customers.change")
def new_supply_point(request: Any) -> HttpResponse:
    form = forms.NewSupplyPointForm(
        request.POST or None, scope=request.scope, initial={"from_on": request.today, "kind": "person"}
    )

    def act(form: forms.NewSupplyPointForm) -> str:
        point = services.open_with_holder(
            scope=request.scope,
            branch_id=form.cleaned_data["branch"],
            premises=form.premises(),
            customer_type=form.cleaned_data["customer_type"],
            number=form.cleaned_data["number"],
            customer=form.customer(),
            from_on=form.cleaned_data["from_on"],
            now=request.moment,
        )
        return _point_url(point.id)

    return form_page(
        request,
        form,
        act,
        title=_("New supply point"),
        submit=_("Open the supply point"),
        back=reverse("customers:list"),
        done=_("The supply point is open. Put up its meter next."),
        template="customers/new.html",
    )


@page("customers.change")
def new_community(request: Any) -> HttpResponse:
    form = forms.PlaceForm(request.POST or None, scope=request.scope)

    def act(form: forms.PlaceForm) -> str:
        data = form.cleaned_data
        services.place_community(
            scope=request.scope,
            area_id=data["area"],
            new_area=data["new_area"],
            code=data["code"],
            name=data["name"],
            now=request.moment,
        )
        return reverse("customers:new")

    back = reverse("customers:new")
    return form_page(
        request, form, act, title=_("New community"), submit=_("Add"), back=back, done=_("The community was added.")
    )


@page("customers.change")
def change_customer(request: Any, customer_id: int) -> HttpResponse:
    customer = selectors.customer_detail(scope=request.scope, customer_id=customer_id).customer
    back = reverse("customers:customer", args=[customer_id])
    form = forms.CustomerForm(request.POST or None, row=customer)

    def act(form: forms.CustomerForm) -> str:
        services.change_customer(
            scope=request.scope, customer_id=customer_id, seen=form.seen, changes=form.changes, now=request.moment
        )
        return back

    return form_page(
        request, form, act, title=_("Change customer"), submit=_("Save"), back=back, done=_("The customer was changed.")
    )


@page("customers.change")
def record_id(request: Any, customer_id: int) -> HttpResponse:
    customer = selectors.customer_detail(scope=request.scope, customer_id=customer_id).customer
    back = reverse("customers:customer", args=[customer_id])
    form = forms.IdNumberForm(request.POST or None)

    def act(form: forms.IdNumberForm) -> str:
        services.record_id_number(
            scope=request.scope,
            customer_id=customer_id,
            id_number=form.cleaned_data["id_number"],
            now=request.moment,
        )
        return back

    return form_page(
        request,
        form,
        act,
        title=_("Record the ID number"),
        lead=customer.name,
        submit=_("Save"),
        back=back,
        done=_("The ID number is sealed."),
    )


@require_POST
@page("customers.see_id")
def show_id(request: Any, customer_id: int) -> HttpResponse:
    """The whole number once, in the page; every look is in the audit log."""
    shown = services.show_id_number(scope=request.scope, customer_id=customer_id, now=request.moment)
    detail = selectors.customer_detail(scope=request.scope, customer_id=customer_id)
    held = selectors.held_by(scope=request.scope, customer_id=customer_id)
    context = {"detail": detail, "customer": detail.customer, "held": held, "shown": shown}
    return render(request, "customers/customer.html", context)


@require_POST
@page("customers.see_id")
def erase(request: Any, customer_id: int) -> HttpResponse:
    return step(
        request,
        lambda: services.erase_customer(scope=request.scope, customer_id=customer_id, now=request.moment),
        then=reverse("customers:customer", args=[customer_id]),
        done=_("The personal data were erased."),
    )


@page("customers.change")
def change_premises(request: Any, supply_point_id: int) -> HttpResponse:
    point = selectors.supply_point_detail(scope=request.scope, supply_point_id=supply_point_id).point
    back = _point_url(supply_point_id)
    form = forms.PremisesForm(request.POST or None, row=point.premises)

    def act(form: forms.PremisesForm) -> str:
        services.change_premises(
            scope=request.scope,
            supply_point_id=supply_point_id,
            seen=form.seen,
            changes=form.changes,
            now=request.moment,
        )
        return back

    return form_page(
        request,
        form,
        act,
        title=_("Change the address"),
        lead=point.number,
        submit=_("Save"),
        back=back,
        done=_("The address was changed."),
    )


@page("customers.change")
def change_type(request: Any, supply_point_id: int) -> HttpResponse:
    point = selectors.supply_point_detail(scope=request.scope, supply_point_id=supply_point_id).point
    back = _point_url(supply_point_id)
    form = forms.TypeForm(request.POST or None, row=point)

    def act(form: forms.TypeForm) -> str:
        services.change_type(
            scope=request.scope,
            supply_point_id=supply_point_id,
            seen=form.seen,
            customer_type=form.cleaned_data["customer_type"],
            now=request.moment,
        )
        return back

    return form_page(
        request,
        form,
        act,
        title=_("Change the type"),
        lead=point.number,
        submit=_("Save"),
        back=back,
        done=_("The type was changed. Check the price plan too."),
    )


@page("customers.change")
def move_branch(request: Any, supply_point_id: int) -> HttpResponse:
    point = selectors.supply_point_detail(scope=request.scope, supply_point_id=supply_point_id).point
    back = _point_url(supply_point_id)
    form = forms.BranchForm(request.POST or None, row=point, scope=request.scope)

    def act(form: forms.BranchForm) -> str:
        services.move_to_branch(
            scope=request.scope,
            supply_point_id=supply_point_id,
            seen=form.seen,
            branch_id=form.cleaned_data["branch"].id,
            now=request.moment,
        )
        return back

    return form_page(
        request,
        form,
        act,
        title=_("Move to another branch"),
        lead=point.number,
        submit=pgettext("branch", "Move"),
        back=back,
        done=_("The supply point belongs to the other branch now."),
    )


@page("customers.change")
def set_status(request: Any, supply_point_id: int, act: str) -> HttpResponse:
    point = selectors.supply_point_detail(scope=request.scope, supply_point_id=supply_point_id).point
    back = _point_url(supply_point_id)
    form = forms.StatusForm(request.POST or None, row=point, initial={"on": request.today})

    def do(form: forms.StatusForm) -> str:
        services.set_status(
            scope=request.scope,
            supply_point_id=supply_point_id,
            seen=form.seen,
            act=act,
            on=form.cleaned_data["on"],
            now=request.moment,
        )
        return back

    label = SUPPLY_POINT.acts[act]
    return form_page(
        request,
        form,
        do,
        title=label,
        lead=f"{point.number} · {point.get_status_display()}",
        submit=label,
        back=back,
        done=_("The status was changed."),
    )


@page("customers.change")
def open_agreement(request: Any, supply_point_id: int) -> HttpResponse:
    point = selectors.supply_point_detail(scope=request.scope, supply_point_id=supply_point_id).point
    back = _point_url(supply_point_id)
    form = forms.AgreementForm(request.POST or None, initial={"from_on": request.today, "kind": "person"})

    def act(form: forms.AgreementForm) -> str:
        services.open_agreement(
            scope=request.scope,
            supply_point_id=supply_point_id,
            customer=form.customer(),
            from_on=form.cleaned_data["from_on"],
            now=request.moment,
        )
        return back

    return form_page(
        request,
        form,
        act,
        title=_("New agreement"),
        lead=f"{point.number} · {point.premises.address}",
        submit=_("Open the agreement"),
        back=back,
        done=_("The agreement is open."),
    )


@page("customers.change")
def end_agreement(request: Any, agreement_id: int) -> HttpResponse:
    agreement = selectors.agreement_of(scope=request.scope, agreement_id=agreement_id)
    back = _point_url(agreement.supply_point_id)
    form = forms.EndAgreementForm(request.POST or None, row=agreement, initial={"to_on": request.today})

    def act(form: forms.EndAgreementForm) -> str:
        services.end_agreement(
            scope=request.scope,
            agreement_id=agreement_id,
            seen=form.seen,
            to_on=form.cleaned_data["to_on"],
            now=request.moment,
        )
        return back

    return form_page(
        request,
        form,
        act,
        title=_("End the agreement"),
        lead=f"{agreement.number} · {agreement.customer.name}",
        submit=_("End the agreement"),
        back=back,
        done=_("The agreement has its end."),
    )
