"""What a piece of work costs, whoever else keeps the machine busy meanwhile."""

import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import connection

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
FRESH_MB = 130
"""What a worker holds before it has done anything."""


def spent() -> float:
    """CPU seconds so far of this process and of its ended children."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in (own, children))


def spent_in_database() -> float:
    """CPU seconds so far of this process's database session."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        fields = Path(f"/proc/{cursor.fetchone()[0]}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Watched:
    """``most_mb`` is the most memory that this process and its children held together, beyond what they held before."""

    def __init__(self) -> None:
        self._before = _held_mb()
        self.most_mb = 0.0

    def look(self) -> None:
        self.most_mb = max(self.most_mb, _held_mb() - self._before)


@contextmanager
def memory_watched() -> Iterator[Watched]:
    """Look twenty times a second: what other work of this process once held does not count, as a high-water mark would."""
    watched, over = Watched(), threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            watched.look()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield watched
    finally:
        over.set()
        watcher.join()
        watched.look()


def _held_mb() -> float:
    own = os.getpid()
    return sum(_resident_mb(pid) for pid, parent in _processes() if own in (pid, parent))


def _processes() -> Iterator[tuple[int, int]]:
    """(process, its parent)."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                yield int(entry.name), int((entry / "stat").read_text().rpartition(")")[2].split()[1])


def _resident_mb(pid: int) -> float:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 2**20
    return 0.0
