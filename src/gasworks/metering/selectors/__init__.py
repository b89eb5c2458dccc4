"""Reads of this domain. Meters and readings are seen company-wide; the scope gives the company."""

from gasworks.metering.selectors.boards import (
    MISSED_PAGE,
    PAGE,
    board,
    missed_reads,
    months_with_rounds,
    round_counts,
    round_of,
)
from gasworks.metering.selectors.books import book_choices, book_detail, grid_lines, seats_of, without_book
from gasworks.metering.selectors.meters import (
    closure_of,
    closures_of,
    estimate_story,
    installation_of,
    installations_of,
    known_meters,
    meter_detail,
    model_choices,
    reading_of,
    readings_of,
    source_name,
    stock_choices,
)

__all__ = [
    "MISSED_PAGE",
    "PAGE",
    "board",
    "book_choices",
    "book_detail",
    "closure_of",
    "closures_of",
    "estimate_story",
    "grid_lines",
    "installation_of",
    "installations_of",
    "known_meters",
    "meter_detail",
    "missed_reads",
    "model_choices",
    "months_with_rounds",
    "reading_of",
    "readings_of",
    "round_counts",
    "round_of",
    "seats_of",
    "source_name",
    "stock_choices",
    "without_book",
]
