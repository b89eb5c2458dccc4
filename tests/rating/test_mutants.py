"""Each planted fault changes an answer: the comparison with the twin would have found it."""

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.rating import twin
from tests.rating.compare import by_kernel, by_twin
from tests.rating.handmade import CASES
from tests.rating.mutants import MUTANTS, build
from tests.rating.shapes import cases

EXAMPLES = 200


@pytest.fixture(scope="module")
def corpus():
    """The same cases for every mutant, with the twin's answers."""
    found = [(case, by_twin(case)) for case in CASES.values()]

    @seed(20251121)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases(rate_twin=twin.rate))
    def collect(case):
        found.append((case, by_twin(case)))

    collect()
    return found


def test_the_engine_itself_survives(corpus):
    assert all(by_kernel(case) == answer for case, answer in corpus)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_fault_is_found(name, corpus, tmp_path):
    engine = build(name, tmp_path)
    assert any(_differs(case, answer, engine) for case, answer in corpus)


def _differs(case, answer, engine):
    try:
        return by_kernel(case, engine) != answer
    except (ValueError, IndexError, AssertionError):
        return True
