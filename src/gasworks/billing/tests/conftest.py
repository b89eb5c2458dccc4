"""A city of 1,500 homes with a run of ten parts planned, for tests that start workers of their own; they clone it."""

from collections.abc import Iterator

import pytest
from django.conf import settings

from bench import databases, world
from gasworks.billing.tests.cities import METERS, plan


@pytest.fixture(scope="session")
def city(django_db_setup: None, django_db_blocker: object) -> Iterator[str]:
    name = f"{settings.GASWORKS_CLONE}_city"
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        databases.clone(settings.GASWORKS_TEMPLATE, name)
        with databases.connect(name) as owner:
            world.seed(owner, METERS)
            plan(owner)
        try:
            yield name
        finally:
            databases.drop(name)
