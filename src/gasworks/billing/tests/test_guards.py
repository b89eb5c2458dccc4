"""The fences around booked gas and bills hold against any writer, for one row and for 50,000 in one session."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from gasworks.billing.models import Bill, BillLine
from gasworks.billing.testing.factories import bill, make_home, make_town

pytestmark = pytest.mark.django_db

TAKE = "UPDATE usage_hand SET xact = pg_current_xact_id()::text::bigint WHERE group_id = ANY(%s)"
BOOK = """
INSERT INTO usage_movement (source, source_kind, seq, live, counts_only, company_id, installation_id, register_id,
    price_item_id, from_on, to_on, month, ladder_id, litres, from_index, to_index)
SELECT 900000 + n, 1, 1, true, false, company_id, installation_id, register_id, price_item_id,
    from_on + days * n, to_on + days * n + longer, month, ladder_id, 1000, 0, 1000
FROM usage_movement m, generate_series(1, %s) n, (SELECT to_on - from_on AS days FROM usage_movement LIMIT 1) d,
    (SELECT %s AS longer) l WHERE m.source = %s
"""


def constraint_of(error):
    return error.value.__cause__.diag.constraint_name


def sql(statement, params=()):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def billed():
    """A home with one bill of 12 m³."""
    town = make_town()
    home = make_home(town, begin=dt.date(2026, 2, 1))
    home.read(dt.date(2026, 3, 1), 12)
    bill(town, 202603)
    return home, Bill.objects.get()


def test_gas_is_not_booked_without_the_hand_of_the_group(billed):
    _home, one = billed
    sql("UPDATE usage_hand SET xact = 0")
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        sql(BOOK, [1, 0, one.id])
    assert constraint_of(refused) == "movement_hand"


@pytest.mark.parametrize("rows", [1, 50_000])
def test_days_that_overlap_are_refused_and_those_that_follow_are_booked(billed, rows):
    home, one = billed
    sql(TAKE, [[home.group_id]])
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        sql(BOOK, [rows, 1, one.id]) if rows > 1 else sql(BOOK.replace("+ days * n,", "+ 1,"), [rows, 0, one.id])
    assert constraint_of(refused) == "movement_no_overlap"
    sql(BOOK, [rows, 0, one.id])
    assert sql("SELECT litres FROM usage_ladder") == [(12_000 + rows * 1000,)]


def test_one_row_is_looked_at_as_quickly_after_fifty_thousand(billed):
    home, one = billed
    sql(TAKE, [[home.group_id]])
    sql(BOOK, [50_000, 0, one.id])
    sql("SET LOCAL statement_timeout = '500ms'")
    sql(BOOK.replace("900000 + n", "2000000"), [1, 0, sql("SELECT max(source) FROM usage_movement")[0][0]])


@pytest.mark.parametrize(
    ("column", "value"),
    [("installation_id", 999_999_999), ("register_id", 999_999_999), ("ladder_id", 999_999_999)],
)
def test_gas_of_something_that_is_not_there_is_refused(billed, column, value):
    home, one = billed
    sql(TAKE, [[home.group_id]])
    head, tail = BOOK.split("SELECT 900000", 1)
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        sql(head + "SELECT 900000" + tail.replace(f" {column}", f" {value}", 1), [1, 0, one.id])
    assert constraint_of(refused) == "movement_references"


def test_gas_is_taken_back_once_and_the_ladder_follows(billed):
    home, one = billed
    sql(TAKE, [[home.group_id]])
    sql("UPDATE usage_movement SET live = false WHERE source = %s", [one.id])
    assert sql("SELECT litres FROM usage_ladder") == [(0,)]
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        sql("UPDATE usage_movement SET live = true WHERE source = %s", [one.id])
    assert constraint_of(refused) == "append_only"


@pytest.mark.parametrize("table", ["usage_movement", "usage_ladder", "usage_hand", "billing_bill", "billing_billline"])
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "TRUNCATE {}"])
def test_the_products_roles_cannot_take_rows_away(billed, table, verb):
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        sql(verb.format(table))


def test_lines_that_are_not_the_bill_are_refused(billed):
    _home, one = billed
    line = BillLine.objects.get()
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        sql(
            "INSERT INTO billing_billline (bill_id, seq, company_id, version_id, tier, litres, price_e4, amount_fen)"
            " VALUES (%s, 2, %s, %s, 1, 1, 1, 1)",
            [one.id, one.company_id, line.version_id],
        )
    assert constraint_of(refused) == "lines_are_the_bill"


@pytest.mark.parametrize("state", [Bill.State.HELD, Bill.State.DISCARDED, Bill.State.CANCELLED])
def test_an_issued_bill_goes_nowhere_without_its_reversal(billed, state):
    with pytest.raises(DatabaseError), transaction.atomic():
        Bill.objects.update(state=state)
    assert Bill.objects.get().state == Bill.State.ISSUED


def test_an_issued_bill_without_an_entry_is_refused(billed):
    _home, one = billed
    with pytest.raises(DatabaseError), transaction.atomic():
        sql(
            "INSERT INTO billing_bill (company_id, agreement_id, supply_point_id, kind, state, month, from_on, to_on,"
            " posting_day, due_on, litres, amount_fen, left_litres)"
            " SELECT company_id, agreement_id, supply_point_id, kind, 2, 202604, from_on, to_on, posting_day, due_on,"
            " litres, amount_fen, left_litres FROM billing_bill WHERE id = %s",
            [one.id],
        )


def test_guards_are_in_place_and_cannot_be_switched_off():
    rows = sql(
        """SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger
           WHERE tgrelid::regclass::text ~ '^(usage|billing)_' AND starts_with(tgname, 'guard') ORDER BY 1, 2"""
    )
    assert {enabled for _table, _name, enabled in rows} == {"A"}
    assert {("usage_movement", "guard_movement_added"), ("billing_bill", "guard_bill_added")} <= {
        row[:2] for row in rows
    }
    with pytest.raises(DatabaseError), transaction.atomic():
        sql("SET session_replication_role = replica")
