"""What a piece of work costs, whoever else keeps the machine busy meanwhile."""

import os
import resource
from pathlib import Path

from django.db import connection

TICKS = os.sysconf("SC_CLK_TCK")


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


def peak_mb() -> float:
    """The most memory that this process and its largest ended child have had, together."""
    own, child = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return (own + child) / 1024
