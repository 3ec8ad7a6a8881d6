"""A backup is one whole archive, checked, or nothing; taken back it is the same."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from broadcast.store import backup, file_modes, restore
from broadcast.store.backup import BackupError
from broadcast.store.migrate import upgrade

PICTURES = (b"a picture", b"another")


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    """A database with two stored files and a subscriber."""
    file = tmp_path / "house" / "tellal.db"
    media = file.parent / "media"
    file_modes.make_folder(media)
    await upgrade(f"sqlite+aiosqlite:///{file}")
    with closing(sqlite3.connect(file)) as db:
        for data in PICTURES:
            path = media / hashlib.sha256(data).hexdigest()
            path.write_bytes(data)
            db.execute(
                "INSERT INTO stored_file (kind, filename, mime, size, path, handles)"
                " VALUES ('photo', '', '', ?, ?, '{}')", (len(data), str(path)),
            )  # fmt: skip
        db.execute("INSERT INTO subscriber (name, language, timezone, created_at)"
                   " VALUES ('Ayşe', 'tr', '', '2026-01-01')")  # fmt: skip
        db.commit()
    return file


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_backed_up_comes_back_elsewhere(database: Path, tmp_path: Path) -> None:
    archive, there = tmp_path / "safe" / "b.tar", tmp_path / "new" / "house" / "tellal.db"
    made = backup.make(database, archive)
    assert (made.files, made.missing) == (2, [])
    assert left(archive.parent) == ["b.tar"]
    assert restore.unpack(archive, there, there.parent / "media") == 2
    with closing(sqlite3.connect(there)) as db:
        assert db.execute("SELECT name FROM subscriber").fetchall() == [("Ayşe",)]
        paths = [Path(path) for (path,) in db.execute("SELECT path FROM stored_file")]
    assert [path.read_bytes() for path in paths] == list(PICTURES)
    assert all(path.parent == there.parent / "media" for path in paths)
    everything = [archive.parent, archive, *there.parents[0].rglob("*"), there.parent.parent]
    assert file_modes.open_to_others(everything) == []


def test_it_is_one_moment_while_others_write(database: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(database)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("UPDATE subscriber SET name = 'committed'")
        writer.commit()
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE subscriber SET name = 'half way'")
        backup.make(database, tmp_path / "b.tar")
        writer.rollback()
    there = tmp_path / "new" / "tellal.db"
    restore.unpack(tmp_path / "b.tar", there, there.parent / "media")
    with closing(sqlite3.connect(there)) as db:
        assert db.execute("SELECT name FROM subscriber").fetchone() == ("committed",)


def test_nothing_is_overwritten(database: Path, tmp_path: Path) -> None:
    archive = tmp_path / "b.tar"
    archive.write_text("mine")
    with pytest.raises(BackupError, match="already"):
        backup.make(database, archive)
    assert archive.read_text() == "mine"
    archive.unlink()
    archive.symlink_to(tmp_path / "nowhere")
    with pytest.raises(BackupError, match="already"):
        backup.make(database, archive)
    archive.unlink()
    backup.make(database, archive)
    before = database.read_bytes()
    with pytest.raises(BackupError, match="already"):
        restore.unpack(archive, database, database.parent / "media")
    assert database.read_bytes() == before


def test_a_file_that_came_meanwhile_is_not_overwritten(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "b.tar"
    verify = backup.verify

    def slow(part: Path, hashes: dict[str, str]) -> None:
        verify(part, hashes)
        archive.write_text("somebody else's")

    monkeypatch.setattr(backup, "verify", slow)
    with pytest.raises(BackupError, match="already"):
        backup.make(database, archive)
    assert archive.read_text() == "somebody else's" and left(tmp_path) == ["b.tar", "house"]


def test_a_full_disk_leaves_nothing_half_done(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as short:
        short.setattr(tarfile.TarFile, "addfile", full)
        with pytest.raises(BackupError, match="No space left"):
            backup.make(database, tmp_path / "b.tar")
    assert left(tmp_path) == ["house"]
    backup.make(database, tmp_path / "b.tar")
    new = tmp_path / "new"
    with monkeypatch.context() as short:
        short.setattr(restore, "_write", full)
        with pytest.raises(BackupError, match="No space left"):
            restore.unpack(tmp_path / "b.tar", new / "tellal.db", new / "media")
    assert left(new) == []


def test_media_on_a_disk_of_their_own_come_back_there(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup.make(database, tmp_path / "b.tar")
    there = tmp_path / "new" / "tellal.db"
    media, replace = there.parent / "media", Path.replace

    def across(source: Path, target: Path) -> Path:
        if target.parent == media and source.parent != media:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", across)
    assert restore.unpack(tmp_path / "b.tar", there, media) == 2
    assert {path.read_bytes() for path in media.iterdir()} == set(PICTURES)
    assert file_modes.open_to_others([media, *media.iterdir()]) == []


def test_a_missing_file_is_named_and_the_rest_is_kept(database: Path, tmp_path: Path) -> None:
    gone = next((database.parent / "media").iterdir())
    gone.unlink()
    made = backup.make(database, tmp_path / "b.tar")
    assert (made.files, made.missing) == (1, [str(gone)])
    there = tmp_path / "new" / "tellal.db"
    assert restore.unpack(tmp_path / "b.tar", there, there.parent / "media") == 1


def spoiled(archive: Path, how: str) -> None:
    """The archive as a bad disk, a bad person or an older copy leaves it."""
    data = bytearray(archive.read_bytes())
    if how == "cut":
        data = data[: len(data) // 2]
    elif how == "a byte":
        data[data.index(PICTURES[0])] ^= 1
    elif how == "no tar":
        data = bytearray(b"channel,address\n" * 100)
    elif how == "empty":
        data = bytearray()
    archive.write_bytes(data)
    if how in {"climbs", "link", "newer", "foreign"}:
        with tarfile.open(archive, "a" if how != "newer" else "w") as tar:
            entry = tarfile.TarInfo(
                {"climbs": "media/../../evil", "newer": "manifest.json"}.get(how, "media/x")
            )
            body = json.dumps({"format": 2, "sha256": {}}).encode() if how == "newer" else b"x"
            if how == "link":
                entry.type, entry.linkname, body = tarfile.SYMTYPE, "/etc/passwd", b""
            entry.size = len(body)
            tar.addfile(entry, io.BytesIO(body))


@pytest.mark.parametrize(
    "how", ["cut", "a byte", "no tar", "empty", "climbs", "link", "newer", "foreign"]
)
@pytest.mark.parametrize("name", ["b.tar", "b.tar.gz"])
def test_a_spoiled_archive_changes_nothing(
    database: Path, tmp_path: Path, how: str, name: str
) -> None:
    archive, new = tmp_path / name, tmp_path / "new"
    backup.make(database, archive)
    if name == "b.tar":
        spoiled(archive, how)
    else:
        data = bytearray(archive.read_bytes())
        data[len(data) // 2] ^= 255
        archive.write_bytes(data[: len(data) // 2] if how == "cut" else data)
    with pytest.raises(BackupError, match="Nothing was changed"):
        restore.unpack(archive, new / "tellal.db", new / "media")
    assert left(new) == [] and not (tmp_path / "evil").exists()


def test_a_backup_of_a_newer_version_is_not_taken(database: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(database)) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
        db.commit()
    backup.make(database, tmp_path / "b.tar")
    new = tmp_path / "new"
    with pytest.raises(BackupError, match="newer Tellal"):
        restore.unpack(tmp_path / "b.tar", new / "tellal.db", new / "media")
    assert left(new) == []


async def test_files_from_before_are_tightened(tmp_path: Path) -> None:
    file = tmp_path / "tellal.db"
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE old (x)")
        file.with_name("tellal.db.instance").write_text("{}")
        assert [one.mode for one in file_modes.open_to_others(file_modes.files_of(file))] == [
            0o644
        ] * 4
        file_modes.prepare(f"sqlite+aiosqlite:///{file}")
        assert file_modes.open_to_others(file_modes.files_of(file)) == []


def test_a_house_that_began_meanwhile_is_not_overwritten(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup.make(database, tmp_path / "b.tar")
    new = tmp_path / "new"
    put = restore._put

    def while_one_starts(*about: object) -> None:
        put(*about)  # type: ignore[arg-type]
        (new / "tellal.db").write_bytes(b"alive")

    monkeypatch.setattr(restore, "_put", while_one_starts)
    with pytest.raises(BackupError, match="Meanwhile"):
        restore.unpack(tmp_path / "b.tar", new / "tellal.db", new / "media")
    assert (new / "tellal.db").read_bytes() == b"alive"
    assert left(new) == ["media", "tellal.db"]
