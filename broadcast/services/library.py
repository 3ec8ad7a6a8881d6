"""Files authors sent: bytes on disk once, platform handles remembered for reuse."""

from __future__ import annotations

import hashlib

from broadcast.core import Core
from broadcast.errors import NotFound
from broadcast.language import N_
from broadcast.message import Media, MediaKind
from broadcast.models import StoredFile
from broadcast.ports import StoredMedia


async def keep(
    core: Core, kind: MediaKind, data: bytes | None, *, filename: str = "", mime: str = "",
    size: int = 0, handles: dict[str, str] | None = None,
) -> Media:  # fmt: skip
    """Store a file; `data` None when only a platform handle is known (too big to fetch)."""
    path = ""
    if data is not None:
        core.media_folder.mkdir(parents=True, exist_ok=True)
        target = core.media_folder / hashlib.sha256(data).hexdigest()
        if not target.exists():
            part = target.with_suffix(".part")
            part.write_bytes(data)
            part.rename(target)
        path, size = str(target), len(data)
    row = StoredFile(
        kind=kind, filename=filename, mime=mime, size=size, path=path, handles=handles or {}
    )
    async with core.store.write() as session:
        session.add(row)
    assert row.media_id is not None
    return Media(media_id=row.media_id, kind=kind, filename=filename, mime=mime, size=size)


async def find(core: Core, account: str, media_id: int) -> StoredMedia:
    """A stored file as one account can use it. `account` is `channel:account`."""
    async with core.store.read() as session:
        row = await session.get(StoredFile, media_id)
    if row is None:
        raise NotFound(N_("That file is no longer here. Please send it again."))
    media = Media(
        media_id=media_id, kind=MediaKind(row.kind), filename=row.filename, mime=row.mime,
        size=row.size,
    )  # fmt: skip
    return StoredMedia(media, row.path or None, row.handles.get(account))


async def remember_handles(core: Core, account: str, handles: dict[int, str]) -> None:
    """Keep the platform's own ids, so that a file is uploaded once."""
    async with core.store.write() as session:
        for media_id, handle in handles.items():
            if (row := await session.get(StoredFile, media_id)) is not None:
                row.handles = row.handles | {account: handle}
