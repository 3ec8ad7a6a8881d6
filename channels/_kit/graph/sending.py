"""The hot path of Meta's two channels: a message is made ready once, a delivery only adds whom.

A message may become several of the platform's. Whatever happens to a later one is said together with
the ids of those that went; the next try begins behind them (docs/decisions/0015).
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from time import time
from typing import Any

import aiohttp
import orjson

from broadcast.channel import Envelope, FileChanged, FindMedia, StoredMedia
from broadcast.lenient_json import parsed
from broadcast.message import Message, TemplateUse
from broadcast.outcome import Accepted, Deferred, Outcome, Reason, Refused, Scope, Uncertain
from channels._kit.graph.api import Graph, Json
from channels._kit.graph.usage import Usage
from channels._kit.http import UPLOAD_SECONDS, Route, post, session
from channels._kit.values import UNKNOWN_ROOM

_MOST_RENDERED = 64
_DAY_SECONDS = 86_400.0


class _Rendered:
    """One message made ready; `bodies` is empty until every file of it has an id."""

    __slots__ = ("bodies", "learned", "lock", "message", "trusted")

    def __init__(self, message: Message) -> None:
        self.message = message  # kept alive: the cache goes by identity
        self.bodies: tuple[bytes, ...] = ()
        self.learned: dict[int, str] = {}  # handles of fresh uploads, until the store was told
        self.trusted = True  # the ids the store gave us; false once the platform denied one
        self.lock = asyncio.Lock()


class GraphSender:
    """What a channel adds: its messages, its upload, its one POST, its template."""

    stale: frozenset[str]  # codes for a file the platform does not know (any more)
    file_days: float  # how long an uploaded file is kept, with a day to spare

    def __init__(self, graph: Graph, find_media: FindMedia, language: str, usage: Usage) -> None:
        self.graph, self.language, self._find_media = graph, language, find_media
        self._usage = usage
        self._rendered: dict[int, _Rendered] = {}
        # Of each known template (name, language): the characters its values may have together.
        self.rooms: dict[tuple[str, str], int] = {}

    def room(self, use: TemplateUse) -> int:
        return self.rooms.get((use.name, use.language), UNKNOWN_ROOM)

    async def open(self) -> None:
        self.client = session(self.graph.address)
        self.open_routes()

    async def close(self) -> None:
        await self.client.close()

    def route(self, path: str) -> Route:
        return Route(
            self.client,
            self.graph.url(path),
            self.graph.json_headers,
            self._usage.note_account_event,
        )

    # Of each channel

    def open_routes(self) -> None:
        """Make the routes anew, as with a new token. What is in flight keeps its own."""
        raise NotImplementedError

    def messages_of(self, message: Message, ids: dict[int, str]) -> list[Json]:
        """What the message becomes; `ids` of its files by media_id."""
        raise NotImplementedError

    def form_of(self, stored: StoredMedia) -> tuple[str, str, dict[str, str]]:
        """How a file is uploaded: to which path, as which field, with which other fields."""
        raise NotImplementedError

    def id_of(self, body: Json) -> str:
        """The id in the answer to an upload, empty when there is none."""
        raise NotImplementedError

    def taken_as(self, body: Any) -> object:
        """The id of a message that was taken. May raise what looking into any JSON raises."""
        raise NotImplementedError

    def read(self, status: int, body: object, attempt: int = 1) -> Outcome:
        raise NotImplementedError

    def deliver(
        self, envelope: Envelope, body: bytes, part: int, of: int
    ) -> Coroutine[Any, Any, Outcome]:
        """One message; `part` of `of`, from 1."""
        raise NotImplementedError

    async def by_template(self, envelope: Envelope) -> Outcome:
        raise NotImplementedError

    # The same for both

    async def send(self, envelope: Envelope) -> Outcome:
        """Freely inside the window, outside it by the template; of what was begun freely nothing is
        said again in other words."""
        if envelope.window_open:
            made = self._rendered.get(id(envelope.message))
            if made is None or len(made.bodies) != 1 or made.learned:
                return await self._freely(envelope)
            bodies = made.bodies  # nearly always: one message, ready
            said = await self.deliver(envelope, bodies[0], 1, 1)
            if isinstance(said, Refused) and self._is_stale(said) and _forget(made, bodies):
                return await self._freely(envelope)
            return said
        if any(envelope.arrived):
            return _so_far(Refused(Reason.OUTSIDE_WINDOW), list(envelope.arrived))
        return await self.by_template(envelope)

    async def _freely(self, envelope: Envelope) -> Outcome:
        made = self._rendered.get(id(envelope.message)) or self._render(envelope.message)
        if not made.bodies and (early := await self._make_ready(made)) is not None:
            return _so_far(early, list(envelope.arrived))
        bodies = made.bodies
        ids = list(envelope.arrived[: len(bodies)]) if len(bodies) > 1 else []
        ids += [""] * (len(bodies) - len(ids))
        for place, body in enumerate(bodies):
            if ids[place]:
                continue
            said = await self.deliver(envelope, body, place + 1, len(bodies))
            if isinstance(said, Accepted):
                ids[place] = said.receipt_ids[0]
            elif self._is_stale(said) and _forget(made, bodies):
                # refused, so it cannot arrive twice
                return await self._freely(replace(envelope, arrived=tuple(ids)))
            else:
                return _so_far(said, ids)
        learned, made.learned = made.learned, {}
        return Accepted(tuple(ids), learned or None)

    def _render(self, message: Message) -> _Rendered:
        made = _Rendered(message)
        if not message.media:
            made.bodies = self._bodies(message, {})
        if len(self._rendered) >= _MOST_RENDERED:
            del self._rendered[next(iter(self._rendered))]
        self._rendered[id(message)] = made
        return made

    def _bodies(self, message: Message, ids: dict[int, str]) -> tuple[bytes, ...]:
        return tuple(orjson.dumps(one) for one in self.messages_of(message, ids))

    async def _make_ready(self, made: _Rendered) -> Outcome | None:
        """Returns None once there are bodies. One delivery uploads; the others wait for its ids."""
        async with made.lock:
            if made.bodies:
                return None
            ids: dict[int, str] = {}
            for item in made.message.media:
                try:
                    stored = await self._find_media(item.media_id)
                    known = fresh(stored.handle) if made.trusted else ""
                    handle: str | Outcome = known or await self._upload(stored)
                except OSError as error:
                    name = type(error).__name__
                    return Deferred(Reason.UNAVAILABLE, 0.0, Scope.ACCOUNT, name)
                if not isinstance(handle, str):
                    return _not_sent(handle)
                if handle != known:
                    made.learned[item.media_id] = handle
                ids[item.media_id] = handle.partition("@")[0]
            made.bodies = self._bodies(made.message, ids)
            return None

    async def _upload(self, stored: StoredMedia) -> str | Outcome:
        """A new handle, as `id@expiry in Unix seconds`, or what its failure means."""
        name, mime = stored.media.filename or stored.media.kind.value, stored.media.mime
        if not stored.path:
            detail = f"The file is not here any more: {name}"
            return Refused(Reason.CONTENT, False, Scope.ACCOUNT, "", detail)
        path, field, others = self.form_of(stored)
        form = aiohttp.FormData()
        for key, value in others.items():
            form.add_field(key, value)
        try:
            opened = await asyncio.to_thread(stored.sealed)
        except FileChanged as changed:
            return changed.outcome
        with opened:
            kind = mime or "application/octet-stream"
            form.add_field(field, opened, filename=name, content_type=kind)
            url, headers = self.graph.url(path), self.graph.headers
            answer = await post(self.client, url, form, headers, UPLOAD_SECONDS)
        if not isinstance(answer, tuple):
            return answer
        status, raw = answer
        body = parsed(raw)
        known = self.id_of(body) if 200 <= status < 300 and isinstance(body, dict) else ""
        if known:
            return f"{known}@{int(time() + self.file_days * _DAY_SECONDS)}"
        return self.read(status, body)

    async def post(self, route: Route, body: bytes, attempt: int = 1) -> Outcome:
        answer = await route.post(body)
        if not isinstance(answer, tuple):
            return answer
        status, raw = answer
        found = parsed(raw)
        if not 200 <= status < 300 or (type(found) is dict and found.get("error")):
            return _patiently(self.read(status, found, attempt), route.wait)
        try:
            taken = self.taken_as(found)
        except (KeyError, IndexError, TypeError):
            taken = None
        if not isinstance(taken, str | int):
            return Uncertain(f"a {status} that cannot be read")
        return Accepted((str(taken),))

    def _is_stale(self, said: Outcome) -> bool:
        return isinstance(said, Refused) and said.code in self.stale


def fresh(handle: str | None, now: float | None = None) -> str:
    """A stored handle (`id@expiry in Unix seconds`) that has not expired, else an empty string."""
    expiry = (handle or "").partition("@")[2]
    alive = expiry.isdecimal() and float(expiry) > (time() if now is None else now)
    return str(handle) if alive else ""


def _forget(made: _Rendered, bodies: tuple[bytes, ...]) -> bool:
    """Stop trusting the stored ids, once; true when sending again makes sense."""
    if made.bodies is bodies:
        if not made.trusted or not made.message.media:
            return False
        made.trusted, made.bodies = False, ()
    return True


def _so_far(said: Outcome, ids: list[str]) -> Outcome:
    """What became of one message, with those that arrived before it."""
    went = sum(map(bool, ids))
    if not went or isinstance(said, Accepted):
        return said
    why = said.detail or getattr(said, "reason", "no answer")
    detail = f"{went} of {len(ids)} messages arrived; then: {why}"
    return replace(said, detail=detail, arrived=tuple(ids))


def _patiently(said: Outcome, wait: float) -> Outcome:
    """A no for being too fast, with what the answer's headers asked for."""
    if isinstance(said, Deferred) and said.reason is Reason.THROTTLED and wait > said.retry_after:
        return replace(said, retry_after=wait)
    return said


def _not_sent(said: Outcome) -> Outcome:
    """An upload that got no answer: nothing was sent to anybody, so it may be tried again."""
    if isinstance(said, Uncertain):
        return Deferred(Reason.UNAVAILABLE, 1.0, Scope.ACCOUNT, said.detail)
    if isinstance(said, Refused):  # the file is the same for everybody
        return replace(said, suppress=False, scope=Scope.ACCOUNT, proven=True)
    return said
