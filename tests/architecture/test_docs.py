"""The papers lead where they say, and both languages have the same pages."""

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.ROOT)
LINK = re.compile(r"\]\(([^)#\s]+)")


def papers() -> list[Path]:
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("*.md")]


def test_every_link_leads_to_a_file() -> None:
    broken = [
        (str(paper.relative_to(ROOT)), target)
        for paper in papers()
        for target in LINK.findall(paper.read_text(encoding="utf-8"))
        if "://" not in target and not (paper.parent / target).exists()
    ]
    assert broken == []


def test_the_manual_has_the_same_pages_in_both_languages() -> None:
    chinese, english = ({page.name for page in (ROOT / "docs" / "manual" / one).iterdir()} for one in ("zh", "en"))
    assert chinese == english


def test_every_page_of_the_manual_is_reached_from_its_index() -> None:
    for language in ("zh", "en"):
        folder = ROOT / "docs" / "manual" / language
        reached = set(LINK.findall((folder / "index.md").read_text(encoding="utf-8")))
        assert {page.name for page in folder.iterdir()} - {"index.md"} <= reached
