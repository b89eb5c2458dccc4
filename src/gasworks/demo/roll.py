"""The city's residents as columns: what reading and paying them month after month needs, in flat memory."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gasworks.demo.city import Home
from gasworks.demo.profile import used_until

Column = np.ndarray
PROFILES = ("residential", "heated", "commercial", "industrial", "public")
COLUMNS = ("serial", "agreement", "installation", "register", "book", "profile", "yearly", "start", "since", "thrift")
WHOLE = 1_000


@dataclass(frozen=True, slots=True)
class Resident:
    """A home with the identities that it got: what the months of readings need of it."""

    home: Home
    supply_point_id: int
    agreement_id: int
    installation_id: int
    register_id: int
    moved_in: dt.date


class Roll:
    """Columns of int64 in the order in which the homes were opened; a home's serial is not its place here."""

    def __init__(self) -> None:
        self._blocks: list[Column] = []
        self.table: Column = np.zeros((0, len(COLUMNS)), np.int64)

    def add(self, residents: Sequence[Resident]) -> None:
        self._blocks.append(np.array([_row(resident) for resident in residents], np.int64))

    def seal(self) -> None:
        self.table = np.concatenate(self._blocks) if self._blocks else self.table
        self._blocks = []

    def __len__(self) -> int:
        return len(self.table)

    def column(self, name: str) -> Column:
        return self.table[:, COLUMNS.index(name)]

    def index_on(self, rows: Column, day: dt.date) -> Column:
        """What the counters show on a day, in litres; household meters are read in whole m³."""
        shown = self.column("start")[rows].copy()
        profile, since = self.column("profile")[rows], self.column("since")[rows]
        for kind in np.unique(profile):
            for first in np.unique(since[profile == kind]):
                at = np.flatnonzero((profile == kind) & (since == first))
                begun = dt.date.fromordinal(int(first))
                shown[at] += used_until(PROFILES[kind], begun, day, self.column("yearly")[rows[at]])
        return shown // WHOLE * WHOLE

    def exchanged(self, row: int, installation: int, register: int, day: dt.date) -> None:
        """A new meter hangs there from ``day``, starting at zero."""
        for name, value in (
            ("installation", installation),
            ("register", register),
            ("start", 0),
            ("since", day.toordinal()),
        ):
            self.column(name)[row] = value


def _row(resident: Resident) -> tuple[int, ...]:
    home = resident.home
    return (
        home.serial,
        resident.agreement_id,
        resident.installation_id,
        resident.register_id,
        home.book,
        PROFILES.index(home.profile),
        home.yearly_litres,
        home.start_litres,
        resident.moved_in.toordinal(),
        int(home.thrift * 1_000),
    )
