"""Keeps the web server, the worker, the relay and the private database alive until it is told to stop.

``python -m gasworks.project.supervisor --port 8000 --banner FILE`` starts the three, prints the banner when the first
page answers, starts again whichever dies (after 1 s, then longer up to 30 s), and ends the three on SIGTERM or Ctrl-C:
first gently, after fifteen seconds by force. The database outlives it. Its number stands in ``var/services.pid``.
"""

import argparse
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from gasworks.project import cluster
from gasworks.project.cluster import ROOT, VAR

GENTLE_SECONDS = 15
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60
LOOK_SECONDS = 1.0
PR_SET_PDEATHSIG = 1


@dataclass(slots=True)
class Service:
    """One process to keep alive; ``pause`` grows while it keeps dying and is forgotten once it has run a minute."""

    name: str
    command: list[str]
    role: str
    extra: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = 0.5
    due_at: float = 0.0

    def start(self, now: float, logs: Path) -> None:
        with (logs / f"{self.name}.log").open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603 - our own commands
                self.command,
                env=os.environ | {"GASWORKS_DB_ROLE": self.role, "PYTHONUNBUFFERED": "1"} | self.extra,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
                preexec_fn=_die_with_parent,
            )
        self.started_at = now

    def watch(self, now: float, logs: Path) -> None:
        if self.process is None:
            if now >= self.due_at:
                self.start(now, logs)
            return
        if self.process.poll() is None:
            return
        lasted = now - self.started_at
        self.pause = 1.0 if lasted > STEADY_SECONDS else min(self.pause * 2, LONGEST_PAUSE)
        say(f"{self.name} ended with {self.process.returncode}; starting it again in {self.pause:.0f} s")
        self.due_at = now + self.pause
        self.process = None

    def signal(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, number)


@dataclass(slots=True)
class Database:
    """The private server of this checkout, started again when it was killed; one that was stopped in order stays down."""

    looked_at: float = 0.0
    starting: subprocess.Popen[bytes] | None = None
    socket: str = ""

    def watch(self, now: float, logs: Path, kept: list[Service]) -> None:
        if self.starting is not None:
            if self.starting.poll() is not None:
                self.starting = None
                self._follow(kept)
            return
        if now - self.looked_at < LOOK_SECONDS:
            return
        self.looked_at = now
        if self._killed():
            say("the database was killed; starting it again")
            with (logs / "database.log").open("ab") as output:
                self.starting = subprocess.Popen(  # noqa: S603 - our own command
                    [str(ROOT / "run"), "db", "start"],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )

    def _killed(self) -> bool:
        """A server that ends in order takes its number away with it."""
        self.socket = cluster.address().host
        return not _listens(f"{self.socket}/.s.PGSQL.5432") and _has_number()

    def _follow(self, kept: list[Service]) -> None:
        """Services know the socket from their start: where it had to move, they are started anew."""
        if cluster.address().host != self.socket:
            for service in kept:
                service.signal(signal.SIGTERM)


def _listens(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(LOOK_SECONDS)
        try:
            probe.connect(path)
        except OSError:
            return False
    return True


def _has_number() -> bool:
    try:
        return (cluster.data_folder() / "postmaster.pid").exists()
    except OSError:
        return False


def _die_with_parent() -> None:
    """A killed supervisor leaves nobody behind who would hold the port."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def say(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


def services(bind: str, port: int) -> list[Service]:
    manage = [sys.executable, str(ROOT / "manage.py")]
    cores = os.cpu_count() or 2
    granian = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", bind, "--port", str(port),
        "--workers", os.environ.get("GASWORKS_WEB_WORKERS", str(max(2, cores))), "--blocking-threads", "4",
        "--respawn-failed-workers", "--no-access-log", "--working-dir", str(ROOT), "gasworks.project.wsgi:application",
    ]  # fmt: skip
    worker = [*manage, "procrastinate", "worker", "--concurrency", "2"]
    return [
        Service("web", granian, "web", {"GASWORKS_POOL": "1"}),
        Service("worker", worker, "worker"),
        Service("relay", [*manage, "relay"], "worker"),
    ]


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=10).close()  # noqa: S310 - our own address
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def announce(url: str, banner: Path | None, stopping: threading.Event) -> None:
    """Print the banner when the first page answers."""
    while not stopping.wait(0.1):
        if answers(f"{url}/account/login/"):
            sys.stdout.write(banner.read_text() if banner else f"Gasworks: {url}\n")
            sys.stdout.flush()
            return


def stop_all(kept: list[Service]) -> None:
    for number, patience in ((signal.SIGTERM, GENTLE_SECONDS), (signal.SIGKILL, 5)):
        for service in kept:
            service.signal(number)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and any(s.process and s.process.poll() is None for s in kept):
            time.sleep(0.05)


def supervise(kept: list[Service], stopping: threading.Event, logs: Path) -> None:
    database = None if os.environ.get("GASWORKS_DATABASE_URL") else Database()
    while not stopping.is_set():
        now = time.monotonic()
        if database is not None:
            database.watch(now, logs, kept)
        for service in kept:
            service.watch(now, logs)
        stopping.wait(0.2)
    stop_all(kept)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bind", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--banner", type=Path)
    options = parser.parse_args()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    url = f"http://{options.bind}:{options.port}"
    record = VAR / "services.pid"
    record.write_text(f"{os.getpid()}\n{url}\n")
    threading.Thread(target=announce, args=(url, options.banner, stopping), daemon=True).start()
    try:
        supervise(services(options.bind, options.port), stopping, VAR / "log")
    finally:
        record.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
