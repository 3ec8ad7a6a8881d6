"""Media: uploaded once, used by id until it expires, or fetched from a link."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from channels._kit.graph.simulator.clock import DAY, Clock
from channels._kit.graph.simulator.errors import GraphError, invalid, unknown_object
from channels._kit.graph.simulator.fetching import BadLink, fetch
from channels.whatsapp.simulator.errors import refusal

Json = dict[str, Any]
_MB = 1024 * 1024
UPLOADED_DAYS, INBOUND_DAYS, URL_SECONDS = 30, 7, 300.0
# kind: (largest, MIME types), as Meta's media page lists them
KINDS: dict[str, tuple[int, frozenset[str]]] = {
    "image": (5 * _MB, frozenset({"image/jpeg", "image/png"})),
    "video": (16 * _MB, frozenset({"video/mp4", "video/3gpp"})),
    "audio": (
        16 * _MB,
        frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}),
    ),
    "sticker": (500 * 1024, frozenset({"image/webp"})),
    "document": (
        100 * _MB,
        frozenset(
            {
                "text/plain", "application/pdf", "application/msword", "application/vnd.ms-excel",
                "application/vnd.ms-powerpoint",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            }
        ),
    ),
}  # fmt: skip
_ALL = sorted(set().union(*(types for _, types in KINDS.values())))
_FETCHED_SECONDS = 600.0  # Meta keeps what a link gave for ten minutes


@dataclass(slots=True)
class Media:
    """One file."""

    id: str
    name: str
    mime: str
    content: bytes
    number_id: str
    expires_at: float

    @property
    def digest(self) -> str:
        """SHA-256 of the content."""
        return hashlib.sha256(self.content).hexdigest()


class Shelf:
    """All media of the account's numbers."""

    def __init__(self, clock: Clock) -> None:
        self.uploads = 0
        self._clock = clock
        self._media: dict[str, Media] = {}
        self._count = 0
        self._fetched: dict[tuple[str, str], tuple[float, GraphError | None]] = {}

    def upload(self, number_id: str, name: str, mime: str, content: bytes) -> Media:
        """A file of ours; refused for its type or its size."""
        mime = mime.partition(";")[0].strip().lower()
        fitting = [most for most, types in KINDS.values() if mime in types]
        if not fitting:
            words = f"Param file must be a file with one of the following types: {', '.join(_ALL)}."
            raise invalid(f"{words} Received file of type '{mime or 'unknown'}'.")
        if not content:
            raise invalid("Param file must not be empty.")
        if len(content) > max(fitting):
            words = f"The file has {len(content)} bytes; {mime} may have {max(fitting)}."
            raise refusal(131053, words)
        self.uploads += 1
        return self.keep(number_id, name, mime, content, UPLOADED_DAYS)

    def keep(self, number_id: str, name: str, mime: str, content: bytes, days: int) -> Media:
        """Puts a file on the shelf."""
        self._count += 1
        media_id = str(1_000_000_000_000_000 + self._count * 7_919)
        expires_at = self._clock.now() + days * DAY
        self._media[media_id] = Media(media_id, name, mime, content, number_id, expires_at)
        return self._media[media_id]

    def find(self, media_id: str, number_id: str | None = None) -> Media | None:
        """A file that still is there (and belongs to a number)."""
        media = self._media.get(media_id)
        if media is None or media.expires_at <= self._clock.now():
            return None
        return media if number_id in (None, media.number_id) else None

    def remove(self, media: Media) -> None:
        """Deletes it."""
        self._media.pop(media.id, None)

    def about(self, media: Media, base: str) -> Json:
        """GET /<media id>: a URL that works for five minutes."""
        until = int(self._clock.now() + URL_SECONDS)
        return {
            "messaging_product": "whatsapp",
            "url": f"{base}/media/{media.id}?until={until}&hash={media.digest[:16]}",
            "mime_type": media.mime,
            "sha256": media.digest,
            "file_size": str(len(media.content)),
            "id": media.id,
        }

    def download(self, media_id: str, until: str) -> Media:
        """What such a URL leads to."""
        media = self.find(media_id)
        if media is None or not until.isdigit() or int(until) < self._clock.now():
            raise unknown_object(media_id, "get")
        return media

    def used(self, kind: str, wish: Json, where: str, number_id: str) -> Media | None:
        """The file a message names by id; None for a link (see `fetch`). Refuses unknown ids."""
        if "id" not in wish:
            return None
        media = self.find(str(wish["id"]), number_id)
        if media is None:
            words = "is not a valid whatsapp business account media attachment ID"
            raise invalid(f"Param {where}['id'] {words}.")
        if media.mime not in KINDS[kind][1]:
            raise refusal(131053, f"A file of type {media.mime} cannot be sent as {kind}.")
        return media

    async def fetch(self, kind: str, link: str) -> GraphError | None:
        """Gets what a link leads to, as Meta does when a message names one; what is wrong."""
        now, key = self._clock.now(), (kind, link)
        until, wrong = self._fetched.get(key, (0.0, None))
        if until > now:
            return wrong
        largest, types = KINDS[kind]
        wrong = None
        try:
            await fetch(link, types, largest)
        except BadLink as bad:
            wrong = refusal(131053, str(bad))
        if len(self._fetched) > 1000:
            self._fetched.clear()
        self._fetched[key] = (now + _FETCHED_SECONDS, wrong)
        return wrong
