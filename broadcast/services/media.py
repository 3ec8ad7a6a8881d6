"""Files authors sent: bytes on disk once, platform handles remembered for reuse."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import struct
from io import BytesIO
from pathlib import Path
from secrets import token_hex

import imagesize
import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from broadcast.channel import StoredMedia
from broadcast.context import Core
from broadcast.errors import NotFound
from broadcast.language import N_
from broadcast.message import Media, MediaKind
from broadcast.models import StoredFile
from broadcast.store import file_modes

log = structlog.get_logger()
# How pictures begin. Telegram names no type for a photo, and other platforms ask for one.
_PICTURES = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.S), "image/webp"),
)


async def keep(
    core: Core, kind: MediaKind, data: bytes | None, *, filename: str = "", mime: str = "",
    size: int = 0, handles: dict[str, str] | None = None,
) -> Media:  # fmt: skip
    """Store a file; `data` None when only a platform handle is known (too big to fetch).

    The same file again is the same Media: an edit that changed nothing changes nothing.
    """
    path = sha256 = ""
    if data is not None:
        sha256 = hashlib.sha256(data).hexdigest()
        target = core.media_folder / sha256
        if not await asyncio.to_thread(_holds, target, sha256):
            await asyncio.to_thread(_write, target, data)
        path, size = str(target), len(data)
        mime = mime or next((kind for sign, kind in _PICTURES if sign.match(data)), "")
    new = StoredFile(
        kind=kind, filename=filename, mime=mime, size=size, path=path, sha256=sha256,
        handles=handles or {},
    )  # fmt: skip
    async with core.store.write() as session:
        row = await _known(session, new)
        if row is None:
            session.add(row := new)
        else:
            row.handles = row.handles | new.handles
    kept = _media(row)
    if kind is MediaKind.PHOTO and data is not None:
        width, height = _pixels(data)
        kept = kept.model_copy(update={"width": width, "height": height})
    return kept


def _pixels(data: bytes) -> tuple[int, int]:
    """Width and height of a picture; 0 where it cannot be read."""
    try:
        width, height = imagesize.get(BytesIO(data))
    except (ValueError, OSError, IndexError, struct.error) as error:
        log.info("picture_not_read", error=type(error).__name__)
        return 0, 0
    return max(0, int(width)), max(0, int(height))


async def _known(session: AsyncSession, new: StoredFile) -> StoredFile | None:
    """The row of the same bytes under the same name; without bytes, the one of the same handle."""
    rows = await session.scalars(
        select(StoredFile).where(
            StoredFile.kind == new.kind, StoredFile.path == new.path, StoredFile.size == new.size,
            StoredFile.filename == new.filename, StoredFile.mime == new.mime,
        )
    )  # fmt: skip
    same = new.handles.items()
    return next((row for row in rows if new.path or same & row.handles.items()), None)


def _holds(target: Path, sha256: str) -> bool:
    """Whether it is there and still what its name says; else it is written anew."""
    try:
        with target.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


def _write(target: Path, data: bytes) -> None:
    """Whole and on disk, or not there at all."""
    file_modes.make_folder(target.parent)
    part = target.with_name(f"{target.name}.{token_hex(4)}.part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, file_modes.FILE), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.rename(target)


def _media(row: StoredFile) -> Media:
    assert row.media_id is not None
    return Media(
        media_id=row.media_id, kind=MediaKind(row.kind), filename=row.filename, mime=row.mime,
        size=row.size,
    )  # fmt: skip


async def find(core: Core, account: str, media_id: int) -> StoredMedia:
    """A stored file as one account can use it. `account` is `channel:account`."""
    async with core.store.read() as session:
        row = await session.get(StoredFile, media_id)
    if row is None:
        raise NotFound(N_("That file is no longer here. Please send it again."))
    return StoredMedia(_media(row), row.path or None, row.handles.get(account), row.sha256)


async def remember_handles(core: Core, account: str, handles: dict[int, str]) -> None:
    """Keep the platform's own ids, so that a file is uploaded once."""
    async with core.store.write() as session:
        for media_id, handle in handles.items():
            if (row := await session.get(StoredFile, media_id)) is not None:
                row.handles = row.handles | {account: handle}
