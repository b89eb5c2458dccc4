"""Each guard refuses by the name of its rule, for one row and for fifty thousand in the same session."""

import datetime as dt
import time
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_company
from gasworks.ledger import services
from gasworks.ledger.models import Entry, Posting
from gasworks.ledger.testing.factories import make_draft, open_books
from gasworks.ledger.types import Leg, PostingPlace

pytestmark = pytest.mark.django_db
MANY = 50_000


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def scope(company: Company) -> Scope:
    return Scope.system("test", company_id=company.id)


@pytest.fixture
def gl(scope: Scope, company: Company) -> dict[str, int]:
    return open_books(scope, outlet_id=company.outlet.id, day=TODAY)


def run(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def insert_entry(company: Company, *, legs: int = 1, source: int = 1, **changed: Any) -> int:
    columns = {
        "company_id": company.id,
        "outlet_id": company.outlet.id,
        "posting_day": TODAY,
        "kind": 12,
        "source": source,
        "legs": legs,
        "reverses_id": None,
        "actor_id": None,
        "at": NOW,
        **changed,
    }
    names, places = ", ".join(columns), ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO ledger_entry ({names}) VALUES ({places}) RETURNING id", list(columns.values()))
        return int(cursor.fetchone()[0])


def insert_postings(*rows: tuple[Any, ...]) -> None:
    """Rows of (entry, seq, company, debit, debit party, credit, credit party, fen) in one statement."""
    places = ", ".join(["(%s, %s, %s, %s, %s, %s, %s, %s)"] * len(rows))
    run(
        "INSERT INTO ledger_posting (entry_id, seq, company_id, debit_gl_id, debit_party, credit_gl_id, credit_party,"
        f" amount_fen) VALUES {places}",
        *[value for row in rows for value in row],
    )


def refused(rule: str) -> Any:
    return pytest.raises(IntegrityError, match=rule)


def test_entry_of_a_foreign_outlet_is_refused(company: Company, gl: dict[str, int]) -> None:
    foreign = make_company("外地燃气")
    with refused("LED-6"), transaction.atomic():
        insert_entry(company, outlet_id=foreign.outlet.id)
    with refused("LED-6"), transaction.atomic():
        insert_entry(company, outlet_id=company.branch.id)


def test_entry_by_nobody_known_is_refused(company: Company, gl: dict[str, int]) -> None:
    with refused("entry_actor"), transaction.atomic():
        insert_entry(company, actor_id=999_999)


def test_entry_on_a_day_that_was_never_opened_is_refused(company: Company, gl: dict[str, int]) -> None:
    with refused("LED-7"), transaction.atomic():
        insert_entry(company, posting_day=TODAY - dt.timedelta(days=1))


def test_a_forged_transaction_number_is_refused(company: Company, gl: dict[str, int]) -> None:
    with refused("LED-5"), transaction.atomic():
        insert_entry(company, xact=1)


@pytest.mark.parametrize("seqs", [[1], [1, 3], [2, 3], [1, 2, 3]])
def test_postings_that_are_not_whole_are_refused(company: Company, gl: dict[str, int], seqs: list[int]) -> None:
    entry = insert_entry(company, legs=2)
    with refused("LED-5"), transaction.atomic():
        insert_postings(*[(entry, seq, company.id, gl["bank"], None, gl["gas_revenue"], None, 1) for seq in seqs])
    assert not Posting.objects.exists()


def test_postings_in_two_statements_are_refused(company: Company, gl: dict[str, int]) -> None:
    entry = insert_entry(company, legs=2)
    with refused("LED-5"), transaction.atomic():
        insert_postings((entry, 1, company.id, gl["bank"], None, gl["gas_revenue"], None, 1))


def test_postings_of_no_entry_are_refused(company: Company, gl: dict[str, int]) -> None:
    with refused("posting_entry"), transaction.atomic():
        insert_postings((10**9, 1, company.id, gl["bank"], None, gl["gas_revenue"], None, 1))


def test_a_posting_under_another_company_is_refused(company: Company, gl: dict[str, int]) -> None:
    foreign = make_company("外地燃气")
    other = open_books(Scope.system("test", company_id=foreign.id), outlet_id=foreign.outlet.id, day=TODAY)
    entry = insert_entry(company)
    with refused("LED-6"), transaction.atomic():
        insert_postings((entry, 1, company.id, gl["bank"], None, other["gas_revenue"], None, 1))
    with refused("LED-6"), transaction.atomic():
        insert_postings((entry, 1, foreign.id, other["bank"], None, other["gas_revenue"], None, 1))


@pytest.mark.parametrize(("debit", "party"), [("cash", None), ("bank", 1)])
def test_a_party_stands_exactly_where_the_chart_says(
    company: Company, gl: dict[str, int], debit: str, party: int | None
) -> None:
    entry = insert_entry(company)
    with refused("posting_party"), transaction.atomic():
        insert_postings((entry, 1, company.id, gl[debit], party, gl["gas_revenue"], None, 1))


@pytest.mark.parametrize("fen", [0, -1])
def test_a_posting_moves_a_positive_amount(company: Company, gl: dict[str, int], fen: int) -> None:
    entry = insert_entry(company)
    with refused("posting_positive"), transaction.atomic():
        insert_postings((entry, 1, company.id, gl["bank"], None, gl["gas_revenue"], None, fen))


def test_clearing_nets_to_zero_in_the_entry(scope: Scope, company: Company, gl: dict[str, int]) -> None:
    def post(back: int) -> None:
        legs = (
            Leg(gl["bank"], gl["clearing"], 60),
            Leg(gl["cash"], gl["clearing"], 40, debit_party=1),
            Leg(gl["clearing"], gl["gas_revenue"], back),
        )
        draft = make_draft(*legs, outlet_id=company.outlet.id, day=TODAY)
        services.post_entry(scope=scope, draft=draft, now=NOW)

    post(100)
    with refused("LED-3"), transaction.atomic():
        post(99)
    assert Entry.objects.count() == 1


@pytest.mark.parametrize("what", ["amount", "party", "side"])
def test_a_reversal_that_does_not_mirror_is_refused(
    scope: Scope, company: Company, gl: dict[str, int], what: str
) -> None:
    draft = make_draft(Leg(gl["gas_receivable"], gl["gas_revenue"], 5, 7), outlet_id=company.outlet.id, day=TODAY)
    original = services.post_entry(scope=scope, draft=draft, now=NOW)
    mirror = insert_entry(company, reverses_id=original)
    row = {
        "amount": (mirror, 1, company.id, gl["gas_revenue"], None, gl["gas_receivable"], 7, 6),
        "party": (mirror, 1, company.id, gl["gas_revenue"], None, gl["gas_receivable"], 8, 5),
        "side": (mirror, 1, company.id, gl["gas_receivable"], 7, gl["gas_revenue"], None, 5),
    }[what]
    with refused("LED-4"), transaction.atomic():
        insert_postings(row)


def test_what_is_posted_is_never_changed_by_the_product(scope: Scope, company: Company, gl: dict[str, int]) -> None:
    draft = make_draft(Leg(gl["bank"], gl["gas_revenue"], 5), outlet_id=company.outlet.id, day=TODAY)
    services.post_entry(scope=scope, draft=draft, now=NOW)
    for statement in (
        "UPDATE ledger_posting SET amount_fen = 1",
        "DELETE FROM ledger_posting",
        "TRUNCATE ledger_posting",
        "UPDATE ledger_entry SET legs = 2",
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_entry",
        "DELETE FROM ledger_daytotal",
        "UPDATE ledger_daytotal SET debit_fen = 1",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            run(statement)
    assert Posting.objects.get().amount_fen == 5


def test_the_owner_cannot_change_it_by_a_slip_either(as_owner: psycopg.Connection) -> None:
    for table, verb in [(t, v) for t in ("entry", "posting", "daytotal") for v in ("UPDATE", "DELETE", "TRUNCATE")]:
        text = {
            "UPDATE": f"UPDATE ledger_{table} SET company_id = company_id",
            "DELETE": f"DELETE FROM ledger_{table}",
            "TRUNCATE": f"TRUNCATE ledger_{table}",
        }[verb]
        with pytest.raises(psycopg.errors.RestrictViolation, match="LED-2"):
            as_owner.execute(text)


def test_every_guard_fires_always(as_owner: psycopg.Connection) -> None:
    rows = as_owner.execute(
        "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger"
        " WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE 'ledger\\_%'"
    ).fetchall()
    assert len(rows) >= 8
    assert {enabled for _, _, enabled in rows} <= {"A", b"A"}, rows


def test_a_closed_day_never_opens_again(scope: Scope, company: Company, gl: dict[str, int]) -> None:
    services.close_outlet_day(scope=scope, outlet_id=company.outlet.id, day=TODAY, now=NOW)
    with refused("LED-7"), transaction.atomic():
        run("UPDATE ledger_outletday SET closed_at = NULL")
    with refused("LED-7"), transaction.atomic():
        run(
            "INSERT INTO ledger_outletday (company_id, outlet_id, day) VALUES (%s, %s, %s)",
            company.id,
            company.outlet.id,
            TODAY - dt.timedelta(days=3),
        )


def test_one_row_costs_the_same_before_and_after_fifty_thousand(
    scope: Scope, company: Company, gl: dict[str, int]
) -> None:
    """One session: single entries, one of 50,000, singles again, and a bad one hidden in 50,000."""
    leg = Leg(gl["gas_receivable"], gl["gas_revenue"], 5, debit_party=7)

    def post(count: int) -> float:
        drafts = [make_draft(leg, leg, outlet_id=company.outlet.id, day=TODAY) for _ in range(count)]
        began = time.process_time(), time.perf_counter()
        services.post_entries(scope=scope, drafts=drafts, now=NOW)
        return time.perf_counter() - began[1]

    post(1)
    single = min(post(1) for _ in range(20))
    bulk = post(MANY)
    after = min(post(1) for _ in range(20))
    assert bulk < 60
    assert after < max(10 * single, 0.05)
    first = insert_entry(company, source=1)
    rows = [(first, 1, company.id, gl["bank"], None, gl["gas_revenue"], None, 1)]
    rows += [(10**9 + n, 1, company.id, gl["bank"], None, gl["gas_revenue"], None, 1) for n in range(100)]
    with refused("posting_entry"), transaction.atomic():
        insert_postings(*rows)
    assert not Posting.objects.filter(entry_id=first).exists()


def test_fifty_thousand_reversals_mirror(scope: Scope, company: Company, gl: dict[str, int]) -> None:
    leg = Leg(gl["gas_receivable"], gl["gas_revenue"], 5, debit_party=7)
    count = 2_000
    drafts = [make_draft(leg, outlet_id=company.outlet.id, day=TODAY) for _ in range(count)]
    ids = services.post_entries(scope=scope, drafts=drafts, now=NOW)
    place = PostingPlace(company.outlet.id, TODAY)
    run(
        "INSERT INTO ledger_entry (company_id, outlet_id, posting_day, kind, source, legs, reverses_id, at)"
        " SELECT company_id, outlet_id, posting_day, 4, id, legs, id, at FROM ledger_entry WHERE id = ANY(%s)",
        ids,
    )
    run(
        "INSERT INTO ledger_posting (entry_id, seq, company_id, debit_gl_id, debit_party, credit_gl_id, credit_party,"
        " amount_fen) SELECT r.id, p.seq, p.company_id, p.credit_gl_id, p.credit_party, p.debit_gl_id, p.debit_party,"
        " p.amount_fen FROM ledger_entry r JOIN ledger_posting p ON p.entry_id = r.reverses_id WHERE r.outlet_id = %s",
        place.outlet_id,
    )
    assert Posting.objects.count() == 2 * count
