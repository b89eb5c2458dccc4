"""Charges, cancellations, and the states of open items."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from gasworks.customers.testing import make_agreement, make_supply_point
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_company, make_scope
from gasworks.kernel.errors import Forbidden, NotThere
from gasworks.ledger.selectors import trial_balance
from gasworks.receivables import services
from gasworks.receivables.fees import DEFAULT_FEES
from gasworks.receivables.models import AgreementBalance, Allocation, OpenItem
from gasworks.receivables.selectors import balance_of, fee_types, read_account
from gasworks.receivables.testing.factories import item_state, make_debt, open_receivables, system

pytestmark = pytest.mark.django_db
State = OpenItem.State


@pytest.fixture
def company() -> Company:
    company = make_company()
    open_receivables(company)
    return company


@pytest.fixture
def agent(company: Company) -> Scope:
    return make_scope("service_lead", company=company)


def charge(scope: Scope, agreement_id: int, code: str, fen: int) -> services.Charged:
    return services.charge(
        scope=scope, agreement_id=agreement_id, fee_code=code, gross_fen=fen, due_on=TODAY, today=TODAY, now=NOW
    )


def balances(company: Company) -> dict[str, int]:
    lines = trial_balance(scope=system(company), on=TODAY)
    return {line.code: line.balance_fen for line in lines if line.balance_fen}


def test_default_fee_types_are_installed_once(company: Company) -> None:
    assert services.install_fee_types(scope=system(company)) == 0
    assert len(fee_types(scope=system(company))) == len(DEFAULT_FEES)


def test_a_repair_is_charged_net_and_tax(company: Company, agent: Scope) -> None:
    agreement = make_agreement(company).id
    done = charge(agent, agreement, "repair", 11_300)
    item = OpenItem.objects.get(pk=done.item_id)
    assert (item.net_fen, item.tax_fen, item.gross_fen, item.open_fen) == (10_000, 1_300, 11_300, 11_300)
    assert balances(company) == {"112202": 11_300, "605101": -10_000, "22210101": -1_300}
    assert balance_of(scope=agent, agreement_id=agreement) == 11_300


def test_what_is_collected_for_others_is_a_payable_without_tax(company: Company, agent: Scope) -> None:
    charge(agent, make_agreement(company).id, "waste", 600)
    assert balances(company) == {"122101": 600, "224102": -600}


def test_a_deposit_is_a_liability(company: Company, agent: Scope) -> None:
    point = make_supply_point(company, customer_type="commercial")
    charge(agent, make_agreement(company, point).id, "deposit", 50_000)
    assert balances(company) == {"122102": 50_000, "224101": -50_000}


@pytest.mark.parametrize("code", ["connection", "ignition", "meter_test", "deposit"])
def test_homes_are_not_charged_what_was_abolished(company: Company, agent: Scope, code: str) -> None:
    agreement = make_agreement(company).id
    with pytest.raises(services.FeeNotForThisCustomer):
        charge(agent, agreement, code, 1_000)
    assert not OpenItem.objects.exists()


@pytest.mark.parametrize(
    ("code", "fen", "error"),
    [
        ("gas", 100, services.FeeIsNotCharged),
        ("advance", 100, services.FeeIsNotCharged),
        ("repair", 0, services.AmountNotPositive),
        ("no_such", 100, NotThere),
    ],
)
def test_a_charge_is_refused_by_name(company: Company, agent: Scope, code: str, fen: int, error: type) -> None:
    agreement = make_agreement(company).id
    with pytest.raises(error):
        charge(agent, agreement, code, fen)
    assert not OpenItem.objects.exists()


def test_who_has_no_right_charges_nothing_and_a_foreign_agreement_is_not_there(company: Company, agent: Scope) -> None:
    with pytest.raises(Forbidden):
        charge(make_scope("cashier", company=company), make_agreement(company).id, "repair", 100)
    with pytest.raises(NotThere):
        charge(agent, make_agreement(make_company("外地燃气")).id, "repair", 100)


def test_a_charge_is_taken_back_by_a_mirror(company: Company, agent: Scope) -> None:
    agreement = make_agreement(company).id
    done = charge(agent, agreement, "repair", 11_300)
    services.cancel_charge(scope=agent, item_id=done.item_id, today=TODAY, now=NOW)
    assert item_state(done.item_id) == (0, State.CANCELLED)
    assert (balances(company), balance_of(scope=agent, agreement_id=agreement)) == ({}, 0)
    with pytest.raises(services.ItemNotOpen), transaction.atomic():
        services.cancel_items(scope=agent, item_ids=[done.item_id], entry_id=done.entry_id, now=NOW)


def test_the_bank_reserves_and_releases(company: Company) -> None:
    agreement = make_agreement(company).id
    debts = [make_debt(company, agreement, 100), make_debt(company, agreement, 200)]
    scope = system(company)
    assert services.reserve(scope=scope, item_ids=[d.item_id for d in debts], batch_id=9, on=TODAY, now=NOW) == 2
    assert services.reserve(scope=scope, item_ids=[d.item_id for d in debts], batch_id=10, on=TODAY, now=NOW) == 0
    account = read_account(scope=scope, agreement_id=agreement)
    assert (account.owed_fen, account.payable_fen) == (300, 0)
    assert services.release(scope=scope, batch_id=9, on=TODAY, now=NOW, item_ids=[debts[0].item_id]) == 1
    assert read_account(scope=scope, agreement_id=agreement).payable_fen == 100


def test_a_disputed_item_waits(company: Company, agent: Scope) -> None:
    agreement = make_agreement(company).id
    debt = make_debt(company, agreement, 100)
    with pytest.raises(services.ItemNotDisputed):
        services.settle(scope=agent, item_id=debt.item_id, note="", now=NOW)
    services.dispute(scope=agent, item_id=debt.item_id, note="读数有误", now=NOW)
    assert item_state(debt.item_id) == (100, State.DISPUTED)
    with pytest.raises(services.ItemNotOpen):
        services.dispute(scope=agent, item_id=debt.item_id, note="", now=NOW)
    services.settle(scope=agent, item_id=debt.item_id, note="核实无误", now=NOW)
    assert item_state(debt.item_id) == (100, State.OPEN)


def run(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_guards_of_items_refuse_by_name(company: Company) -> None:
    agreement = make_agreement(company).id
    debt = make_debt(company, agreement, 100)
    foreign = make_company("外地燃气")
    other = make_agreement(foreign).id
    insert = (
        "INSERT INTO receivables_openitem (company_id, agreement_id, fee_type_id, source_id, month, due_on, net_fen,"
        " tax_fen, gross_fen, open_fen, invoiced_fen, state) SELECT company_id, {agreement}, fee_type_id, {source}, month,"
        " due_on, 100, 0, 100, {open}, 0, {state} FROM receivables_openitem WHERE id = %s"
    )
    for values, rule in [
        ({"agreement": other, "source": "source_id", "open": 100, "state": 1}, "item_reference"),
        ({"agreement": agreement, "source": 10**9, "open": 100, "state": 1}, "item_reference"),
        ({"agreement": agreement, "source": "source_id", "open": 60, "state": 1}, "RCV-2"),
        ({"agreement": agreement, "source": "source_id", "open": 0, "state": 1}, "RCV-2"),
        ({"agreement": agreement, "source": "source_id", "open": 100, "state": 2}, "RCV-2"),
    ]:
        with pytest.raises(IntegrityError, match=rule):
            run(insert.format(**values), debt.item_id)
    for change, rule in [
        ("open_fen = 60", "RCV-2"),
        ("open_fen = -1", "item_never_overpaid"),
        ("open_fen = 101", "item_never_overpaid"),
        ("invoiced_fen = 101", "item_invoiced_once"),
        ("invoiced_fen = -1", "item_invoiced_once"),
        ("open_fen = 0", "item_state_says_open"),
        ("state = 4", "item_state_says_open"),
        ("state = 6", "item_state_says_open"),
        ("state = 2", "item_reserved_by"),
        ("reserved_by = 7", "item_reserved_by"),
    ]:
        with pytest.raises(IntegrityError, match=rule):
            run(f"UPDATE receivables_openitem SET {change} WHERE id = %s", debt.item_id)
    with pytest.raises(ProgrammingError, match="permission denied"):
        run("UPDATE receivables_openitem SET gross_fen = 60 WHERE id = %s", debt.item_id)
    with pytest.raises(IntegrityError, match="allocation_reference"):
        run(
            "INSERT INTO receivables_allocation (entry_id, seq, company_id, item_id, amount_fen) VALUES (%s, 1, %s, %s, 1)",
            debt.entry_id,
            company.id,
            10**9,
        )
    assert (OpenItem.objects.count(), Allocation.objects.count()) == (1, 0)
    assert AgreementBalance.objects.get(pk=agreement).balance_fen == 100


def test_guards_pass_fifty_thousand_items_and_then_one(company: Company) -> None:
    agreement = make_agreement(company).id
    debt = make_debt(company, agreement, 100)
    many = (
        "INSERT INTO receivables_openitem (company_id, agreement_id, fee_type_id, source_id, month, due_on, net_fen, tax_fen,"
        " gross_fen, open_fen, invoiced_fen, state) SELECT company_id, agreement_id, fee_type_id, source_id, month, due_on,"
        " 100, 0, 100, 100, 0, 1 FROM receivables_openitem, generate_series(1, %s) WHERE id = %s"
    )
    run(many, 1, debt.item_id)
    run(many, 50_000, debt.item_id)
    run(many, 1, debt.item_id)
    run(
        "INSERT INTO receivables_allocation (entry_id, seq, company_id, item_id, amount_fen)"
        " SELECT source_id, row_number() OVER (), company_id, id, 40 FROM receivables_openitem WHERE id > %s LIMIT 30000",
        debt.item_id,
    )
    run("UPDATE receivables_openitem i SET open_fen = 60 FROM receivables_allocation a WHERE a.item_id = i.id")
    with pytest.raises(IntegrityError, match="RCV-2"):
        run("UPDATE receivables_openitem SET open_fen = 59 WHERE open_fen = 60")
