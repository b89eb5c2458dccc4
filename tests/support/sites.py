"""The product as it is served: granian on a free port of 127.0.0.1, in a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.support.databases import ROOT


class SiteDidNotStart(Exception):
    """The server ended, or did not answer in time; its last words follow."""


@dataclass(frozen=True, slots=True)
class Site:
    url: str
    database: str
    process: int


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(database: str, *, workers: int = 1, threads: int = 4, **environment: str) -> Iterator[Site]:
    """Serve this database as the web role until the block ends. ``environment`` is added to the test's own."""
    port = free_port()
    log = ROOT / "var" / "log" / f"test-site-{os.getpid()}-{port}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
                "--workers", str(workers), "--blocking-threads", str(threads), "--no-access-log",
                "gasworks.project.wsgi:application",
            ],
            env=os.environ | {
                "GASWORKS_MODE": "test", "GASWORKS_DB_ROLE": "web", "GASWORKS_POOL": "1", "GASWORKS_DB_NAME": database,
                "PYTHONPATH": str(ROOT / "src"),
            } | environment,
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    site = Site(f"http://127.0.0.1:{port}", database, process.pid)
    try:
        _wait_for(site, process, log)
        yield site
    finally:
        _end(process)
        log.unlink(missing_ok=True)


def _wait_for(site: Site, process: subprocess.Popen, log: os.PathLike[str], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{site.url}/account/login/", timeout=10).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    with open(log, errors="replace") as words:
        raise SiteDidNotStart(words.read()[-4000:])


def _end(process: subprocess.Popen) -> None:
    for how, patience in ((signal.SIGTERM, 10), (signal.SIGKILL, 5)):
        if process.poll() is not None:
            return
        os.killpg(process.pid, how)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue


@pytest.fixture
def live_site(committed_db: str) -> Iterator[Site]:
    """The product served on a committed clone. The test's own connection sees and changes the same data."""
    with serving(committed_db) as site:
        yield site
