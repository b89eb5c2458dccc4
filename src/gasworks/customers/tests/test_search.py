"""The counter's search: any key, the exact first, nothing foreign."""

import pytest
from django.db import connection

from gasworks.customers import services
from gasworks.customers.search_text import grams
from gasworks.customers.selectors import search
from gasworks.customers.testing import make_agreement, make_community, make_supply_point
from gasworks.foundation.testing.factories import MARKER, NOW, Company, make_company, make_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


def found(company: Company, text: str) -> list[str]:
    return [hit.number for hit in search(scope=make_scope("cashier", company=company), text=text)]


def test_the_exact_number_stands_before_those_that_only_begin_with_it(company: Company) -> None:
    for number in ("12345", "123", "1234"):
        make_supply_point(company, number=number)
    assert found(company, "123") == ["123", "1234", "12345"]
    assert found(company, "1234") == ["1234", "12345"]


def test_four_digits_find_the_end_of_a_phone_too(company: Company) -> None:
    for number, phone in (("A1", "13800005678"), ("5678", "13900000000"), ("A3", "0551-65678123")):
        make_agreement(company, make_supply_point(company, number=number), phone=phone)
    assert found(company, "5678") == ["5678", "A1"]
    assert found(company, "138000") == ["A1"]
    assert found(company, "055165678123") == ["A3"]


def test_a_surname_finds_and_the_whole_name_stands_first(company: Company) -> None:
    for number, name in (("1", "欧阳锋芒"), ("2", "欧阳锋"), ("3", "王欧阳")):
        make_agreement(company, make_supply_point(company, number=number), name=name)
    assert found(company, "欧阳锋") == ["2", "1"]


def test_an_address_is_found_by_its_parts_in_any_order(company: Company) -> None:
    community = make_community(company, "锦绣江南")
    for number, address in (("1", "锦绣江南3栋2单元502室"), ("2", "锦绣江南3栋2单元503室"), ("3", "江南春5栋502室")):
        make_supply_point(company, number=number, community=community, address=address)
    assert found(company, "锦绣 502室") == ["1"]
    assert found(company, "3栋 锦绣江南") == ["1", "2"]
    assert found(company, "春5栋") == ["3"]
    assert found(company, "锦绣山河") == []


@pytest.mark.parametrize("way", ["customers_address_glance", "customers_address_index", "customers_by_address"])
def test_each_way_to_look_an_address_up_finds_the_same(company: Company, way: str) -> None:
    community = make_community(company, "锦绣江南")
    points = [
        make_supply_point(company, number=number, community=community, address=address)
        for number, address in (("1", "锦绣江南花园3栋"), ("2", "锦绣江南家园3栋"))
    ]
    make_supply_point(make_company(MARKER), number="3", address="锦绣江南花园3栋")
    with connection.cursor() as cursor:
        for text, expected in (("花园", [points[0]]), ("3栋 锦绣", points), ("花园 家园", [])):
            cursor.execute(f"SELECT {way}(%s, %s::varchar[], 20)", [company.id, grams(text)])
            assert sorted(key for (key,) in cursor.fetchall()) == [point.id for point in expected]


def test_full_width_and_small_letters_find_the_same(company: Company) -> None:
    make_supply_point(company, number="AB12")
    assert found(company, "ab12") == found(company, "ＡＢ１２") == ["AB12"]


@pytest.mark.parametrize("text", ["", "   ", "%", "_", "'", "\\", "王%", "0" * 500, "\U0010ffff"])
def test_odd_texts_find_nothing_and_break_nothing(company: Company, text: str) -> None:
    make_agreement(company, make_supply_point(company, number="1"))
    assert found(company, text) == []


def test_org_1_a_foreign_company_is_never_found(company: Company) -> None:
    foreign = make_company(MARKER)
    make_agreement(foreign, make_supply_point(foreign, number="999888"), name=MARKER, phone="13812345678")
    for text in ("999888", MARKER, "13812345678", "5678", "幸福花园"):
        assert found(company, text) == []


def test_a_new_name_replaces_the_old_key(company: Company) -> None:
    agreement = make_agreement(company, make_supply_point(company, number="7"), name="张三")
    services.change_customer(
        scope=make_scope("agent", company=company),
        customer_id=agreement.customer_id,
        seen=agreement.customer.version,
        changes={"name": "张四", "phone": "13700000000"},
        now=NOW,
    )
    assert found(company, "张三") == []
    assert found(company, "张四") == ["7"]
    assert found(company, "13700000000") == ["7"]


def test_bigrams_of_an_address() -> None:
    assert grams("幸福 3栋") == ["3栋", "幸福"]
    assert grams("花园3") == ["园3", "花园"]
