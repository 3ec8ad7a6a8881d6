"""The hot path: a message is made ready once, each delivery only adds whom and which delivery."""

from __future__ import annotations

import asyncio

import orjson

from broadcast.message import Message, TemplateUse
from broadcast.ports import (
    Accepted,
    Deferred,
    Envelope,
    FindMedia,
    Outcome,
    Reason,
    Refused,
    Scope,
    Uncertain,
)
from channels._kit.graph import Graph, decoded
from channels._kit.http import Route, session
from channels.whatsapp import content, media, outcome
from channels.whatsapp.config import Config

_PREFIX = b'{"messaging_product":"whatsapp","recipient_type":"individual",'
_MOST_RENDERED = 64
_STALE = frozenset(map(str, outcome.STALE_MEDIA))
_ELSEWHERE = frozenset(map(str, outcome.MARKETING_ELSEWHERE))


class _Rendered:
    """One message made ready; `body` is empty until its file has an id."""

    __slots__ = ("body", "learned", "lock", "message", "trusted")

    def __init__(self, message: Message) -> None:
        self.message = message  # kept alive: the cache goes by identity
        self.body = b""
        self.learned = ""  # the handle of a fresh upload, until the store was told
        self.trusted = True  # the handle the store gave us; false once WhatsApp denied it
        self.lock = asyncio.Lock()


class Sender:
    """`marketing` holds the templates whose latest category is marketing, as (name, language)."""

    def __init__(self, config: Config, graph: Graph, find_media: FindMedia, language: str) -> None:
        self._phone, self._graph = config.phone_number_id, graph
        self._find_media, self._language = find_media, language
        self._rendered: dict[int, _Rendered] = {}
        self.marketing: set[tuple[str, str]] = set()

    async def open(self) -> None:
        self.client = session()
        self._messages = self._route("messages")
        self._marketing = self._route("marketing_messages")

    def _route(self, name: str) -> Route:
        url = self._graph.url(f"{self._phone}/{name}")
        return Route(self.client, url, self._graph.json_headers)

    async def close(self) -> None:
        await self.client.close()

    async def send(self, envelope: Envelope) -> Outcome:
        """Free text inside the window, else the template; without one the person is left out."""
        if not envelope.window_open:
            return await self._by_template(envelope)
        said = await self._freely(envelope)
        if isinstance(said, Refused) and said.code == str(outcome.OUTSIDE_WINDOW):
            return await self._by_template(envelope)  # refused, so it cannot arrive twice
        return said

    async def _freely(self, envelope: Envelope) -> Outcome:
        made = self._rendered.get(id(envelope.message)) or self._render(envelope.message)
        if not made.body and (early := await self._make_ready(made)) is not None:
            return early
        body = made.body
        said = await self._post(self._messages, envelope, body)
        if made.message.media and _is_stale(said) and _forget(made, body):
            return await self._freely(envelope)  # refused, so it cannot arrive twice
        return _with_handle(said, made)

    def _render(self, message: Message) -> _Rendered:
        made = _Rendered(message)
        if not message.media:
            made.body = orjson.dumps(content.free_form(message, "", self._language))[1:]
        if len(self._rendered) >= _MOST_RENDERED:
            del self._rendered[next(iter(self._rendered))]
        self._rendered[id(message)] = made
        return made

    async def _make_ready(self, made: _Rendered) -> Outcome | None:
        """Returns None once there is a body. One delivery uploads; the others wait for its id."""
        async with made.lock:
            if made.body:
                return None
            try:
                stored = await self._find_media(made.message.media[0].media_id)
                known = media.fresh(stored.handle) if made.trusted else ""
                handle: str | Outcome = known
                if not known:
                    handle = await media.upload(self.client, self._graph, self._phone, stored)
            except OSError as error:
                return Deferred(Reason.UNAVAILABLE, 0.0, Scope.ACCOUNT, type(error).__name__)
            if not isinstance(handle, str):
                return _not_sent(handle)
            made.learned = "" if known else handle
            form = content.free_form(made.message, handle.partition("@")[0], self._language)
            made.body = orjson.dumps(form)[1:]
            return None

    async def _by_template(self, envelope: Envelope) -> Outcome:
        use = envelope.message.template("whatsapp")
        if use is None:
            return Refused(Reason.OUTSIDE_WINDOW)
        body = orjson.dumps(content.template_of(use, envelope.name))[1:]
        route = self._marketing if self._is_marketing(use) else self._messages
        said = await self._post(route, envelope, body)
        if route is self._messages and isinstance(said, Refused) and said.code in _ELSEWHERE:
            self.marketing.add((use.name, use.language))
            said = await self._post(self._marketing, envelope, body)
        return said

    def _is_marketing(self, use: TemplateUse) -> bool:
        return (use.name, use.language) in self.marketing

    async def _post(self, route: Route, envelope: Envelope, body: bytes) -> Outcome:
        """`body` is the rest of a JSON object. The delivery id comes back in every status."""
        who = orjson.dumps(content.recipient(envelope.address))[1:-1]
        mark = b',"biz_opaque_callback_data":"%d",' % envelope.delivery_id
        whole = _PREFIX + who + mark + body
        answer = await route.post(whole)
        if not isinstance(answer, tuple):
            return answer
        status, raw = answer
        if status == 200:
            return _accepted(raw)
        return outcome.read(status, decoded(raw), envelope.attempt)


def _accepted(raw: bytes) -> Outcome:
    body = decoded(raw)
    try:
        return Accepted(tuple(str(message["id"]) for message in body["messages"]))
    except (KeyError, TypeError):
        return Uncertain("a 200 that cannot be read")


def _is_stale(said: Outcome) -> bool:
    return isinstance(said, Refused) and said.code in _STALE


def _forget(made: _Rendered, body: bytes) -> bool:
    """Stop trusting the stored id, once; true when sending again makes sense."""
    if made.body is body:
        if not made.trusted:
            return False
        made.trusted, made.body = False, b""
    return True


def _with_handle(said: Outcome, made: _Rendered) -> Outcome:
    """Tell the store the id of a fresh upload, once."""
    if isinstance(said, Accepted) and made.learned:
        handle, made.learned = made.learned, ""
        return Accepted(said.receipt_ids, {made.message.media[0].media_id: handle})
    return said


def _not_sent(said: Outcome) -> Outcome:
    """An upload that got no answer: nothing was sent to anybody, so it may be tried again."""
    if isinstance(said, Uncertain):
        return Deferred(Reason.UNAVAILABLE, 1.0, Scope.ACCOUNT, said.detail)
    if isinstance(said, Refused) and said.scope is Scope.RECIPIENT:
        return Refused(said.reason, False, Scope.ACCOUNT, said.code, said.detail)
    return said
