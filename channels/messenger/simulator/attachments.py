"""Attachments: uploaded or fetched once, reused by id for 90 days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from channels._kit.graph.simulator.clock import DAY, Clock
from channels._kit.graph.simulator.fetching import BadLink, fetch
from channels._kit.graph.simulator.host import Upload
from channels.messenger.simulator.errors import refusal

Json = dict[str, Any]
_MB = 1024 * 1024
LARGEST, LARGEST_IMAGE_BY_URL = 25 * _MB, 8 * _MB
DAYS = 90
_TYPES: dict[str, tuple[str, ...]] = {
    "image": ("image/png", "image/jpeg", "image/gif", "image/webp"),
    "video": ("video/mp4", "video/3gpp", "video/quicktime", "video/ogg"),
    "audio": ("audio/mpeg", "audio/mp4", "audio/ogg", "audio/aac", "audio/wav"),
}
_FILES = ("application/pdf", "text/plain", "application/zip", "application/octet-stream")
_FETCHED_SECONDS = 600.0


@dataclass(slots=True)
class Attachment:
    """One file."""

    id: str
    kind: str
    name: str
    mime: str
    content: bytes
    reusable: bool
    expires_at: float


class Attachments:
    """All files of the page."""

    def __init__(self, clock: Clock) -> None:
        self.uploads = 0
        self._clock = clock
        self._by_id: dict[str, Attachment] = {}
        self._by_link: dict[tuple[str, str], Attachment] = {}
        self._count = 0

    def find(self, attachment_id: str) -> Attachment | None:
        """A file that still is there."""
        found = self._by_id.get(attachment_id)
        return found if found and found.expires_at > self._clock.now() else None

    async def take(self, attachment: Json, files: dict[str, Upload]) -> Attachment:
        """The file an attachment object means: an upload, a link, or one of before."""
        kind, payload = attachment["type"].lower(), attachment["payload"]
        reusable = str(payload.get("is_reusable", False)).lower() == "true"
        if "attachment_id" in payload:
            return self._known(kind, str(payload["attachment_id"]))
        file = files.get("filedata")
        if file is not None:
            if file.mime.partition(";")[0] not in _types(kind):
                raise refusal(100, 2018047)
            if len(file.content) > LARGEST:
                raise refusal(100, words=f"Attachment size exceeds {LARGEST} bytes.")
            return self.keep(kind, file.name, file.mime, file.content, reusable)
        if "url" not in payload:
            raise refusal(100, words="Param attachment['payload'] needs a url or attachment_id.")
        return await self._from_link(kind, str(payload["url"]), reusable)

    def _known(self, kind: str, attachment_id: str) -> Attachment:
        found = self.find(attachment_id)
        if found is None or not found.reusable:
            raise refusal(100, 2018074)
        if found.kind != kind:
            raise refusal(100, 2018047)
        return found

    async def _from_link(self, kind: str, link: str, reusable: bool) -> Attachment:
        known = self._by_link.get((kind, link))
        if known is not None and not reusable and known.expires_at > self._clock.now():
            return known
        largest = LARGEST_IMAGE_BY_URL if kind == "image" else LARGEST
        try:
            mime, content = await fetch(link, _types(kind), largest)
        except BadLink as bad:
            mismatch = "gave" in str(bad)
            raise refusal(100, 2018047 if mismatch else 2018008, str(bad)) from None
        name = link.rsplit("/", 1)[-1].partition("?")[0] or kind
        made = self.keep(kind, name, mime, content, reusable)
        if not reusable:
            made.expires_at = self._clock.now() + _FETCHED_SECONDS
            self._by_link[kind, link] = made
        return made

    def keep(self, kind: str, name: str, mime: str, content: bytes, reusable: bool) -> Attachment:
        """Takes a file in."""
        self._count += 1
        self.uploads += 1
        attachment_id = str(800_000_000_000_000 + self._count * 15_485_863)
        expires_at = self._clock.now() + DAYS * DAY
        made = Attachment(attachment_id, kind, name, mime, content, reusable, expires_at)
        self._by_id[attachment_id] = made
        return made


def _types(kind: str) -> tuple[str, ...]:
    """MIME types of a kind; a file may be anything we know."""
    everything = tuple(t for types in _TYPES.values() for t in types)
    return _TYPES.get(kind) or (*everything, *_FILES)
