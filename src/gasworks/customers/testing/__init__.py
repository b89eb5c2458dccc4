"""Factories of this domain for the tests of every domain above it."""

from gasworks.customers.testing.factories import make_agreement, make_community, make_opening, make_supply_point

__all__ = ["make_agreement", "make_community", "make_opening", "make_supply_point"]
