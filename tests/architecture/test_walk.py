"""The walk: every address × anonymous and every role × own and foreign company, held against the rights table.

What the manual's page of rights says is what happens: a right that is missing answers 403, a foreign object is not
there, and the text of a foreign company is read nowhere.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from gasworks.foundation.models import Staff
from gasworks.foundation.reach import scope_for
from gasworks.foundation.rights_table import ROLES, right, rights_of
from gasworks.foundation.testing.factories import (
    MARKER,
    Company,
    make_cast,
    make_company,
    make_marker_company,
    make_staff,
)
from gasworks.foundation.testing.walk import UNGUARDED, Route, Samples, routes, samples_of

# Pages of the log-in library: open to everybody, or about one's own account only.
LOGIN_PAGES = ("account_", "mfa_")
# The API asks for a token on every call; its own walk stands with it.
API = "api"
ALL = routes()
OURS = [route for route in ALL if not route.name.startswith((*LOGIN_PAGES, API))]
GUARDED = [route for route in OURS if route.right not in (None, UNGUARDED)]
SAME_FOR_ALL = {"foundation:parameter", "foundation:parameter_change"}


@dataclass(slots=True)
class World:
    company: Company
    foreign: Company
    cast: dict[str, Staff]
    own: Samples
    other: Samples


@pytest.fixture
def world(db: None) -> World:
    company, foreign = make_company(), make_marker_company()
    return World(company, foreign, make_cast(company), samples_of(company), samples_of(foreign))


def _client(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _untouched(call: Callable[[], Any]) -> Any:
    """Make a request and take back all that it wrote, so that the next one finds the same world."""
    with transaction.atomic():
        answer = call()
        transaction.set_rollback(True)
    return answer


def _ask(client: Client, method: str, route: Route, samples: Samples) -> Any:
    url = route.url(samples)
    send = client.get if method == "get" else client.post
    return _untouched(lambda: send(url))


def test_every_address_says_which_right_it_asks_for() -> None:
    assert [route.name for route in OURS if route.right == UNGUARDED] == []


def test_every_right_of_an_address_stands_in_the_table() -> None:
    for route in GUARDED:
        assert right(str(route.right)), route.name


def test_every_address_with_arguments_has_an_object_to_try(world: World) -> None:
    missing = [route.name for route in OURS if route.takes and route.takes != set(world.own.get(route.name, {}))]
    assert missing == []


def test_without_log_in_every_guarded_address_leads_to_the_log_in(world: World) -> None:
    door = reverse("account_login")
    wrong = []
    for route in GUARDED:
        for method in ("get", "post"):
            answer = _ask(Client(), method, route, world.own)
            if answer.status_code != 405 and not (answer.status_code == 302 and answer.url.startswith(door)):
                wrong.append((method, route.name, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("role", [role.code for role in ROLES])
def test_each_role_opens_what_the_table_gives_it_and_nothing_else(world: World, role: str) -> None:
    staff = world.cast[role]
    client, scope = _client(staff), scope_for(staff)
    wrong = []
    for route in GUARDED:
        for method in ("get", "post"):
            answer = _ask(client, method, route, world.own)
            if not _as_the_table_says(answer.status_code, method, scope.may(str(route.right))):
                wrong.append((method, route.name, answer.status_code))
            if MARKER in answer.content.decode(errors="replace"):
                wrong.append((method, route.name, "shows a foreign company"))
    assert wrong == []


def _as_the_table_says(status: int, method: str, may: bool) -> bool:
    if status == 405:
        return True
    if not may:
        return status == 403
    # Whoever holds the right may still be refused an act on this object (own request, other branch), never a page.
    return status < 500 and (method == "post" or status != 403)


@pytest.mark.parametrize("role", [role.code for role in ROLES])
def test_what_belongs_to_a_foreign_company_is_not_there(world: World, role: str) -> None:
    staff = world.cast[role]
    client, scope = _client(staff), scope_for(staff)
    wrong = []
    for route in GUARDED:
        if not route.takes or route.name in SAME_FOR_ALL or not scope.may(str(route.right)):
            continue
        for method in ("get", "post"):
            answer = _ask(client, method, route, world.other)
            text = answer.content.decode(errors="replace")
            if answer.status_code not in (302, 403, 404, 405, 409, 422) or MARKER in text:
                wrong.append((method, route.name, answer.status_code))
    assert wrong == []


def test_somebody_without_a_role_opens_no_guarded_page(world: World) -> None:
    client = _client(make_staff("", company=world.company))
    wrong = []
    for route in GUARDED:
        answer = _ask(client, "get", route, world.own)
        if route.right not in rights_of(set()) and answer.status_code not in (403, 405):
            wrong.append((route.name, answer.status_code))
    assert wrong == []
