"""One account of Meta's as the core sees it, as far as WhatsApp and Messenger are the same."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, Generic, TypeVar

import aiohttp
import orjson
import structlog

from broadcast.answers import Answers
from broadcast.channel import (
    Alert,
    Capabilities,
    Envelope,
    FindMedia,
    Hear,
    Pace,
    Report,
    Said,
    Shown,
    Template,
)
from broadcast.errors import CannotDo
from broadcast.inbound import Answer
from broadcast.language import N_
from broadcast.lenient_json import a_dict, a_list, a_string
from broadcast.message import Media, TemplateUse
from broadcast.outcome import Outcome
from channels._kit.graph.api import Graph, Json, Refusal
from channels._kit.graph.config import GraphConfig
from channels._kit.graph.sending import GraphSender
from channels._kit.graph.templates import FIELDS, Key, room_of, template_of
from channels._kit.graph.usage import Usage
from channels._kit.http import post
from channels._kit.template_seen import template_seen

log = structlog.get_logger()
WINDOW_SECONDS = 86_400.0  # on both: 24 h from a person's last message
_ANSWER_TRIES = 3
Conf = TypeVar("Conf", bound=GraphConfig)
Sends = TypeVar("Sends", bound=GraphSender)


class GraphChannel(Generic[Conf, Sends]):
    """`send` returns outcomes and never raises for a no of Meta's."""

    name: str
    label: str  # as people write it
    capabilities: Capabilities

    def __init__(
        self, config: Conf, *, account: str, pace: Pace, find_media: FindMedia, hear: Hear,
        report: Report, alert: Alert, language: str,
    ) -> None:  # fmt: skip
        self.account, self._config, self._language = account, config, language
        self._pace, self._hear, self._report, self._alert = pace, hear, report, alert
        self._graph = Graph(config.api_url, config.api_version, *_secrets(config))
        self._sender = self._make_sender(find_media, Usage(pace))
        self._templates: dict[Key, Template] = {}  # as Meta last listed them
        self._learning: asyncio.Task[None] | None = None
        self._answers = Answers(standing=True)

    # Of each channel

    def _make_sender(self, find_media: FindMedia, usage: Usage) -> Sends:
        raise NotImplementedError

    async def _learn(self) -> None:
        """What is asked or set once the account is open. May raise Refusal or aiohttp's errors."""
        raise NotImplementedError

    def _answer(self, address: str, answer: Answer) -> Json:
        raise NotImplementedError

    def _seen(self, payload: Json, files: Mapping[str, Media]) -> Shown:
        """What a phone shows of one message's payload; `files` by the id they have in it."""
        raise NotImplementedError

    def _template_payload(self, use: TemplateUse, name: str) -> Json:
        raise NotImplementedError

    # The same for both

    async def open(self) -> None:
        """A refused token closes nothing: callbacks still come, and the first send says what is
        wrong."""
        await self._sender.open()
        await self._learn_safely()

    async def _learn_safely(self) -> None:
        try:
            await self._learn()
        except Refusal as refusal:
            log.error(f"{self.name}_refuses", account=self.account, code=refusal.fault.code)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.error(f"{self.name}_unreachable", account=self.account, error=type(error).__name__)

    def renew(self, config: Conf) -> None:
        """Go on with a new token or secret; other settings are for the next start."""
        self._config = config
        self._graph.renew(*_secrets(config))
        self._sender.open_routes()
        self._learning = asyncio.create_task(self._learn_safely())

    async def close(self) -> None:
        if self._learning is not None:
            self._learning.cancel()
        await self._answers.close()
        await self._sender.close()

    async def _call(
        self, method: str, path: str, body: Json | None = None, query: dict[str, str] | None = None
    ) -> Json:
        return await self._graph.call(self._sender.client, method, path, body, query)

    async def _ask(
        self, method: str, path: str, body: Json | None = None, query: dict[str, str] | None = None
    ) -> Json:
        """For an admin. Raises CannotDo with Meta's words."""
        try:
            return await self._call(method, path, body, query)
        except Refusal as refusal:
            words = {"channel": self.label, "words": str(refusal)}
            raise CannotDo(N_("{channel} says: {words}"), **words) from refusal
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            told = {"channel": self.label, "error": type(error).__name__}
            raise CannotDo(N_("{channel} cannot be reached now ({error})."), **told) from error

    async def _listed(self, path: str) -> list[Template]:
        """Every page of a list of templates. Raises CannotDo with Meta's words."""
        found: list[Template] = []
        after, seen = "", set[str]()
        while after not in seen:
            seen.add(after)
            query = {"fields": FIELDS, "limit": "100"} | ({"after": after} if after else {})
            page = await self._ask("GET", path, query=query)
            found += [template_of(raw) for raw in a_list(page.get("data")) if isinstance(raw, dict)]
            paging = a_dict(page.get("paging"))
            after = a_string(a_dict(paging.get("cursors")).get("after"))
            if not after or not paging.get("next"):
                break
        self._templates = {(t.name, t.language): t for t in found}
        self._sender.rooms = {key: room_of(t) for key, t in self._templates.items()}
        return found

    def known_template(self, name: str, language: str) -> Template | None:
        return self._templates.get((name, language))

    def shown(self, envelope: Envelope) -> tuple[Shown, ...]:
        """What a person gets, read back from its payloads."""
        message = envelope.message
        if not envelope.window_open:
            use = message.template(self.name)
            if use is None:
                return ()
            known = self._templates.get((use.name, use.language))
            return (template_seen(use, known, self._template_payload(use, envelope.name)),)
        if message.is_empty:
            return ()
        files = {str(item.media_id): item for item in message.media}
        ids = {item.media_id: str(item.media_id) for item in message.media}
        made = self._sender.messages_of(message, ids)
        return tuple(self._seen(payload, files) for payload in made)

    def send(self, envelope: Envelope) -> Coroutine[Any, Any, Outcome]:
        return self._sender.send(envelope)

    def _say(self, address: str, answers: list[Answer]) -> Said | None:
        """Beside whoever acts; the account may have to wait before it may answer."""

        async def say() -> None:
            for answer in answers:
                await self.reply(address, answer)

        return self._answers.put(address, say) if answers else None

    async def reply(self, address: str, answer: Answer) -> None:
        """Say something to one person, before any broadcast. Failures are logged, not raised."""
        if not answer.text.text.strip():
            return
        whole = orjson.dumps(self._answer(address, answer))
        for attempt in range(_ANSWER_TRIES):
            await self._pace.reply_turn(address)
            url, headers = self._graph.url(self._config.messages_path), self._graph.json_headers
            answered = await post(self._sender.client, url, whole, headers)
            if isinstance(answered, tuple) and answered[0] == 200:
                return
            await asyncio.sleep(2.0**attempt)
        log.info("reply_refused", account=self.account)


def _secrets(config: GraphConfig) -> tuple[str, str]:
    return config.access_token.get_secret_value(), config.app_secret.get_secret_value()
