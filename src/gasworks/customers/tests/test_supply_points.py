"""A supply point gets its number for good; a legacy one is taken as it is."""

import datetime as dt

import pytest

from gasworks.customers import services
from gasworks.customers.models import Area, Community, Premises, SupplyPoint
from gasworks.customers.testing import make_agreement, make_community, make_supply_point
from gasworks.customers.types import NewCustomer, NewPremises
from gasworks.foundation.models import AuditAct
from gasworks.foundation.states import WrongState
from gasworks.foundation.testing.factories import NOW, Company, make_company, make_scope
from gasworks.kernel.errors import Forbidden, NotThere, StaleVersion
from gasworks.kernel.identifiers import check_digit_holds

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


def open_one(company: Company, number: str = "", branch_id: int | None = None) -> SupplyPoint:
    community = make_community(company)
    return services.open_supply_point(
        scope=make_scope("agent", company=company),
        branch_id=branch_id or company.branch.id,
        premises=NewPremises(community.id, "3栋", "1单元", "502室"),
        customer_type="residential",
        number=number,
        now=NOW,
    )


def test_places_of_two_lists_in_turn_get_codes_of_their_own(company: Company) -> None:
    scope = make_scope("agent", company=company)
    for names in ([("城东", "一村"), ("城西", "二村")], [("城南", "三村"), ("城北", "四村"), ("城北", "五村")]):
        services.ensure_communities(scope=scope, names=names)
    assert Community.objects.filter(company_id=company.id).values_list("code", flat=True).distinct().count() == 5
    assert Area.objects.filter(company_id=company.id, name__startswith="城").count() == 4


def test_a_new_number_has_eight_digits_and_its_check_digit(company: Company) -> None:
    first, second = open_one(company), open_one(company)
    assert first.number == "000000018"
    assert second.number == "000000026"
    assert check_digit_holds(first.number)
    assert first.status == "not_ignited"
    assert first.premises.address == "幸福花园3栋1单元502室"


@pytest.mark.parametrize("number", ["1", "0012-A", "城东-00017", "9" * 32])
def test_a_number_of_an_older_system_is_taken_as_it_is(company: Company, number: str) -> None:
    assert open_one(company, number).number == number


@pytest.mark.parametrize("number", ["1 2", "9" * 33, "\t"])
def test_a_number_with_spaces_or_too_long_is_refused(company: Company, number: str) -> None:
    with pytest.raises(services.NumberMalformed):
        open_one(company, number)
    assert not SupplyPoint.objects.exists()


def test_a_taken_number_is_refused_and_nothing_is_written(company: Company) -> None:
    open_one(company, "0001")
    places = Premises.objects.count()
    with pytest.raises(services.NumberTaken):
        open_one(company, "0001")
    assert Premises.objects.count() == places


def test_the_series_steps_over_a_legacy_number(company: Company) -> None:
    open_one(company, "000000018")
    assert open_one(company).number == "000000026"


def test_two_companies_may_use_the_same_number(company: Company) -> None:
    other = make_company("湖城燃气")
    assert open_one(company, "7").number == open_one(other, "7").number


def test_an_agent_opens_nothing_in_another_branch(company: Company) -> None:
    with pytest.raises(Forbidden):
        open_one(company, branch_id=company.other_branch.id)
    assert not SupplyPoint.objects.exists()


def test_an_outlet_is_not_a_branch(company: Company) -> None:
    community = make_community(company)
    with pytest.raises(services.NotABranch):
        services.open_supply_point(
            scope=make_scope("service_lead", company=company, over=company.unit),
            branch_id=company.outlet.id,
            premises=NewPremises(community.id),
            customer_type="residential",
            now=NOW,
        )


def test_a_community_of_another_company_is_not_there(company: Company) -> None:
    foreign = make_community(make_company("湖城燃气"))
    with pytest.raises(NotThere):
        services.open_supply_point(
            scope=make_scope("agent", company=company),
            branch_id=company.branch.id,
            premises=NewPremises(foreign.id),
            customer_type="residential",
            now=NOW,
        )


ACTS = ("ignite", "suspend", "resume", "close")
FOLLOWS = {
    ("not_ignited", "ignite"): "active",
    ("active", "suspend"): "suspended",
    ("suspended", "resume"): "active",
    ("not_ignited", "close"): "closed",
    ("active", "close"): "closed",
    ("suspended", "close"): "closed",
}
WAY = {"not_ignited": (), "active": ("ignite",), "suspended": ("ignite", "suspend"), "closed": ("close",)}


@pytest.mark.parametrize("state", list(WAY))
@pytest.mark.parametrize("act", ACTS)
def test_every_act_in_every_status(company: Company, state: str, act: str) -> None:
    point = make_supply_point(company, status="not_ignited")
    scope = make_scope("agent", company=company)

    def do(point: SupplyPoint, act: str) -> SupplyPoint:
        return services.set_status(
            scope=scope, supply_point_id=point.id, seen=point.version, act=act, on=dt.date(2026, 3, 1), now=NOW
        )

    for step in WAY[state]:
        point = do(point, step)
    assert point.status == state
    if (state, act) in FOLLOWS:
        point = do(point, act)
        assert (point.status, point.status_on) == (FOLLOWS[state, act], dt.date(2026, 3, 1))
    else:
        with pytest.raises(WrongState):
            do(point, act)
        assert SupplyPoint.objects.get(pk=point.pk).version == point.version


def test_the_second_writer_is_told_what_changed_and_nothing_is_lost(company: Company) -> None:
    point = make_supply_point(company)
    scope = make_scope("agent", company=company)
    services.change_type(scope=scope, supply_point_id=point.id, seen=point.version, customer_type="public", now=NOW)
    with pytest.raises(StaleVersion) as refusal:
        services.change_type(
            scope=scope, supply_point_id=point.id, seen=point.version, customer_type="commercial", now=NOW
        )
    assert "customer_type" in refusal.value.fields  # type: ignore[attr-defined]
    assert SupplyPoint.objects.get(pk=point.pk).customer_type == "public"


def test_history_says_who_and_the_audit_log_what(company: Company) -> None:
    point = make_supply_point(company)
    scope = make_scope("agent", company=company)
    services.change_type(scope=scope, supply_point_id=point.id, seen=point.version, customer_type="public", now=NOW)
    newest = SupplyPoint.pgh_event_model.objects.filter(pgh_obj_id=point.id).latest("pgh_id")  # type: ignore[attr-defined]
    assert newest.customer_type == "public"
    assert newest.pgh_context["actor"] == scope.actor_id
    act = AuditAct.objects.latest("id")
    assert (act.act, act.subject_id, act.actor_id) == ("customers.change_type", point.id, scope.actor_id)


def test_a_move_to_another_branch_needs_both_branches(company: Company) -> None:
    point = make_supply_point(company)
    with pytest.raises(Forbidden):
        services.move_to_branch(
            scope=make_scope("agent", company=company),
            supply_point_id=point.id,
            seen=point.version,
            branch_id=company.other_branch.id,
            now=NOW,
        )
    moved = services.move_to_branch(
        scope=make_scope("service_lead", company=company, over=company.unit),
        supply_point_id=point.id,
        seen=point.version,
        branch_id=company.other_branch.id,
        now=NOW,
    )
    assert moved.branch_id == company.other_branch.id


def test_a_supply_point_is_held_by_one_at_a_time(company: Company) -> None:
    agreement = make_agreement(company, from_on=dt.date(2025, 1, 1))
    scope = make_scope("agent", company=company)
    with pytest.raises(services.AgreementStillRuns):
        services.open_agreement(
            scope=scope,
            supply_point_id=agreement.supply_point_id,
            customer=NewCustomer("李四"),
            from_on=dt.date(2026, 1, 1),
            now=NOW,
        )
    services.end_agreement(
        scope=scope, agreement_id=agreement.id, seen=agreement.version, to_on=dt.date(2026, 1, 1), now=NOW
    )
    with pytest.raises(services.AgreementOverlaps):
        services.open_agreement(
            scope=scope,
            supply_point_id=agreement.supply_point_id,
            customer=NewCustomer("李四"),
            from_on=dt.date(2025, 12, 31),
            now=NOW,
        )
    following = services.open_agreement(
        scope=scope,
        supply_point_id=agreement.supply_point_id,
        customer=NewCustomer("李四"),
        from_on=dt.date(2026, 1, 1),
        now=NOW,
    )
    assert following.customer.name == "李四"


def test_an_agreement_does_not_end_before_it_begins(company: Company) -> None:
    agreement = make_agreement(company, from_on=dt.date(2025, 1, 1))
    with pytest.raises(services.AgreementEndsBeforeItBegins):
        services.end_agreement(
            scope=make_scope("agent", company=company),
            agreement_id=agreement.id,
            seen=agreement.version,
            to_on=dt.date(2025, 1, 1),
            now=NOW,
        )
