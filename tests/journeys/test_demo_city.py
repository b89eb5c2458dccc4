"""The demo city is the same city each time: one seed, one ledger, to the byte."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings

from gasworks.demo.build import build_city
from gasworks.ledger.exports import csv_text
from tests.support.databases import create_database, drop_database, pointed_at

ALL_DAYS = {"from_on": dt.date(2025, 1, 1), "to_on": dt.date(2027, 1, 1)}


@pytest.fixture
def hash_of(
    django_db_setup: None, template_db: str, django_db_blocker: Any
) -> Iterator[Callable[[int, int, int], str]]:
    """The hash of the whole ledger of a city, built by the worker in a database of its own."""
    database = f"{settings.GASWORKS_CLONE}_city"

    def build(accounts: int, months: int, seed: int) -> str:
        create_database(database, template_db)
        with django_db_blocker.unblock(), pointed_at(database, "worker"):
            company = build_city(accounts=accounts, seed=seed, months=months)
            lines = list(csv_text(scope=company.system, **ALL_DAYS))
        assert len(lines) > accounts * months, "bills and payments of every month"
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    yield build
    drop_database(database)


def test_one_seed_is_one_ledger(hash_of: Callable[[int, int, int], str]) -> None:
    assert hash_of(60, 2, 1) == hash_of(60, 2, 1) != hash_of(60, 2, 2)


@pytest.mark.full
def test_one_seed_is_one_ledger_over_thirteen_months(hash_of: Callable[[int, int, int], str]) -> None:
    assert hash_of(1_000, 13, 1) == hash_of(1_000, 13, 1) != hash_of(1_000, 13, 2)
