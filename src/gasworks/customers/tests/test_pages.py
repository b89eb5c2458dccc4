"""The screens of customers as a clerk meets them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gasworks.customers.models import Customer, SupplyPoint
from gasworks.customers.testing import make_agreement, make_community, make_supply_point
from gasworks.customers.testing.samples import samples
from gasworks.foundation.testing.factories import Company, make_company, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


def sign_in(client: Client, company: Company, role: str = "service_lead", **more: Any) -> Client:
    client.force_login(make_staff(role, company=company, **more))
    return client


def test_every_page_opens(client: Client, company: Company) -> None:
    sign_in(client, company)
    found = samples(company)
    names = ["list", "new", "customers", "new_community", *(n.split(":")[1] for n in found)]
    for name in names:
        if name in ("show_id", "erase"):
            continue
        url = reverse(f"customers:{name}", kwargs=found.get(f"customers:{name}", {}))
        assert client.get(url).status_code == 200, name


def test_a_foreign_supply_point_is_not_there(client: Client, company: Company) -> None:
    foreign = make_agreement(make_company("湖城燃气"))
    sign_in(client, company)
    for name, key in (("supply_point", foreign.supply_point_id), ("customer", foreign.customer_id)):
        assert client.get(reverse(f"customers:{name}", args=[key])).status_code == 404


def test_a_supply_point_is_opened_with_its_holder(client: Client, company: Company) -> None:
    community = make_community(company)
    sign_in(client, company)
    answer = client.post(
        reverse("customers:new"),
        {
            "branch": company.branch.id,
            "customer_type": "residential",
            "number": "",
            "community": community.id,
            "building": "3栋",
            "room": "502",
            "name": "王小明",
            "kind": "person",
            "phone": "13800001234",
            "id_number": "110101199001011234",
            "from_on": "2026-03-01",
        },
    )
    point = SupplyPoint.objects.get()
    assert answer.url == reverse("customers:supply_point", args=[point.id])  # type: ignore[attr-defined]
    shown = client.get(answer.url).content.decode()  # type: ignore[attr-defined]
    assert "000000018" in shown
    assert "110***********1234" in shown
    assert "110101199001011234" not in shown


def test_a_taken_number_is_said_above_the_form_and_nothing_typed_is_lost(client: Client, company: Company) -> None:
    community = make_community(company)
    make_supply_point(company, number="77")
    sign_in(client, company)
    answer = client.post(
        reverse("customers:new"),
        {
            "branch": company.branch.id,
            "customer_type": "residential",
            "number": "77",
            "community": community.id,
            "name": "赵六",
            "kind": "person",
            "from_on": "2026-03-01",
        },
    )
    assert answer.status_code == 422
    assert "赵六" in answer.content.decode()
    assert Customer.objects.count() == 0


def test_the_second_clerk_is_told_and_keeps_what_was_typed(client: Client, company: Company) -> None:
    agreement = make_agreement(company, name="王小明")
    sign_in(client, company)
    url = reverse("customers:change_customer", args=[agreement.customer_id])
    token = client.get(url).context["form"]["seen_token"].value()
    typed = {"seen_token": token, "kind": "person", "phone": "", "note": ""}
    assert client.post(url, typed | {"name": "王大明"}).status_code == 302
    late = client.post(url, typed | {"name": "王二明"})
    assert late.status_code == 422
    text = late.content.decode()
    assert "王大明" in text
    assert "王二明" in text
    assert Customer.objects.get(pk=agreement.customer_id).name == "王大明"


def test_an_agent_of_another_branch_may_look_and_not_change(client: Client, company: Company) -> None:
    point = make_supply_point(company)
    sign_in(client, company, "agent", over=company.other_branch)
    shown = client.get(reverse("customers:supply_point", args=[point.id])).content.decode()
    assert reverse("customers:change_type", args=[point.id]) not in shown
    url = reverse("customers:suspend", args=[point.id])
    token = client.get(url).context["form"]["seen_token"].value()
    assert client.post(url, {"seen_token": token, "on": "2026-03-01"}).status_code == 403
    assert SupplyPoint.objects.get(pk=point.pk).status == "active"


def test_the_whole_id_number_is_shown_once_and_noted(client: Client, company: Company) -> None:
    agreement = make_agreement(company, id_number="110101199001011234")
    sign_in(client, company)
    answer = client.post(reverse("customers:show_id", args=[agreement.customer_id]))
    assert "110101199001011234" in answer.content.decode()
    sign_in(client, company, "agent")
    assert client.post(reverse("customers:show_id", args=[agreement.customer_id])).status_code == 403
