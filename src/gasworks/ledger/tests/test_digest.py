"""AUD-2: a row of an old day that is changed, removed or put in is found."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from gasworks.foundation import audit
from gasworks.foundation.invariants import check_all
from gasworks.foundation.models import AuditAct, DayDigest, Work
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_company, make_scope, make_staff
from gasworks.kernel.errors import Forbidden, NotThere
from gasworks.ledger import services
from gasworks.ledger.digest import DayStillOpen, check_digest, compute, digest_days, write_day_digest
from gasworks.ledger.models import OutletDay
from gasworks.ledger.testing.factories import make_draft, open_books
from gasworks.ledger.types import Leg

DAWN = dt.datetime(2026, 3, 10, 20, 0, tzinfo=dt.UTC)
"""Four in the morning of the day after TODAY, in China."""


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def scope(company: Company) -> Scope:
    return Scope.system("test", company_id=company.id)


@pytest.fixture
def gl(scope: Scope, company: Company) -> dict[str, int]:
    return open_books(scope, outlet_id=company.outlet.id, day=TODAY)


def post(scope: Scope, company: Company, gl: dict[str, int], fen: int) -> int:
    draft = make_draft(Leg(gl["bank"], gl["gas_revenue"], fen), outlet_id=company.outlet.id, day=TODAY)
    return services.post_entry(scope=scope, draft=draft, now=NOW)


def close(scope: Scope, company: Company) -> None:
    services.close_outlet_day(scope=scope, outlet_id=company.outlet.id, day=TODAY, now=NOW)


@pytest.mark.django_db
def test_a_day_is_digested_once_it_is_closed_everywhere_and_four_hours_over(
    scope: Scope, company: Company, gl: dict[str, int]
) -> None:
    post(scope, company, gl, 1)
    services.open_day(scope=scope, outlet_id=company.other_outlet.id, today=TODAY)
    close(scope, company)
    assert digest_days(scope=scope, now=DAWN) == []
    services.close_outlet_day(scope=scope, outlet_id=company.other_outlet.id, day=TODAY, now=NOW)
    assert digest_days(scope=scope, now=DAWN - dt.timedelta(seconds=1)) == []
    assert [row.day for row in digest_days(scope=scope, now=DAWN)] == [TODAY]
    assert digest_days(scope=scope, now=DAWN) == []
    row = DayDigest.objects.get()
    assert (row.acts, row.postings, row.written_at) == (2, 1, DAWN)
    assert check_digest(scope=scope, digest_id=row.id).holds


@pytest.mark.django_db
def test_days_on_which_nothing_was_posted_are_digested_too(scope: Scope, company: Company, gl: dict[str, int]) -> None:
    close(scope, company)
    later = DAWN + dt.timedelta(days=3)
    days = [row.day for row in digest_days(scope=scope, now=later)]
    assert days == [TODAY + dt.timedelta(days=n) for n in range(4)]


@pytest.mark.django_db
def test_a_day_waits_for_the_long_work_that_was_asked_for_on_it(
    scope: Scope, company: Company, gl: dict[str, int]
) -> None:
    close(scope, company)
    work = Work.objects.create(
        company_id=company.id, kind="x", title="x", scope={}, asked_at=NOW, state=Work.State.RUNNING, beat_at=DAWN
    )
    assert digest_days(scope=scope, now=DAWN) == []
    Work.objects.filter(pk=work.pk).update(state=Work.State.DONE)
    assert [row.day for row in digest_days(scope=scope, now=DAWN)] == [TODAY]


@pytest.mark.django_db
def test_an_open_day_is_not_digested(scope: Scope, company: Company, gl: dict[str, int]) -> None:
    with pytest.raises(DayStillOpen):
        write_day_digest(scope=scope, day=TODAY, now=DAWN)
    assert not DayDigest.objects.exists()


@pytest.mark.django_db
def test_no_outlet_opens_a_digested_day(scope: Scope, company: Company, gl: dict[str, int]) -> None:
    close(scope, company)
    digest_days(scope=scope, now=DAWN)
    tomorrow = TODAY + dt.timedelta(days=1)
    assert services.open_day(scope=scope, outlet_id=company.other_outlet.id, today=TODAY) == tomorrow
    with pytest.raises(IntegrityError, match="LED-7"), transaction.atomic():
        OutletDay.objects.create(company_id=company.id, outlet_id=company.head_office.id, day=TODAY)


TAMPERED = [
    ("changed", "UPDATE ledger_posting SET amount_fen = amount_fen + 1 WHERE entry_id = %(entry)s"),
    ("changed", "UPDATE ledger_entry SET actor_id = NULL, at = at + interval '1 s' WHERE id = %(entry)s"),
    ("posting removed", "DELETE FROM ledger_posting WHERE entry_id = %(entry)s"),
    ("posting inserted", "INSERT INTO ledger_posting (entry_id, seq, company_id, debit_gl_id, credit_gl_id, amount_fen)"
     " SELECT entry_id, 2, company_id, credit_gl_id, debit_gl_id, amount_fen FROM ledger_posting WHERE entry_id = %(entry)s"),
    ("changed", "UPDATE foundation_auditact SET amount_fen = 1 WHERE act = 'test.paid'"),
    ("changed", "UPDATE foundation_auditact SET detail = '{\"to\": \"B\"}' WHERE act = 'test.paid'"),
    ("act removed", "DELETE FROM foundation_auditact WHERE act = 'test.paid'"),
    ("act inserted", "INSERT INTO foundation_auditact (company_id, at, actor_id, act, subject_kind, detail, reason, request_id)"
     " SELECT company_id, at, actor_id, act, subject_kind, detail, reason, request_id FROM foundation_auditact"
     " WHERE act = 'test.paid'"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "statement"), TAMPERED)
def test_an_administrators_hand_is_found(committed_db: str, as_owner: Any, what: str, statement: str) -> None:
    """The owner of the tables takes the fences down, changes an old row, and puts them up again."""
    company = make_company()
    scope = Scope.system("test", company_id=company.id)
    gl = open_books(scope, outlet_id=company.outlet.id, day=TODAY)
    entry = post(scope, company, gl, 500)
    audit.record(scope=scope, act="test.paid", amount_fen=500, detail={"to": "A"}, now=NOW)
    close(scope, company)
    (row,) = digest_days(scope=scope, now=DAWN)
    (finding,) = check_all({"AUD-2"})
    assert finding.holds

    tables = ("ledger_entry", "ledger_posting", "foundation_auditact")
    with as_owner.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, {"entry": entry})
        assert cursor.rowcount == 1
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    (finding,) = check_all({"AUD-2"})
    assert (finding.broken, what in finding.examples[0]) == (1, True), finding
    assert not check_digest(scope=scope, digest_id=row.id).holds


@pytest.mark.django_db
def test_the_digest_depends_on_no_setting_of_the_session(scope: Scope, company: Company, gl: dict[str, int]) -> None:
    post(scope, company, gl, 500)
    audit.record(scope=scope, act="test.paid", amount_fen=500, detail={"to": "A"}, now=NOW)
    before = compute(company_id=company.id, day=TODAY)
    with connection.cursor() as cursor:
        for setting in ("TimeZone = 'America/Lima'", "DateStyle = 'German'", "extra_float_digits = -5"):
            cursor.execute(f"SET LOCAL {setting}")
    assert compute(company_id=company.id, day=TODAY) == before
    assert (before.acts, before.postings) == (1, 1)


@pytest.mark.django_db
def test_the_page_says_whether_the_day_is_what_it_was(
    scope: Scope, company: Company, gl: dict[str, int], client: Client
) -> None:
    close(scope, company)
    digest_days(scope=scope, now=DAWN)
    client.force_login(make_staff("auditor", company=company))
    page = reverse("ledger:digest", args=[DayDigest.objects.get().id])
    assert page in client.get(reverse("ledger:digests")).content.decode()
    assert "alert-success" in client.get(page).content.decode()
    audit.record(scope=scope, act="test.late", now=NOW)
    assert "alert-danger" in client.get(page).content.decode()


@pytest.mark.django_db
def test_only_who_may_see_the_audit_log_asks_and_only_of_ones_own_company(company: Company, scope: Scope) -> None:
    row = write_day_digest(scope=scope, day=TODAY, now=DAWN)
    with pytest.raises(Forbidden):
        check_digest(scope=make_scope("cashier", company=company), digest_id=row.id)
    with pytest.raises(NotThere):
        check_digest(scope=make_scope("auditor"), digest_id=row.id)
    assert AuditAct.objects.count() == 0
