"""The rooms of the house: who may import whom, which way keys point, whose every row is."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import models

from gasworks.project import languages, templates
from tests.support.databases import ROOT

SOURCE = ROOT / "src" / "gasworks"
# From the ground up; siblings share a floor. The import contract in pyproject.toml says the same for modules.
FLOORS = (
    ("foundation",),
    ("ledger",),
    ("tariffs",),
    ("customers",),
    ("metering",),
    ("usage",),
    ("receivables",),
    ("invoicing",),
    ("billing", "payments"),
    ("casework",),
    ("insight",),
    ("console", "openapi"),
    ("demo",),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
DOMAINS = set(FLOOR) - {"foundation", "console", "openapi", "demo"}
# What a domain shows to others. The last line: pure computations that a caller needs before it asks a service.
DOORS = {
    "services", "selectors", "types", "events", "ports", "testing", "refusals",
    "allocation", "late_fee", "fees", "exports", "labels", "planning", "opening", "hands", "digest",
    "relaying", "correcting", "acts",
}  # fmt: skip
# These read a lower room's tables themselves, as a selector would cost a query per row or name the model anyway. The
# list is there to become shorter; a new line needs a reason.
READ_DIRECTLY = {
    ("demo/build.py", "billing"), ("demo/reading.py", "metering"), ("openapi/routes.py", "billing"),
}  # fmt: skip


def _own_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("gasworks.")]


def _imports(path: Path) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("gasworks."):
            parts = tuple(node.module.split("."))
            yield from [parts] if len(parts) > 2 else [(*parts, alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names if alias.name.startswith("gasworks."))


def _sources() -> Iterator[tuple[str, Path]]:
    for path in SOURCE.rglob("*.py"):
        inside = path.relative_to(SOURCE)
        if not {"tests", "testing", "migrations"} & set(inside.parts):
            yield inside.parts[0], path


def test_the_import_contracts_hold():
    done = subprocess.run(
        [ROOT / ".venv/bin/lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_every_installed_room_has_a_floor():
    assert {name.rpartition(".")[2] for name in settings.GASWORKS_APPS} == set(FLOOR)


def test_another_domain_is_entered_by_its_doors():
    entered = [
        f"{path.relative_to(ROOT)} imports {'.'.join(found)}"
        for room, path in _sources()
        for found in _imports(path)
        if found[1] in DOMAINS and found[1] != room and (len(found) < 3 or found[2] not in DOORS)
        if not (found[2:3] == ("models",) and (str(path.relative_to(SOURCE)), found[1]) in READ_DIRECTLY)
    ]
    assert entered == []


def test_foreign_keys_point_down_or_stay_in_the_room():
    rising = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in _own_models()
        for field in model._meta.local_fields
        if field.is_relation
        and field.related_model._meta.app_label in FLOOR
        and FLOOR[field.related_model._meta.app_label] > FLOOR[model._meta.app_label]
    ]
    assert rising == []


def test_every_business_table_says_whose_it_is():
    nobodys = [
        model._meta.label
        for model in _own_models()
        if model._meta.app_label in DOMAINS
        and not model._meta.proxy
        and not model.__name__.endswith("Event")
        and not any(field.column == "company_id" and not field.null for field in model._meta.local_fields)
    ]
    assert nobodys == []


def test_models_and_migrations_agree(committed_db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_template_keeps_the_rules():
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in templates.templates()
        for line, name in [*templates.faults_of_syntax(path), *templates.breaches(path)]
    ]
    assert found == []


def test_both_languages_are_complete():
    assert languages.faults() == []
