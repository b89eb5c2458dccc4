"""The menu shows what a person may open, and nothing else."""

import pytest
from django.urls import reverse

from gasworks.console.menu import MENU, menu_of
from gasworks.foundation.rights_table import ROLES, right, rights_of
from gasworks.foundation.scope import Scope


def scope_with(*roles: str) -> Scope:
    return Scope(company_id=1, actor_id=1, rights=rights_of(set(roles)))


@pytest.mark.parametrize("line", [line for group in MENU for line in group.lines], ids=lambda line: line.route)
def test_every_line_leads_to_a_page_and_asks_for_a_right_of_the_table(line: object) -> None:
    assert reverse(line.route)
    assert right(line.right)


@pytest.mark.parametrize("role", [role.code for role in ROLES])
def test_a_role_sees_the_lines_of_its_rights(role: str) -> None:
    scope = scope_with(role)
    shown = {line.url for group in menu_of(scope, "/") for line in group.lines}

    assert shown == {reverse(line.route) for group in MENU for line in group.lines if scope.may(line.right)}


def test_the_line_that_begins_the_address_most_closely_is_marked() -> None:
    marked = [
        line.url
        for group in menu_of(scope_with("cash_lead"), "/payments/counter/")
        for line in group.lines
        if line.current
    ]

    assert marked == [reverse("payments:counter")]
