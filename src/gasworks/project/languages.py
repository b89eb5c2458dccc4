"""Are both languages complete? ``python -m gasworks.project.languages`` names every sentence that is not.

Message ids are English, so English is complete by itself; Chinese stands in each app's own catalogue. The sentences
are drawn afresh from the sources, so a forgotten ``makemessages`` is seen too. ``--update`` writes the drawn
catalogues back (untranslated entries at their place), for the person who then translates them.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from gasworks.project.cluster import ROOT

SOURCE = ROOT / "src" / "gasworks"
CATALOGUE = Path("locale/zh_Hans/LC_MESSAGES/django.po")
# Lines that would differ each time the catalogues are drawn.
UNSTEADY = re.compile(
    r'^"(Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team):.*\n', re.MULTILINE
)
# Rooms without Django have no catalogue of their own; the foundation speaks for them.
SPOKEN_FOR = {"foundation": ("kernel", "rating")}
LEFT_OUT = {"kernel", "rating", "project"}


def apps() -> list[str]:
    return sorted(path.name for path in SOURCE.iterdir() if (path / "apps.py").exists() and path.name not in LEFT_OUT)


def draw(folder: Path) -> None:
    """Copy what may hold sentences, and let makemessages bring the copies' catalogues up to date."""
    unwanted = shutil.ignore_patterns("tests", "testing", "migrations", "static", "*.mo", "*.pyc", "__pycache__")
    for app in apps():
        shutil.copytree(SOURCE / app, folder / app, ignore=unwanted)
        for room in SPOKEN_FOR.get(app, ()):
            shutil.copytree(SOURCE / room, folder / app / room, ignore=unwanted)
        (folder / app / CATALOGUE).parent.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable, "-m", "django", "makemessages", "-l", "zh_Hans", "-e", "py,html,txt", "--no-obsolete",
        "--no-location", "--no-wrap",
    ]  # fmt: skip
    subprocess.run(command, cwd=folder, env=_without_settings(), check=True, stdout=subprocess.DEVNULL)  # noqa: S603


def _without_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}


def unfinished(catalogue: Path) -> list[str]:
    """Message ids without a translation, and those that are marked as doubtful."""
    if not catalogue.exists():
        return []
    return [
        f"{kind}: {message}"
        for kind, choice in (("untranslated", "--untranslated"), ("fuzzy", "--only-fuzzy"))
        for message in _messages(catalogue, choice)
    ]


def _messages(catalogue: Path, choice: str) -> list[str]:
    printed = subprocess.run(  # noqa: S603 - gettext's own tool on our file
        ["msgattrib", choice, "--no-wrap", str(catalogue)],  # noqa: S607
        check=True,
        capture_output=True,
        text=True,
    )
    return [found for found in re.findall(r'^msgid "(.+)"$', printed.stdout, flags=re.MULTILINE) if found]


def faults(*, update: bool = False) -> list[str]:
    """Every unfinished sentence of every app, as «app: kind: sentence»."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw(folder)
        if update:
            _keep(folder)
        return [f"{app}: {line}" for app in apps() for line in unfinished(folder / app / CATALOGUE)]


def _keep(folder: Path) -> None:
    for app in apps():
        if (folder / app / CATALOGUE).exists():
            (SOURCE / app / CATALOGUE).parent.mkdir(parents=True, exist_ok=True)
            drawn = (folder / app / CATALOGUE).read_text(encoding="utf-8")
            (SOURCE / app / CATALOGUE).write_text(UNSTEADY.sub("", drawn), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--update", action="store_true", help="write the drawn catalogues back")
    found = faults(update=parser.parse_args().update)
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
