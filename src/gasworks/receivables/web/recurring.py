"""Recurring fees on screen: set, shown, ended, and a month booked as long work."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from gasworks.customers.selectors import agreement_of
from gasworks.foundation import files
from gasworks.foundation.forms import YuanField
from gasworks.foundation.lists import list_page
from gasworks.foundation.scope import Scope
from gasworks.foundation.templatetags.gas import either, point_url
from gasworks.foundation.web import form_page, page
from gasworks.foundation.work import start_work
from gasworks.kernel.periods import add_months, month_of
from gasworks.receivables import selectors, subscribing
from gasworks.receivables.lists import SUBSCRIPTIONS
from gasworks.receivables.models import Subscription, SubscriptionCharge
from gasworks.receivables.web.forms import MOST_FEN, day

PAPERS = (".pdf", ".png", ".jpg", ".jpeg")


class SubscribeForm(forms.Form):
    fee_code = forms.ChoiceField(label=_("Fee"))
    amount_fen = YuanField(label=_("Amount each time, with tax (yuan)"), min_units=1, max_units=MOST_FEN)
    period = forms.TypedChoiceField(label=_("How often"), choices=Subscription.Period.choices, coerce=int)
    from_on = day(_("From"))
    to_on = day(_("To (not included)"), required=False)
    consent_on = day(_("Day of the written consent"), required=False)
    consent = forms.FileField(label=_("Written consent"), required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, scope: Scope, customer_type: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = selectors.fee_types(scope=scope, customer_type=customer_type, kinds=("own", "third_party"))
        self.fields["fee_code"].choices = [  # type: ignore[attr-defined]
            (fee.code, either(fee.name, fee.name_en)) for fee in found if fee.recurring
        ]


class EndForm(forms.Form):
    to_on = day(_("Ends on (not included)"))


class BookForm(forms.Form):
    month = forms.TypedChoiceField(label=_("Accounting month"), coerce=int)

    def __init__(self, *args: Any, this: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months = [add_months(this, -back) for back in range(subscribing.MONTHS_BACK)]
        self.fields["month"].choices = [  # type: ignore[attr-defined]
            (month, f"{month // 100}-{month % 100:02d}") for month in months
        ]


@require_GET
@page("receivables.view")
def listed(request: Any) -> HttpResponse:
    actions = []
    if request.scope.may(subscribing.RIGHT):
        actions.append(
            {"label": gettext("Book a month"), "url": reverse("receivables:recurring_book"), "primary": True}
        )
    return list_page(request, SUBSCRIPTIONS, context={"actions": actions})


@require_http_methods(["GET", "POST"])
@page("receivables.subscribe")
def new(request: Any, agreement_id: int) -> HttpResponse:
    holder = selectors.agreement_holder(scope=request.scope, agreement_id=agreement_id)
    form = SubscribeForm(
        request.POST or None,
        request.FILES or None,
        scope=request.scope,
        customer_type=holder.customer_type,
        initial={"from_on": request.today},
    )

    def act(form: Any) -> str:
        data = dict(form.cleaned_data)
        paper = data.pop("consent")
        kept = paper and files.store_file(
            name=paper.name, chunks=paper.chunks(), scope=request.scope, now=request.moment, endings=PAPERS
        )
        row = subscribing.subscribe(
            scope=request.scope,
            agreement_id=agreement_id,
            consent_id=kept.id if kept else None,
            today=request.today,
            now=request.moment,
            **data,
        )
        return reverse("receivables:recurring_one", args=[row.id])

    agreement = agreement_of(scope=request.scope, agreement_id=agreement_id)
    return form_page(
        request,
        form,
        act,
        title=_("New recurring fee"),
        submit=_("Save"),
        back=point_url(agreement.supply_point_id),
        lead=f"{agreement.supply_point.number} {agreement.customer.name}",
        done=_("The recurring fee is saved."),
    )


@require_http_methods(["GET", "POST"])
@page("receivables.view")
def one(request: Any, subscription_id: int) -> HttpResponse:
    row = subscribing.find_subscription(scope=request.scope, subscription_id=subscription_id)
    agreement = agreement_of(scope=request.scope, agreement_id=row.agreement_id)
    charges = SubscriptionCharge.objects.filter(company_id=request.scope.company_id, subscription=row)

    def act(form: Any) -> str:
        subscribing.end_subscription(
            scope=request.scope,
            subscription_id=subscription_id,
            to_on=form.cleaned_data["to_on"],
            seen=row.version,
            now=request.moment,
        )
        return reverse("receivables:recurring")

    return form_page(
        request,
        EndForm(request.POST or None),
        act,
        title=_("Recurring fee"),
        submit=_("End it"),
        back=reverse("receivables:recurring"),
        done=_("The recurring fee ends."),
        lead=f"{agreement.supply_point.number} {agreement.customer.name}",
        template="receivables/recurring.html",
        row=row,
        agreement=agreement,
        charges=charges.select_related("item").order_by("-month")[:24],
        may_end=request.scope.may(subscribing.RIGHT) and row.to_on is None,
    )


@require_GET
@page("receivables.view")
def consent(request: Any, subscription_id: int) -> HttpResponseBase:
    row = subscribing.find_subscription(scope=request.scope, subscription_id=subscription_id)
    if row.consent is None:
        raise Http404
    return files.send_file(row.consent)


@require_http_methods(["GET", "POST"])
@page("receivables.subscribe")
def book(request: Any) -> HttpResponse:
    form = BookForm(request.POST or None, this=month_of(request.today))

    def act(form: Any) -> str:
        month = form.cleaned_data["month"]
        work = start_work(
            kind=subscribing.WORK,
            title=gettext("Recurring fees of %(month)s") % {"month": f"{month // 100}-{month % 100:02d}"},
            scope=request.scope,
            args={"month": month, "today": request.today.isoformat()},
            now=request.moment,
        )
        return reverse("foundation:work", args=[work.public_id])

    return form_page(
        request,
        form,
        act,
        title=_("Book recurring fees"),
        submit=_("Book them"),
        back=reverse("receivables:recurring"),
        lead=_("Each night the month's fees are booked by themselves. Booking again charges nothing twice."),
    )
