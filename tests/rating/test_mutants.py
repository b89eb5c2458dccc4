"""Each planted fault changes an answer: the comparison with the twin would have found it."""

import pytest

from tests.rating.compare import by_kernel, by_twin
from tests.rating.handmade import CASES
from tests.rating.mutants import MUTANTS, build


@pytest.fixture(scope="module")
def corpus():
    """The handmade cases with the twin's answers: nothing here depends on chance."""
    return [(case, by_twin(case)) for case in CASES.values()]


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
