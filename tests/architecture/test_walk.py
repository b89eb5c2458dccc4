"""The walk: every address × anonymous and every role × own and foreign branch and company, held against the rights table.

What the manual's page of rights says is what happens: a right that is missing answers 403, a foreign object is not
there, and the text of a foreign company is read nowhere.
"""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from gasworks.customers.models import SupplyPoint
from gasworks.customers.testing.factories import make_agreement, make_supply_point
from gasworks.foundation.imports import find_importer
from gasworks.foundation.models import Staff
from gasworks.foundation.reach import scope_for
from gasworks.foundation.rights_table import RIGHTS, ROLES, Reach, right, rights_of
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
from gasworks.openapi.api import api
from gasworks.openapi.testing.callers import Caller, make_caller
from gasworks.payments.services import install_channels
from tests.architecture.walking import (
    BACKEND,
    acts_of,
    ask,
    at_the_door,
    client_of,
    doors_on,
    filled_in,
    text_of,
    untouched,
)

# Pages of the log-in library: open to everybody, or about one's own account only.
LOGIN_PAGES = ("account_", "mfa_")
# The API asks for a token on every call; its own walk stands with it.
API = "api"
ALL = routes()
OURS = [route for route in ALL if not route.name.startswith((*LOGIN_PAGES, API))]
GUARDED = [route for route in OURS if route.right not in (None, UNGUARDED)]
# Acts on what hangs in one branch.
CHANGING = [route for route in GUARDED if route.takes and right(str(route.right)).reach is Reach.CHANGE]

# These also ask for the right of the kind of table that is imported.
ALSO_THE_KINDS_RIGHT = ("foundation:import_upload", "foundation:import_template")
# Not found, refused, or sent back to one's own list with a sentence: never a page about the thing.
NOT_THERE = (302, 403, 404, 405, 409, 422)
FRAGMENT = {"HX-Request": "true"}


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
            answer = ask(Client(raise_request_exception=False), method, route, world.own)
            if answer.status_code != 405 and not at_the_door(answer):
                wrong.append((method, route.name, answer.status_code, answer.headers.get("Location")))
    assert not wrong, "\n".join(map(str, wrong))


def test_each_role_opens_what_the_table_gives_it_and_is_shown_no_door_that_it_cannot_open(world: World) -> None:
    wrong: list[tuple[object, ...]] = []
    for role in ROLES:
        staff = world.cast[role.code]
        client, scope = client_of(staff), scope_for(staff)
        for route in _tried(world):
            may = scope.may(str(route.right)) and _kinds_right(route, world.own, scope)
            if not may:
                # The right is asked for before the method counts, and as a fragment: one refusal stands for all.
                answer = client.get(route.url(world.own), headers=FRAGMENT)
                if answer.status_code == 405:
                    answer = client.post(route.url(world.own), headers=FRAGMENT)
                if answer.status_code != 403 or MARKER in text_of(answer):
                    wrong.append((role.code, route.name, answer.status_code))
                continue
            for method in ("get", "post"):
                answer = ask(client, method, route, world.own)
                text = text_of(answer)
                if at_the_door(answer) or not _as_the_table_says(answer.status_code, method):
                    wrong.append((role.code, method, route.name, answer.status_code))
                if MARKER in text:
                    wrong.append((role.code, method, route.name, "shows a foreign company"))
                if method == "get":
                    wrong += [
                        (role.code, route.name, "shows the door", address, asked)
                        for address, asked in doors_on(text)
                        if not scope.may(asked)
                    ]
    assert not wrong, "\n".join(map(str, dict.fromkeys(wrong)))


def _kinds_right(route: Route, samples: Samples, scope: Scope) -> bool:
    if route.name not in ALSO_THE_KINDS_RIGHT:
        return True
    return scope.may(find_importer(samples[route.name]["kind"]).right)


def _as_the_table_says(status: int, method: str) -> bool:
    # Whoever holds the right may still be refused an act on this object (own request, other branch), never a page.
    return status == 405 or (status < 500 and (method == "post" or status != 403))


def test_what_belongs_to_a_foreign_company_is_not_there(world: World) -> None:
    """Asked by somebody who holds the right at home."""
    clients = {code: client_of(staff) for code, staff in world.cast.items()}
    wrong = []
    for route in _tried(world):
        own_everywhere = world.own.get(route.name) == world.other.get(route.name)
        if not route.takes or own_everywhere:
            continue
        client = clients[right(str(route.right)).roles[0]]
        for method in ("get", "post"):
            answer = ask(client, method, route, world.other)
            if answer.status_code not in NOT_THERE or at_the_door(answer) or MARKER in text_of(answer):
                wrong.append((method, route.name, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))


def test_somebody_without_a_role_opens_no_guarded_page(world: World) -> None:
    client = client_of(make_staff("", company=world.company))
    wrong = []
    for route in _tried(world):
        answer = ask(client, "get", route, world.own)
        if route.right not in rights_of(set()) and answer.status_code not in (403, 405):
            wrong.append((route.name, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))


def test_a_foreign_branch_is_seen_and_not_changed(world: World) -> None:
    """Every form and button of what hangs in one branch, sent as its own people send it: it does something. Sent by the
    same role of the other branch, or about the same thing of another company, it does nothing.
    """
    done, wrong = 0, []
    for role in ROLES:
        mine = [route for route in CHANGING if role.code in right(str(route.right)).roles]
        place = world.cast[role.code].grants.get().unit
        if place != world.company.branch:
            continue
        here = client_of(world.cast[role.code])
        elsewhere = make_staff(
            role.code, company=world.company, home=world.company.other_branch, over=world.company.other_branch
        )
        there = client_of(elsewhere)
        for route in mine:
            data = filled_in(here, route, world.own)
            _status, acts = acts_of(here, route, world.own, data)
            done += bool(acts)
            for whose, samples in (("branch", world.own), ("company", world.other)):
                if whose == "company" and world.own.get(route.name) == world.other.get(route.name):
                    continue
                status, written = acts_of(there, route, samples, data)
                if written or status not in NOT_THERE:
                    wrong.append((role.code, route.name, whose, status, written, acts))
    assert not wrong, "\n".join(map(str, wrong))
    assert done >= 20, "too little was tried that does something at home"


def test_what_hangs_in_a_foreign_branch_is_shown_without_the_doors_that_change_it(world: World) -> None:
    wrong = []
    for code in ("agent", "service_lead", "reading_lead"):
        home = world.company.other_branch
        client = client_of(make_staff(code, company=world.company, home=home, over=home))
        changing = {route.url(world.own): route.name for route in CHANGING if route.takes == set(world.own[route.name])}
        for route in _tried(world):
            if not route.takes or code not in right(str(route.right)).roles:
                continue
            answer = ask(client, "get", route, world.own)
            wrong += [
                (code, route.name, changing[address])
                for address, _asked in doors_on(text_of(answer))
                if address in changing
            ]
    assert not wrong, "\n".join(map(str, dict.fromkeys(wrong)))


def test_nothing_is_sent_without_the_token_of_its_form(world: World) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(world.cast["sysadmin"], backend=BACKEND)
    wrong = [
        (route.name, answer.status_code)
        for route in _tried(world)
        if (answer := client.post(route.url(world.own))).status_code not in (403, 405)
    ]
    assert not wrong, "\n".join(map(str, wrong))


def test_somebody_who_left_is_at_the_door(world: World) -> None:
    staff = world.cast["sysadmin"]
    client = client_of(staff)
    staff.is_active = False
    staff.save(update_fields=["is_active"])
    wrong = [
        route.name
        for route in _tried(world)
        if (answer := client.get(route.url(world.own))).status_code != 405 and not at_the_door(answer)
    ]
    assert not wrong, wrong


ASKED_OF_THE_API = {
    "/api/v1/supply-points": {"get": lambda number: ("/supply-points", {"q": number})},
    "/api/v1/supply-points/{number}": {"get": lambda number: (f"/supply-points/{number}", {})},
    "/api/v1/supply-points/{number}/bills": {"get": lambda number: (f"/supply-points/{number}/bills", {})},
    "/api/v1/supply-points/{number}/statement": {"get": lambda number: (f"/supply-points/{number}/statement", {})},
    "/api/v1/readings": {"post": lambda number: ("/readings", {"readings": [READING | {"key": number}]})},
    "/api/v1/payments": {"post": lambda number: ("/payments", {"supply_point": number, "amount_fen": 1})},
}
NOBODY = re.compile(r'"items": ?\[\]|"accepted": ?0\b')
READING = {"read_on": "2026-03-09", "index_litres": 125_000}


def test_the_api_asks_for_the_same_rights(world: World) -> None:
    """Every operation × nobody, every role, a supply point of the company and one of another company."""
    described = {
        (path, method) for path, operations in api.get_openapi_schema()["paths"].items() for method in operations
    }
    assert described == {(path, method) for path, asked in ASKED_OF_THE_API.items() for method in asked}
    install_channels(scope=Scope.system("test", company_id=world.company.id))
    own = SupplyPoint.objects.filter(company_id=world.company.id, status="active").order_by("id")[0].number
    foreign = make_agreement(world.foreign, make_supply_point(world.foreign, number="7000001"), name=MARKER)
    everything = tuple(one.name for one in RIGHTS)
    callers = {role.code: make_caller(world.company, *everything, staff=world.cast[role.code]) for role in ROLES}
    callers |= {"": make_caller(world.company, *everything, staff=make_staff("", company=world.company))}
    wrong = []
    for path, method in sorted(described):
        asked, needs = ASKED_OF_THE_API[path][method], _right_of_operation(path, method)
        if (status := _call(Caller(""), method, asked(own)).status_code) != 401:
            wrong.append(("nobody", method, path, status))
        for code, caller in callers.items():
            may = code in right(needs).roles
            answer = _call(caller, method, asked(own))
            if (answer.status_code != 403) != may or answer.status_code >= 500:
                wrong.append((code, method, path, answer.status_code))
            told = _call(caller, method, asked(foreign.supply_point.number))
            if may and told.status_code == 200 and not NOBODY.search(text_of(told)):
                wrong.append((code, method, path, "answers about a foreign company"))
            if MARKER in text_of(answer) + text_of(told):
                wrong.append((code, method, path, "shows a foreign company"))
    assert not wrong, "\n".join(map(str, wrong))


def _call(caller: Caller, method: str, asked: Any) -> Any:
    path, body = asked
    return untouched(lambda: caller.get(path, **body) if method == "get" else caller.post(path, body))


def _right_of_operation(path: str, method: str) -> str:
    found = [
        operation.auth_callbacks[0].right
        for prefix, router in api._routers
        for inner, view in router.path_operations.items()
        for operation in view.operations
        if f"/api/{prefix.strip('/')}{inner}" == path and method.upper() in operation.methods
    ]
    (one,) = found
    return one
