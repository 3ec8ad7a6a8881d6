"""One WhatsApp number as the core sees it: composed of sending, callbacks, templates and answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import aiohttp
import orjson
import structlog

from broadcast.errors import CannotDo
from broadcast.language import N_, speech
from broadcast.message import Message
from broadcast.ports import (
    Alert,
    Answer,
    Capabilities,
    Envelope,
    FindMedia,
    Hear,
    Outcome,
    Pace,
    Problem,
    Quote,
    Report,
    Template,
)
from channels._kit.graph import Graph, Json, Refusal, fingerprint
from channels._kit.graph_templates import FIELDS, request_of, template_of
from channels._kit.http import post
from channels._kit.stars import WHATSAPP, marked
from channels.whatsapp import callbacks, content, events, problem
from channels.whatsapp.config import Config
from channels.whatsapp.sending import Sender

log = structlog.get_logger()
WINDOW_SECONDS = 86_400.0  # customer service window: 24 h from a person's last message
_ANSWER_TRIES = 3
_MOST_BUTTONS, _MOST_ROWS = 3, 10
PHONE_FIELDS = "verified_name,display_phone_number,quality_rating,status,throughput,whatsapp_business_manager_messaging_limit"


class WhatsAppChannel:
    """`send` returns outcomes and never raises for a no of Meta's."""

    name = "whatsapp"

    def __init__(
        self, config: Config, *, account: str, pace: Pace, find_media: FindMedia, hear: Hear,
        report: Report, alert: Alert, language: str,
    ) -> None:  # fmt: skip
        self.account, self._config, self._language = account, config, language
        self._pace, self._hear, self._report, self._alert = pace, hear, report, alert
        self.capabilities = Capabilities(
            rate_per_second=config.rate_per_second,
            max_text=content.MAX_TEXT,
            max_caption=content.MAX_CAPTION,
            max_album=1,
            media=frozenset(kind.value for kind in content.KINDS),
            window_seconds=WINDOW_SECONDS,
            templates=True,
            receipts=True,
            people_per_day=config.people_per_day,
        )
        secret = config.app_secret.get_secret_value()
        token = config.access_token.get_secret_value()
        self._graph = Graph(config.api_url, config.api_version, token, secret)
        self._sender = Sender(config, self._graph, find_media, language)

    async def open(self) -> None:
        """Learn the number's limit and the templates.

        A refused token closes nothing: callbacks still come, and the first send says what is wrong.
        """
        await self._sender.open()
        try:
            node = await self._call(
                "GET", self._config.phone_number_id, query={"fields": PHONE_FIELDS}
            )
            self._limit(events.limit_of(node))
            await self._relearn()
        except Refusal as refusal:
            log.error("whatsapp_refuses", account=self.account, code=refusal.fault.code)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.error("whatsapp_unreachable", account=self.account, error=type(error).__name__)

    async def close(self) -> None:
        await self._sender.close()

    async def _call(
        self, method: str, path: str, body: Json | None = None, query: dict[str, str] | None = None
    ) -> Json:
        return await self._graph.call(self._sender.client, method, path, body, query)

    def _limit(self, people: int | None) -> None:
        if people is not None and not self._config.people_per_day:
            self.capabilities = replace(self.capabilities, people_per_day=people)

    def check(self, message: Message) -> list[Problem]:
        return problem.problems_of(message)

    def changes(self, message: Message) -> list[Problem]:
        return problem.changes_of(message)

    def cost(self, message: Message) -> int:
        return 1

    def quote(self, message: Message) -> Quote:
        """Free text inside the window costs nothing; a template what its category costs."""
        use = message.template(self.name)
        if use is None:
            return Quote(0.0, 0.0, self._config.currency)
        marketing = (use.name, use.language) in self._sender.marketing
        price = self._config.prices.get("marketing" if marketing else "utility", 0.0)
        return Quote(0.0, price, self._config.currency)

    async def send(self, envelope: Envelope) -> Outcome:
        return await self._sender.send(envelope)

    async def receive(self, update: dict[str, object]) -> None:
        if "statuses" in update:
            await self._report(callbacks.receipts(update))
        elif "field" in update:
            await self._account_news(str(update["field"]), update.get("value"))
        elif (heard := callbacks.inbound(self.account, _id(update), update)) is not None:
            for answer in await self._hear(heard):
                await self.reply(heard.address, answer)

    async def _account_news(self, field: str, value: object) -> None:
        news: Json = value if isinstance(value, dict) else {}
        if field == "business_capability_update":
            self._limit(events.limit_of(news))
        if field in {"template_category_update", "message_template_status_update"}:
            await self._relearn()
        if (event := events.event_of(field, news)) is not None:
            await self._alert(event)

    async def _relearn(self) -> None:
        """A template's latest category decides where it is sent."""
        try:
            await self.list_templates()
        except (CannotDo, aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("templates_not_read", error=type(error).__name__)

    async def reply(self, address: str, answer: Answer) -> None:
        """Say something to one person, before any broadcast. Failures are logged, not raised."""
        if not answer.text.text.strip():
            return
        body = content.recipient(address) | _answer(answer)
        whole = orjson.dumps(
            {"messaging_product": "whatsapp", "recipient_type": "individual"} | body
        )
        url = self._graph.url(f"{self._config.phone_number_id}/messages")
        for attempt in range(_ANSWER_TRIES):
            await self._pace.reply_turn(address)
            answered = await post(self._sender.client, url, whole, self._graph.json_headers)
            if isinstance(answered, tuple) and answered[0] == 200:
                return
            await asyncio.sleep(2.0**attempt)
        log.info("reply_refused", account=self.account)

    async def list_templates(self) -> list[Template]:
        """Raises CannotDo with Meta's words."""
        found: list[Template] = []
        path, after = f"{self._config.business_account_id}/message_templates", ""
        while True:
            query = {"fields": FIELDS, "limit": "100"} | ({"after": after} if after else {})
            try:
                page = await self._call("GET", path, query=query)
            except Refusal as refusal:
                raise _cannot(refusal) from refusal
            found += [template_of(raw) for raw in page.get("data", [])]
            paging = page.get("paging") or {}
            after = (paging.get("cursors") or {}).get("after", "") if paging.get("next") else ""
            if not after:
                break
        self._sender.marketing = {(t.name, t.language) for t in found if t.category == "marketing"}
        return found

    async def create_template(self, template: Template, examples: Mapping[str, str]) -> Template:
        """Raises CannotDo with Meta's words."""
        leave = speech(template.language.partition("_")[0]).plain(content.LEAVE)
        body = request_of(template, examples, leave)
        path = f"{self._config.business_account_id}/message_templates"
        try:
            made = await self._call("POST", path, body)
        except Refusal as refusal:
            raise _cannot(refusal) from refusal
        return replace(
            template,
            status=str(made.get("status", "pending")).lower(),
            category=str(made.get("category", template.category)).lower(),
        )


def _cannot(refusal: Refusal) -> CannotDo:
    return CannotDo(N_("WhatsApp says: {words}"), words=str(refusal))


def _answer(answer: Answer) -> Json:
    """Up to three choices are buttons, more a list; without any it is text."""
    text = marked(answer.text, WHATSAPP)
    choices = [choice for row in answer.choices for choice in row]
    if not choices or len(text) > content.MAX_BODY:
        return {"type": "text", "text": {"body": text}}
    if len(choices) <= _MOST_BUTTONS:
        buttons = [content.reply_button(content.CHOICE_PREFIX + c.data, c.label) for c in choices]
        action: Json = {"buttons": buttons}
        return {
            "type": "interactive",
            "interactive": {"type": "button", "body": {"text": text}, "action": action},
        }
    rows = [
        {"id": content.CHOICE_PREFIX + c.data, "title": c.label[:24]} for c in choices[:_MOST_ROWS]
    ]
    return {
        "type": "interactive",
        "interactive": {
            "type": "list",
            "body": {"text": text},
            "action": {"button": "…", "sections": [{"rows": rows}]},
        },
    }


def _id(update: dict[str, object]) -> str:
    message = update.get("message")
    known = message.get("id") if isinstance(message, dict) else None
    return str(known or fingerprint(orjson.dumps(update)))
