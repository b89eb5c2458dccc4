"""What may be a reading, and what is odd about it: rows of facts and answers."""

import datetime as dt

import pytest

from gasworks.metering import checks
from gasworks.metering.checks import CORRECTION, NORMAL, ROLLOVER, Facts, Past, flags_of, refusal_of
from gasworks.metering.types import Flag

D = dt.date
M3 = 1000
GROUND = {"from_on": D(2025, 1, 1), "to_on": None, "capacity_litres": 100_000 * M3}


def facts(**more: object) -> Facts:
    return Facts(**{**GROUND, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "day", "m3", "kind", "refusal"),
    [
        ({}, D(2025, 2, 1), 12, NORMAL, None),
        ({}, D(2025, 1, 1), 0, NORMAL, None),
        ({}, D(2024, 12, 31), 12, NORMAL, checks.BeforeInstallation),
        ({"to_on": D(2025, 6, 1)}, D(2025, 6, 1), 12, NORMAL, None),
        ({"to_on": D(2025, 6, 1)}, D(2025, 6, 2), 12, NORMAL, checks.AfterRemoval),
        ({}, D(2026, 3, 10), 12, NORMAL, None),
        ({}, D(2026, 3, 11), 12, NORMAL, checks.InTheFuture),
        ({"day_taken": True}, D(2025, 2, 1), 12, NORMAL, checks.DayTaken),
        ({}, D(2025, 2, 1), 99_999, NORMAL, None),
        ({}, D(2025, 2, 1), 100_000, NORMAL, checks.AboveCapacity),
        ({}, D(2025, 2, 1), -1, NORMAL, checks.NegativeIndex),
        ({}, D(2025, 2, 1), 5, ROLLOVER, checks.NoReadings),
    ],
)
def test_what_cannot_be_a_reading(
    known: dict[str, object], day: dt.date, m3: int, kind: int, refusal: type | None
) -> None:
    found = refusal_of(facts(**known), day, m3 * M3, kind, D(2026, 3, 10))
    assert type(found) is (refusal or type(None))


LAST = Past(D(2026, 1, 1), 500 * M3)


@pytest.mark.parametrize(
    ("known", "m3", "kind", "flags"),
    [
        ({}, 12, NORMAL, Flag(0)),
        ({"previous": LAST}, 520, NORMAL, Flag(0)),
        ({"previous": LAST}, 500, NORMAL, Flag.ZERO),
        ({"previous": LAST}, 499, NORMAL, Flag.LOWER),
        ({"previous": LAST}, 499, CORRECTION, Flag(0)),
        ({"previous": Past(D(2026, 1, 1), 99_990 * M3)}, 5, ROLLOVER, Flag(0)),
        ({"previous": Past(D(2026, 1, 1), 99_990 * M3)}, 5, NORMAL, Flag.LOWER),
        ({"previous": LAST, "following": Past(D(2026, 3, 1), 510 * M3)}, 511, NORMAL, Flag.ABOVE_NEXT),
        ({"previous": LAST, "round_on": D(2026, 2, 8)}, 520, NORMAL, Flag(0)),
        ({"previous": LAST, "round_on": D(2026, 2, 9)}, 520, NORMAL, Flag.OFF_ROUND),
        # 31 days at one m³ a day: 62 m³ is twice that, 63 is above; the difference must pass 30 m³ too.
        ({"previous": LAST, "usual_per_day": 1000}, 562, NORMAL, Flag(0)),
        ({"previous": LAST, "usual_per_day": 1000}, 563, NORMAL, Flag.JUMP),
        ({"previous": LAST, "usual_per_day": 500}, 540, NORMAL, Flag(0)),
        ({"previous": LAST, "usual_per_day": 2000}, 511, NORMAL, Flag.DROP),
        ({"previous": LAST, "usual_per_day": 2000}, 513, NORMAL, Flag(0)),
    ],
)
def test_what_is_odd(known: dict[str, object], m3: int, kind: int, flags: Flag) -> None:
    assert flags_of(facts(**known), D(2026, 2, 1), m3 * M3, kind) == flags
