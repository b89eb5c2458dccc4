"""Several prices on one meter: quota first, by ratio, in any order and number; the shares are the twin's."""

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gasworks.rating import Shares, share_out
from gasworks.rating.columns import column
from gasworks.rating.shares import QUOTA, RATIO, REST
from tests.rating import twin

KINDS = {"rest": REST, "quota": QUOTA, "ratio": RATIO}
RESTS = ("rest", 0, 1000)


def shared(*points):
    """Litres by (point, meter, item); a point is (items, meters)."""
    rows = [
        (p, 100 * p + m, i, KINDS[kind], int(amount * 10_000) if kind == "ratio" else amount, litres, unit)
        for p, (items, meters) in enumerate(points)
        for i, (kind, amount, unit) in enumerate(items)
        for m, litres in enumerate(meters)
    ]
    parts = share_out(Shares(*(column(list(each)) for each in zip(*rows, strict=True))))
    return {(row[0], row[1] % 100, row[2]): int(part) for row, part in zip(rows, parts, strict=True)}


def of_one(items, *meters):
    found = shared((items, meters))
    return [[found[0, m, i] for i in range(len(items))] for m in range(len(meters))]


HALF, THIRD = Fraction(1, 2), Fraction(3333, 10_000)


@pytest.mark.parametrize(
    ("items", "litres", "expected"),
    [
        ([RESTS], 80_000, [80_000]),
        ([("quota", 30_000, 1000), RESTS], 80_000, [30_000, 50_000]),
        ([("quota", 30_000, 1000), RESTS], 20_000, [20_000, 0]),
        ([("ratio", THIRD, 1000), RESTS], 80_000, [26_000, 54_000]),
        ([("ratio", HALF, 1), ("quota", 30_000, 1), ("rest", 0, 1)], 80_001, [40_000, 30_000, 10_001]),
        # The quota first: a half is of what it leaves.
        ([("quota", 30_000, 1000), ("ratio", HALF, 1000), RESTS], 80_000, [30_000, 25_000, 25_000]),
        ([("ratio", HALF, 1000), ("ratio", HALF, 1000), RESTS], 80_000, [40_000, 40_000, 0]),
        (
            [("ratio", HALF, 1000), ("ratio", HALF, 1000), ("quota", 9_000, 1000), RESTS],
            9_000,
            [4_000, 4_000, 1_000, 0],
        ),
    ],
)
def test_one_meter(items, litres, expected):
    assert of_one(items, litres) == [expected]


def test_two_meters_fill_one_quota_one_after_the_other():
    assert of_one([("quota", 30_000, 1000), RESTS], 20_000, 40_000) == [[20_000, 0], [10_000, 30_000]]


units = st.sampled_from([1, 10, 1000])
items = st.lists(
    st.one_of(
        st.tuples(st.just("quota"), st.integers(0, 60_000), units),
        st.tuples(st.just("ratio"), st.integers(0, 10_000).map(lambda n: Fraction(n, 10_000)), units),
    ),
    max_size=4,
).flatmap(lambda some: units.map(lambda unit: [*some, ("rest", 0, unit)]))
points = st.tuples(items, st.lists(st.integers(0, 60).map(lambda n: n * 1000), min_size=1, max_size=3))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(points, min_size=1, max_size=3))
def test_the_shares_are_the_twins(points):
    found = shared(*points)
    for p, (these, meters) in enumerate(points):
        assert {key[1:]: part for key, part in found.items() if key[0] == p} == twin.share(these, meters)
        for m, litres in enumerate(meters):
            assert sum(found[p, m, i] for i in range(len(these))) == litres
