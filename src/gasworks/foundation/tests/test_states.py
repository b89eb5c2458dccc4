"""Every act in every state of every machine: it leads where the table says, or it is refused and changes nothing."""

import pytest
from django.db import transaction

from gasworks.foundation.states import StateMachine, WrongState, machines
from gasworks.foundation.testing.machines import exercises
from gasworks.kernel.errors import Refusal

CASES = [(machine, state, act) for machine in machines().values() for state in machine.states for act in machine.acts]
DRIVEN = [case for case in CASES if case[0].name in exercises()]


def _named(case: object) -> str:
    return case.name if isinstance(case, StateMachine) else str(case)


@pytest.mark.parametrize(("machine", "state", "act"), CASES, ids=_named)
def test_the_table_answers_every_act_in_every_state(machine: StateMachine, state: str, act: str) -> None:
    if machine.allows(state, act):
        assert machine.after(state, act) in machine.states
        assert act in machine.acts_in(state)
    else:
        with pytest.raises(WrongState) as refused:
            machine.after(state, act)
        assert str(machine.states[state]) in str(refused.value)


@pytest.mark.django_db
@pytest.mark.parametrize(("machine", "state", "act"), DRIVEN, ids=_named)
def test_the_services_do_what_the_table_says(machine: StateMachine, state: str, act: str) -> None:
    exercise = exercises()[machine.name]
    subject = exercise.arrange(state)
    assert exercise.state_of(subject) == state
    if machine.allows(state, act):
        exercise.perform(subject, act)
        assert exercise.state_of(subject) in exercise.lands_in(machine.after(state, act))
        return
    before = exercise.picture(subject)
    with pytest.raises(Refusal), transaction.atomic():
        exercise.perform(subject, act)
    assert exercise.picture(subject) == before


@pytest.mark.parametrize("machine", machines().values(), ids=_named)
def test_every_state_but_the_first_is_reached_by_some_act(machine: StateMachine) -> None:
    first = next(iter(machine.states))
    assert set(machine.states) - {first} <= set(machine.table.values())


def test_an_unknown_word_in_a_table_is_refused_when_it_is_declared() -> None:
    with pytest.raises(ValueError, match="unknown word"):
        StateMachine("x", states={"a": "A"}, acts={"go": "Go"}, table={("a", "go"): "b"})
