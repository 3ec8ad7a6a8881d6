"""Files that Telegram has not seen yet: the multipart form, and the file ids it gives back."""

from __future__ import annotations

import asyncio
import os
import re
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import aiohttp
import orjson

from broadcast.channel import FindMedia, StoredMedia
from broadcast.errors import CannotDo
from broadcast.message import MediaKind, Message
from channels.telegram.content import ATTACHED, WITH_THUMBNAIL, Fields

_UNSAFE = re.compile(r'[\x00-\x1f\x7f"\\/]')
# What Telegram made of a file may be another kind (a silent video is an animation).
_KINDS = tuple(kind.value for kind in MediaKind)


class NoBytes(Exception):
    """The file is neither known to Telegram nor on our disk."""


def names_of(stored: list[StoredMedia]) -> dict[int, str]:
    """What stands for each file in the call: its handle, or the part of the form it is in."""
    names: dict[int, str] = {}
    for item in stored:
        if not item.handle and not item.path:
            raise NoBytes(item.media.filename or item.media.kind.value)
        media_id = item.media.media_id
        names[media_id] = item.handle or f"{ATTACHED}{_part(media_id)}"
    return names


async def thumbnails_of(
    message: Message, stored: list[StoredMedia], find: FindMedia
) -> list[StoredMedia]:
    """The small pictures of the files that have to be uploaded, as far as their bytes are here:
    they are always uploaded anew, and never keep a file from going."""
    found = []
    for item, file in zip(message.media, stored, strict=True):
        if file.handle or not item.thumbnail or item.kind not in WITH_THUMBNAIL:
            continue
        try:
            small = await find(item.thumbnail)
        except CannotDo:
            continue
        here = await asyncio.to_thread(os.path.isfile, small.path or "")
        if here:
            found.append(replace(small, handle=None))
    return found


async def form_of(fields: Fields, stored: list[StoredMedia], files: ExitStack) -> aiohttp.FormData:
    """The form; files are streamed from their copies, which stay open until `files` closes. Raises
    FileChanged."""
    form = aiohttp.FormData(quote_fields=False)
    for key, value in fields.items():
        form.add_field(key, value if isinstance(value, str) else orjson.dumps(value).decode())
    seen = set()
    for item in stored:
        media_id = item.media.media_id
        if item.handle or not item.path or media_id in seen:
            continue
        seen.add(media_id)
        opened = files.enter_context(await asyncio.to_thread(item.sealed))
        name = _UNSAFE.sub("_", item.media.filename) or _part(media_id)
        mime = item.media.mime if "/" in item.media.mime else None
        form.add_field(_part(media_id), opened, filename=name, content_type=mime)
    return form


def learned(message: Message, result: Any) -> dict[int, str]:
    """media_id to file_id, from what sendPhoto … sendMediaGroup answered."""
    sent = result if isinstance(result, list) else [result]
    return {
        item.media_id: handle
        for item, made in zip(message.media, sent, strict=False)
        if isinstance(made, dict) and (handle := _handle(made, item.kind.value))
    }


def _handle(made: dict[str, Any], kind: str) -> str:
    for name in (kind, *_KINDS):
        value = made.get(name)
        if isinstance(value, list) and value:
            value = value[-1]  # a photo comes in several sizes, the largest last
        if isinstance(value, dict) and value.get("file_id"):
            return str(value["file_id"])
    return ""


def _part(media_id: int) -> str:
    return f"file{media_id}"
