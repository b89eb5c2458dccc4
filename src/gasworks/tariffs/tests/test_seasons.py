"""Heating seasons as the city sets them each year: they move the days on which gas changes its price."""

import datetime as dt

import pytest

from gasworks.foundation.models import AuditAct
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, make_company, make_scope
from gasworks.kernel.errors import Forbidden
from gasworks.tariffs import selectors
from gasworks.tariffs.models import SeasonDates
from gasworks.tariffs.services import PaperMissing, set_season
from gasworks.tariffs.services.seasons import SeasonBegun, SeasonDaysWrong, SeasonsTouch, UnknownCalendar
from gasworks.tariffs.testing.factories import SEASONAL, make_plan
from gasworks.tariffs.types import Question

pytestmark = pytest.mark.django_db
D = dt.date
AUTUMN = D(2026, 10, 20)


@pytest.fixture
def company():
    company = make_company()
    make_plan(company, SEASONAL)
    return company


def scope_of(company):
    return Scope.system("test", company_id=company.id)


def put(company, from_on, to_on, *, today=AUTUMN, calendar="winter", paper="江供热〔2026〕8号"):
    return set_season(
        scope=scope_of(company),
        calendar=calendar,
        from_on=from_on,
        to_on=to_on,
        document_no=paper,
        today=today,
        now=NOW,
    )


def cost_of_november(company):
    """30 m³ from the 1st to the 30th: 1 m³ a day and a bit."""
    plan = selectors.company_plans(scope=scope_of(company)).get()
    question = Question(plan.id, D(2026, 11, 1), D(2026, 12, 1), 30_000)
    return [
        (line.from_on, line.litres, line.price_e4)
        for line in selectors.price_out(scope=scope_of(company), question=question).lines
    ]


def test_next_winters_dates_are_what_gas_is_priced_by(company):
    assert cost_of_november(company) == [(D(2026, 11, 1), 14_000, 30_000), (D(2026, 11, 15), 16_000, 27_600)]
    put(company, D(2026, 11, 6), D(2027, 3, 21))
    assert cost_of_november(company) == [(D(2026, 11, 1), 5_000, 30_000), (D(2026, 11, 6), 25_000, 27_600)]
    assert AuditAct.objects.filter(act="tariffs.set_season").count() == 1


def test_the_list_says_which_years_are_set_and_which_go_by_the_rule(company):
    put(company, D(2026, 11, 6), D(2027, 3, 21))
    found = selectors.seasons(scope=scope_of(company), years=(2025, 2026))
    assert [(s.from_on, s.to_on, s.set_id is None) for s in found] == [
        (D(2025, 11, 15), D(2026, 3, 16), True),
        (D(2026, 11, 6), D(2027, 3, 21), False),
    ]


def test_a_running_season_is_prolonged_but_its_beginning_stays(company):
    put(company, D(2026, 11, 15), D(2027, 3, 31), today=D(2027, 3, 1))
    assert SeasonDates.objects.get().to_on == D(2027, 3, 31)
    with pytest.raises(SeasonBegun):
        put(company, D(2026, 11, 1), D(2027, 3, 31), today=D(2027, 3, 1))
    with pytest.raises(SeasonBegun):
        put(company, D(2026, 11, 15), D(2027, 3, 16), today=D(2027, 4, 1))
    assert SeasonDates.objects.get().from_on == D(2026, 11, 15)


@pytest.mark.parametrize(
    ("days", "more", "why"),
    [
        ((D(2026, 11, 15), D(2026, 11, 15)), {}, SeasonDaysWrong),
        ((D(2026, 11, 15), D(2027, 11, 15)), {}, SeasonDaysWrong),
        ((D(2026, 12, 1), D(2027, 3, 1)), {"calendar": "summer"}, UnknownCalendar),
        ((D(2026, 12, 1), D(2027, 3, 1)), {"paper": " "}, PaperMissing),
    ],
)
def test_what_is_wrong_is_refused_by_name(company, days, more, why):
    with pytest.raises(why):
        put(company, *days, **more)
    assert not SeasonDates.objects.exists()


def test_seasons_do_not_share_days(company):
    put(company, D(2026, 11, 15), D(2027, 8, 1))
    with pytest.raises(SeasonsTouch):
        put(company, D(2027, 7, 1), D(2027, 12, 1))
    assert SeasonDates.objects.count() == 1


def test_it_is_an_act_for_the_whole_company(company):
    with pytest.raises(Forbidden):
        set_season(
            scope=make_scope("billing_clerk", company=company),
            calendar="winter",
            from_on=D(2026, 11, 6),
            to_on=D(2027, 3, 21),
            document_no="文",
            today=AUTUMN,
            now=NOW,
        )
    assert not SeasonDates.objects.exists()
