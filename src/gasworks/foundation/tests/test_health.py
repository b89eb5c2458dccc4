"""The health page names what is wrong and what to do; a parked fact is retried from it."""

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from gasworks.foundation import events, health
from gasworks.foundation.events import Delivery, Fact, publish
from gasworks.foundation.invariants import registered
from gasworks.foundation.jobs import nightly_invariants
from gasworks.foundation.models import Event, EventCursor, ParkedEvent, Work
from gasworks.foundation.relay import take_lock
from gasworks.foundation.testing.factories import NOW, Company, make_company, make_scope, make_staff
from gasworks.foundation.testing.working import do_waiting_work
from gasworks.kernel.errors import Forbidden

pytestmark = pytest.mark.django_db


@dataclass(frozen=True, slots=True)
class Broken(Fact):
    KIND: ClassVar[str] = "test.broken"
    n: int


class Fixable:
    def __init__(self) -> None:
        self.broken, self.heard = True, 0

    def handle(self, facts: Sequence[Delivery]) -> None:
        if self.broken:
            raise ValueError("still broken")
        self.heard += len(facts)


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, settings: Any) -> Path:
    settings.FILES_ROOT, settings.BACKUPS = tmp_path / "files", tmp_path / "backups"
    settings.BACKUPS.mkdir()
    return tmp_path


@pytest.fixture
def fixable() -> Iterator[Fixable]:
    one = Fixable()
    events.subscribe("test.fixable", [Broken], one.handle)
    yield one
    events.unsubscribe("test.fixable")


@pytest.fixture
def city() -> Company:
    return make_company()


def signs(city: Company, now: dt.datetime = NOW) -> dict[str, health.Sign]:
    return {sign.code: sign for sign in health.look(scope=make_scope("sysadmin", company=city), now=now).signs}


def park(city: Company) -> ParkedEvent:
    publish(Broken(n=1), company_id=city.id, now=NOW)
    event = Event.objects.latest("id")
    EventCursor.objects.create(subscriber="test.fixable", xid=event.xid, event_id=event.id)
    return ParkedEvent.objects.create(subscriber="test.fixable", event=event, tries=5, error="first", parked_at=NOW)


def test_what_does_not_run_is_named_with_what_to_do(city: Company) -> None:
    seen = signs(city)
    assert {code for code, sign in seen.items() if sign.tone == "bad"} == {"workers", "relay", "backup"}
    assert all(sign.advice for sign in seen.values() if sign.tone != "good")


def test_a_relay_that_holds_the_lock_is_seen(city: Company) -> None:
    with connection.cursor() as cursor:
        assert take_lock()
        try:
            assert signs(city)["relay"].tone == "good"
        finally:
            cursor.execute("SELECT pg_advisory_unlock_all()")


def test_facts_that_wait_too_long_are_seen(city: Company, fixable: Fixable) -> None:
    take_lock()
    try:
        publish(Broken(n=1), company_id=city.id, now=NOW)
        assert signs(city, NOW + dt.timedelta(seconds=30))["relay"].tone == "wait"
        assert signs(city, NOW + dt.timedelta(minutes=5))["relay"].tone == "bad"
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")


@pytest.mark.parametrize(("hours", "tone"), [(1, "good"), (30, "wait"), (60, "bad")])
def test_a_backup_grows_old(city: Company, folders: Path, hours: int, tone: str) -> None:
    folder = folders / "backups" / "20260310T000000Z"
    folder.mkdir()
    (folder / "SHA256SUMS").touch()
    os.utime(folder, (0, NOW.timestamp() - hours * 3600))
    assert signs(city)["backup"].tone == tone


def test_the_nights_invariants_are_shown(city: Company) -> None:
    assert signs(city)["invariants"].tone == "wait"
    Work.objects.create(
        company_id=city.id, kind=health.INVARIANTS_WORK, title="x", scope={}, asked_at=NOW, ended_at=NOW,
        state="done", result={"asked": 21, "broken": ["BIL-2"]},
    )  # fmt: skip
    assert (signs(city)["invariants"].tone, signs(city)["invariants"].text) == ("bad", "BIL-2")


def test_the_night_timer_asks_all_invariants(city: Company) -> None:
    nightly_invariants.func.__wrapped__(now=NOW)
    (work,) = do_waiting_work()
    assert (work.state, work.result["asked"]) == ("done", len(registered()))
    assert signs(city)["invariants"].text != "never asked"


def test_a_parked_fact_is_shown_and_retried(city: Company, client: Client, fixable: Fixable) -> None:
    parked = park(city)
    client.force_login(make_staff("sysadmin", company=city))
    assert "first" in client.get(reverse("foundation:health")).content.decode()
    retry = reverse("foundation:retry_fact", args=[parked.id])
    client.post(retry)
    parked.refresh_from_db()
    assert (parked.settled_at, "still broken" in parked.error) == (None, True)
    fixable.broken = False
    client.post(retry)
    client.post(retry)
    parked.refresh_from_db()
    assert parked.settled_at is not None
    assert fixable.heard == 1


def test_a_foreign_companys_fact_is_neither_shown_nor_retried(city: Company, client: Client, fixable: Fixable) -> None:
    parked = park(make_company("外地燃气"))
    fixable.broken = False
    client.force_login(make_staff("sysadmin", company=city))
    assert "first" not in client.get(reverse("foundation:health")).content.decode()
    assert client.post(reverse("foundation:retry_fact", args=[parked.id])).status_code == 404
    assert fixable.heard == 0


def test_who_may_not_see_it_does_not(city: Company) -> None:
    with pytest.raises(Forbidden):
        health.look(scope=make_scope("cashier", company=city), now=NOW)


def test_a_load_balancer_is_told_without_a_log_in(client: Client) -> None:
    answer = client.get(reverse("foundation:healthz"))
    assert (answer.status_code, answer.content) == (200, b"ok")
