"""Taking a backup: one snapshot for the dump and for the checksums, then the files."""

import datetime as dt
import hashlib
import shutil
import tarfile
from pathlib import Path

from django.conf import settings

from gasworks.foundation.backups import archive, server
from gasworks.foundation.backups.contents import Contents, read_contents


def create_backup(*, now: dt.datetime, root: Path | None = None, keep: int | None = None) -> Path:
    """Write one backup under ``root`` and give its folder. With ``keep`` the older ones beyond that many are removed.

    A backup that was interrupted has a name that begins with a dot and counts for nothing.
    """
    root = Path(root or settings.BACKUPS)
    name = now.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    building = root / f".{name}"
    building.mkdir(parents=True, mode=0o700)
    try:
        contents = _dump(building / archive.DUMP)
        _pack_files(building / archive.FILES)
        archive.seal(building, _manifest(contents, now))
        building.rename(root / name)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    if keep:
        _forget(root, keep)
    return root / name


def _dump(target: Path) -> Contents:
    """The snapshot stays open until pg_dump has read from it: payments go on meanwhile and are not in it."""
    with server.connect() as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = connection.execute("SELECT pg_export_snapshot()").fetchone()
        contents = read_contents(connection)
        server.run_tool(
            "pg_dump",
            "--format=custom",
            "--compress=1",
            f"--snapshot={snapshot[0] if snapshot else ''}",
            f"--file={target}",
        )
    return contents


def _pack_files(target: Path) -> None:
    """Stored files never change, so whatever the snapshot speaks of is there."""
    with tarfile.open(target, "w") as pack:
        if Path(settings.FILES_ROOT).is_dir():
            pack.add(settings.FILES_ROOT, arcname=".")


def _manifest(contents: Contents, now: dt.datetime) -> archive.Manifest:
    with server.connect() as connection:
        version = connection.info.server_version
    return archive.Manifest(
        version=archive.VERSION,
        taken_at=now.isoformat(),
        database=server.current_database(),
        server=f"{version // 10000}.{version % 10000}",
        key_fingerprint=key_fingerprint(),
        contents=contents,
    )


def key_fingerprint() -> str:
    return hashlib.sha256(b"fingerprint:" + settings.INSTALLATION_KEY.encode()).hexdigest()[:16]


def _forget(root: Path, keep: int) -> None:
    finished = sorted(path.parent for path in root.glob(f"*/{archive.SUMS}"))
    for old in finished[:-keep]:
        shutil.rmtree(old)
