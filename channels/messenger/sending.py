"""How a message leaves for Messenger: freely inside the window, outside it a utility template."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import orjson

from broadcast.channel import Envelope, FindMedia, StoredMedia
from broadcast.message import Message
from broadcast.outcome import Outcome, Reason, Refused
from channels._kit.graph.api import Graph, Json
from channels._kit.graph.sending import GraphSender
from channels._kit.graph.usage import Usage
from channels.messenger import content, outcome
from channels.messenger.config import Config


class Sender(GraphSender):
    """Sends envelopes as the page."""

    stale = outcome.STALE_ATTACHMENT
    file_days = 89.0  # Meta keeps a saved attachment 90

    def __init__(
        self, config: Config, graph: Graph, find_media: FindMedia, language: str, usage: Usage
    ) -> None:
        super().__init__(graph, find_media, language, usage)
        self._page, self._path = config.page_id, config.messages_path

    def open_routes(self) -> None:
        self._route = self.route(self._path)

    def messages_of(self, message: Message, ids: dict[int, str]) -> list[Json]:
        return content.messages_of(message, ids, self.language)

    def form_of(self, stored: StoredMedia) -> tuple[str, str, dict[str, str]]:
        attachment = {"type": content.kind_of(stored.media), "payload": {"is_reusable": True}}
        told = orjson.dumps({"attachment": attachment}).decode()
        return f"{self._page}/message_attachments", "filedata", {"message": told}

    def id_of(self, body: Json) -> str:
        return str(body.get("attachment_id") or "")

    def taken_as(self, body: Any) -> object:
        return body["message_id"]

    def read(self, status: int, body: object, attempt: int = 1) -> Outcome:
        return outcome.read(status, body)

    def deliver(
        self, envelope: Envelope, body: bytes, part: int, of: int
    ) -> Coroutine[Any, Any, Outcome]:
        return self._post(envelope, b"UPDATE", body)

    async def by_template(self, envelope: Envelope) -> Outcome:
        use = envelope.message.template("messenger")
        if use is None:
            return Refused(Reason.OUTSIDE_WINDOW)
        body = orjson.dumps(content.template_of(use, envelope.name, self.room(use)))
        return await self._post(envelope, b"UTILITY", body)

    def _post(
        self, envelope: Envelope, kind: bytes, message: bytes
    ) -> Coroutine[Any, Any, Outcome]:
        who = orjson.dumps(envelope.address)
        whole = b'{"recipient":{"id":%b},"messaging_type":"%b","message":%b}' % (who, kind, message)
        return self.post(self._route, whole)
