"""A page of sheets → PDF. Knows no Django: processes that only draw load nothing else.

``python -m gasworks.foundation.pdf`` takes a line «page TAB pdf» for each part and answers with the second when it is
drawn; ``python -m gasworks.foundation.pdf WHOLE`` reads a line for each part and joins them.
"""

import gc
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any


class OutsideRefused(ValueError):
    """A sheet tried to fetch something; papers are made of their own values only."""


def to_pdf(html: str) -> bytes:
    from weasyprint import HTML  # most processes never draw

    return HTML(string=html, url_fetcher=_refuse).write_pdf() or b""


def serve() -> None:
    """Draw until nothing more is asked for.

    The collector would look again and again at boxes that all live until their part is drawn: a third of the time.
    """
    gc.disable()
    for line in sys.stdin:
        page, _tab, pdf = line.rstrip("\n").partition("\t")
        Path(pdf).write_bytes(to_pdf(Path(page).read_text(encoding="utf-8")))
        gc.collect()
        sys.stdout.write(f"{pdf}\n")
        sys.stdout.flush()


def join(parts: Iterable[str], into: str) -> None:
    """Several PDFs behind each other as one."""
    import pikepdf  # only the process that joins loads it

    with pikepdf.new() as whole:
        for part in parts:
            with pikepdf.open(part) as pages:
                whole.pages.extend(pages.pages)
        whole.save(into)


def _refuse(url: str, *args: Any, **kwargs: Any) -> Any:
    raise OutsideRefused(url)


if __name__ == "__main__":
    if sys.argv[1:]:
        join((line.rstrip("\n") for line in sys.stdin), sys.argv[1])
    else:
        serve()
