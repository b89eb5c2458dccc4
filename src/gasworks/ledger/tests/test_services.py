"""Entries, reversals and days, as a clerk's act posts them."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_company
from gasworks.ledger import selectors, services
from gasworks.ledger.chart import DEFAULT_CHART
from gasworks.ledger.models import DayTotal, Entry, GlAccount, Posting
from gasworks.ledger.testing.factories import make_draft, open_books
from gasworks.ledger.types import Leg, PostingPlace

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def scope(company: Company) -> Scope:
    return Scope.system("test", company_id=company.id)


@pytest.fixture
def gl(scope: Scope, company: Company) -> dict[str, int]:
    return open_books(scope, outlet_id=company.outlet.id, day=TODAY)


def post(scope: Scope, company: Company, *legs: Leg, day: dt.date = TODAY) -> int:
    return services.post_entry(scope=scope, draft=make_draft(*legs, outlet_id=company.outlet.id, day=day), now=NOW)


def lines(scope: Scope, on: dt.date = TODAY) -> dict[str, tuple[int, int]]:
    found = selectors.trial_balance(scope=scope, on=on)
    return {line.code: (line.debit_fen, line.credit_fen) for line in found if line.debit_fen or line.credit_fen}


def test_the_default_chart_is_installed_once(scope: Scope) -> None:
    assert services.install_chart(scope=scope) == len(DEFAULT_CHART)
    assert services.install_chart(scope=scope) == 0
    assert GlAccount.objects.filter(company_id=scope.company_id).count() == len(DEFAULT_CHART)


def test_a_posted_entry_shows_in_the_trial_balance(scope: Scope, company: Company, gl: dict[str, int]) -> None:
    post(
        scope,
        company,
        Leg(gl["gas_receivable"], gl["gas_revenue"], 10_000, debit_party=7),
        Leg(gl["gas_receivable"], gl["vat_output"], 900, debit_party=7),
    )
    assert lines(scope) == {"112201": (10_900, 0), "600101": (0, 10_000), "22210101": (0, 900)}


def test_a_reversal_mirrors_and_is_a_red_letter_on_the_side_of_its_original(
    scope: Scope, company: Company, gl: dict[str, int]
) -> None:
    original = post(scope, company, Leg(gl["cash"], gl["gas_receivable"], 500, debit_party=1, credit_party=7))
    place = PostingPlace(company.outlet.id, TODAY)
    mirror = services.reverse_entry(
        scope=scope, entry_id=original, kind=Entry.Kind.PAYMENT_REVERSAL, source=1, place=place, now=NOW
    )
    assert list(Posting.objects.filter(entry_id=mirror).values_list("debit_gl_id", "debit_party", "amount_fen")) == [
        (gl["gas_receivable"], 7, 500)
    ]
    assert lines(scope) == {}
    post(scope, company, Leg(gl["cash"], gl["gas_receivable"], 300, debit_party=1, credit_party=7))
    assert lines(scope) == {"1001": (300, 0), "112201": (0, 300)}


def test_an_entry_is_reversed_once_and_a_reversal_never(scope: Scope, company: Company, gl: dict[str, int]) -> None:
    original = post(scope, company, Leg(gl["bank"], gl["gas_revenue"], 500))
    place = PostingPlace(company.outlet.id, TODAY)
    mirror = services.reverse_entry(scope=scope, entry_id=original, kind=2, source=1, place=place, now=NOW)
    for entry_id in (original, mirror):
        with pytest.raises(services.EntryReversedAlready):
            services.reverse_entry(scope=scope, entry_id=entry_id, kind=2, source=2, place=place, now=NOW)
    assert Entry.objects.count() == 2


def test_an_entry_of_nothing_is_refused(scope: Scope, company: Company, gl: dict[str, int]) -> None:
    with pytest.raises(services.EntryTouchesNothing):
        post(scope, company)


def test_the_close_writes_totals_and_the_balance_stays(scope: Scope, company: Company, gl: dict[str, int]) -> None:
    post(scope, company, Leg(gl["cash"], gl["gas_receivable"], 500, debit_party=1, credit_party=7))
    post(scope, company, Leg(gl["cash"], gl["gas_receivable"], 700, debit_party=2, credit_party=7))
    before = lines(scope)
    assert services.close_outlet_day(scope=scope, outlet_id=company.outlet.id, day=TODAY, now=NOW) == 3
    assert lines(scope) == before == {"1001": (1_200, 0), "112201": (0, 1_200)}
    assert sorted(DayTotal.objects.values_list("gl_id", "party", "debit_fen", "credit_fen"), key=str) == sorted(
        [(gl["cash"], 1, 500, 0), (gl["cash"], 2, 700, 0), (gl["gas_receivable"], None, 0, 1_200)], key=str
    )
    assert selectors.balance(scope=scope, gl_id=gl["cash"], on=TODAY, party=2) == 700
    assert selectors.balance(scope=scope, gl_id=gl["cash"], on=TODAY - dt.timedelta(days=1)) == 0


def test_the_next_day_follows_the_closed_one(scope: Scope, company: Company, gl: dict[str, int]) -> None:
    services.close_outlet_day(scope=scope, outlet_id=company.outlet.id, day=TODAY, now=NOW)
    outlet = company.outlet.id
    assert services.open_day(scope=scope, outlet_id=outlet, today=TODAY) == TODAY + dt.timedelta(days=1)
    assert services.open_day(scope=scope, outlet_id=outlet, today=TODAY + dt.timedelta(days=9)) == TODAY + dt.timedelta(
        days=1
    )


def test_a_pause_is_skipped_by_the_next_day(scope: Scope, company: Company, gl: dict[str, int]) -> None:
    services.close_outlet_day(scope=scope, outlet_id=company.outlet.id, day=TODAY, now=NOW)
    later = TODAY + dt.timedelta(days=5)
    assert services.open_day(scope=scope, outlet_id=company.outlet.id, today=later) == later


def test_a_closed_day_takes_no_entry_and_is_not_closed_twice(
    scope: Scope, company: Company, gl: dict[str, int]
) -> None:
    services.close_outlet_day(scope=scope, outlet_id=company.outlet.id, day=TODAY, now=NOW)
    with pytest.raises(IntegrityError, match="LED-7"), transaction.atomic():
        post(scope, company, Leg(gl["bank"], gl["gas_revenue"], 1))
    with pytest.raises(services.DayNotOpen):
        services.close_outlet_day(scope=scope, outlet_id=company.outlet.id, day=TODAY, now=NOW)
    assert not Entry.objects.exists()


def test_the_head_office_has_a_day_of_its_own(scope: Scope, company: Company) -> None:
    assert services.head_office_day(scope=scope, today=TODAY) == PostingPlace(company.head_office.id, TODAY)


def test_the_cash_journal_runs_from_the_balance_before(scope: Scope, company: Company, gl: dict[str, int]) -> None:
    post(scope, company, Leg(gl["cash"], gl["opening"], 1_000, debit_party=1))
    services.close_outlet_day(scope=scope, outlet_id=company.outlet.id, day=TODAY, now=NOW)
    tomorrow = services.open_day(scope=scope, outlet_id=company.outlet.id, today=TODAY)
    post(scope, company, Leg(gl["cash"], gl["gas_receivable"], 300, 1, 7), day=tomorrow)
    post(scope, company, Leg(gl["bank"], gl["cash"], 800, None, 1), day=tomorrow)
    journal = selectors.cash_journal(scope=scope, from_on=tomorrow, to_on=tomorrow + dt.timedelta(days=1))
    assert [(j.counter_code, j.debit_fen, j.credit_fen, j.balance_fen) for j in journal] == [
        ("112201", 300, 0, 1_300),
        ("1002", 0, 800, 500),
    ]
