"""Sheets as PDF (WeasyPrint, fonts embedded) and as a page for the browser's own print."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation

from gasworks.foundation.exports import attachment
from gasworks.foundation.pdf import to_pdf
from gasworks.foundation.printing.registry import Paper, find_paper

SHEETS = "foundation/papers/sheets.html"
PAGE = "foundation/papers/page.html"


def render_pdf(kind: str, values: Any, *, language: str, size: str = "") -> bytes:
    """One paper, or a list of them behind each other, in a language («zh-hans», «en»)."""
    return to_pdf(sheets_html(kind, values, language=language, size=size))


def sheets_html(kind: str, values: Any, *, language: str, size: str = "") -> str:
    """The page that becomes a PDF: one paper, or a list of them behind each other."""
    with translation.override(language):
        return render_to_string(SHEETS, _context(find_paper(kind), values, size, language))


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
