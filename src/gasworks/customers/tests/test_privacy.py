"""ID numbers are sealed per person; erasing a person leaves nothing that names them."""

import datetime as dt

import pytest
from django.db import connection

from gasworks.customers import personal, selectors, services
from gasworks.customers.models import Customer, PersonKey, SearchKey
from gasworks.customers.testing import make_agreement, make_supply_point
from gasworks.foundation.models import AuditAct
from gasworks.foundation.testing.factories import NOW, Company, make_company, make_scope
from gasworks.kernel.errors import Forbidden, NotThere

pytestmark = pytest.mark.django_db
ID = "11010119900101123x"


@pytest.fixture
def company() -> Company:
    return make_company()


def test_what_is_sealed_opens_only_with_its_own_key() -> None:
    first, second = personal.seal(ID), personal.seal(ID)
    assert first[0] != second[0]
    assert first[2] == second[2]
    assert personal.open_sealed(first[0], first[1]) == ID.upper()
    with pytest.raises(Exception):  # noqa: B017, PT011 - any failure of the cipher will do
        personal.open_sealed(first[0], second[1])


@pytest.mark.parametrize(
    ("number", "shown"), [(ID, "110***********123x"), ("1234567", "*******"), ("12345678", "123*5678"), ("", "")]
)
def test_masking(number: str, shown: str) -> None:
    assert personal.masked(number) == shown


def test_no_table_holds_the_number_in_clear(company: Company) -> None:
    make_agreement(company, id_number=ID)
    with connection.cursor() as cursor:
        for table in ("customers_customer", "customers_customerevent", "customers_personkey", "foundation_auditact"):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text ILIKE '%%{ID[:10]}%%'")
            assert cursor.fetchone() == (0,), table


def test_an_id_number_is_found_by_its_hmac(company: Company) -> None:
    agreement = make_agreement(company, id_number=ID)
    scope = make_scope("agent", company=company)
    assert [c.id for c in selectors.find_by_id_number(scope=scope, id_number=ID.upper())] == [agreement.customer_id]
    foreign = make_scope("agent", company=make_company("湖城燃气"))
    assert selectors.find_by_id_number(scope=foreign, id_number=ID) == []


def test_whoever_looks_at_a_whole_number_needs_the_right_and_is_noted(company: Company) -> None:
    agreement = make_agreement(company, id_number=ID)
    with pytest.raises(Forbidden):
        services.show_id_number(scope=make_scope("agent", company=company), customer_id=agreement.customer_id, now=NOW)
    lead = make_scope("service_lead", company=company)
    assert services.show_id_number(scope=lead, customer_id=agreement.customer_id, now=NOW) == ID.upper()
    assert AuditAct.objects.filter(act="customers.show_id_number", actor_id=lead.actor_id).count() == 1


def test_a_holder_is_not_erased(company: Company) -> None:
    agreement = make_agreement(company, name="陈九", id_number=ID)
    with pytest.raises(services.StillHolds):
        services.erase_customer(
            scope=make_scope("service_lead", company=company), customer_id=agreement.customer_id, now=NOW
        )
    assert Customer.objects.get(pk=agreement.customer_id).name == "陈九"


def test_erasing_destroys_key_names_and_search_keys_here_and_in_history(company: Company) -> None:
    agreement = make_agreement(company, make_supply_point(company, number="1"), name="陈九", id_number=ID)
    lead = make_scope("service_lead", company=company)
    services.end_agreement(
        scope=lead, agreement_id=agreement.id, seen=agreement.version, to_on=dt.date(2026, 1, 1), now=NOW
    )
    services.erase_customer(scope=lead, customer_id=agreement.customer_id, now=NOW)
    erased = Customer.objects.get(pk=agreement.customer_id)
    assert (erased.name, erased.phone, erased.id_cipher, erased.id_hmac) == ("—", "", None, None)
    assert not PersonKey.objects.filter(customer=erased).exists()
    assert not SearchKey.objects.filter(key="陈九").exists()
    history = Customer.pgh_event_model.objects.filter(pgh_obj_id=erased.id)  # type: ignore[attr-defined]
    assert {row.name for row in history} == {"—"}
    with pytest.raises(NotThere):
        services.show_id_number(scope=lead, customer_id=erased.id, now=NOW)
    assert selectors.search(scope=lead, text="陈九") == []
    assert [hit.number for hit in selectors.search(scope=lead, text="1")] == ["1"]
