"""Fee types: drafted, changed, taxed by date, and refused where the state abolished them for homes."""

import datetime as dt

import pytest

from gasworks.customers.testing import make_agreement
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_company, make_scope, make_staff
from gasworks.kernel.errors import Forbidden, NotThere, StaleVersion
from gasworks.receivables import fee_types, services
from gasworks.receivables.models import FeeTax, FeeType, OpenItem, Principal
from gasworks.receivables.selectors import tax_on
from gasworks.receivables.testing.factories import system

pytestmark = pytest.mark.django_db

VALUES = {
    "name": "物业服务费",
    "name_en": "Property service",
    "purpose": "property",
    "legal_basis": "物业服务合同",
    "customer_types": ["residential", "commercial"],
    "homes_basis": "",
    "recurring": True,
    "on_bill": True,
    "needs_consent": False,
    "order": 70,
    "active": True,
}


@pytest.fixture
def finance(company: Company):
    return make_scope("finance", company=company)


def draft(scope, code: str = "property", kind: str = "own", rate_e4: int = 600, tax_code: str = "", **change):
    return fee_types.draft_fee_type(
        scope=scope,
        code=code,
        kind=kind,
        values=VALUES | change,
        rate_e4=rate_e4,
        tax_code=tax_code,
        tax_from=TODAY,
        now=NOW,
    )


def test_a_new_fee_is_charged_with_net_tax_and_gross(company: Company, finance, balances) -> None:
    draft(finance)
    done = services.charge(
        scope=make_scope("agent", company=company),
        agreement_id=make_agreement(company).id,
        fee_code="property",
        gross_fen=10_600,
        due_on=TODAY,
        today=TODAY,
        now=NOW,
    )
    item = OpenItem.objects.get(pk=done.item_id)
    assert (item.net_fen, item.tax_fen, item.gross_fen) == (10_000, 600, 10_600)
    assert balances() == {"112202": 10_600, "605101": -10_000, "22210101": -600}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"purpose": "connection"}, "国办函〔2020〕129号"),
        ({"name": "燃气开口费"}, "国办函〔2020〕129号"),
        ({"name": "通气点火服务费"}, "国办函〔2020〕129号"),
        ({"purpose": "meter_test"}, "国办函〔2020〕129号"),
        ({"name_en": "Ignition"}, "国办函〔2020〕129号"),
        ({"purpose": "inspection"}, "安检不得向居民收费"),
        ({"name": "用气押金", "kind": "deposit", "rate_e4": 0}, "押金"),
    ],
)
def test_what_was_abolished_for_homes_is_refused_with_its_rule(company: Company, finance, change, rule) -> None:
    before = FeeType.objects.count()
    with pytest.raises(fee_types.AbolishedForHomes) as refused:
        draft(finance, **change)
    assert rule in str(refused.value)
    assert FeeType.objects.count() == before
    assert draft(finance, **change, customer_types=["commercial"]).customer_types == ["commercial"]
    allowed = draft(finance, code="allowed", **change, homes_basis="市发改〔2027〕1号")
    assert allowed.homes_basis == "市发改〔2027〕1号"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code": "gas"}, fee_types.FeeCodeNotFit),
        ({"code": "Ö"}, fee_types.FeeCodeNotFit),
        ({"kind": "advance"}, fee_types.FeeCodeNotFit),
        ({"legal_basis": " "}, fee_types.FeeNeedsBasis),
        ({"customer_types": []}, fee_types.FeeNeedsBasis),
        ({"customer_types": ["martian"]}, fee_types.FeeNeedsBasis),
        ({"rate_e4": 2_501}, fee_types.TaxNotFit),
        ({"tax_code": "123"}, fee_types.TaxNotFit),
        ({"kind": "third_party"}, fee_types.NoTaxHere),
    ],
)
def test_a_fee_type_is_refused_by_name(company: Company, finance, change: dict, error: type) -> None:
    before = (FeeType.objects.count(), FeeTax.objects.count())
    with pytest.raises(error):
        draft(finance, **change)
    assert (FeeType.objects.count(), FeeTax.objects.count()) == before


def test_who_changes_fee_types(company: Company, finance) -> None:
    row = draft(finance)
    for role in ("service_lead", "cash_lead", "auditor", "manager"):
        with pytest.raises(Forbidden):
            draft(make_scope(role, company=company), code="other")
    stranger = make_scope("finance", company=make_company("外地燃气"))
    with pytest.raises(NotThere):
        fee_types.change_fee_type(scope=stranger, fee_type_id=row.id, seen=1, values=VALUES, now=NOW)
    assert FeeType.objects.get(pk=row.id).version == 1


def test_a_change_counts_up_and_the_second_writer_is_told(company: Company, finance) -> None:
    row = draft(finance)
    fee_types.change_fee_type(scope=finance, fee_type_id=row.id, seen=1, values=VALUES | {"active": False}, now=NOW)
    with pytest.raises(StaleVersion):
        fee_types.change_fee_type(scope=finance, fee_type_id=row.id, seen=1, values=VALUES, now=NOW)
    with pytest.raises(fee_types.AbolishedForHomes):
        fee_types.change_fee_type(
            scope=finance, fee_type_id=row.id, seen=2, values=VALUES | {"name": "初装费"}, now=NOW
        )
    gas = FeeType.objects.get(company_id=company.id, code="gas")
    with pytest.raises(fee_types.FeeTypeFixed):
        fee_types.change_fee_type(scope=finance, fee_type_id=gas.id, seen=1, values=VALUES, now=NOW)
    row.refresh_from_db()
    gas.refresh_from_db()
    assert (row.active, row.version, row.name, gas.version) == (False, 2, "物业服务费", 1)


def test_a_tax_rate_holds_from_its_day(company: Company, finance) -> None:
    row, tomorrow = draft(finance), TODAY + dt.timedelta(days=1)
    fee_types.set_fee_tax(
        scope=finance, fee_type_id=row.id, from_on=tomorrow, rate_e4=900, tax_code="3" * 19, today=TODAY, now=NOW
    )
    on = [tax_on(scope=finance, fee_type_id=row.id, on=day) for day in (TODAY, tomorrow)]
    assert on == [(600, ""), (900, "3" * 19)]
    for day in (TODAY - dt.timedelta(days=1), tomorrow):
        with pytest.raises(fee_types.TaxNotFit):
            fee_types.set_fee_tax(
                scope=finance, fee_type_id=row.id, from_on=day, rate_e4=0, tax_code="", today=TODAY, now=NOW
            )
    assert FeeTax.objects.filter(fee_type=row).count() == 2


def test_a_third_partys_fee_names_its_principal(company: Company, finance) -> None:
    row = draft(finance, code="sewage", kind="third_party", rate_e4=0, name="代收污水处理费")
    charge = {
        "scope": make_scope("agent", company=company),
        "agreement_id": make_agreement(company).id,
        "fee_code": "sewage",
        "gross_fen": 100,
        "due_on": TODAY,
        "today": TODAY,
        "now": NOW,
    }
    with pytest.raises(services.NoPrincipal):
        services.charge(**charge)
    name = {"commission_tax_e4": 600, "contract": "代收协议", "bank_account": "622"}
    for again in ("排水公司", "市排水公司"):
        fee_types.name_principal(scope=finance, fee_type_id=row.id, name=again, commission_e4=150, **name, now=NOW)
    assert services.charge(**charge).gross_fen == 100
    found = Principal.objects.get(fee_type=row)
    assert (found.name, found.commission_e4, found.version) == ("市排水公司", 150, 2)
    with pytest.raises(fee_types.CommissionNotFit):
        fee_types.name_principal(scope=finance, fee_type_id=row.id, name="x", commission_e4=10_001, **name, now=NOW)


def test_a_fee_type_is_drafted_on_screen(company: Company, client) -> None:
    client.force_login(make_staff("finance", company=company))
    form = {
        "code": "boiler_care",
        "kind": "own",
        "name": "壁挂炉保养费",
        "name_en": "Boiler care",
        "purpose": "service",
        "legal_basis": "服务价目公示",
        "customer_types": ["residential"],
        "order": "70",
        "rate_e4": "6.00",
        "tax_code": "",
        "tax_from": "2026-03-10",
        "active": "on",
    }
    refused = client.post("/receivables/fees/new/", form | {"name": "壁挂炉点火费"})
    assert (refused.status_code, "129号" in refused.content.decode()) == (422, True)
    assert client.post("/receivables/fees/new/", form).status_code == 302
    row = FeeType.objects.get(code="boiler_care")
    assert tax_on(scope=system(company), fee_type_id=row.id, on=TODAY) == (600, "")
    page = client.get(f"/receivables/fees/{row.id}/")
    assert "壁挂炉保养费" in page.content.decode()
