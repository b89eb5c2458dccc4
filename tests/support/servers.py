"""Private database servers of their own, beside the one in use: to be started, killed and thrown away."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support.databases import BLANK, ROOT, server

SECONDS = 90


@dataclass
class Place:
    """A folder for one private server; ``account`` runs the script as somebody else."""

    var: Path
    account: str = ""
    script: Path = ROOT / "run"
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str, check: bool = True, **extra: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": str(self.var.parent),
            "GASWORKS_VAR": str(self.var),
        }
        environment |= {"GASWORKS_SHARED_BUFFERS_MB": "64"} | self.environment | extra
        command = [*(["runuser", "-u", self.account, "--"] if self.account else []), str(self.script), *words]
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def record(self) -> dict[str, str]:
        lines = (line.partition("=") for line in (self.var / "cluster.env").read_text().splitlines())
        return {key: value for key, _, value in lines}

    def server_process(self) -> int:
        return int(Path(self.record()["data"], "postmaster.pid").read_text().split()[0])

    def connect(self, database: str, user: str = "postgres") -> psycopg.Connection[Any]:
        return psycopg.connect(host=self.record()["socket"], user=user, dbname=database, autocommit=True)

    def clone(self, source: str, name: str) -> None:
        """The checkpoint is for sequences: a copied one would otherwise give the same number twice after a crash, as its
        page in the copy counts as logged up to 32 numbers ahead and the copy's log does not."""
        with self.connect("postgres") as admin:
            admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            admin.execute(f"CREATE DATABASE {name} TEMPLATE {source} OWNER gasworks_owner")
            admin.execute("CHECKPOINT")

    def bring(self, source: str, name: str) -> None:
        """Copy a database of the server in use into this one."""
        self.clone(BLANK, name)
        with tempfile.NamedTemporaryFile(suffix=".dump") as dump, server() as used:
            here = ["-h", self.record()["socket"], "-U", "postgres", "-d", name]
            there = ["-h", used.info.host, "-p", str(used.info.port), "-U", "gasworks_admin", "-d", source]
            _tool("pg_dump", "-Fc", "-Z0", "--role=gasworks_owner", "-f", dump.name, *there)
            listed = _tool("pg_restore", "--list", dump.name).splitlines()
            wanted = [line for line in listed if " EXTENSION " not in line and " spatial_ref_sys " not in line]
            with tempfile.NamedTemporaryFile("w", suffix=".list") as choice:
                choice.write("\n".join(wanted) + "\n")
                choice.flush()
                _tool("pg_restore", "--exit-on-error", f"--use-list={choice.name}", *here, dump.name)

    def kill(self) -> None:
        """The whole tree at once, as a power cut would."""
        kill_tree(self.server_process())


def _tool(*command: str) -> str:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def kill_tree(process: int) -> None:
    """SIGKILL to a process and its children; returns when the process is gone."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    for one in [process, *map(int, children)]:
        os.kill(one, signal.SIGKILL)
    eventually(lambda: not _alive(process))


def _alive(process: int) -> bool:
    """A process that ended and whose parent has not looked yet is not alive."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def eventually(holds: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """The first true answer; an assertion when none comes in time."""
    deadline = time.monotonic() + seconds
    while not (answer := holds()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return answer


@contextmanager
def a_place(folder: Path) -> Iterator[Place]:
    """A place that is gone afterwards, with its server and its data."""
    place = Place(folder / "var")
    try:
        yield place
    finally:
        place.run("db", "stop", check=False)
        if (place.var / "cluster.env").exists():
            shutil.rmtree(place.record()["data"], ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def open_folder() -> Path:
    """A folder that every account may walk to, with a space and a letter beyond ASCII in its path."""
    folder = Path(tempfile.mkdtemp(prefix="gas works 燃气 "))
    folder.chmod(0o755)
    return folder


@pytest.fixture
def place() -> Iterator[Place]:
    with a_place(open_folder()) as one:
        yield one


@pytest.fixture
def closed_place(tmp_path: Path) -> Iterator[Place]:
    """A folder that only its owner may walk to, as a checkout below /root is."""
    tmp_path.chmod(0o700)
    with a_place(tmp_path) as one:
        yield one
