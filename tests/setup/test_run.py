"""The set-up script and its private database server, on servers of their own beside the one in use."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.databases import ROOT
from tests.support.servers import Place

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="changes to another account")


def _ask(place: Place, question: str) -> str:
    return place.run("psql", "-XAtq", "-d", "gasworks", "-c", question).stdout.strip()


def test_a_second_server_runs_beside_the_first_from_a_path_with_spaces(place: Place):
    place.run("db", "start")

    assert _ask(place, "SELECT current_user, session_user") == "gasworks_owner|gasworks_admin"
    assert _ask(place, "SHOW listen_addresses") == ""
    assert _ask(place, "SHOW fsync") == "on"
    assert _ask(place, "SHOW data_checksums") == "on"
    assert _ask(place, "SELECT array_length(show_trgm('燃气'), 1)") == "3"
    assert (
        _ask(place, "SELECT count(*) FROM pg_extension WHERE extname IN ('postgis','pg_trgm','btree_gist','pgcrypto')")
        == "4"
    )
    assert place.run("db", "status").stdout.startswith("running")


def test_the_socket_lies_in_a_short_folder_that_only_its_owner_enters(place: Place):
    place.run("db", "start")
    socket = Path(place.record()["socket"])

    assert socket.stat().st_mode & 0o777 == 0o700
    assert len(f"{socket}/.s.PGSQL.5432") <= 107


def test_a_second_start_changes_nothing(place: Place):
    place.run("db", "start")
    before = place.server_process()

    again = place.run("db", "start")

    assert again.stderr == ""
    assert place.server_process() == before


@ROOT_ONLY
def test_data_go_elsewhere_when_the_account_postgres_cannot_walk_to_the_checkout(closed_place: Place):
    closed_place.run("db", "start")

    assert re.fullmatch(r"/var/lib/gasworks/[0-9a-f]{12}", closed_place.record()["data"])
    assert _ask(closed_place, "SELECT 1") == "1"


def test_it_comes_back_after_a_crash_with_what_was_committed(place: Place):
    place.run("db", "start")
    place.run("psql", "-Xq", "-c", "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    place.kill()

    place.run("db", "start")

    assert _ask(place, "SELECT n FROM kept") == "7"


def test_the_number_of_a_dead_server_that_now_is_another_process_is_not_believed(place: Place):
    place.run("db", "start")
    place.kill()
    record = Path(place.record()["data"], "postmaster.pid")
    stranger = subprocess.Popen(["sleep", "120"], user=record.stat().st_uid)
    try:
        _, _, rest = record.read_text().partition("\n")
        record.write_text(f"{stranger.pid}\n{rest}")

        place.run("db", "start")

        assert _ask(place, "SELECT 1") == "1"
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_server_killed_and_started_anew_is_found_at_the_same_socket(place: Place):
    place.run("db", "start")
    before = place.record()["socket"]
    place.kill()

    place.run("db", "start")

    assert place.record()["socket"] == before
    assert _ask(place, "SELECT 1") == "1"


def test_a_folder_of_sockets_that_others_may_enter_is_not_used_again(place: Place):
    place.run("db", "start")
    before = Path(place.record()["socket"])
    place.kill()
    before.chmod(0o777)

    place.run("db", "start")

    assert place.record()["socket"] != str(before)
    assert not before.exists()


def test_a_reboot_that_emptied_the_folder_of_sockets_does_no_harm(place: Place):
    place.run("db", "start")
    place.run("db", "stop")
    shutil.rmtree(place.record()["socket"], ignore_errors=True)

    place.run("db", "start")

    assert _ask(place, "SELECT 1") == "1"


@ROOT_ONLY
def test_an_ordinary_account_runs_its_own_server(place: Place):
    _hand_over(place, "nobody")

    place.run("db", "start")

    assert place.record()["data"] == str(place.var / "pg")
    assert Path(place.record()["data"]).owner() == "nobody"
    assert _ask(place, "SELECT session_user") == "gasworks_admin"


@ROOT_ONLY
def test_an_ordinary_account_is_told_exactly_which_package_is_missing(place: Place):
    _hand_over(place, "nobody")
    place.environment["PATH"] = str(_commands_without(place.var.parent / "bin", "msgfmt"))

    told = place.run("db", "start", check=False)

    assert told.returncode == 1
    assert told.stderr.endswith("an administrator must first run: apt-get install --no-install-recommends gettext\n")
    assert not (place.var / "pg").exists()


def _hand_over(place: Place, account: str) -> None:
    """The folder becomes theirs, with a copy of the script, as the checkout may lie where they cannot walk."""
    checkout = place.var.parent / "checkout"
    shutil.copytree(ROOT / "scripts", checkout / "scripts")
    shutil.copy(ROOT / "run", checkout)
    shutil.chown(place.var.parent, account)
    place.account, place.script = account, checkout / "run"


def _commands_without(folder: Path, *left_out: str) -> Path:
    folder.mkdir()
    for source in (Path("/usr/bin"), Path("/usr/sbin")):
        for command in source.iterdir():
            if command.name not in left_out and not (folder / command.name).exists():
                (folder / command.name).symlink_to(command)
    folder.chmod(0o755)
    return folder


def test_a_server_of_ones_own_is_looked_at_and_the_missing_sql_is_named(place: Place):
    place.run("db", "start")
    place.run("psql", "-Xq", "-c", "RESET ROLE; SET ROLE gasworks_admin", "-c",
              "CREATE DATABASE poor TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")  # fmt: skip

    told = _check(place, "poor")

    assert told.returncode == 1
    assert 'ALTER DATABASE "poor" OWNER TO gasworks_owner;' in told.stdout
    assert "CREATE EXTENSION postgis;" in told.stdout
    assert "character type C; make it anew" in told.stdout


def test_a_server_of_ones_own_that_is_ready_is_accepted(place: Place):
    place.run("db", "start")
    assert _check(place, "gasworks").returncode == 0


def _check(place: Place, database: str) -> subprocess.CompletedProcess[str]:
    address = f"postgresql:///{database}?host={place.record()['socket']}"
    return subprocess.run(
        [ROOT / ".venv/bin/python", "-m", "gasworks.project.cluster"],
        env=os.environ | {"GASWORKS_DATABASE_URL": address, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_locks_hold_hashes_and_no_addresses():
    python = (ROOT / "requirements.lock").read_text()
    pages = (ROOT / "package-lock.json").read_text()

    assert "://" not in python
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-z0-9])", python)[1:])
    assert '"resolved"' not in pages
    assert pages.count('"integrity"') == pages.count('"node_modules/')


def test_help_names_every_command():
    script = (ROOT / "run").read_text()
    commands = re.findall(r"^    (\w+)\) (?:command_\w+|set_up)", script, flags=re.MULTILINE)
    shown = subprocess.run([ROOT / "run", "help"], capture_output=True, text=True, check=True).stdout
    assert commands
    assert [name for name in commands if not re.search(rf"^  {name}\b", shown, flags=re.MULTILINE)] == []
