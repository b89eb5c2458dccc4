"""One backup is one folder: database.dump, files.tar, manifest.json and SHA256SUMS over the three.

``sha256sum -c SHA256SUMS`` checks it without any of our software.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from gasworks.foundation.backups.contents import Contents
from gasworks.kernel.errors import Refusal, gettext_noop

DUMP = "database.dump"
FILES = "files.tar"
MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
PARTS = (DUMP, FILES, MANIFEST)
VERSION = 1


class ArchiveMissing(Refusal):
    sentence = gettext_noop("There is no backup in «%(folder)s».")


class ArchiveDamaged(Refusal):
    sentence = gettext_noop("The backup is damaged and was not used: %(part)s is not what was written.")


@dataclass(frozen=True, slots=True)
class Manifest:
    """``key_fingerprint`` tells whether the personal numbers inside can be read here; the key is never inside."""

    version: int
    taken_at: str
    database: str
    server: str
    key_fingerprint: str
    contents: Contents


def seal(folder: Path, manifest: Manifest) -> None:
    """Write the manifest and the sums. After this the folder is a backup."""
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1, sort_keys=True) + "\n")
    lines = [f"{digest(folder / part)}  {part}\n" for part in PARTS]
    (folder / SUMS).write_text("".join(lines))


def opened(folder: Path) -> Manifest:
    """The manifest of a sound archive; a damaged one is refused before anything is touched."""
    if not (folder / SUMS).is_file():
        raise ArchiveMissing(folder=str(folder))
    sums = {name: value for value, _, name in (line.partition("  ") for line in _lines(folder / SUMS))}
    for part in PARTS:
        if not (folder / part).is_file() or sums.get(part) != digest(folder / part):
            raise ArchiveDamaged(part=part)
    return _manifest(json.loads((folder / MANIFEST).read_text()))


def _lines(path: Path) -> list[str]:
    return path.read_text(errors="replace").splitlines()


def _manifest(data: dict) -> Manifest:
    if data.get("version") != VERSION:
        raise ArchiveDamaged(part=MANIFEST)
    return Manifest(**{**data, "contents": Contents.from_json(data["contents"])})


def digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def newest(root: Path) -> Path | None:
    """The last finished backup: names are moments, so they sort."""
    found = sorted(path.parent for path in root.glob(f"*/{SUMS}"))
    return found[-1] if found else None
