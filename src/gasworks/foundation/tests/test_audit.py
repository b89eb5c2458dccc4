"""AUD-1: who did what is written with the act itself, cannot be changed, and history rows name their writer."""

import re
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction

from gasworks.foundation import audit
from gasworks.foundation.audit import Act, acting, bind_actor
from gasworks.foundation.history import changes_of
from gasworks.foundation.models import AuditAct, OrgUnit, RoleGrant, Staff
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, make_company, make_scope, make_staff


@pytest.mark.django_db
def test_an_act_is_kept_with_actor_amount_and_origin() -> None:
    scope = make_scope()
    row = audit.record(
        scope=scope, act="staff.create", subject_kind="foundation.staff", subject_id=5, amount_fen=100, now=NOW
    )
    row.refresh_from_db()
    assert (row.company_id, row.actor_id, row.amount_fen, row.at) == (scope.company_id, scope.actor_id, 100, NOW)


@pytest.mark.django_db
def test_a_batch_is_kept_whole() -> None:
    scope = make_scope()
    assert audit.record_many(scope=scope, acts=[Act("staff.create", subject_id=n) for n in range(5)], now=NOW) == 5
    assert AuditAct.objects.filter(actor_id=scope.actor_id).count() == 5


@pytest.mark.django_db
def test_the_system_must_say_why_it_acts() -> None:
    company = make_company()
    with pytest.raises(IntegrityError, match="audit_has_actor"), transaction.atomic():
        audit.record(scope=Scope(company_id=company.id, actor_id=None), act="staff.create", now=NOW)
    audit.record(scope=Scope.system("night run", company_id=company.id), act="staff.create", now=NOW)
    assert AuditAct.objects.get().reason == "night run"


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["UPDATE foundation_auditact SET act = 'x'", "DELETE FROM foundation_auditact"])
def test_the_log_is_not_changed_by_the_product(statement: str) -> None:
    audit.record(scope=make_scope(), act="staff.create", now=NOW)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_inside_acting_every_history_row_names_its_writer() -> None:
    scope, staff = make_scope(), make_staff()
    with acting(scope), transaction.atomic():
        Staff.objects.filter(pk=staff.pk).update(full_name="王芳")
    newest = changes_of(Staff, staff.pk)[0]
    assert (newest.full_name, newest.pgh_context["actor"]) == ("王芳", scope.actor_id)


def test_the_writer_is_named_again_in_each_transaction(committed_db: str) -> None:
    scope, staff = make_scope(), make_staff()
    with acting(scope):
        for name in ("一", "二"):
            with transaction.atomic():
                Staff.objects.filter(pk=staff.pk).update(full_name=name)
    with transaction.atomic():
        Staff.objects.filter(pk=staff.pk).update(full_name="三")
    actors = [(row.pgh_context or {}).get("actor") for row in changes_of(Staff, staff.pk)[:3]]
    assert actors == [None, scope.actor_id, scope.actor_id]


@pytest.mark.django_db
def test_a_rolled_back_savepoint_does_not_take_the_name_back() -> None:
    scope, staff = make_scope(), make_staff()
    with acting(scope), transaction.atomic():
        Staff.objects.count()
        with suppress(ZeroDivisionError), transaction.atomic():
            Staff.objects.filter(pk=staff.pk).update(full_name="x")
            raise ZeroDivisionError
        Staff.objects.filter(pk=staff.pk).update(full_name="王芳")
    assert changes_of(Staff, staff.pk)[0].pgh_context["actor"] == scope.actor_id


@pytest.mark.django_db
def test_a_bulk_write_by_sql_names_its_writer_first() -> None:
    scope, company = make_scope(), make_company()
    with transaction.atomic(), connection.cursor() as cursor:
        bind_actor(cursor, scope)
        cursor.execute("UPDATE foundation_orgunit SET name = '改名' WHERE company_id = %s", [company.id])
    assert changes_of(OrgUnit, company.branch.id)[0].pgh_context["actor"] == scope.actor_id


@pytest.mark.django_db
def test_history_keeps_a_revoked_role_and_no_password() -> None:
    staff = make_staff("cashier")
    grant = RoleGrant.objects.get(staff=staff)
    key = grant.pk
    grant.delete()
    assert [row.pgh_label for row in changes_of(RoleGrant, key)] == ["delete", "insert"]
    assert "password" not in {field.name for field in Staff.pgh_event_model._meta.fields}  # type: ignore[attr-defined]


def test_every_act_that_the_code_records_has_a_label() -> None:
    source = Path(settings.ROOT) / "src" / "gasworks"
    named = re.compile(r"""act=["']([a-z_]+\.[a-z_]+)["']|Act\(\s*["']([a-z_]+\.[a-z_]+)["']""")
    used = {
        first or second
        for path in source.rglob("*.py")
        if "/tests/" not in str(path) and "/testing/" not in str(path)
        for first, second in named.findall(path.read_text())
    }
    assert used - set(audit.kinds()) == set()
