"""An independent tool reads the ledger and finds it balanced."""

import csv
import datetime as dt
import io

import pytest
from beancount import loader
from beancount.core.data import Transaction

from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, TODAY, make_company, make_scope
from gasworks.kernel.errors import Forbidden
from gasworks.ledger import exports, selectors, services
from gasworks.ledger.testing.factories import make_draft, open_books
from gasworks.ledger.types import Leg, PostingPlace

pytestmark = pytest.mark.django_db
TOMORROW = TODAY + dt.timedelta(days=1)


def test_beancount_finds_the_ledger_balanced_and_agrees_with_the_trial_balance() -> None:
    company = make_company()
    scope = Scope.system("test", company_id=company.id)
    gl = open_books(scope, outlet_id=company.outlet.id, day=TODAY)
    legs = (
        Leg(gl["gas_receivable"], gl["gas_revenue"], 1_234_567, 7),
        Leg(gl["gas_receivable"], gl["vat_output"], 9, 7),
    )
    drafts = [make_draft(*legs, outlet_id=company.outlet.id, day=TODAY) for _ in range(3)]
    ids = services.post_entries(scope=scope, drafts=drafts, now=NOW)
    services.reverse_entry(
        scope=scope, entry_id=ids[0], kind=2, source=1, place=PostingPlace(company.outlet.id, TODAY), now=NOW
    )
    text = "".join(exports.beancount_text(scope=scope, from_on=TODAY, to_on=TOMORROW))
    entries, errors, _ = loader.load_string(text)
    assert errors == []
    sums: dict[str, int] = {}
    for entry in entries:
        for posting in entry.postings if isinstance(entry, Transaction) else []:
            sums[posting.account] = sums.get(posting.account, 0) + int(posting.units.number * 100)
    ours = {line.code: line.balance_fen for line in selectors.trial_balance(scope=scope, on=TODAY) if line.balance_fen}
    assert {name.split("GL-")[1]: fen for name, fen in sums.items() if fen} == ours
    assert sum(ours.values()) == 0


def test_csv_has_a_line_for_each_posting() -> None:
    company = make_company()
    scope = Scope.system("test", company_id=company.id)
    gl = open_books(scope, outlet_id=company.outlet.id, day=TODAY)
    draft = make_draft(Leg(gl["cash"], gl["gas_receivable"], 5, 1, 7), outlet_id=company.outlet.id, day=TODAY)
    services.post_entry(scope=scope, draft=draft, now=NOW)
    text = "".join(exports.csv_text(scope=scope, from_on=TODAY, to_on=TOMORROW))
    head, row = csv.reader(io.StringIO(text))
    found = dict(zip(head, row, strict=True))
    assert (found["debit_account"], found["debit_party"], found["credit_account"], found["amount_fen"]) == (
        "1001",
        "1",
        "112201",
        "5",
    )


def test_a_cashier_exports_nothing() -> None:
    scope = make_scope("cashier")
    with pytest.raises(Forbidden):
        next(exports.csv_text(scope=scope, from_on=TODAY, to_on=TOMORROW))
