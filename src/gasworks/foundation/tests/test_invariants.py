"""Every named invariant exists, holds on an empty database, is found when broken, and stands in the document."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from gasworks.foundation.health import INVARIANTS_WORK
from gasworks.foundation.invariants import Invariant, check_all, register, registered
from gasworks.foundation.invariants.registry import _ALL
from gasworks.foundation.invariants.selftest import selftest
from gasworks.foundation.testing.factories import NOW, make_scope
from gasworks.foundation.work import run_work, start_work

NAMED = {
    *(f"LED-{n}" for n in range(1, 8)),
    *("RCV-1", "RCV-2", "PAY-1", "PAY-2", "USE-1", "BIL-1", "BIL-2", "MTR-1", "MTR-2"),
    *("INV-1", "AUD-1", "AUD-2", "ORG-1", "EVT-1", "JOB-1"),
}
DOCUMENT = Path(settings.ROOT) / "docs" / "invariants.md"


def test_every_named_invariant_is_registered() -> None:
    assert {one.code for one in registered()} >= NAMED


def test_every_invariant_stands_in_the_document_with_its_fence_and_its_test() -> None:
    rows = re.findall(r"^\| ([A-Z]{3}-\d) \| (.+?) \| (.+?) \| (.+?) \|$", DOCUMENT.read_text(), re.MULTILINE)
    assert {code for code, *_ in rows} == {one.code for one in registered()}
    for _, _, _, tests in rows:
        for path in re.findall(r"`([\w/]+\.py)`", tests):
            assert (Path(settings.ROOT) / path).exists(), path


@pytest.mark.django_db
def test_all_hold_on_an_empty_database() -> None:
    broken = [(one.code, one.broken, one.error) for one in check_all() if not one.holds]
    assert broken == []


@pytest.mark.django_db
def test_an_invariant_that_cannot_be_asked_does_not_hold() -> None:
    register(Invariant(code="TST-1", title="x", violations="SELECT no_such_column FROM foundation_orgunit", plant=""))
    try:
        (finding,) = check_all({"TST-1"})
    finally:
        del _ALL["TST-1"]
    assert not finding.holds
    assert "no_such_column" in finding.error


def test_several_sessions_see_the_same_moment(committed_db: str) -> None:
    """Each of the two takes one of these, for the first is still asleep."""
    seen = "SELECT pg_backend_pid(), pg_current_snapshot()::text FROM pg_sleep(0.5)"
    names = ("TST-1", "TST-2")
    for code in names:
        register(Invariant(code=code, title="x", violations=seen, plant=""))
    try:
        found = check_all({*names, "ORG-1"}, hands=2)
    finally:
        for code in names:
            del _ALL[code]
    told = {one.code: one.examples[0].strip("()").split(", ") for one in found if one.code in names}
    (pid, moment), (other_pid, other_moment) = (told[code] for code in names)
    assert [one.code for one in found] == sorted(one.code for one in found)
    assert pid != other_pid
    assert moment == other_moment


def test_a_worker_asks_them_all_under_the_askers_name(committed_db: str) -> None:
    scope = make_scope("sysadmin")
    work = start_work(kind=INVARIANTS_WORK, title="Invariants", scope=scope, args={}, now=NOW)

    run_work(work.id, clock=lambda: NOW)

    work.refresh_from_db()
    assert work.state == "done", work.log
    assert work.result["asked"] == len(registered())


@pytest.mark.django_db
def test_the_command_says_what_is_broken_and_ends_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    register(Invariant(code="TST-1", title="x", violations="SELECT 7", plant=""))
    try:
        with pytest.raises(SystemExit) as ended:
            call_command("invariants", "--json", "--only", "TST-1,EVT-1")
    finally:
        del _ALL["TST-1"]
    assert ended.value.code == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["TST-1"]["broken"], told["EVT-1"]["broken"]) == (1, 0)


def test_each_planted_violation_is_reported_by_its_name(django_db_setup: Any, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        planted = selftest(template=settings.GASWORKS_TEMPLATE)
    assert {one.code: one.reason for one in planted if not one.reported} == {}
    assert {one.code for one in planted} >= NAMED
