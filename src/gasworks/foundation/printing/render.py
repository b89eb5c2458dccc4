"""Sheets as PDF (WeasyPrint, fonts embedded) and as a page for the browser's own print."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from weasyprint import HTML

from gasworks.foundation.exports import attachment
from gasworks.foundation.printing.registry import Paper, find_paper

SHEETS = "foundation/papers/sheets.html"
PAGE = "foundation/papers/page.html"


class OutsideRefused(ValueError):
    """A sheet tried to fetch something; papers are made of their own values only."""


def render_pdf(kind: str, values: Any, *, language: str, size: str = "") -> bytes:
    """One paper, or a list of them behind each other, in a language («zh-hans», «en»)."""
    paper = find_paper(kind)
    with translation.override(language):
        html = render_to_string(SHEETS, _context(paper, values, size, language))
    return HTML(string=html, url_fetcher=_refuse).write_pdf() or b""


def pdf_response(kind: str, values: Any, *, name: str, language: str, size: str = "") -> HttpResponse:
    answer = HttpResponse(render_pdf(kind, values, language=language, size=size), content_type="application/pdf")
    answer["Content-Disposition"] = attachment(f"{name}.pdf").replace("attachment", "inline", 1)
    return answer


def print_page(request: HttpRequest, kind: str, values: Any, *, size: str = "", back: str = "") -> HttpResponse:
    """The same sheets as a page with a print button, in the reader's language."""
    context = _context(find_paper(kind), values, size, translation.get_language() or "zh-hans")
    return render(request, PAGE, {**context, "back": back})


def _context(paper: Paper, values: Any, size: str, language: str) -> dict[str, Any]:
    papers: Sequence[Any] = values if isinstance(values, list | tuple) else [values]
    for one in papers:
        if not isinstance(one, paper.values):
            raise TypeError(f"{paper.kind} takes {paper.values.__name__}, not {type(one).__name__}")
    return {
        "papers": papers,
        "sheet": paper.template,
        "size": paper.size(size),
        "kind": paper.kind,
        "label": paper.label,
        "language": language,
    }


def _refuse(url: str, *args: Any, **kwargs: Any) -> Any:
    raise OutsideRefused(url)
