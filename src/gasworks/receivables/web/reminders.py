"""Printed notices and slips on screen: the list, and how one or a whole print of them was delivered."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from gasworks.foundation.lists import list_page
from gasworks.foundation.templatetags.gas import day as shown_day
from gasworks.foundation.templatetags.gas import yuan
from gasworks.foundation.web import form_page, page, tell
from gasworks.receivables import reminding
from gasworks.receivables.lists import REMINDERS
from gasworks.receivables.models import Reminder
from gasworks.receivables.web.forms import day


class _HandingOut(forms.Form):
    on = day(_("Delivered on"))
    how = forms.ChoiceField(label=_("How"), choices=Reminder.How.choices)
    delivered_by = forms.CharField(label=_("Handed out by"), max_length=80)


class DeliveriesForm(_HandingOut):
    missing = forms.CharField(
        label=_("Not delivered: supply point numbers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One a line. All other sheets of this print are noted as delivered."),
    )


class DeliveryForm(_HandingOut):
    receiver = forms.CharField(label=_("Signed for by"), max_length=80, required=False)


@require_GET
@page("receivables.view")
def listed(request: Any) -> HttpResponse:
    return list_page(request, REMINDERS)


@require_http_methods(["GET", "POST"])
@page("receivables.view")
def one(request: Any, reminder_id: int) -> HttpResponse:
    row = reminding.find_reminder(scope=request.scope, reminder_id=reminder_id)
    form = DeliveryForm(request.POST or None, initial=_initial(request))

    def act(form: Any) -> str:
        reminding.note_delivery(
            scope=request.scope, reminder_id=reminder_id, today=request.today, now=request.moment, **form.cleaned_data
        )
        return reverse("receivables:reminders")

    parts = [
        f"{row.agreement.supply_point.number} {row.agreement.customer.name}",
        str(row.get_kind_display()),
        gettext("printed for %(day)s") % {"day": shown_day(row.asked_on)},
        yuan(row.asked_fen),
    ]
    if row.delivered_on:
        parts.append(f"{row.get_how_display()} {shown_day(row.delivered_on)} {row.delivered_by} {row.receiver}")
    return form_page(
        request,
        form,
        act,
        title=_("How it was delivered"),
        submit=_("Note the delivery"),
        back=reverse("receivables:reminders"),
        template="receivables/delivery.html",
        lead=" · ".join(parts),
        done=_("The delivery is noted."),
    )


@require_http_methods(["GET", "POST"])
@page("receivables.view")
def many(request: Any, work_id: int) -> HttpResponse:
    work, sheets, noted = reminding.print_of(scope=request.scope, work_id=work_id)
    form = DeliveriesForm(request.POST or None, initial=_initial(request))

    def act(form: Any) -> str:
        data = form.cleaned_data
        done = reminding.note_deliveries(
            scope=request.scope,
            work_id=work_id,
            on=data["on"],
            how=data["how"],
            delivered_by=data["delivered_by"],
            missing=data["missing"].split(),
            today=request.today,
            now=request.moment,
        )
        tell(request, gettext("%(count)d sheets are noted as delivered.") % {"count": done})
        return reverse("receivables:reminders") + f"?print={work_id}"

    return form_page(
        request,
        form,
        act,
        title=_("How a whole print was delivered"),
        submit=_("Note the deliveries"),
        template="receivables/delivery.html",
        back=reverse("receivables:reminders") + f"?print={work_id}",
        lead=gettext("%(title)s: %(sheets)d sheets, %(noted)d of them noted.")
        % {"title": work.title, "sheets": sheets, "noted": noted},
    )


def _initial(request: Any) -> dict[str, Any]:
    return {"on": request.today, "delivered_by": request.user.full_name}
