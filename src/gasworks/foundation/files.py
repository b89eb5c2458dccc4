"""Files by their hash: the bytes of one content stand once on disk, each upload has a row of its own company.

The folder is ``FILES_ROOT/<first two of the hash>/<hash>``. A name from outside is only ever shown, never used as a
path; the content type comes from the ending, never from the sender.
"""

import datetime as dt
import hashlib
import os
import tempfile
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from django.conf import settings
from django.http import FileResponse

from gasworks.foundation.exports import CSV, XLSX, attachment
from gasworks.foundation.models import StoredFile
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop

MEGABYTE: Final = 1 << 20
LIMIT: Final = 50 * MEGABYTE
CONTENT_TYPES: Final = {
    ".xlsx": XLSX,
    ".xls": "application/vnd.ms-excel",
    ".csv": CSV,
    ".txt": "text/plain; charset=utf-8",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".beancount": "text/plain; charset=utf-8",
    ".zip": "application/zip",
}


class FileTooBig(Refusal):
    sentence = gettext_noop("The file is larger than %(limit)d MB. Split it and try again.")


class FileKindRefused(Refusal):
    sentence = gettext_noop("Files of the kind «%(ending)s» are not taken here. Taken are: %(allowed)s.")


class FileEmpty(Refusal):
    sentence = gettext_noop("The file is empty.")


def store_file(
    *,
    name: str,
    chunks: Iterable[bytes],
    scope: Scope,
    now: dt.datetime,
    limit: int = LIMIT,
    endings: tuple[str, ...] = tuple(CONTENT_TYPES),
) -> StoredFile:
    """Write the bytes once and a row for this company. Raises FileTooBig, FileKindRefused, FileEmpty."""
    shown = clean_name(name)
    ending = Path(shown).suffix.lower()
    if ending not in endings or ending not in CONTENT_TYPES:
        raise FileKindRefused(ending=ending or shown, allowed=", ".join(endings))
    sha256, size = _write(chunks, limit)
    return StoredFile.objects.create(
        company_id=scope.company_id,
        sha256=sha256,
        name=shown,
        content_type=CONTENT_TYPES[ending],
        size=size,
        stored_by_id=scope.actor_id,
        stored_at=now,
    )


def store_path(path: Path, *, name: str, scope: Scope, now: dt.datetime) -> StoredFile:
    """Keep a file that the product made itself, however large."""
    with path.open("rb") as file:
        return store_file(name=name, chunks=_blocks(file), scope=scope, now=now, limit=1 << 40)


def find_file(file_id: int, *, scope: Scope) -> StoredFile:
    """A file of the scope's company. Raises NotThere."""
    found = StoredFile.objects.filter(company_id=scope.company_id, pk=file_id).first()
    if found is None:
        raise NotThere(key=file_id)
    return found


def path_of(stored: StoredFile) -> Path:
    return Path(settings.FILES_ROOT) / stored.sha256[:2] / stored.sha256


def send_file(stored: StoredFile, *, inline: bool = False) -> FileResponse:
    """The file as an answer that no browser runs: typed by us, not sniffed, in a sandbox."""
    answer = FileResponse(path_of(stored).open("rb"), content_type=stored.content_type)
    disposition = attachment(stored.name)
    answer["Content-Disposition"] = disposition.replace("attachment", "inline", 1) if inline else disposition
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def clean_name(name: str) -> str:
    """The last part of a path, without control characters, at most 120 characters, its ending kept."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip() or "file"
    path = Path(kept)
    return path.stem[: 120 - len(path.suffix)] + path.suffix[:20]


def _write(chunks: Iterable[bytes], limit: int) -> tuple[str, int]:
    """To a temporary file first; under its hash only when it is whole and on disk."""
    root = Path(settings.FILES_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=root, prefix="new-", delete=False) as spool:
        try:
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise FileTooBig(limit=limit // MEGABYTE)
                digest.update(chunk)
                spool.write(chunk)
            if size == 0:
                raise FileEmpty()
            spool.flush()
            os.fsync(spool.fileno())
            _put(Path(spool.name), root, digest.hexdigest())
        finally:
            Path(spool.name).unlink(missing_ok=True)
    return digest.hexdigest(), size


def _put(spool: Path, root: Path, sha256: str) -> None:
    place = root / sha256[:2] / sha256
    place.parent.mkdir(exist_ok=True)
    if not place.exists():
        os.replace(spool, place)


def _blocks(file: object) -> Iterable[bytes]:
    while block := file.read(MEGABYTE):  # type: ignore[attr-defined]
        yield block
