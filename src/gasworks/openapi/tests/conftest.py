"""A company with a home that owes, on a fixed day, and the machines that call it."""

from collections.abc import Iterator

import pytest
import time_machine

from gasworks.billing.testing.factories import Home, Town, make_home, make_town
from gasworks.foundation.testing.factories import NOW, make_marker_company
from gasworks.openapi.testing.callers import Caller, make_caller
from gasworks.payments.services import install_channels


@pytest.fixture(autouse=True)
def _on_the_tenth_of_march() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def town(db: None) -> Town:
    town = make_town()
    install_channels(scope=town.scope)
    return town


@pytest.fixture
def home(town: Town) -> Home:
    return make_home(town, number="1000001")


@pytest.fixture
def foreign(town: Town) -> Home:
    """A home of another company, under the same number."""
    there = make_town(company=make_marker_company())
    install_channels(scope=there.scope)
    return make_home(there, number="1000001")


@pytest.fixture
def bank(town: Town) -> Caller:
    """May find, read bills and pay."""
    return make_caller(town.company, "customers.view", "billing.view", "payments.take", role="cashier", channel="bank")


@pytest.fixture
def platform(town: Town) -> Caller:
    """A remote-reading platform: may bring readings of one branch."""
    return make_caller(town.company, "metering.key", role="reading_lead")
