"""Django merges the catalogues of all apps into one, and the first app wins: one English word must mean one Chinese word.

Where a word has two meanings («Closed»: an account, a shift) it carries a context: ``pgettext_lazy("shift", "Closed")``.
"""

import ast
import re
from collections import defaultdict

from tests.support.databases import ROOT

ENTRY = re.compile(
    r'(?:^msgctxt "(?P<context>.*)"\n)?^msgid (?P<said>(?:"(?:[^"\\]|\\.)*"\n)+)msgstr (?P<chinese>(?:"(?:[^"\\]|\\.)*"\n?)+)',
    re.M,
)
SAYING = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "pgettext", "pgettext_lazy"}


def test_every_sentence_has_one_translation_in_all_catalogues() -> None:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for catalogue in sorted((ROOT / "src" / "gasworks").glob("*/locale/zh_Hans/LC_MESSAGES/django.po")):
        for entry in ENTRY.finditer(catalogue.read_text(encoding="utf-8")):
            found[entry["context"] or "", _joined(entry["said"])].add(_joined(entry["chinese"]))

    assert {said: words for (_context, said), words in found.items() if said and len(words) > 1} == {}
    assert len(found) > 1_000


def test_no_sentence_hides_in_an_f_string() -> None:
    """What draws the sentences out of the code does not look there, so such a one is never translated."""
    hidden = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in (ROOT / "src" / "gasworks").rglob("*.py")
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in SAYING
    ]
    assert hidden == []


def test_what_says_a_sentence_goes_by_a_name_that_is_looked_for() -> None:
    """A function imported under another name is not known to what draws the sentences."""
    renamed = [
        f"{path.relative_to(ROOT)}: {name.name} as {name.asname}"
        for path in (ROOT / "src" / "gasworks").rglob("*.py")
        for line in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(line, ast.ImportFrom) and line.module == "django.utils.translation"
        for name in line.names
        if name.asname not in (None, "_")
    ]
    assert renamed == []


def _joined(lines: str) -> str:
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', lines))
