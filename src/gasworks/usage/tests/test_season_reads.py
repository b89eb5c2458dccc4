"""Who is read too far from the start or the end of the heating season, and needs a reading of their own."""

import datetime as dt

import pytest

from gasworks.billing.testing.factories import make_home, make_town
from gasworks.foundation.testing.factories import TODAY
from gasworks.metering.testing.factories import make_book
from gasworks.tariffs.testing.factories import SEASONAL, make_plan
from gasworks.usage.seasonal import edges, unread

pytestmark = pytest.mark.django_db
D = dt.date


def test_only_heating_supply_points_without_a_round_near_the_day_are_listed():
    """15 November: a book read on the 14th is near, one on the 1st is not, nor one of odd months whose day is the 28th."""
    town = make_town()
    heating = make_plan(town.company, SEASONAL)
    near, far, nowhere = (make_home(town, plan=heating) for _ in range(3))
    normal = make_home(town)
    make_book(town.company, read_day=14, supply_points=[near.point, normal.point])
    make_book(town.company, read_day=28, parity="even", supply_points=[far.point])
    start = next(edge for edge in edges(scope=town.scope, today=TODAY) if edge.on == D(2026, 11, 15))
    assert start.begins
    assert [(row.supply_point_id, row.nearest_on, row.planned) for row in unread(scope=town.scope, edge=start)] == [
        (nowhere.point.id, None, None),
        (far.point.id, D(2026, 10, 28), True),
    ]


def test_starts_and_ends_come_in_their_order():
    town = make_town()
    make_plan(town.company, SEASONAL)
    found = [(edge.on, edge.begins) for edge in edges(scope=town.scope, today=TODAY)]
    assert found == [(D(2026, 3, 16), False), (D(2026, 11, 15), True)]
