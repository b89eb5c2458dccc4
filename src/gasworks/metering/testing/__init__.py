"""Factories of this domain for the tests of every domain above it."""

from gasworks.metering.testing.factories import (
    make_book,
    make_meter,
    make_model,
    make_reading,
    put_up_meter,
    register_of,
)

__all__ = ["make_book", "make_meter", "make_model", "make_reading", "put_up_meter", "register_of"]
