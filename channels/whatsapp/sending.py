"""How a message leaves for WhatsApp: free text inside the window, an approved template outside it."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import orjson

from broadcast.channel import Envelope, FindMedia, StoredMedia
from broadcast.message import Message, TemplateUse
from broadcast.outcome import Outcome, Reason, Refused
from channels._kit.graph.api import Graph, Json
from channels._kit.graph.sending import GraphSender
from channels._kit.graph.usage import Usage
from channels._kit.http import Route
from channels.whatsapp import content, outcome
from channels.whatsapp.config import Config

_PREFIX = b'{"messaging_product":"whatsapp","recipient_type":"individual",'
_ELSEWHERE = frozenset(map(str, outcome.MARKETING_ELSEWHERE))


class Sender(GraphSender):
    """`marketing` holds the templates whose latest category is marketing, as (name, language)."""

    stale = frozenset(map(str, outcome.STALE_MEDIA))
    file_days = 29.0  # Meta keeps 30

    def __init__(
        self, config: Config, graph: Graph, find_media: FindMedia, language: str, usage: Usage
    ) -> None:
        super().__init__(graph, find_media, language, usage)
        self._phone = config.phone_number_id
        self.marketing: set[tuple[str, str]] = set()

    def open_routes(self) -> None:
        self._messages = self.route(f"{self._phone}/messages")
        self._marketing = self.route(f"{self._phone}/marketing_messages")

    def messages_of(self, message: Message, ids: dict[int, str]) -> list[Json]:
        return content.messages_of(message, ids, self.language)

    def form_of(self, stored: StoredMedia) -> tuple[str, str, dict[str, str]]:
        kind = stored.media.mime or "application/octet-stream"
        return f"{self._phone}/media", "file", {"messaging_product": "whatsapp", "type": kind}

    def id_of(self, body: Json) -> str:
        return str(body.get("id") or "")

    def taken_as(self, body: Any) -> object:
        return body["messages"][0]["id"]

    def read(self, status: int, body: object, attempt: int = 1) -> Outcome:
        return outcome.read(status, body, attempt)

    def deliver(
        self, envelope: Envelope, body: bytes, part: int, of: int
    ) -> Coroutine[Any, Any, Outcome]:
        return self._post(self._messages, envelope, body, part, of)

    async def by_template(self, envelope: Envelope) -> Outcome:
        use = envelope.message.template("whatsapp")
        if use is None:
            return Refused(Reason.OUTSIDE_WINDOW)
        body = orjson.dumps(content.template_of(use, envelope.name, self.room(use)))
        route = self._marketing if self._is_marketing(use) else self._messages
        said = await self._post(route, envelope, body)
        if route is self._messages and isinstance(said, Refused) and said.code in _ELSEWHERE:
            self.marketing.add((use.name, use.language))
            said = await self._post(self._marketing, envelope, body)
        return said

    def _is_marketing(self, use: TemplateUse) -> bool:
        return (use.name, use.language) in self.marketing

    def _post(
        self, route: Route, envelope: Envelope, body: bytes, part: int = 1, of: int = 1
    ) -> Coroutine[Any, Any, Outcome]:
        """`body` is a JSON object. The mark, our delivery's id, comes back in every status."""
        to = envelope.address
        plain = to.isdecimal() and to.isascii()
        who = b'"to":"%b"' % to.encode() if plain else orjson.dumps(content.recipient(to))[1:-1]
        ours = b"%d" % envelope.delivery_id
        mark = ours if of == 1 else b"%b.%d.%d" % (ours, part, of)
        whole = b'%b%b,"biz_opaque_callback_data":"%b",%b' % (_PREFIX, who, mark, body[1:])
        return self.post(route, whole, envelope.attempt)
