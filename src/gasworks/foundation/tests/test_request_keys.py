"""PAY-2 outside the payment path: one key, one effect."""

import threading
import uuid

import pytest
from django.db import connection

from gasworks.foundation.models import Holiday, RequestKey
from gasworks.foundation.request_keys import KeyUsedForAnotherBody, body_hash, once
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, TODAY, make_company, make_scope
from gasworks.kernel.errors import Refusal

KEY = uuid.UUID(int=7)


class Count:
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> dict[str, object]:
        self.calls += 1
        return {"call": self.calls}


def _once(scope: Scope, effect: object, *, channel: str = "api", **body: object) -> dict[str, object]:
    return once(scope=scope, channel=channel, key=KEY, body=body, now=NOW, effect=effect)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_the_same_key_again_gets_the_same_answer_without_a_second_effect() -> None:
    scope, effect = make_scope(), Count()
    assert [_once(scope, effect, fen=100) for _time in range(3)] == [{"call": 1}] * 3
    assert (effect.calls, RequestKey.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_the_same_key_with_another_body_is_refused() -> None:
    scope, effect = make_scope(), Count()
    _once(scope, effect, fen=100)
    with pytest.raises(KeyUsedForAnotherBody):
        _once(scope, effect, fen=101)
    assert effect.calls == 1


@pytest.mark.django_db
def test_each_channel_and_each_company_has_its_own_keys() -> None:
    scope, effect = make_scope(), Count()
    _once(scope, effect, fen=1)
    _once(scope, effect, channel="bank", fen=2)
    _once(make_scope(company=make_company()), effect, fen=3)
    assert effect.calls == 3


@pytest.mark.django_db
def test_a_refused_effect_stores_nothing_so_the_key_may_come_again() -> None:
    scope = make_scope()

    def refuse() -> dict[str, object]:
        Holiday.objects.create(company_id=scope.company_id, day=TODAY, name="x")
        raise Refusal

    with pytest.raises(Refusal):
        _once(scope, refuse, fen=1)
    assert not Holiday.objects.exists()
    assert _once(scope, Count(), fen=1) == {"call": 1}


def test_the_order_of_names_in_a_body_does_not_matter() -> None:
    assert body_hash({"a": 1, "b": "气"}) == body_hash({"b": "气", "a": 1})


def test_eight_callers_at_once_cause_one_effect(committed_db: str) -> None:
    scope, barrier = make_scope(), threading.Barrier(8)
    answers: list[object] = []

    def add_holiday() -> dict[str, object]:
        return {"holiday": Holiday.objects.create(company_id=scope.company_id, day=TODAY, name="x").id}

    def call() -> None:
        barrier.wait()
        try:
            answers.append(_once(scope, add_holiday, day="x"))
        finally:
            connection.close()

    threads = [threading.Thread(target=call) for _caller in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    holiday = Holiday.objects.get()
    assert answers == [{"holiday": holiday.id}] * 8
