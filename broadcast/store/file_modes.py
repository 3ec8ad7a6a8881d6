"""The files that hold people are for their own user: 0600, in folders 0700, also old ones."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import make_url

FILE, FOLDER = 0o600, 0o700
_BESIDE = ("", "-wal", "-shm", "-journal", ".instance")


class Open(NamedTuple):
    """A file or folder that others than its owner may read or change, and the mode to give it."""

    path: Path
    mode: int
    right: int


def database_file(url: str) -> Path | None:
    """None where the database is no file."""
    found = make_url(url)
    if found.get_backend_name() != "sqlite" or found.database in {None, "", ":memory:"}:
        return None
    return Path(str(found.database))


def files_of(database: Path) -> list[Path]:
    """The database and what SQLite and we keep beside it, as far as it exists."""
    names = (database.with_name(database.name + more) for more in _BESIDE)
    return [path for path in names if path.exists()]


def prepare(url: str) -> None:
    """Before a database is opened: a new one is made for us alone, an old one becomes so."""
    database = database_file(url)
    if database is None:
        return
    if not database.exists():
        with contextlib.suppress(OSError):  # opening it says why
            os.close(os.open(database, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE))
    tighten(files_of(database))


def make_folder(folder: Path) -> None:
    """A folder for us alone, with those above it that are not there."""
    for missing in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
        missing.mkdir(FOLDER, exist_ok=True)


def tighten(paths: list[Path]) -> None:
    """Take others' rights away where we may; where not, doctor says so."""
    for found in open_to_others(paths):
        with contextlib.suppress(OSError):
            found.path.chmod(found.right)


def media_files(folder: Path) -> list[Path]:
    """The folder and all in it."""
    return [folder, *folder.iterdir()] if folder.is_dir() else []


def open_to_others(paths: list[Path]) -> list[Open]:
    found = []
    for path in paths:
        with contextlib.suppress(OSError):  # gone meanwhile
            known = path.stat()
            mode = stat.S_IMODE(known.st_mode)
            if mode & 0o077:
                right = FOLDER if stat.S_ISDIR(known.st_mode) else FILE
                found.append(Open(path, mode, right))
    return found
