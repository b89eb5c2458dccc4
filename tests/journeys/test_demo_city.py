"""The demo city is the same city each time: one seed, one ledger, to the byte."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from django.conf import settings

from gasworks.demo.build import build_city
from gasworks.demo.report import ledger_hash
from gasworks.ledger.exports import csv_text
from tests.support.databases import create_database, drop_database, pointed_at

ALL_DAYS = {"from_on": dt.date(2025, 1, 1), "to_on": dt.date(2027, 1, 1)}


class Built(NamedTuple):
    """The hash of the ledger's export to the byte, and that of what its postings say."""

    export: str
    sense: str


Build = Callable[..., Built]


@pytest.fixture
def built(django_db_setup: None, template_db: str, django_db_blocker: Any) -> Iterator[Build]:
    """A city built by the worker in a database of its own."""
    database = f"{settings.GASWORKS_CLONE}_seed"

    def build(accounts: int, months: int, seed: int, hands: int = 1) -> Built:
        create_database(database, template_db)
        with django_db_blocker.unblock(), pointed_at(database, "worker"):
            company = build_city(accounts=accounts, seed=seed, months=months, hands=hands)
            lines = list(csv_text(scope=company.system, **ALL_DAYS))
            sense = ledger_hash()
        assert len(lines) > accounts * months, "bills and payments of every month"
        return Built(hashlib.sha256("".join(lines).encode()).hexdigest(), sense)

    yield build
    drop_database(database)


def test_one_seed_is_one_ledger(built: Build) -> None:
    once, again, other = built(60, 2, 1), built(60, 2, 1), built(60, 2, 2)
    assert once == again
    assert once.export != other.export
    assert once.sense != other.sense


def test_several_processes_write_the_same_books(built: Build) -> None:
    assert built(1_300, 1, 1, hands=1).sense == built(1_300, 1, 1, hands=4).sense


@pytest.mark.full
def test_one_seed_is_one_ledger_over_thirteen_months(built: Build) -> None:
    once = built(1_000, 13, 1)
    assert once == built(1_000, 13, 1)
    assert once.sense == built(1_000, 13, 1, hands=3).sense != built(1_000, 13, 2).sense
