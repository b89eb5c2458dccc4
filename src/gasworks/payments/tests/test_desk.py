"""The counter's page carries its own read, signed; the plan is made of that read alone."""

import uuid

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gasworks.customers.testing.factories import make_agreement, make_supply_point
from gasworks.foundation.models import RoleGrant, Staff
from gasworks.foundation.testing.factories import TODAY
from gasworks.payments.models import Payment
from gasworks.payments.testing.factories import CashOffice, make_cash_office, pay
from gasworks.payments.web.desk import ReadTooOld, lay_out, seal, unseal
from gasworks.receivables.models import AgreementBalance
from gasworks.receivables.testing.factories import make_debt

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> CashOffice:
    return make_cash_office()


@pytest.fixture
def cashier(office: CashOffice) -> Client:
    client = Client()
    client.force_login(Staff.objects.get(pk=office.cashier.actor_id), backend="gasworks.foundation.login.StaffBackend")
    return client


def household(office: CashOffice, *fens: int) -> tuple[int, int]:
    """(supply point, agreement) that owes these items."""
    point = make_supply_point(office.company)
    agreement = make_agreement(office.company, point)
    for fen in fens:
        make_debt(office.company, agreement.id, fen)
    return point.id, agreement.id


def form(office: CashOffice, *points: int, given: str, **more: str) -> dict[str, object]:
    _lines, read = lay_out(scope=office.cashier, supply_point_ids=points, today=TODAY)
    return {"key": str(uuid.uuid4()), "read": seal(read), "given": given, "means": "cash", "sp": points, **more}


def balance(agreement_id: int) -> int:
    return AgreementBalance.objects.get(pk=agreement_id).balance_fen


def test_a_read_comes_back_as_it_was_sealed(office: CashOffice) -> None:
    point, _agreement = household(office, 1_234, 5_678)
    _lines, read = lay_out(scope=office.cashier, supply_point_ids=[point], today=TODAY)

    assert unseal(seal(read)) == read


def test_a_read_that_somebody_changed_is_refused() -> None:
    with pytest.raises(ReadTooOld):
        unseal("eyJvbiI6ICIyMDI2LTAzLTEwIn0:forged")


def test_the_same_form_twice_leads_to_the_same_receipt_page(office: CashOffice, cashier: Client) -> None:
    point, agreement = household(office, 10_000)
    sent = form(office, point, given="100")

    answers = [cashier.post("/payments/counter/take/", sent) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].url == answers[1].url
    assert balance(agreement) == 0
    assert Payment.objects.filter(agreement_id=agreement).count() == 1


def test_only_the_ticked_items_are_paid(office: CashOffice, cashier: Client) -> None:
    point, agreement = household(office, 1_000, 2_000)
    _lines, read = lay_out(scope=office.cashier, supply_point_ids=[point], today=TODAY)
    second = read.accounts[0].dues[1]

    cashier.post("/payments/counter/take/", form(office, point, given="20", items_shown="1", item=str(second.item_id)))

    left = {
        due.item_id for due in lay_out(scope=office.cashier, supply_point_ids=[point], today=TODAY)[1].accounts[0].dues
    }
    assert second.item_id not in left
    assert balance(agreement) == 3_000 - second.open_fen


def test_a_stale_page_takes_nothing_and_shows_the_new_figures(office: CashOffice, cashier: Client) -> None:
    point, agreement = household(office, 10_000)
    sent = form(office, point, given="100")
    pay(office, agreement, tendered_fen=4_000)

    answer = cashier.post("/payments/counter/take/", sent)

    assert answer.status_code == 422
    assert 'value="60.00"' in answer.content.decode()
    assert balance(agreement) == 6_000


def test_too_many_decimals_are_refused_and_nothing_is_taken(office: CashOffice, cashier: Client) -> None:
    point, agreement = household(office, 10_000)

    answer = cashier.post("/payments/counter/take/", form(office, point, given="99.999"))

    assert answer.status_code == 422
    assert balance(agreement) == 10_000


def test_the_preview_writes_nothing(office: CashOffice, cashier: Client) -> None:
    point, agreement = household(office, 10_000)

    answer = cashier.post("/payments/counter/preview/", form(office, point, given="150"))

    assert "50.00" in answer.content.decode()
    assert balance(agreement) == 10_000
    assert not Payment.objects.exists()


def test_a_payment_asks_the_database_four_times(office: CashOffice, cashier: Client) -> None:
    point, _agreement = household(office, 10_000, 20_000)
    cashier.post("/payments/counter/take/", form(office, point, given="100"))
    sent = form(office, point, given="200")

    with CaptureQueriesContext(connection) as asked:
        answer = cashier.post("/payments/counter/take/", sent)

    assert answer.status_code == 302
    statements = [query["sql"] for query in asked.captured_queries if "SAVEPOINT" not in query["sql"]]
    tables = ["django_session", "foundation_staff", "payments_shift", "payments_pay"]
    assert [table in statement for table, statement in zip(tables, statements, strict=True)] == [True] * 4


def test_a_role_taken_away_between_page_and_payment_takes_no_money(office: CashOffice, cashier: Client) -> None:
    point, agreement = household(office, 10_000)
    sent = form(office, point, given="100")
    assert cashier.get("/payments/counter/").status_code == 200
    RoleGrant.objects.filter(staff_id=office.cashier.actor_id).delete()

    answer = cashier.post("/payments/counter/take/", sent)

    assert answer.status_code == 403
    assert balance(agreement) == 10_000


@pytest.mark.parametrize("end", ["log out", "account closed", "new password", "time is up"])
def test_a_session_that_has_ended_takes_no_money(office: CashOffice, cashier: Client, end: str) -> None:
    point, agreement = household(office, 10_000)
    sent = form(office, point, given="100")
    assert cashier.get("/payments/counter/").status_code == 200
    person = Staff.objects.get(pk=office.cashier.actor_id)
    if end == "log out":
        kept = cashier.cookies["gasworks_session"].value
        cashier.post("/account/logout/")
        cashier.cookies["gasworks_session"] = kept
    elif end == "account closed":
        person.is_active = False
        person.save()
    elif end == "new password":
        person.set_password("another-password-1987")
        person.save()
    else:
        Session.objects.update(expire_date=timezone.now())

    answer = cashier.post("/payments/counter/take/", sent)

    assert answer.url.startswith("/account/login/")
    assert balance(agreement) == 10_000
