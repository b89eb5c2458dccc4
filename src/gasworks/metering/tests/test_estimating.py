"""The estimate engine by hand-computed cases: method by method, every cap, every refusal."""

import datetime as dt

import pytest

from gasworks.metering.estimating import (
    CLOSED,
    LAST_YEAR,
    NEIGHBOURS,
    RECENT,
    Estimate,
    Missing,
    Neighbours,
    NoBasis,
    NothingToEstimate,
    PastTheCounter,
    Rules,
    Seen,
    TooManyInARow,
    Use,
    ZeroTwice,
    estimate,
    oddities,
    peak,
    reaches_neighbours,
)
from gasworks.metering.types import Flag

D = dt.date
RULES = Rules()


def months(year: int, volumes: list[int], first: int = 1) -> tuple[Use, ...]:
    """Uses of whole calendar months, in m³."""
    days = [D(year, first + n, 1) for n in range(len(volumes))]
    ends = [*days[1:], D(year + (first + len(volumes) > 12), (first + len(volumes) - 1) % 12 + 1, 1)]
    return tuple(Use(a, b, v * 1000) for a, b, v in zip(days, ends, volumes, strict=True))


YEAR = months(2025, [62, 28, 31, 30, 10, 10, 10, 10, 10, 15, 30, 62])


MARCH = D(2026, 3, 1)
FEBRUARY = (Seen(D(2026, 2, 1), 400_000, estimated=False),)


def missing(
    *,
    uses: tuple[Use, ...] = YEAR,
    last: tuple[Seen, ...] = FEBRUARY,
    read_on: dt.date = MARCH,
    **more: object,
) -> Missing:
    return Missing(read_on, more.pop("capacity", 100_000_000), last, uses, **more)  # type: ignore[arg-type]


def made(found: object) -> Estimate:
    assert isinstance(found, Estimate), found
    return found


def test_the_same_days_last_year_times_the_days_now() -> None:
    found = made(estimate(missing(), RULES))
    assert (found.method, found.litres, found.index_litres) == (LAST_YEAR, 28_000, 428_000)
    assert found.inputs == {
        "days": 28,
        "litres": 28_000,
        "row": 1,
        "from_on": "2025-02-01",
        "to_on": "2025-03-01",
        "base_litres": 28_000,
        "base_days": 28,
        "peak_month": 202501,
        "peak_litres": 62_000,
    }


def test_days_across_two_months_of_last_year_are_weighed_by_the_day() -> None:
    """16–28 February: 13 of 28 days of 28 m³ = 13; 1–15 March: 15 of 31 days of 31 m³ = 15."""
    last = (Seen(D(2026, 2, 16), 400_000, estimated=False),)
    assert made(estimate(missing(last=last, read_on=D(2026, 3, 16)), RULES)).litres == 28_000


def test_a_leap_day_is_estimated_by_the_days_of_the_year_before() -> None:
    """February 2024 has 29 days, February 2023 had 28 with 28 m³: 1 m³ a day, 29 m³."""
    uses = months(2023, [40, 28, 31])
    last = (Seen(D(2024, 2, 1), 100_000, estimated=False),)
    assert made(estimate(missing(uses=uses, last=last, read_on=D(2024, 3, 1)), RULES)).litres == 29_000


@pytest.mark.parametrize(
    ("m3", "days", "litres"),
    [(30, 60, 14_000), (29, 58, 14_000), (31, 62, 14_000), (1, 60, 0), (33, 60, 15_000)],
)
def test_the_mean_of_the_last_months_is_rounded_half_up_to_whole_m3(m3: int, days: int, litres: int) -> None:
    """28 days now: 30 m³ in 60 days are 14 exactly; 1 in 60 is 0.47; 33 in 60 is 15.4."""
    begin = D(2026, 2, 1) - dt.timedelta(days=days)
    uses = (Use(begin, D(2026, 2, 1), m3 * 1000),)
    found = made(estimate(missing(uses=uses), RULES))
    assert (found.method, found.litres) == (RECENT, litres)


def test_exactly_half_a_cubic_metre_goes_up() -> None:
    uses = (Use(D(2026, 1, 4), D(2026, 2, 1), 14_500),)
    assert made(estimate(missing(uses=uses), RULES)).litres == 15_000


def test_the_mean_looks_back_so_many_months_as_the_company_says() -> None:
    uses = months(2025, [100, 30, 30], first=10)
    last = (Seen(D(2026, 1, 1), 400_000, estimated=False),)
    one = made(estimate(missing(uses=uses, last=last, read_on=D(2026, 2, 1)), Rules(order=(RECENT,), months=1)))
    two = made(estimate(missing(uses=uses, last=last, read_on=D(2026, 2, 1)), Rules(order=(RECENT,), months=2)))
    assert (one.litres, one.inputs["base_days"]) == (30_000, 31)
    assert (two.litres, two.inputs["base_days"]) == (30_000, 61)  # 60 m³ in 61 days, for 31 days: 30.49


def test_fewer_than_25_days_are_no_basis() -> None:
    uses = (Use(D(2026, 1, 8), D(2026, 2, 1), 20_000),)
    assert isinstance(estimate(missing(uses=uses), RULES), NoBasis)


def test_neighbours_are_asked_when_the_home_has_no_past() -> None:
    near = Neighbours("book", 5, 900)
    bare = missing(uses=(), neighbours=near)
    found = made(estimate(bare, RULES))
    assert (found.method, found.litres) == (NEIGHBOURS, 25_000)  # 0.9 m³ × 28 days = 25.2
    assert found.inputs | {"row": 1} == {
        "days": 28,
        "litres": 25_000,
        "row": 1,
        "where": "book",
        "neighbours": 5,
        "per_day_litres": 900,
    }
    assert reaches_neighbours(bare, RULES)
    assert not reaches_neighbours(missing(), RULES)


def test_two_neighbours_are_too_few() -> None:
    assert isinstance(estimate(missing(uses=(), neighbours=Neighbours("book", 2, 900)), RULES), NoBasis)


@pytest.mark.parametrize("why", ["valve", "suspended"])
def test_where_nothing_can_flow_the_estimate_is_zero_again_and_again(why: str) -> None:
    last = tuple(Seen(D(2026, 2, 1) - dt.timedelta(days=30 * n), 400_000, estimated=True) for n in range(6))
    found = made(estimate(missing(last=last, no_gas=why), RULES))
    assert (found.method, found.litres, found.inputs["why"]) == (CLOSED, 0, why)


def test_the_order_of_the_methods_is_the_companys() -> None:
    both = missing(neighbours=Neighbours("community", 9, 500))
    assert made(estimate(both, Rules(order=(NEIGHBOURS, LAST_YEAR)))).method == NEIGHBOURS
    assert made(estimate(both, Rules(order=(LAST_YEAR, NEIGHBOURS)))).method == LAST_YEAR
    assert made(estimate(both, Rules(order=(RECENT,)))).method == RECENT


def test_a_high_estimate_is_held_down_to_last_years_peak_month() -> None:
    """31,100 homes were estimated above their peak month of the year before: here the peak is the ceiling, by the day."""
    quiet = months(2025, [10] * 12)
    found = made(estimate(missing(uses=quiet, neighbours=Neighbours("book", 9, 2_000)), Rules(order=(NEIGHBOURS,))))
    # Every month had 10 m³; January, the first, counts: 10 × 28 ÷ 31 = 9.03, so 9.
    assert (found.litres, found.inputs["uncapped_litres"]) == (9_000, 56_000)
    assert (found.inputs["peak_month"], found.inputs["peak_litres"]) == (202501, 10_000)


def test_the_peak_is_of_months_that_actual_readings_cover_whole() -> None:
    half = missing(uses=(Use(D(2025, 1, 10), D(2025, 3, 10), 59_000),))
    top = peak(half)
    assert top is not None
    assert (top.month, top.litres, top.days) == (202502, 28_000, 28)
    assert peak(missing(uses=(Use(D(2025, 1, 10), D(2025, 2, 10), 59_000),))) is None


def test_227_200_homes_cannot_be_estimated_at_zero_twice_in_a_row() -> None:
    """An empty home: last year nothing, last estimate nothing. The second zero is refused, not written in silence."""
    empty = months(2025, [0] * 12)
    once = (Seen(D(2026, 2, 1), 400_000, estimated=False),)
    assert made(estimate(missing(uses=empty, last=once), RULES)).litres == 0
    twice = (Seen(D(2026, 2, 1), 400_000, estimated=True), Seen(D(2026, 1, 1), 400_000, estimated=False))
    assert isinstance(estimate(missing(uses=empty, last=twice), RULES), ZeroTwice)


def test_after_k_estimates_somebody_has_to_read() -> None:
    last = (
        Seen(D(2026, 2, 1), 460_000, estimated=True),
        Seen(D(2026, 1, 1), 430_000, estimated=True),
        Seen(D(2025, 12, 1), 400_000, estimated=False),
    )
    refusal = estimate(missing(last=last), RULES)
    assert isinstance(refusal, TooManyInARow)
    assert refusal.params == {"count": 2}
    assert made(estimate(missing(last=last), Rules(most_in_a_row=3))).inputs["row"] == 3


def test_an_estimate_never_passes_the_counter_nor_stands_on_a_later_reading() -> None:
    assert isinstance(estimate(missing(capacity=428_000), RULES), PastTheCounter)
    later = (Seen(D(2026, 3, 1), 400_000, estimated=False),)
    assert isinstance(estimate(missing(last=later), RULES), NothingToEstimate)
    assert isinstance(estimate(missing(last=()), RULES), NoBasis)


TWO_ZEROS = (Seen(D(2026, 2, 1), 400_000, estimated=True), Seen(D(2026, 1, 1), 400_000, estimated=False))


@pytest.mark.parametrize(
    ("last", "index", "found"),
    [
        (TWO_ZEROS, 400_000, Flag.ZERO_AGAIN),
        (TWO_ZEROS, 401_000, Flag(0)),
        (TWO_ZEROS[1:], 400_000, Flag(0)),
        (TWO_ZEROS[1:], 400_000 + 118_000, Flag(0)),  # 59 days: 62 m³ × 59 / 31 = 118
        (TWO_ZEROS[1:], 400_000 + 119_000, Flag.ABOVE_PEAK),
        ((TWO_ZEROS[0], *TWO_ZEROS), 401_000, Flag.MANY_ESTIMATES),
    ],
)
def test_a_foreign_estimate_that_we_would_not_have_made_is_flagged(last: object, index: int, found: Flag) -> None:
    assert oddities(missing(last=last), index, RULES) == found  # type: ignore[arg-type]


def test_a_foreign_zero_behind_a_closed_valve_is_not_odd() -> None:
    assert oddities(missing(last=TWO_ZEROS, no_gas="valve"), 400_000, RULES) == 0
