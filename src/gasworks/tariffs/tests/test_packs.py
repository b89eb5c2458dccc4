"""Published tariffs come into a company once; a person gets drafts, set-up puts them in force."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, Company, make_company, make_scope
from gasworks.rating import compile_tariffs
from gasworks.tariffs import selectors, services
from gasworks.tariffs.models import Plan, PlanVersion
from gasworks.tariffs.packs import pack_codes, price_plans, read_pack

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


def test_set_up_puts_all_packs_in_force(company: Company) -> None:
    said = StringIO()
    call_command("load_tariff_packs", company=company.id, stdout=said)
    assert PlanVersion.objects.filter(company_id=company.id, state="approved").count() == 66
    assert "xian, 4 new versions in force" in said.getvalue()
    assert len(selectors.compiled_tariffs(scope=make_scope("billing_lead", company=company)).index) == 60


def test_loading_again_adds_nothing(company: Company) -> None:
    scope = Scope.system("test", company_id=company.id)
    assert len(services.load_pack(scope=scope, code="shanghai", now=NOW)) == 2
    assert services.load_pack(scope=scope, code="shanghai", now=NOW) == []
    assert {plan.code for plan in Plan.objects.all()} == {"shanghai-home", "shanghai-large-home"}


def test_a_person_gets_drafts(company: Company) -> None:
    lead = make_scope("billing_lead", company=company)
    loaded = services.load_pack(scope=lead, code="xian", now=NOW)
    assert {row.state for row in loaded} == {"draft"}
    with pytest.raises(selectors.NoPricesYet):
        selectors.compiled_tariffs(scope=lead)


def test_an_unknown_pack_is_named() -> None:
    with pytest.raises(CommandError, match="no such pack: atlantis"):
        call_command("load_tariff_packs", "atlantis")


@pytest.mark.parametrize("code", pack_codes())
def test_a_pack_stored_in_the_database_is_the_pack_in_the_file(company: Company, code: str) -> None:
    services.load_pack(scope=Scope.system("test", company_id=company.id), code=code, now=NOW)
    stored = selectors.compiled_tariffs(scope=make_scope("billing_lead", company=company)).tariffs
    pairs = list(price_plans(read_pack(code)))
    filed = compile_tariffs([plan for plan, _ in pairs], [c for _, some in pairs for c in some])
    named = dict(zip(filed.codes, [plan for plan, _ in pairs], strict=True))
    ladders = {v.id: v for v in PlanVersion.objects.select_related("plan")}
    for version in stored.versions:
        row = ladders[version.id]
        same = next(v for v in named[row.plan.code].versions if v.effective_from == row.from_on)
        assert (version.ladder, version.seasonal, version.assumed) == (same.ladder, same.seasonal, same.assumed)
