"""The calculator gives the lines that the billing run would write."""

import datetime as dt

import pytest

from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, Company, make_company, make_scope
from gasworks.kernel.errors import NotThere
from gasworks.rating import Why
from gasworks.tariffs import selectors, services
from gasworks.tariffs.models import Plan
from gasworks.tariffs.testing import YEARLY, approve_version, make_plan, make_version
from gasworks.tariffs.types import Question

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def clerk(company: Company) -> Scope:
    return make_scope("agent", company=company)


def ask(plan: Plan, m3: int, **others: object) -> Question:
    return Question(
        **{
            "plan_id": plan.id,
            "from_on": dt.date(2025, 3, 1),
            "to_on": dt.date(2025, 5, 1),
            "litres": m3 * 1000,
            **others,
        }
    )


def test_a_sum_line_by_line_over_two_bounds(company: Company, clerk: Scope) -> None:
    """290 used before: 10 × 3.00 + 200 × 3.60 + 5 × 4.50 = 30.00 + 720.00 + 22.50."""
    answer = selectors.price_out(scope=clerk, question=ask(make_plan(company), 215, booked_litres=290_000))
    assert [(line.tier, line.litres, line.price_e4, line.amount_fen) for line in answer.lines] == [
        (1, 10_000, 30_000, 3_000),
        (2, 200_000, 36_000, 72_000),
        (3, 5_000, 45_000, 2_250),
    ]
    assert (answer.amount_fen, answer.tier, answer.left_litres) == (77_250, 3, None)


def test_the_shanghai_bill_of_2025(company: Company, clerk: Scope) -> None:
    services.load_pack(scope=Scope.system("test", company_id=company.id), code="shanghai", now=NOW)
    plan = Plan.objects.get(code="shanghai-home")
    answer = selectors.price_out(scope=clerk, question=ask(plan, 23, persons=3, booked_litres=122_000))
    assert (answer.amount_fen, answer.tier, answer.left_litres) == (6_900, 1, 165_000)
    assert answer.lines[0].document_no == "沪发改价管〔2014〕13号"
    assert answer.lines[0].period_on == dt.date(2024, 9, 1)


def test_a_draft_is_tried_without_being_in_force(company: Company, clerk: Scope) -> None:
    """61 days, 30 of them from 1 April on: 31 × 3.00 + 30 × 6.00."""
    plan = make_plan(company)
    dear = {"ladder": {**YEARLY["ladder"], "tiers": [{"price": "6.00"}]}}
    draft = make_version(plan, dear, from_on=dt.date(2025, 4, 1))
    now = selectors.price_out(scope=clerk, question=ask(plan, 61))
    tried = selectors.price_out(scope=clerk, question=ask(plan, 61, version_id=draft.id))
    assert (now.amount_fen, tried.amount_fen) == (61 * 300, 31 * 300 + 30 * 600)


def test_a_change_of_prices_is_seen_at_once(company: Company, clerk: Scope) -> None:
    plan = make_plan(company)
    assert selectors.price_out(scope=clerk, question=ask(plan, 10)).amount_fen == 3_000
    cheaper = {"ladder": {**YEARLY["ladder"], "tiers": [{"upto_m3": 300, "price": "2.00"}, {"price": "3.00"}]}}
    approve_version(make_version(plan, cheaper, from_on=dt.date(2025, 1, 1)))
    assert selectors.price_out(scope=clerk, question=ask(plan, 10)).amount_fen == 2_000


def test_days_without_a_price_are_refused_by_name(company: Company, clerk: Scope) -> None:
    plan = make_plan(company, from_on=dt.date(2025, 4, 1))
    with pytest.raises(selectors.CannotPrice) as refused:
        selectors.price_out(scope=clerk, question=ask(plan, 10))
    assert refused.value.why is Why.NO_PRICE
    assert str(refused.value) == "This plan has no price on some of these days."


def test_every_reason_of_the_kernel_has_a_sentence() -> None:
    missing = set(Why) - set(selectors.CannotPrice.sentences)
    assert missing == {Why.OK, Why.BAD_PLAN, Why.BAD_GROUP}


def test_a_company_without_prices_is_told(company: Company, clerk: Scope) -> None:
    with pytest.raises(selectors.NoPricesYet):
        selectors.price_out(scope=clerk, question=ask(make_plan(company, None), 10))


def test_a_foreign_plan_is_not_there(clerk: Scope) -> None:
    with pytest.raises(NotThere):
        selectors.price_out(scope=clerk, question=ask(make_plan(make_company("别处燃气")), 10))
