"""Web, worker and relay as ./run serve runs them: whichever dies is started again, and all end together."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gasworks.project import cluster
from gasworks.project.supervisor import Service, answers
from tests.support.databases import ROOT
from tests.support.servers import Place, eventually
from tests.support.sites import free_port


class Watched:
    """A supervisor in a ``var`` of its own."""

    def __init__(self, var: Path, database: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/account/login/"
        self.var = var
        (var / "log").mkdir(parents=True, exist_ok=True)
        if not (var / "cluster.env").exists() and (cluster.VAR / "cluster.env").exists():
            shutil.copy(cluster.VAR / "cluster.env", var)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gasworks.project.supervisor", "--port", str(self.port)],
            env=os.environ | {"GASWORKS_VAR": str(var), "GASWORKS_DB_NAME": database, "GASWORKS_WEB_WORKERS": "1",
                              "PYTHONPATH": str(ROOT / "src")},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def children(self) -> dict[str, int]:
        """Name → process of what it watches now."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        found = {}
        for number in listed:
            words = Path(f"/proc/{number}/cmdline").read_bytes().decode()
            found |= {name: int(number) for name in ("granian", "procrastinate", "relay") if name in words}
        return found


@contextmanager
def watching(var: Path, database: str) -> Iterator[Watched]:
    started = Watched(var, database)
    try:
        eventually(lambda: answers(started.url) or started.process.poll() is not None)
        yield started
    finally:
        started.process.terminate()
        started.process.wait(30)


@pytest.fixture
def watched(committed_db: str, tmp_path: Path) -> Iterator[Watched]:
    with watching(tmp_path / "var", committed_db) as started:
        yield started


def test_whoever_dies_is_started_again_and_all_end_together(watched: Watched):
    first = watched.children()
    assert set(first) == {"granian", "procrastinate", "relay"}

    for process in first.values():
        os.killpg(process, signal.SIGKILL)
    eventually(
        lambda: set(watched.children()) == set(first) and not set(watched.children().values()) & set(first.values())
    )
    eventually(lambda: answers(watched.url))

    second = watched.children()
    watched.process.terminate()
    said, complained = watched.process.communicate(timeout=60)
    assert watched.process.returncode == 0
    assert said == f"Gasworks: http://127.0.0.1:{watched.port}\n"
    assert "relay ended with -9; starting it again" in complained
    assert [number for number in second.values() if Path(f"/proc/{number}").exists()] == []
    assert not (watched.var / "services.pid").exists()


def test_a_killed_database_is_started_again_and_a_stopped_one_stays_down(template_db: str, place: Place):
    place.run("db", "start")
    place.bring(template_db, "gasworks_watched")
    with watching(place.var, "gasworks_watched") as watched:
        first = place.server_process()
        place.kill()

        eventually(lambda: _server(place) not in (first, None))
        eventually(lambda: _knocked(watched) == 401)
        assert set(watched.children()) == {"granian", "procrastinate", "relay"}

        place.run("db", "stop")
        eventually(lambda: _knocked(watched) != 401)
        assert _server(place) is None
        assert watched.process.poll() is None


def _server(place: Place) -> int | None:
    try:
        return place.server_process()
    except OSError:
        return None


def _knocked(watched: Watched) -> int:
    """The answer to a token that nobody has: the database must be asked for it. 0 for none."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{watched.port}/api/v1/supply-points/1", headers={"Authorization": "Bearer gas_none"}
    )
    try:
        urllib.request.urlopen(request, timeout=20).close()
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0
    return 200


def test_one_that_keeps_dying_is_given_more_and_more_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    service = Service("broken", [sys.executable, "-c", "raise SystemExit(3)"], "web")
    pauses = []
    now = time.monotonic()
    for _turn in range(8):
        service.watch(now, tmp_path)
        if service.process is not None:
            service.process.wait(30)
            service.watch(now, tmp_path)
            pauses.append(service.pause)
        now += service.pause + 0.01

    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    assert "broken ended with 3; starting it again in 30 s" in capsys.readouterr().err
