"""Thousands of sheets as one PDF: drawn in parts by processes of their own, joined at the end.

Memory is that of one part in each process, and of the joined pages without their boxes; the caller hands the values in
as it reads them. Files go into the folder of the result, which the caller removes.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final, cast

import gasworks
from gasworks.foundation.pdf import to_pdf
from gasworks.foundation.printing.render import sheets_html

PART: Final = 60
"""Sheets a part: fewer repeat the fonts more often in the file, more take more memory."""
MOST_PROCESSES: Final = 4

DRAW: Final = (sys.executable, "-m", "gasworks.foundation.pdf")

Tell = Callable[[int], None]


class DrawingStopped(RuntimeError):
    """A process that draws has died; what it said last."""


def print_many(kind: str, values: Iterable[Any], *, language: str, size: str = "", into: Path, tell: Tell) -> int:
    """Write all sheets in order into one PDF; the number of sheets. ``tell`` hears how many are drawn."""
    pages = ((sheets_html(kind, part, language=language, size=size), len(part)) for part in _parts(values))
    parts, sheets = [], 0
    for path, drawn in _drawn(pages, into.parent):
        parts.append(path)
        sheets += drawn
        tell(sheets)
    join(parts, into)
    return sheets


def join(parts: Iterable[Path], into: Path) -> None:
    """Several PDFs behind each other as one, in a process that gives its memory back."""
    lines = "".join(f"{part}\n" for part in parts)
    subprocess.run([*DRAW, str(into)], input=lines, text=True, env=_environment(), check=True)  # noqa: S603  our own program


def _drawn(pages: Iterator[tuple[str, int]], folder: Path) -> Iterator[tuple[Path, int]]:
    """(PDF, sheets) of each part in order. A single part is drawn here: no process is worth its start for it."""
    first = list(islice(pages, 2))
    if len(first) < 2:
        for html, sheets in first:
            (folder / "part-0.pdf").write_bytes(to_pdf(html))
            yield folder / "part-0.pdf", sheets
        return
    with ExitStack() as open_ones:
        drawers = [_Drawer(folder, open_ones) for _ in range(min(os.cpu_count() or 1, MOST_PROCESSES))]
        for number, (html, sheets) in enumerate(_chained(first, pages)):
            drawer = drawers[number % len(drawers)]
            yield from drawer.take_back()
            drawer.give(number, html, sheets)
        for step in range(1, len(drawers) + 1):
            yield from drawers[(number + step) % len(drawers)].take_back()


class _Drawer:
    """One process, with at most one part in hand."""

    def __init__(self, folder: Path, open_ones: ExitStack) -> None:
        self.folder, self.sheets = folder, 0
        self.process = subprocess.Popen(  # noqa: S603  our own program
            DRAW,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=_environment(),
        )
        self.asked, self.told = cast("tuple[IO[str], IO[str]]", (self.process.stdin, self.process.stdout))
        open_ones.enter_context(self.process)
        open_ones.callback(self.process.kill)

    def give(self, number: int, html: str, sheets: int) -> None:
        page = self.folder / f"part-{number}.html"
        page.write_text(html, encoding="utf-8")
        try:
            self.asked.write(f"{page}\t{page.with_suffix('.pdf')}\n")
            self.asked.flush()
        except BrokenPipeError as error:
            raise DrawingStopped(f"ended with {self.process.wait()}") from error
        self.sheets = sheets

    def take_back(self) -> Iterator[tuple[Path, int]]:
        """Wait for the part in hand, if there is one."""
        if not self.sheets:
            return
        said = self.told.readline().rstrip("\n")
        if not said:
            raise DrawingStopped(f"ended with {self.process.wait()}")
        path, sheets, self.sheets = Path(said), self.sheets, 0
        path.with_suffix(".html").unlink()
        yield path, sheets


def _environment() -> dict[str, str]:
    """The child finds this very product."""
    return {**os.environ, "PYTHONPATH": str(Path(gasworks.__file__).parents[1])}


def _chained(first: list[tuple[str, int]], rest: Iterator[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    yield from first
    yield from rest


def _parts(values: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(values)
    while part := list(islice(rest, PART)):
        yield part
