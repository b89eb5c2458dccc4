"""What this machine is doing meanwhile: CPU of processes, disk, load."""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def cpu_of(pid: int) -> float:
    """CPU seconds that a living process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def anonymous_mb(pid: int) -> float:
    """Memory of a process that no file backs."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    return 0.0


def busy_seconds() -> float:
    """CPU seconds that the whole machine has worked since it started."""
    fields = [int(x) for x in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    return (sum(fields[:8]) - fields[3] - fields[4]) / TICK


def fsyncs_per_second(folder: Path, seconds: float = 0.5) -> int:
    """8 kB writes made durable one after another."""
    path = folder / "bench.fsync"
    done = 0
    with path.open("wb", buffering=0) as file:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            os.pwrite(file.fileno(), b"\0" * 8192, 0)
            os.fdatasync(file.fileno())
            done += 1
    path.unlink()
    return round(done / seconds)


def tell_cost(work: Callable[[], int]) -> None:
    """Do a worker's part and print what it did and cost as one JSON line: CPU of this process and of its session."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    began = (time.process_time(), cpu_of(backend), time.monotonic())
    done = work()
    answer = {
        "done": done,
        "python_s": time.process_time() - began[0],
        "postgres_s": cpu_of(backend) - began[1],
        "wall_s": time.monotonic() - began[2],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "backend_mb": anonymous_mb(backend),
    }
    sys.stdout.write(json.dumps(answer) + "\n")
