"""An import from upload to the saved rows and the reject file; a bad file leaves nothing behind."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_noop
from python_calamine import CalamineWorkbook

from gasworks.foundation.files import FileEmpty, FileKindRefused, FileTooBig
from gasworks.foundation.imports import ImportColumn, Importer, ParsedRow, Problem, save_batch, upload
from gasworks.foundation.imports.preview import preview
from gasworks.foundation.imports.refusals import MacrosRefused
from gasworks.foundation.imports.registry import find_importer, register_importer, unregister_importer
from gasworks.foundation.imports.services import BadRowsLeft, NotChecked, NothingGood, refuse_batch
from gasworks.foundation.imports.workbooks import rejects_bytes, template_bytes
from gasworks.foundation.models import ImportBatch, ImportRow, NumberSeries, StoredFile, Work
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing import spreadsheets as made
from gasworks.foundation.testing.costs import FRESH_MB, memory_watched, spent
from gasworks.foundation.testing.factories import NOW, Company, make_company, make_scope, make_staff
from gasworks.foundation.testing.working import do_waiting_work
from gasworks.kernel.errors import Forbidden, NotThere, Refusal

pytestmark = pytest.mark.django_db

TAKEN = gettext_noop("This number is taken.")
HEADER = ["代码", "宽度", "前缀", "种类"]


class CodeTakenMeanwhile(Refusal):
    sentence = TAKEN


class Series:
    """A domain that takes in number series: the smallest one there is."""

    def __init__(self) -> None:
        self.refuse: set[str] = set()
        self.steps: list[int] = []

    def check(self, rows: Sequence[ParsedRow], *, scope: Scope) -> Iterator[Problem]:
        known = set(NumberSeries.objects.filter(company_id=scope.company_id).values_list("code", flat=True))
        for row in rows:
            if row.values["code"] in known:
                yield Problem(row.row_no, "code", TAKEN)

    def commit(self, rows: Sequence[ParsedRow], *, scope: Scope, now: Any, batch_id: int) -> None:
        self.steps.append(len(rows))
        NumberSeries.objects.bulk_create(
            NumberSeries(
                company_id=scope.company_id,
                code=row.values["code"],
                width=row.values["width"],
                prefix=row.values["prefix"] or "",
            )
            for row in rows
        )
        if self.refuse & {row.values["code"] for row in rows}:
            raise CodeTakenMeanwhile()


@pytest.fixture
def series() -> Iterator[Series]:
    domain = Series()
    register_importer(
        Importer(
            kind="test.series",
            title="号码序列",
            right="customers.import",
            columns=(
                ImportColumn("code", "代码", required=True, max_length=40),
                ImportColumn("width", "宽度", kind="whole", required=True, at_least=1, at_most=20),
                ImportColumn("prefix", "前缀", max_length=20),
                ImportColumn("sort", "种类", kind="choice", choices=(("r", "收据"), ("b", "账单"))),
            ),
            check=domain.check,
            commit=domain.commit,
            unique=("code",),
            step=2,
            max_rows=100_000,
        )
    )
    yield domain
    unregister_importer("test.series")


@pytest.fixture(autouse=True)
def files_folder(tmp_path: Path, settings: Any) -> Path:
    settings.FILES_ROOT = tmp_path / "files"
    return settings.FILES_ROOT


@pytest.fixture
def city() -> Company:
    return make_company()


@pytest.fixture
def lead(city: Company) -> Scope:
    return make_scope("service_lead", company=city)


def send(path: Path, scope: Scope) -> ImportBatch:
    batch = upload(kind="test.series", name=path.name, chunks=[path.read_bytes()], scope=scope, now=NOW)
    do_waiting_work()
    batch.refresh_from_db()
    return batch


def save(batch: ImportBatch, scope: Scope, *, only_good: bool = False) -> ImportBatch:
    save_batch(batch.id, only_good=only_good, scope=scope, now=NOW)
    do_waiting_work()
    batch.refresh_from_db()
    return batch


def codes() -> list[str]:
    return list(NumberSeries.objects.order_by("code").values_list("code", flat=True))


def rows(*cells: Sequence[Any]) -> list[Sequence[Any]]:
    return [HEADER, *cells]


def test_a_good_file_is_checked_and_saved_whole(tmp_path: Path, series: Series, lead: Scope) -> None:
    batch = send(made.write_rows(tmp_path / "a.xlsx", rows(["A", 8, None, "收据"], ["B", 6, "B-", None])), lead)
    assert (batch.state, batch.rows, batch.good, batch.bad) == ("checked", 2, 2, 0)
    assert codes() == []
    assert save(batch, lead).state == "committed"
    assert codes() == ["A", "B"]
    assert NumberSeries.objects.get(code="B").prefix == "B-"


def test_bad_rows_keep_the_file_from_being_saved_whole(tmp_path: Path, series: Series, lead: Scope) -> None:
    batch = send(made.write_rows(tmp_path / "a.xlsx", rows(["A", 8], ["B", "eight"])), lead)
    assert (batch.good, batch.bad) == (1, 1)
    with pytest.raises(BadRowsLeft):
        save_batch(batch.id, only_good=False, scope=lead, now=NOW)
    assert codes() == []
    assert save(batch, lead, only_good=True).state == "committed"
    assert codes() == ["A"]


def test_every_reason_stands_beside_its_row_and_column(tmp_path: Path, series: Series, lead: Scope) -> None:
    NumberSeries.objects.create(company_id=lead.company_id, code="OLD")
    path = made.write_rows(
        tmp_path / "a.xlsx",
        rows(
            ["A", 8],
            ["A", 8],
            ["OLD", 8],
            [None, 99],
            ["E", "=4+4"],
            [1e15, 8],
            ["G", 8, "x" * 21],
            ["H", 8, "", "支票"],
        ),
    )
    batch = send(path, lead)
    found = {
        row.row_no: [(column, sentence) for column, sentence, _ in row.problems]
        for row in ImportRow.objects.filter(batch=batch, good=False)
    }
    assert found == {
        3: [("code", "The same %(columns)s stands already in row %(row)d.")],
        4: [("code", "This number is taken.")],
        5: [("code", "This must not be empty."), ("width", "«%(text)s» is too large.")],
        6: [("width", "This cell holds a formula. Copy the column and paste it as values.")],
        7: [("code", "Excel kept only 15 digits of this number. Format the column as text and type it again.")],
        8: [("prefix", "At most %(limit)d characters.")],
        9: [("sort", "«%(text)s» is not one of: %(choices)s.")],
    }
    assert (batch.good, batch.bad) == (1, 7)


def test_the_reject_file_has_row_column_and_reason_in_the_readers_language(
    tmp_path: Path, series: Series, lead: Scope
) -> None:
    batch = send(made.write_rows(tmp_path / "a.xlsx", rows(["A", 8], ["B", "eight"])), lead)
    importer = _importer()
    for language in ("en", "zh-hans"):
        path = tmp_path / f"rejects-{language}.xlsx"
        with translation.override(language):
            path.write_bytes(rejects_bytes(batch, importer))
            reason = preview(batch, importer, only_bad=True).rows[0].reasons[0][1]
        head, row = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
        assert head[:4] == HEADER
        assert row == ["B", "eight", "", "", 3.0, "宽度", reason]
    assert "eight" in reason


def test_a_corrected_reject_file_is_uploaded_again(tmp_path: Path, series: Series, lead: Scope) -> None:
    batch = send(made.write_rows(tmp_path / "a.xlsx", rows(["A", 8], ["B", "eight"])), lead)
    path = made.write_rows(
        tmp_path / "again.xlsx", [[*HEADER, "Row", "Column", "Reason"], ["B", 8, "", "", 3, "宽度", "…"]]
    )
    save(batch, lead, only_good=True)
    assert save(send(path, lead), lead).state == "committed"
    assert codes() == ["A", "B"]


def test_the_template_is_read_by_its_own_importer_and_is_empty(tmp_path: Path, series: Series, lead: Scope) -> None:
    (tmp_path / "t.xlsx").write_bytes(template_bytes(_importer()))
    batch = send(tmp_path / "t.xlsx", lead)
    assert batch.state == "refused"
    assert preview(batch, _importer(), only_bad=True).refusal != ""
    sheets = CalamineWorkbook.from_path(str(tmp_path / "t.xlsx"))
    assert sheets.get_sheet_by_index(0).to_python() == [["代码 *", "宽度 *", "前缀", "种类"]]
    assert len(sheets.sheet_names) == 2


@pytest.mark.parametrize("ending", ["xlsx", "xls", "csv"])
def test_each_kind_of_file_gives_the_same_rows(tmp_path: Path, series: Series, lead: Scope, ending: str) -> None:
    write = {"xlsx": made.write_rows, "xls": made.write_xls, "csv": made.write_csv}[ending]
    path = write(tmp_path / f"a.{ending}", rows(["00A", "8", "前", "收据"], ["B", "6", "", "b"]))
    assert save(send(path, lead), lead).state == "committed"
    assert codes() == ["00A", "B"]


def test_a_file_in_gbk_is_saved_in_the_right_letters(tmp_path: Path, series: Series, lead: Scope) -> None:
    save(send(made.write_csv(tmp_path / "a.csv", rows(["甲", "8", "收", "账单"]), "gbk"), lead), lead)
    assert NumberSeries.objects.get().prefix == "收"


def test_a_refused_file_leaves_no_rows_and_its_sentence(tmp_path: Path, series: Series, lead: Scope) -> None:
    path = made.write_with(tmp_path / "a.xlsx", rows(["A", 8]), lambda book, page: page.merge_cells("C1:D1"))
    batch = send(path, lead)
    assert batch.state == "refused"
    with translation.override("en"):
        assert preview(batch, _importer(), only_bad=True).refusal == (
            "Cells are merged in row 1. Unmerge all cells and try again."
        )
    assert not ImportRow.objects.exists()
    with pytest.raises(NotChecked):
        save_batch(batch.id, only_good=True, scope=lead, now=NOW)


def test_too_many_rows_are_found_late_and_leave_nothing(tmp_path: Path, series: Series, lead: Scope) -> None:
    importer = _importer()
    unregister_importer("test.series")
    register_importer(Importer(**{**_fields(importer), "max_rows": 3_000}))
    path = made.write_csv(tmp_path / "a.csv", rows(*[[f"C{n}", 8, "", ""] for n in range(4_000)]))
    batch = send(path, lead)
    assert batch.state == "refused"
    assert not ImportRow.objects.exists()


def test_saving_the_good_rows_goes_in_steps_and_reports_what_is_refused_late(
    tmp_path: Path, series: Series, lead: Scope
) -> None:
    batch = send(made.write_rows(tmp_path / "a.xlsx", rows(*[[f"C{n}", 8] for n in range(5)])), lead)
    series.refuse = {"C2"}
    batch = save(batch, lead, only_good=True)
    assert codes() == ["C0", "C1", "C3", "C4"]
    assert series.steps == [2, 2, 1, 1, 1]
    assert (batch.state, batch.good, batch.bad) == ("committed", 4, 1)
    assert ImportRow.objects.get(good=False).problems == [["", "This number is taken.", {}]]


def test_saving_all_or_nothing_saves_nothing_when_one_row_is_refused_late(
    tmp_path: Path, series: Series, lead: Scope
) -> None:
    batch = send(made.write_rows(tmp_path / "a.xlsx", rows(*[[f"C{n}", 8] for n in range(5)])), lead)
    series.refuse = {"C4"}
    batch = save(batch, lead)
    assert codes() == []
    assert batch.state == "checked"
    assert Work.objects.order_by("-id").first().state == "failed"  # type: ignore[union-attr]
    series.refuse = set()
    assert save(batch, lead).state == "committed"
    assert len(codes()) == 5


def test_work_that_was_stopped_goes_on_after_its_last_step(tmp_path: Path, series: Series, lead: Scope) -> None:
    batch = send(made.write_rows(tmp_path / "a.xlsx", rows(*[[f"C{n}", 8] for n in range(6)])), lead)
    importer, whole = _importer(), series.commit

    def die_in_the_second_step(rows: Sequence[ParsedRow], **known: Any) -> None:
        if rows[0].values["code"] == "C2":
            raise RuntimeError("killed")
        whole(rows, **known)

    unregister_importer("test.series")
    register_importer(Importer(**{**_fields(importer), "commit": die_in_the_second_step}))
    save(batch, lead, only_good=True)
    assert codes() == ["C0", "C1"]
    unregister_importer("test.series")
    register_importer(importer)
    assert save(batch, lead, only_good=True).state == "committed"
    assert codes() == [f"C{n}" for n in range(6)]


def test_nothing_is_taken_twice(tmp_path: Path, series: Series, lead: Scope) -> None:
    batch = save(send(made.write_rows(tmp_path / "a.xlsx", rows(["A", 8])), lead), lead)
    with pytest.raises(NotChecked):
        save_batch(batch.id, only_good=True, scope=lead, now=NOW)
    assert codes() == ["A"]


def test_a_file_without_a_good_row_cannot_be_saved(tmp_path: Path, series: Series, lead: Scope) -> None:
    batch = send(made.write_rows(tmp_path / "a.xlsx", rows(["A", "x"])), lead)
    with pytest.raises(NothingGood):
        save_batch(batch.id, only_good=True, scope=lead, now=NOW)


def test_a_file_put_away_is_not_saved_later(tmp_path: Path, series: Series, lead: Scope) -> None:
    batch = send(made.write_rows(tmp_path / "a.xlsx", rows(["A", 8])), lead)
    refuse_batch(batch.id, scope=lead)
    with pytest.raises(NotChecked):
        save_batch(batch.id, only_good=False, scope=lead, now=NOW)
    assert codes() == []


@pytest.mark.parametrize(
    ("name", "body", "refusal"),
    [
        ("a.xlsm", b"x", MacrosRefused),
        ("a.exe", b"x", FileKindRefused),
        ("a", b"x", FileKindRefused),
        ("a.csv", b"", FileEmpty),
    ],
)
def test_what_is_no_table_is_refused_at_the_door(
    series: Series, lead: Scope, name: str, body: bytes, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        upload(kind="test.series", name=name, chunks=[body], scope=lead, now=NOW)
    assert not StoredFile.objects.exists()
    assert not Work.objects.exists()


def test_a_file_that_is_too_large_is_refused_while_it_arrives(series: Series, lead: Scope, files_folder: Path) -> None:
    with pytest.raises(FileTooBig):
        upload(kind="test.series", name="a.csv", chunks=[b"x" * (1 << 20)] * 51, scope=lead, now=NOW)
    assert list(files_folder.iterdir()) == []


def test_who_may_not_import_is_refused_and_sees_no_batches(
    tmp_path: Path, series: Series, city: Company, lead: Scope
) -> None:
    batch = send(made.write_rows(tmp_path / "a.xlsx", rows(["A", 8])), lead)
    agent = make_scope("agent", company=city)
    foreign = make_scope("service_lead", company=make_company("外地燃气"))
    with pytest.raises(Forbidden):
        upload(kind="test.series", name="a.csv", chunks=[b"x"], scope=agent, now=NOW)
    for scope in (agent, foreign):
        with pytest.raises(NotThere):
            save_batch(batch.id, only_good=False, scope=scope, now=NOW)


def test_the_screens_lead_from_upload_to_saved_rows(
    tmp_path: Path, series: Series, city: Company, client: Client
) -> None:
    client.force_login(make_staff("service_lead", company=city))
    assert "号码序列" in client.get(reverse("foundation:imports")).content.decode()
    page = reverse("foundation:import_upload", args=["test.series"])
    assert client.get(page).status_code == 200
    assert client.get(reverse("foundation:import_template", args=["test.series"])).status_code == 200
    path = made.write_rows(tmp_path / "客户.xlsx", rows(["A", 8], ["B", "eight"]))
    with path.open("rb") as file:
        sent = client.post(page, {"file": file})
    batch = ImportBatch.objects.get()
    here = reverse("foundation:import", args=[batch.id])
    assert sent.url == here  # type: ignore[attr-defined]
    assert "hx-get" in client.get(here).content.decode()
    do_waiting_work()
    shown = client.get(here).content.decode()
    assert "eight" in shown
    assert client.get(reverse("foundation:import_rejects", args=[batch.id])).status_code == 200
    client.post(reverse("foundation:import_save", args=[batch.id]), {"rows": "good"})
    do_waiting_work()
    assert codes() == ["A"]
    assert client.get(reverse("foundation:import_state", args=[batch.id])).status_code == 200


def test_a_huge_cell_is_a_reason_beside_its_row_and_is_not_kept_whole(
    tmp_path: Path, series: Series, lead: Scope
) -> None:
    batch = send(made.write_rows(tmp_path / "a.xlsx", rows(["A", 8, "长" * 32_000], ["B", 9])), lead)
    assert (batch.state, batch.good, batch.bad) == ("checked", 1, 1)
    row = ImportRow.objects.get(batch=batch, good=False)
    assert row.problems == [["prefix", "At most %(limit)d characters.", {"limit": 20}]]
    assert row.values["prefix"] == "长" * 1_000 + "…"
    save(batch, lead, only_good=True)
    assert codes() == ["B"]


def test_a_csv_with_a_cell_without_end_is_refused_whole(tmp_path: Path, series: Series, lead: Scope) -> None:
    batch = send(made.write_csv(tmp_path / "a.csv", rows(["A", 8, "长" * 1_000_000, ""], ["B", 9, "", ""])), lead)
    assert (batch.state, ImportRow.objects.count()) == ("refused", 0)
    assert preview(batch, find_importer("test.series"), only_bad=False).refusal.endswith("。")


@pytest.mark.full
def test_a_hundred_thousand_rows_take_a_minute_and_half_a_gigabyte(tmp_path: Path, series: Series, lead: Scope) -> None:
    importer = _importer()
    unregister_importer("test.series")
    register_importer(Importer(**{**_fields(importer), "step": 2_000}))
    cells = ([f"C{n:06d}", 8, "前缀", "收据"] for n in range(100_000))
    path = made.write_many(tmp_path / "a.xlsx", HEADER, cells)  # type: ignore[arg-type]
    started = spent()
    with memory_watched() as memory:
        batch = send(path, lead)
        save(batch, lead, only_good=True)
    seconds = spent() - started
    print(f"100,000 rows: {seconds:.1f} CPU-s, {memory.most_mb:.0f} MB more than before")  # noqa: T201
    assert NumberSeries.objects.count() == 100_000
    assert seconds <= 60
    assert FRESH_MB + memory.most_mb <= 500


def _importer() -> Importer:
    return find_importer("test.series")


def _fields(importer: Importer) -> dict[str, Any]:
    return {name: getattr(importer, name) for name in Importer.__dataclass_fields__}
