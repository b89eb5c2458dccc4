"""Statements that are planned once a session."""

from csp.constants import NONCE
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test.utils import CaptureQueriesContext, override_settings

from gasworks.foundation.models import RoleGrant
from gasworks.foundation.prepared import array, number, prepared
from gasworks.foundation.reach import scope_for
from gasworks.foundation.testing.factories import NOW, make_company, make_staff
from gasworks.foundation.web.middleware import ContentPolicy

ASKED = "SELECT count(*) FROM foundation_orgunit WHERE id = ANY (%s) OR id = %s"


def ask(*keys: int, or_this: int | None = None) -> int:
    with prepared() as cursor:
        cursor.execute(ASKED, [array(keys), number(or_this)])
        return int(cursor.fetchone()[0])


def test_small_and_large_numbers_share_one_plan(db: None) -> None:
    assert ask() == ask(7) == ask(7, 9_000_000_000, or_this=40_000) == 0

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["%ANY ($1) OR id = $2%"])
        assert cursor.fetchone()[0] == 1


def test_it_sees_its_own_transaction_and_stands_in_the_query_log(db: None) -> None:
    company = make_company()
    with CaptureQueriesContext(connection) as asked:
        assert ask(company.id) == 1
    assert [query["sql"] for query in asked.captured_queries] == [ASKED.replace("%s", "$1", 1).replace("%s", "$2")]


def test_a_connection_that_must_not_prepare_answers_the_same(db: None) -> None:
    company = make_company()
    connection.ensure_connection()
    kept = connection.connection.prepare_threshold
    connection.connection.prepare_threshold = None
    try:
        assert ask(company.id, or_this=company.id) == 1
    finally:
        connection.connection.prepare_threshold = kept


def test_a_scope_is_read_in_one_query_however_many_roles_are_held(db: None) -> None:
    company = make_company()
    staff = make_staff("cash_lead", company=company)
    RoleGrant.objects.create(staff=staff, role="billing_lead", unit=company.branch, granted_at=NOW)
    with CaptureQueriesContext(connection) as asked:
        scope = scope_for(staff)
    assert len(asked) == 1
    assert scope.may("payments.reverse")
    assert scope.may("calendar.change")


def answered(policy: ContentPolicy, *, nonce: bool = False, own: str = "") -> str:
    request, answer = HttpRequest(), HttpResponse(headers={"Content-Security-Policy": own} if own else None)
    policy.process_request(request)
    if nonce:
        str(request.csp_nonce)  # type: ignore[attr-defined]
    return str(policy.process_response(request, answer).headers["Content-Security-Policy"])


def test_the_content_policy_is_spelt_once_and_a_page_with_its_own_keeps_it() -> None:
    with override_settings(CONTENT_SECURITY_POLICY={"DIRECTIVES": {"script-src": ["'self'", NONCE]}}):
        policy = ContentPolicy(lambda _request: HttpResponse())
        assert answered(policy, own="sandbox") == "sandbox"
        assert answered(policy) == answered(policy) == policy.spelt
        assert "script-src 'self'" in policy.spelt
        assert "nonce-" not in policy.spelt
        assert "nonce-" in answered(policy, nonce=True)
        assert "nonce-" not in answered(policy)
