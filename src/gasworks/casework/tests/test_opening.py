"""A customer list becomes supply points that are read and billed, all of it or nothing."""

import datetime as dt
import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gasworks.casework import imports, services
from gasworks.casework.types import NewAccount
from gasworks.customers.models import Agreement, Customer, SupplyPoint
from gasworks.customers.selectors import search
from gasworks.customers.testing import make_opening
from gasworks.customers.types import NewCustomer
from gasworks.foundation.imports import ParsedRow
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_company, make_scope
from gasworks.kernel.errors import Forbidden, Refusal
from gasworks.metering.models import BookSeat, Installation, Meter, Reading
from gasworks.tariffs.models import Plan
from gasworks.usage.models import GroupMember, Household, PriceItem

D = dt.date


def town() -> Company:
    company = make_company()
    Plan.objects.create(company_id=company.id, code="home", name="居民", customer_type="residential")
    return company


@pytest.fixture
def company(db: None) -> Company:
    return town()


def account(serial: str = "", **changes: Any) -> NewAccount:
    values: dict[str, Any] = {
        "opening": make_opening(),
        "plan": "home",
        "persons": 3,
        "serial": serial,
        "maker": "江城仪表",
        "model": "G2.5",
        "start_litres": 12_000,
        "book": "B001",
    }
    return NewAccount(**(values | changes))


def open_rows(company: Company, rows: list[NewAccount], scope: Scope | None = None) -> Any:
    return services.open_accounts(
        scope=scope or make_scope("service_lead", company=company),
        branch_id=company.branch.id,
        rows=rows,
        now=NOW,
        today=TODAY,
    )


@pytest.mark.django_db
def test_one_row_becomes_everything_that_billing_needs(company: Company) -> None:
    (opened,) = open_rows(company, [account("M1", opening=make_opening(number="00012345"))])
    point = SupplyPoint.objects.get(number="00012345")
    assert opened.supply_point_id == point.id
    assert (point.status, point.branch_id) == ("active", company.branch.id)
    assert Agreement.objects.get(pk=opened.agreement_id).from_on == D(2025, 1, 1)
    installation = Installation.objects.get(pk=opened.installation_id)
    assert (installation.meter.serial, installation.meter.model.code) == ("M1", "G2.5")
    first = Reading.objects.get(installation=installation)
    assert (first.index_litres, first.source, first.read_on) == (12_000, Reading.Source.INSTALL, D(2025, 1, 1))
    assert BookSeat.objects.get(supply_point=point).book.code == "B001"
    assert PriceItem.objects.get(supply_point=point).plan.code == "home"
    group = GroupMember.objects.get(supply_point=point).group
    assert Household.objects.get(group=group).persons == 3


@pytest.mark.django_db
def test_a_row_without_a_meter_waits_for_its_ignition(company: Company) -> None:
    (opened,) = open_rows(company, [account(opening=make_opening(status="not_ignited"))])
    assert SupplyPoint.objects.get(pk=opened.supply_point_id).status == "not_ignited"
    assert opened.installation_id == 0
    assert not Installation.objects.exists()


@pytest.mark.django_db
def test_opened_accounts_are_found_by_every_key(company: Company) -> None:
    customer = NewCustomer(name="欧阳菲菲", phone="13912345678")
    (opened,) = open_rows(company, [account("MX77", opening=make_opening(number="A-9", customer=customer))])
    scope = make_scope("cashier", company=company)
    for text in ("A-9", "a-9", "MX77", "mx7", "欧阳", "欧阳菲菲", "139123", "5678", "幸福花园"):
        assert [hit.supply_point_id for hit in search(scope=scope, text=text)] == [opened.supply_point_id], text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "bad",
    [
        {"plan": "nothing"},
        {"persons": 31},
        {"start_litres": 100_000_000},
        {"opening": make_opening(from_on=D(2026, 3, 11))},
        {"opening": make_opening(customer=NewCustomer(""))},
        {"opening": make_opening(customer_type="space")},
    ],
)
def test_one_bad_row_undoes_the_whole_list(company: Company, bad: dict[str, Any]) -> None:
    rows = [account("M1"), account("M2", **bad)]
    problems = services.check_accounts(
        scope=make_scope("service_lead", company=company), rows=rows, plans=["home"], today=TODAY
    )
    assert {problem.row for problem in problems} == {1}
    with pytest.raises(Refusal):
        open_rows(company, rows)
    assert not SupplyPoint.objects.exists()
    assert not Meter.objects.exists()
    assert not Customer.objects.exists()


@pytest.mark.django_db
def test_numbers_and_meters_in_use_are_named_row_by_row(company: Company) -> None:
    open_rows(company, [account("M1", opening=make_opening(number="1"))])
    rows = [
        account("M1", opening=make_opening(number="2")),
        account("M3", opening=make_opening(number="1")),
        account("M4", opening=make_opening(number="5")),
        account("M5", opening=make_opening(number="5")),
    ]
    problems = services.check_accounts(
        scope=make_scope("service_lead", company=company), rows=rows, plans=["home"], today=TODAY
    )
    assert [(problem.row, problem.field) for problem in problems] == [
        (1, "number"),
        (2, "number"),
        (3, "number"),
        (0, "serial"),
    ]


@pytest.mark.django_db
def test_an_import_is_refused_without_the_right_or_in_another_branch(company: Company) -> None:
    for scope in (
        make_scope("agent", company=company),
        make_scope("service_lead", company=company, over=company.other_branch),
    ):
        with pytest.raises(Forbidden):
            open_rows(company, [account("M1")], scope)
    assert not SupplyPoint.objects.exists()


def parsed(row_no: int, **changes: Any) -> ParsedRow:
    empty = {column.code: None for column in imports.COLUMNS}
    good = {
        "name": "王小明",
        "community": "幸福花园",
        "room": f"{row_no}室",
        "from_on": D(2025, 12, 1),
        "serial": f"S{row_no}",
        "plan": "home",
        "book": "B7",
        "start_index": 5_000,
    }
    return ParsedRow(row_no, empty | good | changes)


@pytest.mark.django_db
def test_a_sheet_is_checked_and_saved(company: Company) -> None:
    scope = make_scope("service_lead", company=company)
    rows = [
        parsed(2),
        parsed(3, plan="other"),
        parsed(4, branch="nowhere"),
        parsed(5, branch=company.other_branch.name),
    ]
    problems = list(imports.check(rows, scope=scope))
    assert sorted((problem.row_no, problem.column) for problem in problems) == [
        (3, "plan"),
        (4, "branch"),
        (5, "branch"),
    ]
    imports.commit(rows[:1], scope=scope, now=NOW, batch_id=1)
    point = SupplyPoint.objects.get()
    assert point.number == "000000018"
    assert point.premises.address == "幸福花园2室"


def _spent() -> float:
    """CPU seconds of this process and of its database backend: what a row costs, whoever else keeps the machine busy."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        fields = Path(f"/proc/{cursor.fetchone()[0]}/stat").read_text().rsplit(")", 1)[1].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _measured(company: Company, count: int) -> float:
    rows = [account(f"S{i:06d}", opening=make_opening(), book=f"B{i // 300:04d}") for i in range(count)]
    begun = _spent()
    for start in range(0, count, 2000):
        open_rows(company, rows[start : start + 2000], Scope.system("import", company_id=company.id))
    return _spent() - begun


@pytest.mark.django_db
def test_more_rows_cost_no_more_statements(company: Company) -> None:
    def statements(first: int, count: int) -> int:
        rows = [account(f"S{i:06d}", opening=make_opening(), book="B1") for i in range(first, first + count)]
        with CaptureQueriesContext(connection) as told:
            open_rows(company, rows, Scope.system("import", company_id=company.id))
        return len(told)

    few, many = statements(0, 20), statements(20, 500)
    assert SupplyPoint.objects.count() == Reading.objects.count() == 520
    assert many <= few


@pytest.mark.full
def test_a_hundred_thousand_rows_are_opened_within_a_minute(committed_db: str) -> None:
    """Committed in steps as an import does: one transaction of 100,000 rows would meet nobody's case."""
    seconds = _measured(town(), 100_000)
    assert seconds <= 60, f"{seconds:.1f} CPU-s for 100,000 rows"
