"""Rules that every template keeps. ``python -m gasworks.project.templates`` prints each breach as path:line.

A strict content policy makes inline scripts, ``hx-on``, ``js:`` values and filtered triggers do nothing, silently; a
form without its token fails on the first click; a sentence outside ``translate`` stays English in a Chinese page.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from gasworks.project.cluster import ROOT

SOURCE = ROOT / "src" / "gasworks"

FORBIDDEN = (
    (re.compile(r"<script(?![^>]*\b(?:src=|type=\"application/json\"))[^>]*>", re.IGNORECASE), "inline script"),
    (re.compile(r"\s(?:on[a-z]{3,}|hx-on[:\w-]*)\s*=", re.IGNORECASE), "script in an attribute"),
    (re.compile(r"\bjs:|\bjavascript:", re.IGNORECASE), "script in a value"),
    (re.compile(r"hx-trigger=\"[^\"]*\[", re.IGNORECASE), "filtered hx-trigger"),
    (re.compile(r"(?:src|href)=\"(?:https?:)?//", re.IGNORECASE), "address outside this server"),
    (re.compile(r"\|\s*safe\b"), "unescaped value"),
)
# What is left of a template when everything that may hold no sentence is gone.
NO_TEXT = re.compile(
    r"\{%\s*block\s+\w*_class\s*%\}.*?\{%\s*endblock[^%]*%\}|\{%\s*comment.*?endcomment\s*%\}"
    r"|\{%\s*blocktrans(?:late)?\b.*?endblocktrans(?:late)?\s*%\}"
    r"|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->|<(script|style|svg)\b.*?</\1>",
    re.DOTALL | re.IGNORECASE,
)
SPOKEN_ATTRIBUTE = re.compile(r"\b(?:title|placeholder|aria-label|alt|data-confirm)=\"([^\"]*)\"", re.IGNORECASE)
TAG = re.compile(r"<[^>]*>", re.DOTALL)
WORD = re.compile(r"[A-Za-z]{2,}|[\u4e00-\u9fff]")
ENTITY = re.compile(r"&#?\w+;")
# Signs, not sentences.
NAMES = re.compile(
    r"\b(?:Gasworks|English|Beancount|m³|kWh|Enter|Esc|Ctrl|Alt|Shift|Tab|F\d+|PDF|CSV|Excel|API|JSON|HTTP|MB|gas_|xlsx|xls|csv)\b"
)
FORM = re.compile(r"<form\b(?P<head>[^>]*)>(?P<body>.*?)</form>", re.DOTALL | re.IGNORECASE)
# Served by Django without a context when everything else has failed: they hold both languages as they are.
BOTH_LANGUAGES = {"403.html", "403_csrf.html", "404.html", "500.html"}


def breaches(path: Path) -> Iterator[tuple[int, str]]:
    text = path.read_text()
    for pattern, name in FORBIDDEN:
        yield from ((_line(text, found.start()), name) for found in pattern.finditer(text))
    yield from _forms(text)
    if path.name not in BOTH_LANGUAGES:
        yield from _sentences(text)


def _forms(text: str) -> Iterator[tuple[int, str]]:
    for form in FORM.finditer(text):
        head = form["head"].lower()
        if ('method="post"' in head or "hx-post" in head) and "csrf_token" not in form["body"]:
            yield _line(text, form.start()), "form without csrf_token"
        if "hx-post" in head and ('method="post"' not in head or "action=" not in head):
            yield _line(text, form.start()), "hx-post without method and action to fall back on"


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    """Blank out what may hold no sentence, keeping the lines, and see whether a word is left."""
    bare = NO_TEXT.sub(_blank, text)
    for attribute in SPOKEN_ATTRIBUTE.finditer(bare):
        if WORD.search(NAMES.sub("", attribute[1])):
            yield _line(text, attribute.start()), f"untranslated attribute «{attribute[1].strip()}»"
    for number, line in enumerate(NAMES.sub(_blank, ENTITY.sub(_blank, TAG.sub(_blank, bare))).splitlines(), 1):
        if WORD.search(line.replace("中文", "")):
            yield number, f"untranslated text «{line.strip()}»"


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def templates() -> list[Path]:
    return sorted(path for path in SOURCE.glob("*/templates/**/*") if path.suffix in (".html", ".txt"))


def faults_of_syntax(path: Path) -> Iterator[tuple[int, str]]:
    from django.template import TemplateSyntaxError
    from django.template.loader import get_template

    name = str(path.relative_to(next(parent for parent in path.parents if parent.name == "templates")))
    try:
        get_template(name)
    except TemplateSyntaxError as error:
        yield 1, f"does not compile: {error}"


def main() -> int:
    import django

    django.setup()
    count = 0
    for path in templates():
        for line, name in [*faults_of_syntax(path), *breaches(path)]:
            sys.stdout.write(f"{path.relative_to(ROOT)}:{line}: {name}\n")
            count += 1
    return 1 if count else 0


if __name__ == "__main__":
    raise SystemExit(main())
