"""The kernel gives the twin's answer, line by line, over the whole space of shapes."""

import pytest
from hypothesis import HealthCheck, given, settings

from tests.rating import twin
from tests.rating.compare import by_kernel, by_twin
from tests.rating.handmade import CASES
from tests.rating.shapes import cases


@pytest.mark.parametrize("name", CASES)
def test_handmade_cases(name):
    assert by_kernel(CASES[name]) == by_twin(CASES[name])


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases(rate_twin=twin.rate))
def test_the_kernel_answers_as_the_twin_does(case):
    assert by_kernel(case) == by_twin(case)
