"""The long work and the papers that the foundation itself offers."""

import tempfile
from pathlib import Path

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from gasworks.foundation import exports
from gasworks.foundation.exports import csv_lines, write_xlsx
from gasworks.foundation.files import store_path
from gasworks.foundation.health import INVARIANTS_WORK
from gasworks.foundation.imports.saving import commit_batch
from gasworks.foundation.imports.services import READ_WORK, SAVE_WORK
from gasworks.foundation.imports.staging import read_batch
from gasworks.foundation.invariants import check_all
from gasworks.foundation.lists.export import EXPORT_WORK, export_rows
from gasworks.foundation.lists.registry import find_list
from gasworks.foundation.printing.papers import BillPaper, ReceiptPaper
from gasworks.foundation.printing.registry import A4, A5, CONTINUOUS, Paper, register_paper
from gasworks.foundation.work import Running, WorkKind, register_work

TELL_EVERY = 1_000


def register_long_work() -> None:
    register_work(WorkKind(EXPORT_WORK, _("Export of a list"), export_list))
    register_work(WorkKind(READ_WORK, _("Reading an import"), read_batch))
    register_work(WorkKind(SAVE_WORK, _("Saving an import"), commit_batch))
    register_work(WorkKind(INVARIANTS_WORK, _("All invariants"), ask_invariants, right="health.view"))
    register_paper(Paper("receipt", _("Receipt"), "foundation/papers/_receipt.html", ReceiptPaper, (CONTINUOUS, A5)))
    register_paper(Paper("bill", _("Gas bill"), "foundation/papers/_bill.html", BillPaper, (A4, A5)))


def export_list(job: Running) -> None:
    """A list too long to wait for, under the scope of the person who asked, as a file to download."""
    spec = find_list(job.args["list"])
    job.scope.require(spec.export_right or spec.right)
    kind = job.args["format"]
    heads, rows = export_rows(spec, QueryDict(job.args["query"]), scope=job.scope)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{spec.code}.{kind}"
        written = _write(path, heads, rows, job)
        name = f"{spec.title}-{job.now:%Y%m%d%H%M}.{kind}"
        file = store_path(path, name=name, scope=job.scope, now=job.now)
    job.progress(done=written, total=written)
    job.result(file=file, rows=written)


def ask_invariants(job: Running) -> None:
    """Ask all; the log names each one that does not hold, with its first rows."""
    findings = check_all()
    broken = [one for one in findings if not one.holds]
    for one in broken:
        job.log(f"{one.code} {one.title} {one.error or '; '.join(one.examples)}")
    job.progress(done=len(findings), total=len(findings))
    job.result(asked=len(findings), broken=[one.code for one in broken])


def _write(path: Path, heads: list[exports.Head], rows: exports.Rows, job: Running) -> int:
    def tell(count: int) -> None:
        job.checkpoint()
        job.progress(done=count)

    if path.suffix == ".xlsx":
        return write_xlsx(path, heads, rows, each=tell)
    written = -1
    with path.open("w", encoding="utf-8", newline="") as file:
        for written, line in enumerate(csv_lines(heads, rows)):
            file.write(line)
            if written and written % TELL_EVERY == 0:
                tell(written)
    return written
