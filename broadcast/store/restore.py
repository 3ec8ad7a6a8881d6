"""A backup becomes the database of this place: checked as a whole before anything is put there."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

from broadcast.language import N_, terminal
from broadcast.store import file_modes
from broadcast.store.backup import (
    CHUNK,
    DATABASE,
    FORMAT,
    MANIFEST,
    MEDIA,
    BackupError,
    check,
    sync_folder,
)

_MEMBER = re.compile(rf"{re.escape(DATABASE)}|{MANIFEST}|{MEDIA}/[\w.-]{{1,255}}", re.ASCII)
_LARGEST_LIST = 2**26  # bytes
_DAMAGED = N_(
    "{archive} is no backup made by `tellal backup`, or it is damaged ({why}). Nothing was changed."
)


def unpack(archive: Path, database: Path, media: Path) -> int:
    """Put database and files in their places; how many files. Raises BackupError.

    There must be no database yet. The rows name the files where they are now.
    """
    say = terminal().plain
    if there := file_modes.files_of(database):
        names = ", ".join(map(str, there))
        raise BackupError(
            say(
                "There is a database here already. Stop Tellal and move these away first: {names}. "
                "Nothing was changed.", names=names,
            )
        )  # fmt: skip
    folder: Path | None = None
    try:
        file_modes.make_folder(database.parent)
        folder = Path(tempfile.mkdtemp(prefix=".adopt.", suffix=".part", dir=database.parent))
        hashes = _extract(archive, folder)
        copy = folder / DATABASE
        check(copy)
        _of_a_version_we_know(copy)
        files = sorted(name for name in hashes if name != DATABASE)
        _rename_in(copy, {Path(name).name: str(media / Path(name).name) for name in files})
        _put(folder, files, media)
        _put_database(copy, database)  # last: where it is, everything is
        sync_folder(database.parent)
    except (tarfile.TarError, EOFError, zlib.error, sqlite3.DatabaseError, ValueError) as error:
        if "full" in str(error):
            raise BackupError(
                say("There is no room for it: {why}. Nothing was changed.", why=error)
            ) from None
        raise BackupError(say(_DAMAGED, archive=archive, why=error)) from None
    except OSError as error:
        why = error.strerror or str(error)
        words = say("{file} cannot be unpacked: {why}. Nothing was changed.", file=archive, why=why)
        raise BackupError(words) from None
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
    return len(files)


def _put_database(copy: Path, database: Path) -> None:
    """Never over one that a started Tellal has made meanwhile. Raises BackupError."""
    try:
        os.link(copy, database)
    except FileExistsError:
        raise BackupError(
            terminal().plain(
                "Meanwhile a database appeared at {place}; it was not overwritten. Stop Tellal "
                "and move it away first.", place=database,
            )
        ) from None  # fmt: skip
    except OSError:  # a disk without links
        if os.path.lexists(database):
            raise
        copy.rename(database)


def _extract(archive: Path, folder: Path) -> dict[str, str]:
    """Every member as its hash promises. Raises ValueError for anything else."""
    (folder / MEDIA).mkdir(file_modes.FOLDER)
    found: dict[str, str] = {}
    manifest: Any = None
    with tarfile.open(archive) as tar:
        for entry in tar:
            source = tar.extractfile(entry) if entry.isreg() else None
            if source is None or not _MEMBER.fullmatch(entry.name) or entry.name in found:
                raise ValueError(f"{entry.name!r} does not belong in it")
            if entry.name == MANIFEST:
                if entry.size > _LARGEST_LIST:
                    raise ValueError("its list is too long")
                manifest = json.loads(source.read())
                continue
            found[entry.name] = _write(source, folder / entry.name)
    if not isinstance(manifest, dict):
        raise ValueError("its end is missing")
    if manifest.get("format") != FORMAT:
        raise ValueError("it was made by a newer Tellal")
    if found != manifest.get("sha256") or DATABASE not in found:
        raise ValueError("its contents are not what its list says")
    return found


def _write(source: Any, target: Path) -> str:
    digest = hashlib.sha256()
    number = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, file_modes.FILE)
    with open(number, "wb") as out:  # noqa: PTH123
        while data := source.read(CHUNK):
            digest.update(data)
            out.write(data)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest()


def _of_a_version_we_know(database: Path) -> None:
    from alembic.script import ScriptDirectory

    from broadcast.store.migrate import config

    with closing(sqlite3.connect(database)) as db:
        (version,) = db.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
    known = {one.revision for one in ScriptDirectory.from_config(config()).walk_revisions()}
    if version not in known:
        raise BackupError(
            terminal().plain(
                "This backup was made by a newer Tellal (tables at {version}); update this one first. "
                "Nothing was changed.", version=version,
            )
        )  # fmt: skip


def _rename_in(database: Path, places: dict[str, str]) -> None:
    """The rows name the files where they are to be."""
    with closing(sqlite3.connect(database)) as db:
        rows = db.execute("SELECT media_id, path FROM stored_file WHERE path <> ''").fetchall()
        db.executemany(
            "UPDATE stored_file SET path = ? WHERE media_id = ?",
            [(places[Path(p).name], n) for n, p in rows if Path(p).name in places],
        )
        db.commit()


def _put(folder: Path, files: list[str], media: Path) -> None:
    """Files are named by their bytes: one that is there already is the same, or damaged."""
    if not files:
        return
    file_modes.make_folder(media)
    for name in files:
        source, target = folder / name, media / Path(name).name
        try:
            source.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            part = target.with_name(target.name + ".part")  # media on a disk of their own
            part.unlink(missing_ok=True)
            with source.open("rb") as opened:
                _write(opened, part)
            part.replace(target)
    sync_folder(media)
