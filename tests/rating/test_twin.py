"""The kernel gives the twin's answer, line by line, over the whole space of shapes."""

from hypothesis import HealthCheck, given, settings
from tests.rating import twin
from tests.rating.compare import by_kernel, by_twin
from tests.rating.shapes import cases


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases(rate_twin=twin.rate))
def test_the_kernel_answers_as_the_twin_does(case):
    assert by_kernel(case) == by_twin(case)
