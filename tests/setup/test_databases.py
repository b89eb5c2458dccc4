"""The tests' own databases: the right role, nothing left behind, clones apart."""

import psycopg
import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from tests.support.databases import server
from tests.support.sites import Site


def _names() -> set[str]:
    with server() as admin:
        return {name for (name,) in admin.execute("SELECT datname FROM pg_database")}


@pytest.mark.django_db
def test_a_test_runs_as_the_web_role_on_a_clone():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        user, name = cursor.fetchone()
    assert user == "gasworks_web"
    assert name.startswith("gasworks_test_")


@pytest.mark.django_db
@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_test_writes_is_gone_after_it(turn):
    assert not Session.objects.filter(session_key="left").exists()
    Session.objects.create(session_key="left", session_data="", expire_date=timezone.now())


def test_a_committed_database_is_seen_by_other_connections(committed_db):
    Session.objects.create(session_key="seen", session_data="", expire_date=timezone.now())
    with server(committed_db, "worker") as other:
        assert other.execute("SELECT count(*) FROM django_session WHERE session_key = 'seen'").fetchone() == (1,)


def test_the_next_committed_database_is_empty_again(committed_db):
    assert not Session.objects.exists()
    assert committed_db in _names()


def test_nobody_but_the_owner_may_empty_a_table(committed_db):
    with server(committed_db, "web") as web, pytest.raises(psycopg.errors.InsufficientPrivilege):
        web.execute("TRUNCATE django_session")


def test_the_site_answers_from_the_clone(live_site: Site):
    import urllib.request

    with urllib.request.urlopen(f"{live_site.url}/account/login/") as answer:
        assert answer.status == 200
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.browser
def test_chromium_opens_the_log_in_page(live_site: Site, page):
    page.goto(f"{live_site.url}/account/login/")
    assert page.locator("html").get_attribute("lang").startswith("zh")
    assert page.faults == []
