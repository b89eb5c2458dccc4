"""Parameters with dates: what held on a day is found again, and nobody overwrites a change that they did not see."""

import datetime as dt

import pytest

from gasworks.foundation import parameters
from gasworks.foundation.calendar import CUT_OFF
from gasworks.foundation.models import AuditAct, Parameter
from gasworks.foundation.parameters import (
    Choice,
    Fen,
    Flag,
    LaterChangePlanned,
    ParameterKind,
    PastChange,
    UnknownParameter,
    ValueNotAllowed,
    Whole,
    Words,
)
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_company, make_scope
from gasworks.kernel.errors import Forbidden, StaleVersion

MAY = dt.date(2026, 5, 1)
JUNE = dt.date(2026, 6, 1)


@pytest.fixture
def city() -> Company:
    return make_company()


@pytest.fixture
def admin(city: Company) -> Scope:
    return make_scope("sysadmin", company=city)


def _change(scope: Scope, value: object, from_on: dt.date, seen: int) -> Parameter:
    return parameters.change(scope=scope, code=CUT_OFF, value=value, from_on=from_on, seen=seen, today=TODAY, now=NOW)


def _on(scope: Scope, day: dt.date) -> object:
    return parameters.get(scope=scope, code=CUT_OFF, on=day)


@pytest.mark.django_db
def test_before_any_change_the_declared_default_holds(admin: Scope) -> None:
    assert _on(admin, TODAY) == 31


@pytest.mark.django_db
def test_each_day_finds_the_value_of_that_day(admin: Scope) -> None:
    first = _change(admin, 25, MAY, 0)
    _change(admin, 20, JUNE, first.version)
    days = [dt.date(2026, 4, 30), MAY, dt.date(2026, 5, 31), JUNE]
    assert [_on(admin, day) for day in days] == [31, 25, 25, 20]
    act = AuditAct.objects.order_by("id").last()
    assert act is not None
    assert act.detail == {"code": CUT_OFF, "old": 25, "new": 20, "from_on": "2026-06-01"}


@pytest.mark.django_db
def test_a_planned_change_is_corrected_on_its_own_day(admin: Scope) -> None:
    row = _change(admin, 25, MAY, 0)
    _change(admin, 26, MAY, row.version)
    assert (Parameter.objects.count(), _on(admin, MAY)) == (1, 26)


@pytest.mark.django_db
def test_yesterday_is_not_changed(admin: Scope) -> None:
    with pytest.raises(PastChange):
        _change(admin, 25, TODAY - dt.timedelta(days=1), 0)
    assert not Parameter.objects.exists()


@pytest.mark.django_db
def test_nothing_slips_in_before_a_planned_change(admin: Scope) -> None:
    row = _change(admin, 25, JUNE, 0)
    with pytest.raises(LaterChangePlanned):
        _change(admin, 20, MAY, row.version)
    assert _on(admin, MAY) == 31


@pytest.mark.django_db
def test_who_did_not_see_the_last_change_is_told(admin: Scope) -> None:
    _change(admin, 25, MAY, 0)
    with pytest.raises(StaleVersion) as refused:
        _change(admin, 20, JUNE, 0)
    assert "25" in str(refused.value.params["changed"])


@pytest.mark.django_db
@pytest.mark.parametrize("value", [0, 32, "25", 2.5, True, None])
def test_a_value_that_does_not_fit_is_refused(admin: Scope, value: object) -> None:
    with pytest.raises(ValueNotAllowed):
        _change(admin, value, MAY, 0)
    assert not Parameter.objects.exists()


@pytest.mark.django_db
def test_only_a_system_administrator_of_the_whole_company_changes_parameters(city: Company) -> None:
    for scope in (make_scope("sysadmin", company=city, over=city.branch), make_scope("manager", company=city)):
        with pytest.raises(Forbidden):
            _change(scope, 25, MAY, 0)


@pytest.mark.django_db
def test_each_company_has_its_own_values(admin: Scope) -> None:
    other = make_scope("sysadmin", company=make_company())
    _change(other, 25, MAY, 0)
    assert (_on(admin, MAY), _on(other, MAY)) == (31, 25)


@pytest.mark.django_db
def test_an_undeclared_code_is_refused(admin: Scope) -> None:
    with pytest.raises(UnknownParameter):
        parameters.get(scope=admin, code="no.such", on=TODAY)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Whole(1, 3), [1, 3], [0, 4, "1", True, 1.0]),
        (Fen(0, 100), [0, 100], [-1, 101, 0.5, "1"]),
        (Flag(), [True, False], [0, 1, "yes"]),
        (Choice({"a": "A"}), ["a"], ["b", None]),
        (Words(3), ["", "abc"], ["abcd", 5]),
    ],
)
def test_kinds_take_what_fits_and_nothing_else(kind: parameters.Kind, good: list[object], bad: list[object]) -> None:
    assert all(kind.problem(value) is None for value in good)
    assert all(kind.problem(value) is not None for value in bad)
    assert all(kind.read(kind.unpack(value)) == value and kind.show(value) for value in good)


def test_a_default_that_does_not_fit_is_refused_when_it_is_declared() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        ParameterKind("x.y", "x", "y", Whole(1, 3), default=5)


def test_every_declared_default_fits_and_every_parameter_has_a_label() -> None:
    for kind in parameters.kinds().values():
        assert kind.kind.problem(kind.default) is None, kind.code
        assert str(kind.label), kind.code
        assert str(kind.group), kind.code
