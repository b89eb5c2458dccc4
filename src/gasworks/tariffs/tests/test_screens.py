"""The screens of price plans, as each role sees them."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from gasworks.foundation.models import Staff
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import MARKER, NOW, Company, make_company, make_marker_company, make_staff
from gasworks.tariffs import services
from gasworks.tariffs.models import Plan, PlanVersion
from gasworks.tariffs.packs import pack_codes
from gasworks.tariffs.testing import make_plan, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def lead(company: Company, client: Client) -> Client:
    return logged_in(client, make_staff("billing_lead", company=company))


def logged_in(client: Client, staff: Staff) -> Client:
    client.force_login(staff)
    return client


def text(response: object) -> str:
    return response.content.decode()


def test_the_list_shows_the_companys_plans_only(company: Company, lead: Client) -> None:
    make_plan(company, code="home")
    foreign = make_plan(make_marker_company())
    Plan.objects.filter(pk=foreign.id).update(name=MARKER)
    shown = text(lead.get(reverse("tariffs:list")))
    assert "home" in shown
    assert MARKER not in shown


def test_a_version_shows_its_paper_tiers_and_assumptions(company: Company, lead: Client) -> None:
    services.load_pack(scope=Scope.system("test", company_id=company.id), code="shanghai", now=NOW)
    shown = text(lead.get(reverse("tariffs:version", args=[PlanVersion.objects.get(plan__code="shanghai-home").id])))
    assert "沪发改价管〔2014〕13号" in shown
    assert "五人及以上每年增加 150 立方米" in shown
    for figure in ("310", "520", "3.00", "3.30", "4.20", "460", "670"):
        assert figure in shown


def test_every_pack_has_a_readable_page(company: Company, lead: Client) -> None:
    scope = Scope.system("test", company_id=company.id)
    for code in pack_codes():
        services.load_pack(scope=scope, code=code, now=NOW)
    for version in PlanVersion.objects.all():
        assert lead.get(reverse("tariffs:version", args=[version.id])).status_code == 200


def test_the_calculator_shows_the_sum_line_by_line(company: Company, lead: Client) -> None:
    plan = make_plan(company)
    asked = {"plan": plan.id, "litres": "215", "from_on": "2025-03-01", "to_on": "2025-05-01", "booked": "290"}
    shown = text(lead.get(reverse("tariffs:calculator"), asked))
    for figure in ("30.00", "720.00", "22.50", "772.50"):
        assert figure in shown


def test_the_calculator_says_what_is_wrong(company: Company, lead: Client) -> None:
    plan = make_plan(company)
    Staff.objects.update(language="en")
    asked = {"plan": plan.id, "litres": "1.5", "from_on": "2025-03-01", "to_on": "2025-05-01"}
    assert "This plan bills whole units only" in text(lead.get(reverse("tariffs:calculator"), asked))
    asked["to_on"] = "2025-02-01"
    assert "The closing reading must be later" in text(lead.get(reverse("tariffs:calculator"), asked))


def test_a_new_plan_gets_its_prices_in_two_steps(company: Company, lead: Client) -> None:
    like = PlanVersion.objects.get(plan=make_plan(company))
    data = {"code": "home-2", "name": "居民二", "customer_type": "residential", "city": "江城", "like": like.id}
    answer = lead.post(reverse("tariffs:plan_add"), data)
    plan = Plan.objects.get(code="home-2")
    assert answer.url == f"{reverse('tariffs:draft', args=[plan.id])}?like={like.id}"
    assert lead.get(answer.url).status_code == 200
    prices = {
        "document_no": "江发改〔2026〕1号", "source": "网站", "from_on": "2026-05-01", "assumed": "按自然年\n",
        "upto_0_1": "310", "price_0_1": "3.1", "upto_0_2": "510.5", "price_0_2": "3.725", "price_0_3": "4.65",
    }  # fmt: skip
    assert lead.post(answer.url, prices).status_code == 302
    draft = PlanVersion.objects.get(plan=plan)
    assert (draft.state, draft.from_on) == ("draft", dt.date(2026, 5, 1))
    assert draft.content == {
        "ladder": {
            "tiers": [
                {"upto_m3": "310", "price": "3.10"},
                {"upto_m3": "510.5", "price": "3.725"},
                {"price": "4.65"},
            ],
            "period": {"kind": "year"},
        },
        "assumed": ["按自然年"],
    }


def test_a_bad_draft_keeps_what_was_typed(company: Company, lead: Client) -> None:
    plan = make_plan(company)
    Staff.objects.update(language="en")
    prices = {
        "document_no": "江发改〔2026〕1号", "source": "网站", "from_on": "2026-05-01",
        "upto_0_1": "310", "price_0_1": "3.1", "upto_0_2": "300", "price_0_2": "3.7", "price_0_3": "4.65",
    }  # fmt: skip
    answer = lead.post(reverse("tariffs:draft", args=[plan.id]), prices)
    assert answer.status_code == 422
    assert "tier 2: bound is not above the one before" in text(answer)
    assert 'value="310"' in text(answer)
    assert PlanVersion.objects.filter(plan=plan).count() == 1


def test_a_draft_is_changed_asked_for_and_withdrawn(company: Company, lead: Client) -> None:
    draft = make_version(make_plan(company, None))
    address = reverse("tariffs:version_change", args=[draft.id])
    form = lead.get(address).context["form"]
    data = {
        "seen_token": form.initial["seen_token"], "document_no": "改后", "source": "网站", "from_on": "2020-01-01",
        "upto_0_1": "300", "price_0_1": "3.33", "upto_0_2": "500", "price_0_2": "3.6", "price_0_3": "4.5",
    }  # fmt: skip
    assert lead.post(address, data).status_code == 302
    draft.refresh_from_db()
    assert (draft.document_no, draft.content["ladder"]["tiers"][0]["price"]) == ("改后", "3.33")
    gone = lead.post(reverse("tariffs:version_withdraw", args=[draft.id]), {"version": draft.version})
    assert gone.status_code == 302
    draft.refresh_from_db()
    assert draft.state == "withdrawn"


def test_asking_needs_a_reason(company: Company, lead: Client) -> None:
    draft = make_version(make_plan(company, None))
    address = reverse("tariffs:version_ask", args=[draft.id])
    assert lead.post(address, {"version": draft.version, "reason": ""}).status_code == 422
    assert lead.post(address, {"version": draft.version, "reason": "按文件调价"}).status_code == 302
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_pack_is_taken_over_as_drafts(company: Company, lead: Client) -> None:
    assert "上海" in text(lead.get(reverse("tariffs:packs")))
    assert lead.post(reverse("tariffs:pack_load", args=["shanghai"])).status_code == 302
    assert {row.state for row in PlanVersion.objects.all()} == {"draft"}
    assert lead.post(reverse("tariffs:pack_load", args=["atlantis"])).status_code == 404


def test_a_cashier_reads_and_calculates_but_does_not_draft(company: Company, client: Client) -> None:
    plan = make_plan(company)
    cashier = logged_in(client, make_staff("cashier", company=company))
    assert cashier.get(reverse("tariffs:plan", args=[plan.id])).status_code == 200
    assert cashier.get(reverse("tariffs:calculator")).status_code == 200
    for route, args in (("draft", [plan.id]), ("plan_add", []), ("packs", []), ("plan_change", [plan.id])):
        assert cashier.get(reverse(f"tariffs:{route}", args=args)).status_code == 403


def test_two_versions_stand_beside_each_other(company: Company, lead: Client) -> None:
    """Urumqi: 1.50 → 1.63 in tier 1; a year of 300 m³ costs 450.00 and 489.00, 8.7 % more."""
    services.load_pack(scope=Scope.system("test", company_id=company.id), code="urumqi", now=NOW)
    plan = Plan.objects.get(code="urumqi-home")
    assert reverse("tariffs:compare", args=[plan.id]) in text(lead.get(reverse("tariffs:plan", args=[plan.id])))
    shown = text(lead.get(reverse("tariffs:compare", args=[plan.id])))
    for figure in ("1.50", "1.63", "0.13", "450.00", "489.00", "39.00", "8.7"):
        assert figure in shown


def test_a_version_that_cannot_bill_stands_beside_with_its_prices_only(company: Company, lead: Client) -> None:
    services.load_pack(scope=Scope.system("test", company_id=company.id), code="fuzhou", now=NOW)
    plan = Plan.objects.get(code="fuzhou-home")
    shown = text(lead.get(reverse("tariffs:compare", args=[plan.id])))
    assert "192" in shown
    assert "240" in shown


def test_one_version_cannot_be_compared(company: Company, lead: Client) -> None:
    plan = make_plan(company)
    assert "至少要有两个版本" in text(
        lead.get(reverse("tariffs:compare", args=[plan.id]), headers={"accept-language": "zh-hans"})
    )


def test_the_shapes_of_an_order_are_told_in_words(company: Company, lead: Client) -> None:
    ladder = {
        "tiers": [{"upto_m3": 26, "price": "3"}, {"price": "2"}],
        "period": {"kind": "month"},
        "carry": {"periods": 12, "lost_on": [1, 1]},
    }
    content = {
        "ladder": ladder,
        "ceiling": "2.90",
        "allowance": {"m3": 5, "period": {"kind": "cycle"}, "basis": "billing_month"},
        "profile": "degree-days",
        "profiles": [{"code": "degree-days", "by_month": [9, 8, 5, 2, 0, 0, 0, 0, 1, 3, 6, 8]}],
        "household_change": "by_closing_reading",
    }
    version = make_version(make_plan(company, None), content)
    shown = text(lead.get(reverse("tariffs:version", args=[version.id]), headers={"accept-language": "zh-hans"}))
    for words in (
        "免费气量",
        "结转，限前 12 个周期，每年 01-01 清零",
        "每立方米 2.90 元",
        "按各日权重（degree-days）",
        "高档价格反而较低",
    ):
        assert words in shown


def test_the_calculator_asks_for_the_floor_area(company: Company, lead: Client) -> None:
    """80 m² at 15 m³: 1 200 m³ at 2.00, 10 at 3.00."""
    ladder = {
        "tiers": [{"upto_m3": 15, "price": "2"}, {"price": "3"}],
        "period": {"kind": "year"},
        "basis": "floor_area",
    }
    plan = make_plan(company, {"ladder": ladder})
    asked = {"plan": plan.id, "litres": "1210", "from_on": "2026-01-01", "to_on": "2026-02-01", "floor": "80"}
    assert "2,430.00" in text(lead.get(reverse("tariffs:calculator"), asked))
