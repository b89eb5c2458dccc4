"""A backup is worth what a restore from it proves."""

import datetime as dt
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from gasworks.billing.testing.factories import bill, make_home, make_town
from gasworks.foundation.backups import ArchiveDamaged, ArchiveMissing, archive, create_backup, newest, restore_backup
from gasworks.foundation.backups.restore import DatabaseInTheWay
from gasworks.foundation.invariants import check_all
from gasworks.foundation.testing.factories import make_company
from gasworks.usage.models import Hand
from tests.support.databases import ROOT, drop_database, pointed_at, server
from tests.support.servers import Place

MOMENT = dt.datetime(2026, 3, 1, 18, 37, tzinfo=dt.UTC)


@pytest.fixture
def files(tmp_path: Path, settings) -> Path:
    settings.FILES_ROOT = tmp_path / "files"
    (settings.FILES_ROOT / "ab").mkdir(parents=True)
    (settings.FILES_ROOT / "ab" / "abcd").write_text("read 用气点\n")
    return settings.FILES_ROOT


@pytest.fixture
def saved(committed_db: str, files: Path, tmp_path: Path) -> Path:
    Session.objects.create(session_key="kept", session_data="燃气", expire_date=timezone.now())
    return create_backup(now=MOMENT, root=tmp_path / "backups")


@pytest.fixture
def target(committed_db: str) -> Iterator[str]:
    name = f"{committed_db}_restored"
    yield name
    drop_database(name)


def _exists(name: str) -> bool:
    with server() as admin:
        return admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def test_what_is_restored_equals_what_was_saved(saved: Path, target: str, files: Path):
    shutil.rmtree(files)

    restored = restore_backup(folder=saved, database=target)

    assert restored.contents.tables["django_session"][0] == 1
    assert restored.same_key
    with server(target, "web") as web:
        assert web.execute("SELECT session_data FROM django_session").fetchall() == [("燃气",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            web.execute("TRUNCATE django_session")
    assert (files / "ab" / "abcd").read_text() == "read 用气点\n"
    with pointed_at(target, "worker"):
        assert [one.code for one in check_all() if not one.holds] == []


def test_a_restored_row_is_in_nobodys_hand(committed_db: str, files: Path, tmp_path: Path, target: str):
    town = make_town()
    make_home(town).read(dt.date(2026, 3, 1), 12)
    bill(town, 202603)
    assert Hand.objects.filter(xact__gt=0).count() == 1

    restore_backup(folder=create_backup(now=MOMENT, root=tmp_path / "backups"), database=target)

    with server(target, "web") as web:
        assert web.execute("SELECT xact FROM usage_hand").fetchall() == [(0,)]


LISTENER = textwrap.dedent(
    """
    import os, sys
    os.environ["DJANGO_SETTINGS_MODULE"] = "gasworks.project.settings"
    import django
    django.setup()
    from dataclasses import dataclass
    from typing import ClassVar
    from django.db import transaction
    from django.utils import timezone
    from gasworks.foundation import events
    from gasworks.foundation.relay import Relay

    @dataclass(frozen=True, slots=True)
    class BellRung(events.Fact):
        KIND: ClassVar[str] = "test.bell_rung"
        bell: int

    heard = []
    events.subscribe("test.restored", [BellRung], lambda facts: heard.extend(one.fact.bell for one in facts))
    company, *bells = map(int, sys.argv[2:])
    def ring(some):
        for bell in some:
            with transaction.atomic():
                events.publish(BellRung(bell=bell), company_id=company, now=timezone.now())
    ring(bells[:-1] if sys.argv[1] == "leave" else bells)
    Relay(clock=timezone.now).run_until_quiet()
    ring(bells[-1:] if sys.argv[1] == "leave" else [])
    print(*heard)
    """
)


def _ring(how: str, *numbers: int, env: dict[str, str]) -> list[int]:
    """Publish facts and let the relay deliver; with «leave» the last fact comes after the relay."""
    done = subprocess.run(
        [sys.executable, "-c", LISTENER, how, *map(str, numbers)],
        env=os.environ | {"GASWORKS_DB_ROLE": "worker"} | env, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [int(number) for number in done.stdout.split()]


@pytest.mark.parametrize("where", ["a new server", pytest.param("beside the present one", marks=pytest.mark.full)])
def test_after_a_restore_the_relay_goes_on_where_it_stood(
    committed_db: str, files: Path, tmp_path: Path, place: Place, target: str, where: str
):
    """A new server counts transactions from its beginning; beside the present database they are counted on."""
    company = make_company().id
    assert _ring("leave", company, 1, 2, 3, env={"GASWORKS_DB_NAME": committed_db}) == [1, 2]
    saved = create_backup(now=MOMENT, root=tmp_path / "backups")
    there = {"GASWORKS_DB_NAME": target}
    if where == "a new server":
        place.run("db", "start")
        there["GASWORKS_VAR"] = str(place.var)

    _manage("restore", str(saved), "--into", target,
            env=os.environ | there | {"GASWORKS_DB_ROLE": "admin", "GASWORKS_DB_NAME": "gasworks"})  # fmt: skip

    assert _ring("all", company, 4, 5, env=there) == [3, 4, 5]
    assert _ring("all", company, 6, env=there) == [6]
    _manage("invariants", "--only", "EVT-1", env=os.environ | there | {"GASWORKS_DB_ROLE": "worker"})


def test_a_row_changed_after_the_backup_is_not_in_it(saved: Path, target: str):
    Session.objects.create(session_key="later", session_data="", expire_date=timezone.now())

    restored = restore_backup(folder=saved, database=target)

    assert restored.contents.tables["django_session"][0] == 1


@pytest.mark.parametrize("part", archive.PARTS)
def test_a_damaged_archive_is_refused_before_anything_is_made(saved: Path, target: str, part: str):
    damaged = bytearray((saved / part).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (saved / part).write_bytes(damaged)

    with pytest.raises(ArchiveDamaged, match=part):
        restore_backup(folder=saved, database=target)

    assert not _exists(target)


def test_an_archive_with_a_lost_part_is_refused(saved: Path, target: str):
    (saved / archive.FILES).unlink()
    with pytest.raises(ArchiveDamaged, match=r"files\.tar"):
        restore_backup(folder=saved, database=target)


def test_an_unfinished_backup_is_no_backup(tmp_path: Path, target: str):
    with pytest.raises(ArchiveMissing):
        restore_backup(folder=tmp_path, database=target)


def test_a_database_in_the_way_is_left_alone(saved: Path, committed_db: str):
    with pytest.raises(DatabaseInTheWay):
        restore_backup(folder=saved, database=committed_db)

    assert Session.objects.filter(session_key="kept").exists()


def test_only_the_wished_number_is_kept_and_the_newest_is_known(committed_db: str, files: Path, tmp_path: Path):
    taken = [create_backup(now=MOMENT + dt.timedelta(days=day), root=tmp_path / "b", keep=2) for day in range(3)]

    assert [folder.exists() for folder in taken] == [False, True, True]
    assert newest(tmp_path / "b") == taken[-1]


def test_the_sums_can_be_checked_without_our_software(saved: Path):
    done = subprocess.run(["sha256sum", "-c", archive.SUMS], cwd=saved, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.full
def test_a_city_is_restored_on_a_second_server(committed_db: str, files: Path, tmp_path: Path, place: Place):
    """The whole way of the manual: a city, a backup, another server, every table equal, every invariant green."""
    environment = os.environ | {"GASWORKS_DB_NAME": committed_db, "GASWORKS_BACKUPS": str(tmp_path / "b")}
    _manage("load_demo", "--accounts", "40", "--seed", "3", env=environment | {"GASWORKS_DB_ROLE": "worker"})
    saved = Path(_manage("backup", env=environment | {"GASWORKS_DB_ROLE": "admin"}).splitlines()[-1])
    place.run("db", "start")
    elsewhere = os.environ | {"GASWORKS_VAR": str(place.var), "GASWORKS_DB_ROLE": "admin"}

    told = _manage("restore", str(saved), "--into", "gasworks_again", env=elsewhere)

    assert told.startswith("gasworks_again: ")
    _manage("invariants", env=elsewhere | {"GASWORKS_DB_NAME": "gasworks_again"})


def _manage(*words: str, env: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *words], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
