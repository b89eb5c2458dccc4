"""Late fee: rate, grace, beginning, cap."""

import datetime as dt

import pytest

from gasworks.receivables.late_fee import late_fee
from gasworks.receivables.types import LateFeeTerms

DUE = dt.date(2026, 1, 31)


@pytest.mark.parametrize(
    ("open_fen", "days", "terms", "fee"),
    [
        (10_000, 30, LateFeeTerms(), 0),
        (10_000, 0, LateFeeTerms(200), 0),
        (10_000, -5, LateFeeTerms(200), 0),
        (10_000, 1, LateFeeTerms(200), 2),
        (10_000, 30, LateFeeTerms(200), 60),
        (12_345, 7, LateFeeTerms(200), 17),
        (2_500, 1, LateFeeTerms(200), 1),
        (2_499, 1, LateFeeTerms(200), 0),
        (10_000, 15, LateFeeTerms(3_000, grace_days=15), 0),
        (10_000, 16, LateFeeTerms(3_000, grace_days=15), 480),
        (10_000, 16, LateFeeTerms(3_000, grace_days=15, from_due=False), 30),
        (10_000, 1_000, LateFeeTerms(3_000), 10_000),
        (10_000, 1_000, LateFeeTerms(3_000, cap_e4=3_000), 3_000),
        (0, 30, LateFeeTerms(200), 0),
    ],
)
def test_late_fee(open_fen: int, days: int, terms: LateFeeTerms, fee: int) -> None:
    assert late_fee(open_fen, DUE, DUE + dt.timedelta(days=days), terms) == fee


def test_what_was_charged_before_counts_towards_the_cap() -> None:
    terms = LateFeeTerms(3_000)
    assert late_fee(10_000, DUE, DUE + dt.timedelta(days=1_000), terms, charged_fen=9_999) == 1
