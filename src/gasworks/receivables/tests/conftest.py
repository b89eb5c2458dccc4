"""The ground of these tests: a company with chart and fee types, and what its ledger says."""

from collections.abc import Callable

import pytest

from gasworks.foundation.testing.factories import TODAY, Company, make_company
from gasworks.ledger.selectors import trial_balance
from gasworks.receivables.testing.factories import open_receivables, system


@pytest.fixture
def company() -> Company:
    company = make_company()
    open_receivables(company)
    return company


@pytest.fixture
def balances(company: Company) -> Callable[[], dict[str, int]]:
    """Account number → fen, of the accounts that are not nought."""

    def now() -> dict[str, int]:
        lines = trial_balance(scope=system(company), on=TODAY)
        return {line.code: line.balance_fen for line in lines if line.balance_fen}

    return now
