"""What a walker needs: requests that leave no trace, the doors that a page shows, and forms filled in like a clerk would."""

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from gasworks.foundation.models import AuditAct, Staff
from gasworks.foundation.testing.factories import TODAY
from gasworks.foundation.testing.walk import Route, Samples

BACKEND = settings.AUTHENTICATION_BACKENDS[-1]
_ADDRESS = re.compile(r'\b(?:href|action|formaction|hx-get|hx-post)="(/[^"]*)"')


def client_of(staff: Staff) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(staff, backend=BACKEND)
    return client


def untouched(call: Callable[[], Any]) -> Any:
    """Make a request and take back all that it wrote, so that the next one finds the same world."""
    with transaction.atomic():
        answer = call()
        transaction.set_rollback(True)
    return answer


def ask(
    client: Client,
    method: str,
    route: Route,
    samples: Samples,
    *,
    headers: dict[str, str] | None = None,
    data: Any = None,
) -> Any:
    send = client.get if method == "get" else client.post
    return untouched(lambda: send(route.url(samples), data or {}, headers=headers or {}))


def acts_of(client: Client, route: Route, samples: Samples, data: Any) -> tuple[int, list[str]]:
    """Send a form: the status, and the acts that stood in the audit log before they were taken back."""

    def send() -> tuple[int, list[str]]:
        last = AuditAct.objects.order_by("-id").values_list("id", flat=True).first() or 0
        answer = client.post(route.url(samples), data)
        return answer.status_code, sorted(AuditAct.objects.filter(id__gt=last).values_list("act", flat=True))

    done: tuple[int, list[str]] = untouched(send)
    return done


def text_of(answer: Any) -> str:
    whole = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return whole.decode(errors="replace")


def at_the_door(answer: Any) -> bool:
    return answer.status_code == 302 and answer.url.startswith(reverse("account_login"))


def doors_on(text: str) -> Iterator[tuple[str, str]]:
    """(address, right) of every link, button and form of a page that leads to one of our guarded addresses."""
    for found in dict.fromkeys(_ADDRESS.findall(text)):
        address = html.unescape(found)
        try:
            right = getattr(resolve(address.partition("?")[0].partition("#")[0]).func, "gas_right", None)
        except Resolver404:
            continue
        if right:
            yield address, right


def filled_in(client: Client, route: Route, samples: Samples) -> dict[str, Any]:
    """What a clerk would send from this page: each field as it stands there, and what is asked for but empty made up.

    A button has no page; it sends the version that it was shown with.
    """
    answer = untouched(lambda: client.get(route.url(samples)))
    data: dict[str, Any] = {"version": 1}
    for form in _forms(answer):
        for field in form:
            value = field.value()
            if value in (None, "", []) and field.field.required:
                value = _made_up(field.field)
            if value not in (None, "", []):
                data[field.html_name] = value
    return data


def _forms(answer: Any) -> list[forms.BaseForm]:
    found: list[forms.BaseForm] = []
    for layer in answer.context or ():
        for values in getattr(layer, "dicts", [layer]):
            found += [value for value in values.values() if isinstance(value, forms.BaseForm)]
    return found


def _made_up(field: forms.Field) -> Any:
    match field:
        case forms.ModelChoiceField():
            first = field.queryset.first()
            return first.pk if first else None
        case forms.ChoiceField():
            return next((key for key, _label in field.choices if key), None)
        case forms.DateField() | forms.DateTimeField():
            return TODAY
        case forms.BooleanField():
            return "on"
        case forms.DecimalField() | forms.IntegerField():
            return 1
        case _:
            return "1"
