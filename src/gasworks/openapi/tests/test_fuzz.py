"""The description against the real application, by somebody who reads it literally and wants to break it (schemathesis).

No answer of 5xx, none outside the description, no malformed request accepted, no call without its token; and after all of
it the books are in order.
"""

import os
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from schemathesis import GenerationMode

from gasworks.billing.testing.factories import make_home, make_town
from gasworks.foundation.invariants import check_all
from gasworks.foundation.testing.factories import grant_role, make_marker_company, make_staff
from gasworks.openapi.testing.callers import make_caller
from gasworks.payments.services import install_channels
from gasworks.receivables.testing.factories import make_debt

EXAMPLES = 500 if os.environ.get("GASWORKS_FULL") == "1" else 25
ALL_RIGHTS = ("customers.view", "billing.view", "metering.key", "payments.take", "insight.feed")


@pytest.fixture
def secret(committed_db: str) -> Iterator[str]:
    """A token that may do everything in a city with a home that owes; after the test what held before it still holds."""
    town = make_town()
    install_channels(scope=town.scope)
    home = make_home(town, number="1")
    make_debt(town.company, home.agreement.id, 10_900)
    make_home(make_town(company=make_marker_company()), number="2")
    staff = make_staff("cashier", company=town.company)
    grant_role(staff, "reading_lead", town.company.branch)
    grant_role(staff, "agent", town.company.branch)
    caller = make_caller(town.company, *ALL_RIGHTS, staff=staff)
    before = {one.code: one.broken for one in check_all()}
    yield caller.secret
    assert {one.code: one.broken for one in check_all()} == before


def test_every_answer_is_as_described(secret: str) -> None:
    described = schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())
    operations = [result.ok() for result in described.get_all_operations()]
    assert len(operations) == 6
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _try(operation, mode, {"Authorization": f"Bearer {secret}"})


def _try(operation: Any, mode: GenerationMode, headers: dict[str, str]) -> None:
    @hypothesis.settings(max_examples=EXAMPLES, suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        hypothesis.assume(mode is GenerationMode.NEGATIVE or not _has_float(case.body))
        case.call_and_validate(headers=headers)

    ask()


def _has_float(body: Any) -> bool:
    """1.0 is a whole number to JSON Schema. Here it is refused: no float comes near money."""
    if isinstance(body, dict):
        return any(_has_float(value) for value in body.values())
    if isinstance(body, list):
        return any(_has_float(value) for value in body)
    return isinstance(body, float)
