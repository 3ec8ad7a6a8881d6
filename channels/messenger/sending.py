"""The hot path: parts are made ready once, each delivery only adds whom. Files are uploaded once."""

from __future__ import annotations

import asyncio
from time import time

import aiohttp
import orjson

from broadcast.message import Message
from broadcast.ports import (
    Accepted,
    Deferred,
    Envelope,
    FindMedia,
    Outcome,
    Reason,
    Refused,
    Scope,
    StoredMedia,
    Uncertain,
)
from channels._kit.graph import Graph, decoded
from channels._kit.http import UPLOAD_SECONDS, Route, post, session
from channels.messenger import content, outcome
from channels.messenger.config import Config

_MOST_RENDERED = 64
_ID_SECONDS = 89 * 86400.0  # Meta keeps a saved attachment 90 days; a day to spare


class _Rendered:
    """One message made ready; `bodies` is empty until every file of it has an id."""

    __slots__ = ("bodies", "learned", "lock", "message", "trusted")

    def __init__(self, message: Message) -> None:
        self.message = message  # kept alive: the cache goes by identity
        self.bodies: tuple[bytes, ...] = ()
        self.learned: dict[int, str] = {}
        self.trusted = True  # the ids the store gave us; false once Messenger denied one
        self.lock = asyncio.Lock()


class Sender:
    """Sends envelopes as the page."""

    def __init__(self, config: Config, graph: Graph, find_media: FindMedia, language: str) -> None:
        self._page, self._graph = config.page_id, graph
        self._find_media, self._language = find_media, language
        self.url = graph.url(f"{config.page_id}/messages")
        self._rendered: dict[int, _Rendered] = {}

    async def open(self) -> None:
        self.client = session()
        self._route = Route(self.client, self.url, self._graph.json_headers)

    async def close(self) -> None:
        await self.client.close()

    async def send(self, envelope: Envelope) -> Outcome:
        """Freely inside the window; outside it only a utility template may go."""
        if not envelope.window_open:
            use = envelope.message.template("messenger")
            if use is None:
                return Refused(Reason.OUTSIDE_WINDOW)
            body = orjson.dumps(content.template_of(use, envelope.name))
            return await self._post(envelope, b"UTILITY", body)
        made = self._rendered.get(id(envelope.message)) or self._render(envelope.message)
        if not made.bodies and (early := await self._make_ready(made)) is not None:
            return early
        ids: tuple[str, ...] = ()
        bodies = made.bodies
        for body in bodies:
            said = await self._post(envelope, b"UPDATE", body)
            if not isinstance(said, Accepted):
                if not ids and _is_stale(said) and _forget(made, bodies):
                    return await self.send(envelope)  # refused, so it cannot arrive twice
                return said if not ids else _half(said)
            ids += said.receipt_ids
        learned, made.learned = made.learned, {}
        return Accepted(ids, learned or None)

    def _render(self, message: Message) -> _Rendered:
        made = _Rendered(message)
        if len(self._rendered) >= _MOST_RENDERED:
            del self._rendered[next(iter(self._rendered))]
        self._rendered[id(message)] = made
        return made

    async def _make_ready(self, made: _Rendered) -> Outcome | None:
        """Returns None once there are bodies. One delivery uploads; the others wait for its ids."""
        async with made.lock:
            if made.bodies:
                return None
            ids: dict[int, str] = {}
            for item in made.message.media:
                try:
                    stored = await self._find_media(item.media_id)
                    known = _fresh(stored.handle) if made.trusted else ""
                    handle: str | Outcome = known or await self._upload(stored)
                except OSError as error:
                    name = type(error).__name__
                    return Deferred(Reason.UNAVAILABLE, 0.0, Scope.ACCOUNT, name)
                if not isinstance(handle, str):
                    return _not_sent(handle)
                if handle != known:
                    made.learned[item.media_id] = handle
                ids[item.media_id] = handle.partition("@")[0]
            parts = content.parts_of(made.message, ids, self._language)
            made.bodies = tuple(orjson.dumps(part) for part in parts)
            return None

    async def _upload(self, stored: StoredMedia) -> str | Outcome:
        """A reusable attachment, as `id@expiry in Unix seconds`."""
        name = stored.media.filename or stored.media.kind.value
        if not stored.path:
            detail = f"The file is not here any more: {name}"
            return Refused(Reason.CONTENT, False, Scope.ACCOUNT, "", detail)
        attachment = {"type": content.kind_of(stored.media), "payload": {"is_reusable": True}}
        form = aiohttp.FormData()
        form.add_field("message", orjson.dumps({"attachment": attachment}).decode())
        opened = await asyncio.to_thread(open, stored.path, "rb")
        with opened:
            mime = stored.media.mime or "application/octet-stream"
            form.add_field("filedata", opened, filename=name, content_type=mime)
            url = self._graph.url(f"{self._page}/message_attachments")
            answer = await post(self.client, url, form, self._graph.headers, UPLOAD_SECONDS)
        if not isinstance(answer, tuple):
            return answer
        status, raw = answer
        body = decoded(raw)
        if status == 200 and isinstance(body, dict) and body.get("attachment_id"):
            return f"{body['attachment_id']}@{int(time() + _ID_SECONDS)}"
        return outcome.read(status, body)

    async def _post(self, envelope: Envelope, kind: bytes, message: bytes) -> Outcome:
        who = orjson.dumps(envelope.address)
        whole = b'{"recipient":{"id":%b},"messaging_type":"%b","message":%b}' % (who, kind, message)
        answer = await self._route.post(whole)
        if not isinstance(answer, tuple):
            return answer
        status, raw = answer
        body = decoded(raw)
        if status != 200:
            return outcome.read(status, body)
        if isinstance(body, dict) and body.get("message_id"):
            return Accepted((str(body["message_id"]),))
        return Uncertain("a 200 that cannot be read")


def _fresh(handle: str | None) -> str:
    """A stored handle that has not expired, else an empty string."""
    expiry = (handle or "").partition("@")[2]
    return str(handle) if expiry.isdecimal() and float(expiry) > time() else ""


def _is_stale(said: Outcome) -> bool:
    return isinstance(said, Refused) and said.code in outcome.STALE_ATTACHMENT


def _forget(made: _Rendered, bodies: tuple[bytes, ...]) -> bool:
    """Stop trusting the stored ids, once; true when sending again makes sense."""
    if made.bodies is bodies:
        if not made.trusted or not made.message.media:
            return False
        made.trusted, made.bodies = False, ()
    return True


def _half(said: Outcome) -> Outcome:
    """A part arrived and a later one did not: sending all again would repeat the first."""
    detail = getattr(said, "detail", "") or type(said).__name__
    return Uncertain(f"only a part arrived: {detail}")


def _not_sent(said: Outcome) -> Outcome:
    """An upload that got no answer: nothing was sent to anybody, so it may be tried again."""
    if isinstance(said, Uncertain):
        return Deferred(Reason.UNAVAILABLE, 1.0, Scope.ACCOUNT, said.detail)
    if isinstance(said, Refused) and said.scope is Scope.RECIPIENT:
        return Refused(said.reason, False, Scope.ACCOUNT, said.code, said.detail)
    return said
