"""`tellal backup`, `tellal db adopt` and `upgrade`: what they say, and their exit codes."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.settings import Settings
from bot.terminal import DID_NOT_HOLD, GOOD, WRONG_USE
from broadcast.language import terminal
from broadcast.store import backup, file_modes, lease, restore
from broadcast.store.backup import BackupError
from broadcast.store.storage_errors import in_words


def back_up(database_url: str, archive: Path, *, as_json: bool = False) -> int:
    """Make one archive and say what is in it. Returns the exit code."""
    say = terminal().plain
    database = file_modes.database_file(database_url)
    if database is None or not database.is_file():
        return _wrong(
            say("There is no database at {place}. Nothing was written.", place=database), WRONG_USE
        )
    if archive.is_dir():
        return _wrong(
            say("{file} is a folder; name a file in it, such as tellal.tar.", file=archive),
            WRONG_USE,
        )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # nothing half left
    try:
        made = backup.make(database, archive)
    except BackupError as error:
        return _wrong(str(error), DID_NOT_HOLD)
    for path in made.missing:
        words = say("The database names {file}, which is not on the disk.", file=path)
        print(words, file=sys.stderr)  # noqa: T201
    print(  # noqa: T201
        say(
            "{archive}: the database and its files ({files}), {size} MB, read back and found "
            "right. It holds people's data: keep it where only you can read it.",
            archive=archive, files=made.files, size=f"{made.size / 2**20:.1f}",
        )
    )  # fmt: skip
    if as_json:
        found = {"file": str(archive), "bytes": made.size, "files": made.files}
        print(json.dumps(found | {"missing": made.missing}))  # noqa: T201
    return GOOD


def adopt(settings: Settings, archive: Path | None) -> int:
    """Unpack `archive` where there is one, then make the database this installation's own."""
    from bot import bootstrap

    database = file_modes.database_file(settings.database_url)
    if archive is not None and database is not None:
        media = bootstrap.media_folder(settings.database_url)
        try:
            files = restore.unpack(archive, database, media)
        except BackupError as error:
            return _wrong(str(error), DID_NOT_HOLD)
        words = terminal().plain(
            "{file} is here again, with its files ({files}).", file=database, files=files
        )
        print(words)  # noqa: T201
    try:
        count = asyncio.run(bootstrap.adopt(settings, unpacked=archive is not None))
    except lease.Taken as taken:
        words = terminal().plain(
            "Another Tellal ({owner}) is already using this database. Stop it first; nothing "
            "was changed.",
            owner=taken.owner,
        )
        return _wrong(words, DID_NOT_HOLD)
    except SQLAlchemyError as error:
        return _unusable(error)
    print(  # noqa: T201
        terminal().plain(
            "This database now belongs to this installation. Broadcasts that wait for a "
            "decision: {n}.",
            n=count,
        )
    )
    return GOOD


def bring_up_to_date(database_url: str) -> int:
    """Create or upgrade the tables and say so. Returns the exit code."""
    from broadcast.store.migrate import upgrade

    try:
        asyncio.run(upgrade(database_url))
    except SQLAlchemyError as error:
        return _unusable(error)
    print(terminal().plain("The database is up to date."))  # noqa: T201
    return GOOD


def _unusable(error: SQLAlchemyError) -> int:
    return _wrong(in_words(error), DID_NOT_HOLD)


def _wrong(words: str, code: int) -> int:
    print(words, file=sys.stderr)  # noqa: T201
    return code
