"""The demo city is the same city each time: one seed, one ledger, to the byte."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from django.conf import settings

from gasworks.billing.models import Simulation
from gasworks.demo.build import build_city
from gasworks.demo.report import ledger_hash
from gasworks.foundation.models import Approval
from gasworks.ledger.exports import csv_text
from gasworks.receivables.models import LateTerms, Settlement, Waiver
from tests.support.databases import create_database, drop_database, pointed_at

ALL_DAYS = {"from_on": dt.date(2025, 1, 1), "to_on": dt.date(2027, 1, 1)}


class Desk(NamedTuple):
    """What the offices did beside the months: a newcomer finds no screen of theirs empty."""

    terms: int
    paid_over: list[tuple[int, int]]
    waived: list[tuple[str, int, str | None]]
    waiting: list[tuple[str, int | None]]
    tried: list[tuple[bool, int, int]]


class Built(NamedTuple):
    """The hash of the ledger's export to the byte, that of what its postings say, and the offices' work."""

    export: str
    sense: str
    desk: Desk


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
            sense, desk = ledger_hash(), _desk()
        assert len(lines) > accounts * months, "bills and payments of every month"
        return Built(hashlib.sha256("".join(lines).encode()).hexdigest(), sense, desk)

    yield build
    drop_database(database)


def _desk() -> Desk:
    waivers = Waiver.objects.order_by("kind", "amount_fen")
    waiting = Approval.objects.filter(state=Approval.State.ASKED).order_by("kind")
    simulations = [one.figures for one in Simulation.objects.filter(ended_at__isnull=False)]
    return Desk(
        terms=LateTerms.objects.count(),
        paid_over=list(Settlement.objects.filter(state=2).values_list("collected_fen", "commission_fen")),
        waived=list(waivers.values_list("kind", "amount_fen", "granted_by__username")),
        waiting=list(waiting.values_list("kind", "amount_fen")),
        tried=[(one["touched"] > 0, one["apart"], len(one["why"])) for one in simulations],
    )


def test_one_seed_is_one_ledger(built: Build) -> None:
    once, again, other = built(60, 2, 1), built(60, 2, 1), built(60, 2, 2)
    assert once == again
    assert once.desk.terms == 2
    assert [collected > commission > 0 for collected, commission in once.desk.paid_over] == [True]
    assert once.desk.tried == [(True, 0, 0)]
    assert once.export != other.export
    assert once.sense != other.sense


def test_several_processes_write_the_same_books(built: Build) -> None:
    assert built(1_300, 1, 1, hands=1).sense == built(1_300, 1, 1, hands=4).sense


@pytest.mark.full
def test_one_seed_is_one_ledger_over_thirteen_months(built: Build) -> None:
    once = built(1_000, 13, 1)
    assert once == built(1_000, 13, 1)
    assert once.desk.waived == [
        ("hardship", 10_000, "finance"),
        ("late_fee", 3_566, None),
        ("service", 10_000, "finance"),
    ]
    assert once.desk.waiting == [("receivables.waive", 10_000)]
    assert once.sense == built(1_000, 13, 1, hands=3).sense != built(1_000, 13, 2).sense
