"""Private servers of their own, beside the one in use."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.databases import ROOT


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


@pytest.fixture
def place() -> Iterator[Place]:
    """A folder that every account may walk to, with a space and a letter beyond ASCII in its path."""
    folder = Path(tempfile.mkdtemp(prefix="gas works 燃气 "))
    folder.chmod(0o755)
    yield from _tidied(Place(folder / "var"))


@pytest.fixture
def closed_place(tmp_path: Path) -> Iterator[Place]:
    """A folder that only its owner may walk to, as a checkout below /root is."""
    tmp_path.chmod(0o700)
    yield from _tidied(Place(tmp_path / "var"))


def _tidied(place: Place) -> Iterator[Place]:
    yield place
    place.run("db", "stop", check=False)
    if (place.var / "cluster.env").exists():
        shutil.rmtree(place.record()["data"], ignore_errors=True)
    shutil.rmtree(place.var.parent, ignore_errors=True)
