"""Files that leave the reports: the whole ledger for another tool, the tables for a spreadsheet; own company, own right."""

import csv
import datetime as dt
import io
from typing import Any

import pytest
import time_machine
from beancount import loader
from beancount.core.data import Transaction
from django.conf import settings
from django.test import Client
from python_calamine import CalamineWorkbook

from gasworks.customers.testing.factories import make_agreement, make_supply_point
from gasworks.foundation.models import Staff
from gasworks.foundation.testing.factories import MARKER, NOW, TODAY, make_marker_company, make_staff
from gasworks.ledger.selectors import trial_balance
from gasworks.payments.testing.factories import CashOffice, make_cash_office, pay
from gasworks.receivables.testing.factories import make_debt, system

pytestmark = pytest.mark.django_db
DAY = {"from_on": TODAY.isoformat(), "to_on": TODAY.isoformat()}


@pytest.fixture(autouse=True)
def _on_the_tenth_of_march() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def office() -> CashOffice:
    """A home that owed 30.00 and paid 10.00 in cash; and a foreign company with the same."""
    offices = [make_cash_office(), make_cash_office(make_marker_company())]
    for one in offices:
        agreement = make_agreement(one.company, make_supply_point(one.company), name=one.company.unit.name)
        make_debt(one.company, agreement.id, 3_000)
        pay(one, agreement.id, tendered_fen=1_000)
    return offices[0]


def asked(staff: Staff, path: str, **query: str) -> tuple[Any, str]:
    client = Client()
    client.force_login(staff, backend=settings.AUTHENTICATION_BACKENDS[-1])
    answer = client.get(path, query)
    whole = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer, whole.decode(errors="replace")


def test_the_ledger_as_csv_has_each_posting_of_the_span_once(office: CashOffice) -> None:
    answer, text = asked(make_staff("finance", company=office.company), "/insight/exports/csv/", **DAY)
    assert answer["Content-Disposition"] == 'attachment; filename="ledger-2026-03-10-2026-03-10.csv"'
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["debit_account"], row["credit_account"], row["amount_fen"]) for row in rows] == [
        ("112201", "600101", "2752"),
        ("112201", "22210101", "248"),
        ("1001", "112201", "1000"),
    ]
    assert MARKER not in text


def test_the_ledger_for_beancount_agrees_with_the_trial_balance(office: CashOffice) -> None:
    _answer, text = asked(make_staff("finance", company=office.company), "/insight/exports/beancount/", **DAY)
    entries, errors, _options = loader.load_string(text)
    assert errors == []
    sums: dict[str, int] = {}
    for posting in (leg for entry in entries if isinstance(entry, Transaction) for leg in entry.postings):
        code = posting.account.split("GL-")[1]
        sums[code] = sums.get(code, 0) + int(posting.units.number * 100)
    ours = {line.code: line.balance_fen for line in trial_balance(scope=system(office.company), on=TODAY)}
    assert {code: fen for code, fen in sums.items() if fen} == {code: fen for code, fen in ours.items() if fen}


def test_a_day_before_the_span_is_not_in_it(office: CashOffice) -> None:
    before = {"from_on": "2026-03-08", "to_on": "2026-03-09"}
    _answer, text = asked(make_staff("finance", company=office.company), "/insight/exports/csv/", **before)
    assert len(text.splitlines()) == 1, "the header alone"


@pytest.mark.parametrize("role", ["cashier", "cash_lead", "manager", "billing_lead", "sysadmin", "agent"])
def test_who_may_not_export_gets_nothing(office: CashOffice, role: str) -> None:
    answer, text = asked(make_staff(role, company=office.company), "/insight/exports/csv/", **DAY)
    assert answer.status_code == 403
    assert "112201" not in text


@pytest.mark.parametrize(
    "span",
    [{"from_on": "2026-03-10", "to_on": "2026-03-09"}, {"from_on": "x", "to_on": "y"}, {"from_on": "0000-00-00"}],
)
def test_a_span_that_cannot_be_gives_no_file(office: CashOffice, span: dict[str, str]) -> None:
    answer, _text = asked(make_staff("finance", company=office.company), "/insight/exports/csv/", **span)
    assert answer.status_code == 404


def test_an_unknown_form_is_not_there(office: CashOffice) -> None:
    answer, _text = asked(make_staff("finance", company=office.company), "/insight/exports/pdf/", **DAY)
    assert answer.status_code == 404


def test_a_name_that_looks_like_a_formula_stays_text(office: CashOffice) -> None:
    agreement = make_agreement(office.company, make_supply_point(office.company), name='=HYPERLINK("http://x")')
    make_debt(office.company, agreement.id, 500, due_on=TODAY - dt.timedelta(days=40))
    staff = make_staff("finance", company=office.company)
    _answer, text = asked(staff, "/insight/arrears/", export="csv", older_than="0")
    names = [row[1] for row in csv.reader(io.StringIO(text.lstrip("\ufeff")))][1:]
    assert '\'=HYPERLINK("http://x")' in names
    assert not [name for name in names if name.startswith(("=", "+", "-", "@"))]
    answer, _bytes = asked(staff, "/insight/arrears/", older_than="0")
    assert MARKER not in answer.content.decode()


def test_the_trial_balance_as_a_spreadsheet_has_numbers(office: CashOffice) -> None:
    client = Client()
    client.force_login(make_staff("finance", company=office.company), backend=settings.AUTHENTICATION_BACKENDS[-1])
    answer = client.get("/insight/trial-balance/", {"export": "xlsx"})
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer.streaming_content))).get_sheet_by_index(0)
    rows = {str(row[0]): row for row in sheet.to_python()[1:]}
    assert 20.0 in rows["112201"], "30.00 owed less 10.00 paid"
