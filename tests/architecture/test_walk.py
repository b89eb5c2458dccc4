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

from gasworks.foundation.imports import find_importer
from gasworks.foundation.models import Staff
from gasworks.foundation.reach import scope_for
from gasworks.foundation.rights_table import ROLES, right, rights_of
from gasworks.foundation.scope import Scope
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


# These also ask for the right of the kind of table that is imported.
ALSO_THE_KINDS_RIGHT = ("foundation:import_upload", "foundation:import_template")
# Not found, refused, or sent back to one's own list with a sentence: never a page about the thing.
NOT_THERE = (302, 403, 404, 405, 409, 422)


@dataclass(slots=True)
class World:
    company: Company
    foreign: Company
    cast: dict[str, Staff]
    own: Samples
    other: Samples


def _tried(world: World) -> list[Route]:
    """Guarded addresses that can be asked; one without its sample has its own failing test."""
    return [route for route in GUARDED if route.takes == set(world.own.get(route.name, {}))]


@pytest.fixture
def world(db: None) -> World:
    company, foreign = make_company(), make_marker_company()
    return World(company, foreign, make_cast(company), samples_of(company), samples_of(foreign))


def _client(staff: Staff) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(staff, backend="gasworks.foundation.login.StaffBackend")
    return client


def _untouched(call: Callable[[], Any]) -> Any:
    """Make a request and take back all that it wrote, so that the next one finds the same world."""
    with transaction.atomic():
        answer = call()
        transaction.set_rollback(True)
    return answer


def _ask(client: Client, method: str, route: Route, samples: Samples, headers: dict[str, str] | None = None) -> Any:
    url = route.url(samples)
    send = client.get if method == "get" else client.post
    return _untouched(lambda: send(url, headers=headers or {}))


def _text(answer: Any) -> str:
    whole = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return whole.decode(errors="replace")


def _at_the_door(answer: Any) -> bool:
    return answer.status_code == 302 and answer.url.startswith(reverse("account_login"))


def test_every_address_says_which_right_it_asks_for() -> None:
    assert [route.name for route in OURS if route.right == UNGUARDED] == []


def test_every_right_of_an_address_stands_in_the_table() -> None:
    for route in GUARDED:
        assert right(str(route.right)), route.name


def test_every_address_with_arguments_has_an_object_to_try(world: World) -> None:
    missing = [route.name for route in OURS if route.takes and route.takes != set(world.own.get(route.name, {}))]
    assert missing == []


def test_without_log_in_every_guarded_address_leads_to_the_log_in(world: World) -> None:
    wrong = []
    for route in _tried(world):
        for method in ("get", "post"):
            answer = _ask(Client(raise_request_exception=False), method, route, world.own)
            if answer.status_code != 405 and not _at_the_door(answer):
                wrong.append((method, route.name, answer.status_code, answer.headers.get("Location")))
    assert not wrong, "\n".join(map(str, wrong))


def test_each_role_opens_what_the_table_gives_it_and_nothing_else(world: World) -> None:
    wrong: list[tuple[str, str, str, object]] = []
    for role in ROLES:
        staff = world.cast[role.code]
        client, scope = _client(staff), scope_for(staff)
        for route in _tried(world):
            may = scope.may(str(route.right)) and _kinds_right(route, world.own, scope)
            for method in ("get", "post"):
                # Refusals are asked for as a fragment: the same answer, without the page around it.
                answer = _ask(client, method, route, world.own, headers={} if may else {"HX-Request": "true"})
                if _at_the_door(answer) or not _as_the_table_says(answer.status_code, method, may):
                    wrong.append((role.code, method, route.name, answer.status_code))
                if MARKER in _text(answer):
                    wrong.append((role.code, method, route.name, "shows a foreign company"))
                if not may and answer.status_code == 403:
                    # The right is asked for before the method counts: one refusal stands for both.
                    break
    assert not wrong, "\n".join(map(str, wrong))


def _kinds_right(route: Route, samples: Samples, scope: Scope) -> bool:
    if route.name not in ALSO_THE_KINDS_RIGHT:
        return True
    return scope.may(find_importer(samples[route.name]["kind"]).right)


def _as_the_table_says(status: int, method: str, may: bool) -> bool:
    if status == 405:
        return True
    if not may:
        return status == 403
    # Whoever holds the right may still be refused an act on this object (own request, other branch), never a page.
    return status < 500 and (method == "post" or status != 403)


def test_what_belongs_to_a_foreign_company_is_not_there(world: World) -> None:
    """Asked by somebody who holds the right at home."""
    clients = {code: _client(staff) for code, staff in world.cast.items()}
    wrong = []
    for route in _tried(world):
        own_everywhere = world.own.get(route.name) == world.other.get(route.name)
        if not route.takes or own_everywhere:
            continue
        client = clients[right(str(route.right)).roles[0]]
        for method in ("get", "post"):
            answer = _ask(client, method, route, world.other)
            if answer.status_code not in NOT_THERE or _at_the_door(answer) or MARKER in _text(answer):
                wrong.append((method, route.name, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))


def test_somebody_without_a_role_opens_no_guarded_page(world: World) -> None:
    client = _client(make_staff("", company=world.company))
    wrong = []
    for route in _tried(world):
        answer = _ask(client, "get", route, world.own)
        if route.right not in rights_of(set()) and answer.status_code not in (403, 405):
            wrong.append((route.name, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))
