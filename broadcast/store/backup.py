"""One archive of database and files, made while the product writes: whole and checked, or not there.

The database is copied first, at one moment; the files it names were on disk before their rows, and
their bytes never change.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from broadcast.language import N_, terminal
from broadcast.store import file_modes

DATABASE, MEDIA, MANIFEST = "tellal.db", "media", "manifest.json"
FORMAT = 1
CHUNK = 2**20
_FULL = ("full", "disk I/O error")


class BackupError(Exception):
    """One sentence: what stood in the way. Nothing half done is left."""


@dataclass
class Made:
    """What a backup holds. `missing`: files that the database names and the disk does not have."""

    archive: Path
    size: int = 0
    files: int = 0
    missing: list[str] = field(default_factory=list)


def make(database: Path, archive: Path) -> Made:
    """Raises BackupError; `archive` must not be there."""
    say = terminal().plain
    if not database.is_file():
        raise BackupError(say("There is no database at {place}.", place=database))
    if os.path.lexists(archive):
        raise BackupError(_there(archive))
    try:
        file_modes.make_folder(archive.parent)
        with _workshop(archive) as folder:
            copy = folder / DATABASE
            _copy(database, copy)
            part = folder / "archive"
            made = Made(archive)
            hashes = _pack(copy, part, made, compressed=archive.suffix in {".gz", ".tgz"})
            verify(part, hashes)
            _place(part, archive)
    except OSError as error:
        words = say("{file} cannot be written: {why}.", file=archive, why=error.strerror)
        raise BackupError(f"{words} {say(_LEFT)}") from None
    except sqlite3.Error as error:
        why = str(error)
        if any(word in why for word in _FULL):
            why = "No space left on device"
        words = say("The database cannot be copied: {why}.", why=why)
        raise BackupError(f"{words} {say(_LEFT)}") from None
    made.size = archive.stat().st_size
    return made


_LEFT = N_("No half of it was left there.")


def _there(archive: Path) -> str:
    return terminal().plain("{file} is there already; nothing was overwritten.", file=archive)


@contextmanager
def _workshop(archive: Path) -> Iterator[Path]:
    """A folder beside the archive, on the same disk; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=f".{archive.name}.", suffix=".part", dir=archive.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy(database: Path, copy: Path) -> None:
    """As it is at one moment; what was deleted is not in it. Writers are not held up."""
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, file_modes.FILE))
    with closing(
        sqlite3.connect(f"{database.resolve().as_uri()}?mode=rw", uri=True, timeout=60)
    ) as db:
        db.execute("VACUUM INTO ?", (str(copy),))
    check(copy)


def check(database: Path) -> None:
    """Raises BackupError for a database that SQLite finds damaged."""
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as db:
        found = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise BackupError(terminal().plain("The database is damaged ({why}).", why=found))


def stored_paths(database: Path) -> list[str]:
    """The files its rows name."""
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as db:
        known = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'stored_file'").fetchone()
        if known is None:
            return []
        rows = db.execute("SELECT DISTINCT path FROM stored_file WHERE path <> '' ORDER BY path")
        return [path for (path,) in rows]


def _pack(copy: Path, part: Path, made: Made, *, compressed: bool) -> dict[str, str]:
    """Write the archive, the list of hashes last: where it is, everything before it is."""
    hashes: dict[str, str] = {}
    number = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, file_modes.FILE)
    with open(number, "w+b") as raw:
        with tarfile.open(fileobj=raw, mode="w:gz" if compressed else "w") as tar:
            _add(tar, DATABASE, copy, hashes)
            for path in map(Path, stored_paths(copy)):
                name = f"{MEDIA}/{path.name}"
                if name in hashes:
                    continue
                if path.is_file():
                    _add(tar, name, path, hashes)
                    made.files += 1
                else:
                    made.missing.append(str(path))
            manifest = {
                "format": FORMAT, "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "sha256": hashes, "missing": made.missing,
            }  # fmt: skip
            body = json.dumps(manifest, indent=1).encode()
            tar.addfile(_entry(MANIFEST, len(body)), io.BytesIO(body))
        raw.flush()
        os.fsync(raw.fileno())
    return hashes


def _add(tar: tarfile.TarFile, name: str, path: Path, hashes: dict[str, str]) -> None:
    with path.open("rb") as opened:
        reader = _Hashing(opened)
        tar.addfile(_entry(name, os.fstat(opened.fileno()).st_size), reader)
        hashes[name] = reader.sha256.hexdigest()


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, file_modes.FILE
    entry.mtime = int(datetime.now(UTC).timestamp())
    return entry


class _Hashing(io.RawIOBase):
    """Reads on, and hashes what goes through."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source, self.sha256 = source, hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self.sha256.update(data)
        return data


def verify(archive: Path, hashes: dict[str, str]) -> None:
    """Read the archive again and compare every byte. Raises BackupError."""
    found: dict[str, str] = {}
    with tarfile.open(archive) as tar:
        for entry in tar:
            source = tar.extractfile(entry)
            if source is not None:
                digest = hashlib.sha256()
                while data := source.read(CHUNK):
                    digest.update(data)
                found[entry.name] = digest.hexdigest()
    found.pop(MANIFEST, None)
    if found != hashes:
        say = terminal().plain
        words = say("The archive does not read back as it was written.")
        raise BackupError(f"{words} {say(_LEFT)}")


def _place(part: Path, archive: Path) -> None:
    """All at once, and never over a file that came meanwhile."""
    try:
        os.link(part, archive)
    except FileExistsError:
        raise BackupError(_there(archive)) from None
    except OSError:  # a disk without links
        if os.path.lexists(archive):
            raise BackupError(_there(archive)) from None
        part.rename(archive)
    sync_folder(archive.parent)


def sync_folder(folder: Path) -> None:
    """Names in it outlive a power cut."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
