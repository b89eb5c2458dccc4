"""Facts reach every subscriber once, in order, whatever is slow, broken or killed."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from django.db import connection, connections, transaction

from gasworks.foundation import events
from gasworks.foundation.events import Delivery, Fact, publish
from gasworks.foundation.models import Event, EventCursor, NumberSeries, ParkedEvent
from gasworks.foundation.relay import LOCK_KEY, Relay, deliver_now, rebase_events, retry_parked, take_lock
from gasworks.foundation.testing.factories import NOW, make_company
from gasworks.kernel.errors import NotThere
from tests.support.databases import PREFIX, create_database, drop_database, pointed_at, server


@dataclass(frozen=True, slots=True)
class TapOpened(Fact):
    KIND: ClassVar[str] = "test.tap_opened"
    tap: int


@dataclass(frozen=True, slots=True)
class TapClosed(Fact):
    KIND: ClassVar[str] = "test.tap_closed"
    tap: int


class Listener:
    """A subscriber that remembers what it was told and can refuse."""

    def __init__(self) -> None:
        self.heard: list[int] = []
        self.batches: list[int] = []
        self.poison: set[int] = set()

    def handle(self, facts: Sequence[Delivery]) -> None:
        taps = [delivery.fact.tap for delivery in facts]
        if self.poison & set(taps):
            raise ValueError(f"cannot digest {self.poison & set(taps)}")
        self.heard += taps
        self.batches.append(len(facts))


class Seconds:
    """A clock for waits that a test moves by hand."""

    def __init__(self) -> None:
        self.value = 0.0

    def __call__(self) -> float:
        return self.value


@pytest.fixture
def listener() -> Iterator[Listener]:
    one = Listener()
    events.subscribe("test.listener", [TapOpened], one.handle)
    yield one
    events.unsubscribe("test.listener")


@pytest.fixture
def other() -> Iterator[Listener]:
    one = Listener()
    events.subscribe("test.other", [TapOpened, TapClosed], one.handle)
    yield one
    events.unsubscribe("test.other")


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


class PatientRelay(Relay):
    """Looks again before it calls it quiet.

    A transaction of another database that ends between two looks at the server's lists may be one of ours for all the
    relay can see: it then waits for its next turn, which comes at once in the product.
    """

    def run_once(self) -> int:
        for _ in range(5):
            if delivered := super().run_once():
                return delivered
            time.sleep(0.02)
        return 0


@pytest.fixture
def relay(seconds: Seconds) -> Relay:
    return PatientRelay(clock=lambda: NOW, monotonic=seconds)


@pytest.fixture(scope="module")
def relay_db(django_db_setup: None, template_db: str, django_db_blocker: Any) -> Iterator[str]:
    """One database of their own for these tests: a relay only sees what is committed."""
    name = f"{PREFIX}relay_p{os.getpid()}"
    create_database(name, template_db)
    with django_db_blocker.unblock(), pointed_at(name):
        yield name
    drop_database(name)


@pytest.fixture
def as_owner(relay_db: str) -> Iterator[Any]:
    with server(relay_db, "owner") as owner:
        yield owner


@pytest.fixture
def company_id(relay_db: str, as_owner: Any) -> int:
    """A company, and no fact of an earlier test."""
    for table in ("parkedevent", "eventcursor", "event", "numberseries"):
        as_owner.execute(f"DELETE FROM foundation_{table}")
    return make_company().id


def publish_taps(company_id: int, *taps: int) -> None:
    with transaction.atomic():
        for tap in taps:
            publish(TapOpened(tap=tap), company_id=company_id, now=NOW)


def cursor_of(name: str) -> tuple[int, int]:
    row = EventCursor.objects.get(pk=name)
    return row.xid, row.event_id


def test_a_committed_fact_reaches_its_subscribers_once(company_id: int, listener: Listener, relay: Relay) -> None:
    publish_taps(company_id, 1, 2, 3)
    assert relay.run_until_quiet() == 3
    assert relay.run_until_quiet() == 0
    assert listener.heard == [1, 2, 3]


def test_a_rolled_back_fact_never_existed(company_id: int, listener: Listener, relay: Relay) -> None:
    with transaction.atomic():
        publish(TapOpened(tap=1), company_id=company_id, now=NOW)
        transaction.set_rollback(True)
    relay.run_until_quiet()
    assert listener.heard == []
    assert not Event.objects.exists()


def test_a_subscriber_hears_only_the_kinds_that_it_asked_for(
    company_id: int, listener: Listener, other: Listener, relay: Relay
) -> None:
    publish(TapClosed(tap=7), company_id=company_id, now=NOW)
    publish(TapOpened(tap=8), company_id=company_id, now=NOW)
    relay.run_until_quiet()
    assert listener.heard == [8]
    assert other.heard == [7, 8]


def test_a_slow_older_transaction_loses_nothing(company_id: int, listener: Listener, relay: Relay) -> None:
    slow = connections.create_connection("default")
    try:
        slow.set_autocommit(False)
        with slow.cursor() as cursor:
            cursor.execute(
                "INSERT INTO foundation_event (company_id, kind, schema, payload, at)"
                " VALUES (%s, 'test.tap_opened', 1, '{\"tap\": 1}', now())",
                [company_id],
            )
        publish_taps(company_id, 2)
        relay.run_until_quiet()
        assert listener.heard == [], "what committed later waits for the older transaction"
        slow.commit()
        relay.run_until_quiet()
        assert listener.heard == [1, 2]
    finally:
        slow.close()


def test_an_idle_relay_writes_nothing(company_id: int, listener: Listener, relay: Relay) -> None:
    publish_taps(company_id, 1)
    relay.run_until_quiet()
    before = cursor_of("test.listener")
    NumberSeries.objects.create(company_id=company_id, code="other business")
    relay.run_until_quiet()
    assert cursor_of("test.listener") == before


def test_a_batch_holds_at_most_a_thousand_facts(company_id: int, listener: Listener, relay: Relay) -> None:
    Event.objects.bulk_create(
        Event(company_id=company_id, kind=TapOpened.KIND, payload={"tap": tap}, at=NOW) for tap in range(2_500)
    )
    relay.run_until_quiet()
    assert listener.batches == [1_000, 1_000, 500]
    assert listener.heard == list(range(2_500))


def test_poison_is_parked_after_five_tries_and_the_others_flow(
    company_id: int, listener: Listener, other: Listener, relay: Relay, seconds: Seconds
) -> None:
    listener.poison = {2}
    publish_taps(company_id, 1, 2, 3)
    for _ in range(20):
        relay.run_until_quiet()
        seconds.value += 1.0
    assert other.heard == [1, 2, 3]
    assert listener.heard == [1, 3]
    parked = ParkedEvent.objects.get()
    assert (parked.subscriber, parked.tries, parked.settled_at) == ("test.listener", 5, None)
    assert "cannot digest" in parked.error
    publish_taps(company_id, 4)
    relay.run_until_quiet()
    assert listener.heard == [1, 3, 4]


def test_a_subscriber_that_stumbles_holds_nobody_else_up(
    company_id: int, listener: Listener, other: Listener, relay: Relay
) -> None:
    listener.poison = {1}
    publish_taps(company_id, 1, 2)
    relay.run_until_quiet()
    assert other.heard == [1, 2]
    assert listener.heard == []
    assert not ParkedEvent.objects.exists()


def test_a_fact_that_recovers_in_time_is_not_parked(
    company_id: int, listener: Listener, relay: Relay, seconds: Seconds
) -> None:
    listener.poison = {1}
    publish_taps(company_id, 1)
    for _ in range(3):
        relay.run_until_quiet()
        seconds.value += 1.0
    listener.poison = set()
    relay.run_until_quiet()
    assert listener.heard == [1]
    assert not ParkedEvent.objects.exists()


def test_a_fact_of_an_unknown_schema_is_parked(
    company_id: int, listener: Listener, relay: Relay, seconds: Seconds
) -> None:
    Event.objects.create(company_id=company_id, kind=TapOpened.KIND, schema=9, payload={"tap": 1}, at=NOW)
    for _ in range(10):
        relay.run_until_quiet()
        seconds.value += 1.0
    assert "schema 9" in ParkedEvent.objects.get().error


def test_a_parked_fact_is_retried_by_a_person_and_settled_once(
    company_id: int, listener: Listener, relay: Relay, seconds: Seconds
) -> None:
    listener.poison = {1}
    publish_taps(company_id, 1)
    for _ in range(10):
        relay.run_until_quiet()
        seconds.value += 1.0
    parked = ParkedEvent.objects.get()
    with pytest.raises(ValueError, match="cannot digest"):
        retry_parked(parked.id, now=NOW)
    assert ParkedEvent.objects.get().settled_at is None
    listener.poison = set()
    retry_parked(parked.id, now=NOW)
    with pytest.raises(NotThere):
        retry_parked(parked.id, now=NOW)
    assert listener.heard == [1]
    assert ParkedEvent.objects.get().settled_at == NOW


def test_the_handlers_writes_and_the_cursor_are_one_transaction(company_id: int, relay: Relay) -> None:
    def write_then_fail(facts: Sequence[Delivery]) -> None:
        NumberSeries.objects.create(company_id=company_id, code="written by the handler")
        raise RuntimeError

    events.subscribe("test.half", [TapOpened], write_then_fail)
    try:
        publish_taps(company_id, 1)
        relay.run_until_quiet()
    finally:
        events.unsubscribe("test.half")
    assert not NumberSeries.objects.exists()


KILLED = textwrap.dedent(
    """
    import os, signal, sys
    from typing import ClassVar
    from dataclasses import dataclass
    os.environ["DJANGO_SETTINGS_MODULE"] = "gasworks.project.settings"
    import django
    django.setup()
    from django.utils import timezone
    from gasworks.foundation import events
    from gasworks.foundation.models import NumberSeries
    from gasworks.foundation.relay import Relay

    @dataclass(frozen=True, slots=True)
    class TapOpened(events.Fact):
        KIND: ClassVar[str] = "test.tap_opened"
        tap: int

    def handle(facts):
        for one in facts:
            NumberSeries.objects.create(company_id=one.company_id, code=f"tap {one.fact.tap}")
        if sys.argv[1] == "die":
            os.kill(os.getpid(), signal.SIGKILL)

    events.subscribe("test.killed", [TapOpened], handle)
    Relay(clock=timezone.now).run_until_quiet()
    """
)


def test_kill_between_handler_and_cursor_gives_one_effect(company_id: int, relay_db: str, as_owner: Any) -> None:
    publish_taps(company_id, 1, 2)
    died = subprocess.run([sys.executable, "-c", KILLED, "die"], env=environment(relay_db), check=False)
    assert died.returncode == -signal.SIGKILL
    for _ in range(2):
        subprocess.run([sys.executable, "-c", KILLED, "live"], env=environment(relay_db), check=True)
    codes = NumberSeries.objects.order_by("code").values_list("code", flat=True)
    assert list(codes) == ["tap 1", "tap 2"]


def test_one_relay_works_at_a_time_and_the_next_takes_over(company_id: int, relay_db: str) -> None:
    assert take_lock()
    second = subprocess.Popen([sys.executable, "manage.py", "relay"], env=environment(relay_db))
    try:
        time.sleep(1)
        assert lock_holders() == [_own_pid()]
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK_KEY])
        deadline = time.monotonic() + 90
        while not lock_holders() and time.monotonic() < deadline:
            time.sleep(0.2)
        assert len(lock_holders()) == 1
        second.send_signal(signal.SIGTERM)
        assert second.wait(timeout=30) == 0
    finally:
        second.kill()


def environment(database: str) -> dict[str, str]:
    return {**os.environ, "GASWORKS_DB_NAME": database, "GASWORKS_DB_ROLE": "worker"}


def _own_pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def lock_holders() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = %s"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [LOCK_KEY & 0xFFFFFFFF],
        )
        return [pid for (pid,) in cursor.fetchall()]


def test_a_loader_that_is_alone_delivers_its_own_transactions_facts(company_id: int, listener: Listener) -> None:
    publish_taps(company_id, 1, 2)
    assert deliver_now(NOW) == 2
    assert deliver_now(NOW) == 0
    assert listener.heard == [1, 2]


def test_after_a_restore_the_facts_of_the_old_cluster_stand_before_all_new_ones(
    company_id: int, listener: Listener, other: Listener, relay: Relay, as_owner: Any
) -> None:
    publish_taps(company_id, 1, 2)
    relay.run_until_quiet()
    publish_taps(company_id, 3)
    as_owner.execute("UPDATE foundation_event SET xid = xid + 1000000")
    as_owner.execute("UPDATE foundation_eventcursor SET xid = xid + 1000000")
    with as_owner.cursor() as cursor:
        rebase_events(cursor)
    publish_taps(company_id, 4)
    relay.run_until_quiet()
    assert listener.heard == [1, 2, 3, 4]
    assert other.heard == [1, 2, 3, 4]
