"""The twin's request: the same doors, rights and form rules as the counter's, and the ORM behind them."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path
from django.views.decorators.http import require_POST

from bench.orm_payment_twin import pay_one
from gasworks.foundation.forms import YuanField
from gasworks.foundation.web import page
from gasworks.payments.models import Payment, Shift


class TwinForm(forms.Form):
    key = forms.UUIDField()
    agreement = forms.IntegerField()
    given = YuanField(min_units=1)
    means = forms.ChoiceField(choices=Payment.Means.choices)
    keep = forms.BooleanField(required=False)


@require_POST
@page("payments.take")
def twin(request: HttpRequest) -> HttpResponse:
    form = TwinForm(request.POST)
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=422)
    data, scope = form.cleaned_data, request.scope
    shift = Shift.objects.get(company_id=scope.company_id, cashier_id=scope.actor_id, state=Shift.State.OPEN)
    answer = pay_one(
        company_id=scope.company_id,
        agreement_id=data["agreement"],
        key=data["key"],
        tendered_fen=data["given"],
        keep_surplus=data["keep"],
        shift_id=shift.id,
        actor_id=scope.actor_id,
        now=request.moment,
    )
    return redirect(f"/payments/counter/done/?p={answer['payments'][0]}")


urlpatterns = [path("bench/twin/", twin), path("", include("gasworks.project.urls"))]
