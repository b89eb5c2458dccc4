"""The benches' databases: their template follows the schema, and what a bench makes is gone after it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from bench import databases

MIGRATION = Path("metering", "migrations", "0007_seals.py")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for path, text in (
        (MIGRATION, "seals"),
        (Path("metering", "views.py"), "page"),
        (Path("usage", "sql", "a.sql"), "1"),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


@pytest.fixture
def prefix(django_db_setup: None, django_db_blocker: object) -> Iterator[str]:
    prefix = f"{settings.GASWORKS_CLONE}_tpl_"
    yield prefix
    for name in _known(prefix):
        databases.drop(name)


def _known(prefix: str) -> list[str]:
    with databases.connect("postgres") as server:
        rows = server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix]).fetchall()
    return [name for (name,) in rows]


def test_the_digest_knows_names_and_contents_of_what_makes_the_schema(source: Path):
    first = databases.schema_digest(source)

    (source / "metering" / "views.py").write_text("another page")
    assert databases.schema_digest(source) == first

    renamed = source / MIGRATION.with_name("0008_seals.py")
    (source / MIGRATION).rename(renamed)
    assert databases.schema_digest(source) != first
    renamed.rename(source / MIGRATION)
    assert databases.schema_digest(source) == first

    (source / MIGRATION).write_text("seals and locks")
    second = databases.schema_digest(source)
    models = source / "metering" / "models" / "seals.py"
    models.parent.mkdir()
    models.write_text("seal")
    assert len({first, second, databases.schema_digest(source)}) == 3


def test_a_template_is_kept_until_a_migration_changes_and_then_made_anew(source: Path, prefix: str):
    made: list[str] = []

    def fill(name: str) -> None:
        made.append(name)
        with databases.connect(name) as owner:
            owner.execute("CREATE TABLE seals ()" if len(made) == 1 else "CREATE TABLE locks ()")

    first = databases.migrated(prefix, source, fill)
    assert databases.migrated(prefix, source, fill) == first
    assert (_known(prefix), len(made)) == ([first], 1)

    (source / MIGRATION).write_text("locks")
    second = databases.migrated(prefix, source, fill)
    assert (_known(prefix), len(made)) == ([second], 2)
    with databases.connect(second) as owner:
        assert owner.execute("SELECT to_regclass('locks') IS NOT NULL").fetchone() == (True,)


def test_one_that_was_not_finished_is_made_anew(source: Path, prefix: str):
    def fail(name: str) -> None:
        raise RuntimeError(name)

    with pytest.raises(RuntimeError):
        databases.migrated(prefix, source, fail)

    name = databases.migrated(prefix, source, lambda name: None)
    assert _known(prefix) == [name]


def test_a_bench_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, prefix: str):
    monkeypatch.setattr(databases, "migrated", lambda: "gasworks_blank")
    ours = f"gasworks_bench_nothing_{os.getpid()}"
    with databases.worlds("nothing", "twin") as (name, twin):
        databases.clone(name, twin)
        assert sorted(_known(ours)) == [ours, f"{ours}_twin"] == [name, twin]
    assert _known(ours) == []
