"""Numbers without gaps, files by their hash."""

import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from gasworks.foundation.bulk import array_text
from gasworks.foundation.files import clean_name, find_file, path_of, send_file, store_file
from gasworks.foundation.models import NumberSeries, StoredFile
from gasworks.foundation.numbering import SeriesMovesForward, define_series, next_number, take_numbers
from gasworks.foundation.testing.factories import NOW, make_company, make_scope
from gasworks.kernel.errors import Forbidden, NotThere


@pytest.fixture(autouse=True)
def files_folder(tmp_path: Path, settings: Any) -> Path:
    settings.FILES_ROOT = tmp_path / "files"
    return settings.FILES_ROOT


@pytest.mark.django_db
def test_a_series_counts_per_company() -> None:
    one, other = make_company().id, make_company().id
    assert [next_number("receipt", company_id=one) for _ in range(2)] == ["00000001", "00000002"]
    assert next_number("receipt", company_id=other) == "00000001"
    assert take_numbers("receipt", 3, company_id=one) == ["00000003", "00000004", "00000005"]


@pytest.mark.django_db
def test_a_series_has_a_look_and_only_moves_forward() -> None:
    scope = make_scope("sysadmin")
    define_series("bill", prefix="B", width=6, next_value=100, scope=scope)
    assert next_number("bill", company_id=scope.company_id) == "B000100"
    with pytest.raises(SeriesMovesForward):
        define_series("bill", prefix="B", width=6, next_value=50, scope=scope)
    with pytest.raises(Forbidden):
        define_series("bill", prefix="B", width=6, next_value=500, scope=make_scope("cashier"))
    assert NumberSeries.objects.get().next_value == 101


@pytest.mark.django_db
def test_a_number_that_was_rolled_back_is_taken_again() -> None:
    company_id = make_company().id
    with transaction.atomic():
        next_number("receipt", company_id=company_id)
        transaction.set_rollback(True)
    assert next_number("receipt", company_id=company_id) == "00000001"


def test_many_writers_take_each_number_once(committed_db: str) -> None:
    company_id = make_company().id
    taken: list[str] = []

    def take() -> None:
        for _ in range(25):
            taken.append(next_number("receipt", company_id=company_id))
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [f"{n:08d}" for n in range(1, 101)]


@pytest.mark.django_db
def test_the_same_bytes_stand_once_and_each_company_has_its_own_row(files_folder: Path) -> None:
    one, other = make_scope("agent"), make_scope("agent")
    first = store_file(name="a.csv", chunks=[b"same"], scope=one, now=NOW)
    second = store_file(name="b.csv", chunks=[b"sa", b"me"], scope=other, now=NOW)
    assert first.sha256 == second.sha256
    assert [path for path in files_folder.rglob("*") if path.is_file()] == [path_of(first)]
    assert path_of(first).read_bytes() == b"same"
    assert StoredFile.objects.count() == 2
    with pytest.raises(NotThere):
        find_file(first.id, scope=other)


@pytest.mark.django_db
def test_a_file_is_sent_so_that_no_browser_runs_it() -> None:
    stored = store_file(name="账单.csv", chunks=[b"<script>"], scope=make_scope("agent"), now=NOW)
    answer = send_file(stored)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content) == b"<script>"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("..\\..\\etc\\passwd.csv", "passwd.csv"),
        ("/etc/账单.xlsx", "账单.xlsx"),
        ("a\x00b\u202e.csv", "ab.csv"),
        ("", "file"),
        ("x" * 300 + ".csv", "x" * 116 + ".csv"),
    ],
)
def test_a_name_from_outside_is_only_a_name(name: str, kept: str) -> None:
    assert clean_name(name) == kept


@pytest.mark.django_db
def test_a_text_array_is_read_back_as_it_was() -> None:
    words = ["幸福", 'a"b', "c\\d", "{e,f}", "NULL", " ", ""]
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::varchar[]", [array_text(words)])
        assert cursor.fetchone() == (words,)
