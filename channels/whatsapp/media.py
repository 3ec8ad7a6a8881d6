"""Files: uploaded once, then named by id until the id expires."""

from __future__ import annotations

import asyncio
from time import time

import aiohttp

from broadcast.ports import Outcome, Reason, Refused, Scope, StoredMedia
from channels._kit.graph import Graph, decoded
from channels._kit.http import UPLOAD_SECONDS, post
from channels.whatsapp import outcome

ID_SECONDS = 29 * 86400.0  # Meta keeps an uploaded file 30 days; a day to spare


def fresh(handle: str | None, now: float | None = None) -> str:
    """The media id of a stored handle (`id@expiry in Unix seconds`), empty once it expired."""
    media_id, _, expiry = (handle or "").partition("@")
    alive = expiry.isdecimal() and float(expiry) > (time() if now is None else now)
    return media_id if alive else ""


async def upload(
    client: aiohttp.ClientSession, graph: Graph, phone_id: str, stored: StoredMedia
) -> str | Outcome:
    """A new handle, or what its failure means for the delivery that needed it."""
    name = stored.media.filename or stored.media.kind.value
    if not stored.path:
        detail = f"The file is not here any more: {name}"
        return Refused(Reason.CONTENT, False, Scope.ACCOUNT, "", detail)
    form = aiohttp.FormData()
    form.add_field("messaging_product", "whatsapp")
    form.add_field("type", stored.media.mime or "application/octet-stream")
    opened = await asyncio.to_thread(open, stored.path, "rb")
    with opened:
        form.add_field("file", opened, filename=name, content_type=stored.media.mime or None)
        url = graph.url(f"{phone_id}/media")
        answer = await post(client, url, form, graph.headers, UPLOAD_SECONDS)
    if not isinstance(answer, tuple):
        return answer
    status, raw = answer
    body = decoded(raw)
    if status == 200 and isinstance(body, dict) and body.get("id"):
        return f"{body['id']}@{int(time() + ID_SECONDS)}"
    return outcome.read(status, body)
