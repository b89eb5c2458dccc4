"""A price order is drafted by one person and approved by another, and then holds from its day."""

import datetime as dt

import pytest
from django.utils import translation

from gasworks.foundation import approvals
from gasworks.foundation.models import AuditAct
from gasworks.foundation.scope import Scope
from gasworks.foundation.states import WrongState
from gasworks.foundation.testing.factories import NOW, Company, make_company, make_scope
from gasworks.kernel.errors import Forbidden, NotThere, StaleVersion
from gasworks.tariffs import selectors, services
from gasworks.tariffs.models import Plan, PlanVersion
from gasworks.tariffs.testing import YEARLY, approve_version, make_plan, make_version
from gasworks.tariffs.types import NewVersion
from gasworks.tariffs.wording import say

pytestmark = pytest.mark.django_db

DEARER = {"ladder": {**YEARLY["ladder"], "tiers": [{"upto_m3": 300, "price": "3.20"}, {"price": "4.80"}]}}
NEW_YEAR = dt.date(2026, 1, 1)


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def lead(company: Company) -> Scope:
    return make_scope("billing_lead", company=company)


@pytest.fixture
def manager(company: Company) -> Scope:
    return make_scope("manager", company=company)


def order(content: dict, from_on: dt.date = NEW_YEAR, **others: str) -> NewVersion:
    return NewVersion(from_on, others.get("document_no", "江发改〔2025〕9号"), "市发改委网站", content)


def test_a_version_holds_once_a_second_person_approved_it(company: Company, lead: Scope, manager: Scope) -> None:
    plan = make_plan(company)
    draft = services.draft_version(scope=lead, plan_id=plan.id, new=order(DEARER), now=NOW)
    asked = services.ask_approval(scope=lead, version_id=draft.id, seen=draft.version, reason="听证会后调价", now=NOW)
    approvals.grant(scope=manager, approval_id=asked.id, seen=asked.version, now=NOW)

    draft.refresh_from_db()
    assert (draft.state, draft.approved_by_id, draft.drafted_by_id) == ("approved", manager.actor_id, lead.actor_id)
    older = PlanVersion.objects.get(plan=plan, from_on__lt=NEW_YEAR)
    assert older.to_on == NEW_YEAR
    acts = AuditAct.objects.filter(company_id=company.id, act__startswith="tariffs.", subject_id=draft.id)
    assert set(acts.values_list("act", flat=True)) == {"tariffs.draft", "tariffs.approve"}


def test_nobody_approves_their_own_draft(company: Company, lead: Scope) -> None:
    draft = make_version(make_plan(company, None))
    asked = services.ask_approval(scope=lead, version_id=draft.id, seen=draft.version, reason="新价", now=NOW)
    with pytest.raises(Forbidden):
        approvals.grant(scope=lead, approval_id=asked.id, seen=asked.version, now=NOW)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_what_waits_for_a_decision_does_not_change(company: Company, lead: Scope) -> None:
    draft = make_version(make_plan(company, None))
    services.ask_approval(scope=lead, version_id=draft.id, seen=draft.version, reason="新价", now=NOW)
    draft.refresh_from_db()
    with pytest.raises(approvals.AskedAlready):
        services.change_draft(
            scope=lead, version_id=draft.id, seen=draft.version, changes={"document_no": "x"}, now=NOW
        )
    with pytest.raises(approvals.AskedAlready):
        services.withdraw_draft(scope=lead, version_id=draft.id, seen=draft.version, now=NOW)


def test_two_approved_versions_never_begin_on_one_day(company: Company, lead: Scope, manager: Scope) -> None:
    plan = make_plan(company)
    draft = make_version(plan, DEARER)
    asked = services.ask_approval(scope=lead, version_id=draft.id, seen=draft.version, reason="新价", now=NOW)
    with pytest.raises(services.DayTaken):
        approvals.grant(scope=manager, approval_id=asked.id, seen=asked.version, now=NOW)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_version_between_two_others_ends_where_the_next_begins(company: Company) -> None:
    plan = make_plan(company)
    approve_version(make_version(plan, from_on=dt.date(2027, 1, 1)))
    between = approve_version(make_version(plan, from_on=NEW_YEAR))
    found = PlanVersion.objects.filter(plan=plan).order_by("from_on").values_list("from_on", "to_on")
    assert between.to_on == dt.date(2027, 1, 1)
    assert list(found) == [
        (dt.date(2020, 1, 1), NEW_YEAR),
        (NEW_YEAR, dt.date(2027, 1, 1)),
        (dt.date(2027, 1, 1), None),
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"ladder": {"tiers": []}}, "has no tier"),
        ({"ladder": {"tiers": [{"upto_m3": 300, "price": "3.00"}]}}, "the last tier must be without end"),
        ({"ladder": {"tiers": [{"price": "3.00001"}]}}, "3.00001 has more than 4 decimals"),
        ({"ladder": {"tiers": [{"price": "3"}]}, "unit_m3": "0"}, "billing unit must be above zero"),
        ({}, "ladder is missing"),
    ],
)
def test_a_bad_order_is_refused_when_saved(company: Company, lead: Scope, content: dict, told: str) -> None:
    plan = make_plan(company, None)
    with pytest.raises(services.BadTariff) as refused:
        services.draft_version(scope=lead, plan_id=plan.id, new=order(content), now=NOW)
    with translation.override("en"):
        assert told in say(refused.value.error)
    assert not PlanVersion.objects.filter(plan=plan).exists()


def test_a_bad_order_is_explained_in_chinese(company: Company, lead: Scope) -> None:
    plan = make_plan(company, None, code="home")
    endless = {"ladder": {**YEARLY["ladder"], "tiers": [{"upto_m3": 9, "price": "1"}, {"upto_m3": 9, "price": "2"}]}}
    with pytest.raises(services.BadTariff) as refused:
        services.draft_version(scope=lead, plan_id=plan.id, new=order(endless), now=NOW)
    with translation.override("zh-hans"):
        assert say(refused.value.error) == "方案 home, 版本 2026-01-01, 价格, 档次 2：最后一档须无上限"


def test_an_order_that_does_not_fit_its_neighbours_is_refused(company: Company, lead: Scope) -> None:
    """Monthly after yearly on the same ladder would mix two tier-to-dates."""
    plan = make_plan(company)
    monthly = {"ladder": {**YEARLY["ladder"], "period": {"kind": "month"}}}
    with pytest.raises(services.BadTariff, match="counts another period"):
        services.draft_version(scope=lead, plan_id=plan.id, new=order(monthly), now=NOW)
    assert PlanVersion.objects.filter(plan=plan).count() == 1


def test_an_order_without_its_paper_is_refused(company: Company, lead: Scope) -> None:
    plan = make_plan(company, None)
    with pytest.raises(services.PaperMissing):
        services.draft_version(scope=lead, plan_id=plan.id, new=order(YEARLY, document_no=" "), now=NOW)
    assert not PlanVersion.objects.exists()


def test_the_second_writer_of_a_draft_is_told(company: Company, lead: Scope) -> None:
    draft = make_version(make_plan(company, None))
    services.change_draft(
        scope=lead, version_id=draft.id, seen=draft.version, changes={"document_no": "江发改〔2020〕2号"}, now=NOW
    )
    with pytest.raises(StaleVersion, match="江发改〔2020〕2号"):
        services.change_draft(
            scope=lead, version_id=draft.id, seen=draft.version, changes={"document_no": "别的"}, now=NOW
        )


def test_an_approved_version_never_changes(company: Company, lead: Scope) -> None:
    version = PlanVersion.objects.get(plan=make_plan(company))
    with pytest.raises(WrongState):
        services.change_draft(
            scope=lead, version_id=version.id, seen=version.version, changes={"content": DEARER}, now=NOW
        )
    version.refresh_from_db()
    assert version.content == YEARLY


def test_prices_are_drafted_for_the_whole_company_only(company: Company) -> None:
    branch_lead = make_scope("billing_lead", company=company, over=company.branch)
    with pytest.raises(Forbidden):
        services.add_plan(scope=branch_lead, code="x", name="x", customer_type="residential", now=NOW)
    assert not Plan.objects.exists()


def test_a_plan_code_stands_once_in_a_company(company: Company, lead: Scope) -> None:
    make_plan(company, None, code="home")
    make_plan(make_company("别处燃气"), None, code="home")
    with pytest.raises(services.PlanCodeTaken):
        services.add_plan(scope=lead, code="home", name="居民", customer_type="residential", now=NOW)


def test_another_companys_prices_are_not_there(company: Company, lead: Scope) -> None:
    foreign = PlanVersion.objects.get(plan=make_plan(make_company("别处燃气")))
    with pytest.raises(NotThere):
        selectors.find_version(scope=lead, version_id=foreign.id)
    with pytest.raises(NotThere):
        services.withdraw_draft(scope=lead, version_id=foreign.id, seen=1, now=NOW)
    assert not selectors.plans(scope=lead).exists()


def test_the_version_in_force_follows_the_day(company: Company, lead: Scope) -> None:
    plan = make_plan(company)
    newer = approve_version(make_version(plan, DEARER, from_on=NEW_YEAR))
    on = {day: selectors.version_in_force(scope=lead, plan_id=plan.id, on=day) for day in (NEW_YEAR, dt.date(2025, 12, 31), dt.date(2019, 1, 1))}  # fmt: skip # noqa: E501
    assert on[NEW_YEAR] == newer
    assert on[dt.date(2025, 12, 31)].from_on == dt.date(2020, 1, 1)
    assert on[dt.date(2019, 1, 1)] is None
