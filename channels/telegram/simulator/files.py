"""Files of the platform: contents, ids that belong to one bot, sizes of pictures."""

from __future__ import annotations

import base64
import hashlib
import re
import struct
from dataclasses import dataclass
from typing import Any

from channels._kit.sandbox_world import Json
from channels.telegram.simulator.errors import ApiError, bad_request
from channels.telegram.simulator.schema import Upload

PHOTO_BYTES, FILE_BYTES, DOWNLOAD_BYTES = 10 * 2**20, 50_000_000, 20_000_000
READ_BYTES = 10_000_000  # of a larger video or song Telegram does not find out its size and length
THUMBNAIL_BYTES, THUMBNAIL_EDGE = 200 * 2**10 - 1, 320
_EXTENSION = {
    "photo": "jpg",
    "video": "mp4",
    "animation": "mp4",
    "audio": "mp3",
    "voice": "ogg",
    "document": "bin",
    "thumbnail": "jpg",
}
_ID = re.compile(r"[\w-]+", re.A)
_MIME = {
    "video": "video/mp4",
    "animation": "video/mp4",
    "audio": "audio/mpeg",
    "voice": "audio/ogg",
    "document": "application/octet-stream",
}


@dataclass(slots=True)
class Stored:
    """One file as one bot knows it."""

    file_id: str
    kind: str
    bot_id: int
    name: str
    mime: str
    data: bytes
    unique_id: str
    path: str
    media: Any = None  # the Photo (array of sizes), Video… object made for it once


class Files:
    """All files; the same content sent twice by the same bot is one file."""

    def __init__(self) -> None:
        self._by_id: dict[str, Stored] = {}
        self._by_path: dict[tuple[int, str], Stored] = {}
        self._by_content: dict[tuple[int, str, str], Stored] = {}

    def keep(self, bot_id: int, kind: str, name: str, mime: str, data: bytes) -> Stored:
        """Takes a file in; raises the error Telegram has for one it cannot use."""
        if not data:
            raise bad_request("file must be non-empty")
        if len(data) > FILE_BYTES:
            raise ApiError(413, "Request Entity Too Large")
        digest = hashlib.sha1(data + kind.encode() + name.encode()).digest()
        key = (bot_id, kind, digest.hex())
        known = self._by_content.get(key)
        if known is None:
            known = self._new(bot_id, kind, name, mime, data, digest)
            known.media = _media(known, self)
            self._by_content[key] = known
        return known

    def _new(
        self, bot_id: int, kind: str, name: str, mime: str, data: bytes, digest: bytes
    ) -> Stored:
        # Real ids are opaque: these only look like them, and name their bot and kind inside.
        secret = struct.pack(">q", bot_id) + digest[:16] + kind[:3].encode()
        file_id = "AgACAgQAAx" + base64.urlsafe_b64encode(secret).decode().rstrip("=")
        unique = base64.urlsafe_b64encode(digest[:9]).decode().replace("-", "A")
        folder = {"photo": "photos", "thumbnail": "photos", "video": "videos"}.get(
            kind, "documents" if kind in ("document", "animation") else "music"
        )
        extension = name.rsplit(".", 1)[-1] if "." in name else _EXTENSION[kind]
        path = f"{folder}/file_{len(self._by_id)}.{extension}"
        stored = Stored(
            file_id, kind, bot_id, name, mime or _MIME.get(kind, ""), data, unique, path
        )
        self._by_id[file_id] = stored
        self._by_path[bot_id, path] = stored
        return stored

    def thumbnail(self, of: Stored, share: str) -> Stored:
        """A smaller size of a picture: an id of its own, the same bytes."""
        digest = hashlib.sha1(of.data + share.encode()).digest()
        return self._new(of.bot_id, "thumbnail", "", "image/jpeg", of.data, digest)

    def known(self, bot_id: int, file_id: str) -> Stored | None:
        """A file by an id that this bot was given."""
        stored = self._by_id.get(file_id)
        return stored if stored is not None and stored.bot_id == bot_id else None

    def at(self, bot_id: int, path: str) -> Stored | None:
        """A file by the path getFile told."""
        return self._by_path.get((bot_id, path))

    def resolve(self, bot_id: int, kind: str, value: Any, uploads: dict[str, Upload]) -> Stored:
        """What a photo, video… parameter means: an upload, attach://, a file_id or a URL."""
        if isinstance(value, str) and value.startswith("attach://"):
            value = uploads.get(value.removeprefix("attach://"))
            if value is None:
                raise bad_request("file must be non-empty")
        if isinstance(value, Upload):
            return self.keep(bot_id, kind, value.filename, value.content_type, value.data)
        if not isinstance(value, str):
            raise bad_request(f"there is no {kind} in the request")
        stored = self.known(bot_id, value)
        if stored is not None:
            if not _same_kind(stored.kind, kind):
                have, want = stored.kind.capitalize(), kind.capitalize()
                raise bad_request(f"can't use file of type {have} as {want}")
            return stored
        if value.startswith(("http://", "https://")):
            raise bad_request("failed to get HTTP URL content")  # no network in a sandbox
        if value in self._by_id:  # another bot's
            raise bad_request("wrong file identifier/HTTP URL specified")
        if not _ID.fullmatch(value) or len(value) % 4 == 1:
            raise bad_request("wrong remote file identifier specified: Wrong string length")
        raise bad_request("invalid remote file identifier")


def _same_kind(have: str, want: str) -> bool:
    """Whether an id of one kind may be sent as another: all but photos are documents to Telegram."""
    pictures = {"photo", "thumbnail"}
    return (have in pictures) == (want in pictures)


def describe(stored: Stored) -> Json:
    """The File object of getFile."""
    return {
        "file_id": stored.file_id,
        "file_unique_id": stored.unique_id,
        "file_size": len(stored.data),
        "file_path": stored.path,
    }


def _media(stored: Stored, files: Files) -> Any:
    """The content of a message's photo, video… field."""
    base: Json = {
        "file_id": stored.file_id,
        "file_unique_id": stored.unique_id,
        "file_size": len(stored.data),
    }
    if stored.kind in ("photo", "thumbnail"):
        return _photo(stored, base, files)
    read = len(stored.data) <= READ_BYTES
    if stored.kind in ("video", "animation"):
        base |= {"width": 640, "height": 360} if read else {"width": 320, "height": 320}
    if stored.kind in ("video", "animation", "audio", "voice"):
        base["duration"] = 5 if read else 0
    if stored.mime:
        base["mime_type"] = stored.mime
    if stored.name and stored.kind != "voice":
        base["file_name"] = stored.name
    return base


def _photo(stored: Stored, base: Json, files: Files) -> list[Json]:
    if len(stored.data) > PHOTO_BYTES:
        raise bad_request(_too_big(stored, " for a photo", PHOTO_BYTES))
    size = picture_size(stored.data)
    if size is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    width, height = size
    if width + height > 10_000 or max(size) > 20 * min(size):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    sizes: list[Json] = []
    for letter, edge in (("s", 90), ("m", 320)):
        if max(size) > edge:
            small = files.thumbnail(stored, letter)
            scale = edge / max(size)
            sizes.append(
                {
                    "file_id": small.file_id,
                    "file_unique_id": small.unique_id,
                    "file_size": len(stored.data),
                    "width": max(1, round(width * scale)),
                    "height": max(1, round(height * scale)),
                }
            )
            small.media = sizes[:]
    return [*sizes, {**base, "width": width, "height": height}]


def checked_thumbnail(value: Any, uploads: dict[str, Upload]) -> Upload | None:
    """The small picture that comes with a file; an id is not taken for one. None for none."""
    if isinstance(value, str):
        value = uploads.get(value.removeprefix("attach://"))
    if not isinstance(value, Upload):
        return None  # Telegram passes over what it cannot use
    size = picture_size(value.data)
    small = size is not None and max(size) <= THUMBNAIL_EDGE
    return value if small and len(value.data) <= THUMBNAIL_BYTES else None


def _too_big(stored: Stored, what: str, limit: int) -> str:
    size = len(stored.data)
    return f"file of size {size} bytes is too big{what}; the maximum size is {limit} bytes"


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, GIF, WebP or JPEG; None for anything else."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return (width, height) if width and height else None
    if data[:6] in (b"GIF87a", b"GIF89a"):
        width, height = struct.unpack("<HH", data[6:10])
        return width, height
    if data[:4] == b"RIFF" and data[8:16] == b"WEBPVP8X":
        return (
            int.from_bytes(data[24:27], "little") + 1,
            int.from_bytes(data[27:30], "little") + 1,
        )
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return 512, 512
    return _jpeg_size(data) if data[:2] == b"\xff\xd8" else None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(data):
        if data[at] != 0xFF:
            return None
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in range(0xC0, 0xD0) and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None
