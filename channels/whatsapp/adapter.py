"""One WhatsApp number as the core sees it: composed of sending, callbacks, templates and answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import aiohttp
import structlog

from broadcast.channel import Capabilities, FindMedia, Problem, Quote, Said, Shown, Template
from broadcast.errors import CannotDo
from broadcast.inbound import Answer
from broadcast.language import speech
from broadcast.lenient_json import a_string
from broadcast.message import Media, Message, TemplateUse
from broadcast.way_out import LEAVE
from channels._kit.graph import templates as graph_templates
from channels._kit.graph.api import Json, name_of
from channels._kit.graph.channel import WINDOW_SECONDS, GraphChannel
from channels._kit.graph.templates import request_of
from channels._kit.graph.usage import Usage
from channels._kit.marked_text import WHATSAPP, marked
from channels.whatsapp import callbacks, content, events, problem, seen
from channels.whatsapp.config import Config
from channels.whatsapp.sending import Sender

log = structlog.get_logger()
_MOST_BUTTONS, _MOST_ROWS = 3, 10
_OF_TEMPLATES = frozenset({
    "template_category_update", "message_template_status_update",
    "message_template_components_update",
})  # fmt: skip
PHONE_FIELDS = "verified_name,display_phone_number,quality_rating,status,throughput,whatsapp_business_manager_messaging_limit"


class WhatsAppChannel(GraphChannel[Config, Sender]):
    """A number, its templates and their prices."""

    name, label = "whatsapp", "WhatsApp"

    def __init__(self, config: Config, **parts: Any) -> None:
        super().__init__(config, **parts)
        self._outdated = False  # some template has changed since we looked
        self._looking: asyncio.Task[None] | None = None
        self._number = ""  # as people dial it, digits only; empty until Meta told
        self.capabilities = Capabilities(
            rate_per_second=config.rate_per_second,
            max_text=content.MAX_TEXT,
            max_caption=content.MAX_CAPTION,
            max_album=problem.MAX_FILES,
            media=frozenset(kind.value for kind in content.KINDS),
            window_seconds=WINDOW_SECONDS,
            templates=True,
            receipts=True,
            people_per_day=config.people_per_day,
        )

    def _make_sender(self, find_media: FindMedia, usage: Usage) -> Sender:
        return Sender(self._config, self._graph, find_media, self._language, usage)

    async def _learn(self) -> None:
        """The number's limit, and the templates."""
        query = {"fields": PHONE_FIELDS}
        node = await self._call("GET", self._config.phone_number_id, query=query)
        self._number = events.digits(node.get("display_phone_number"))
        self._limit(events.limit_of(node))
        await self._relearn()

    def _limit(self, people: int | None) -> None:
        if people is not None and not self._config.people_per_day:
            self.capabilities = replace(self.capabilities, people_per_day=people)

    def invitation(self, code: str, word: str) -> str:
        """Theirs is the text that stands ready to be sent: they see it, and may change it."""
        if not self._number:
            return ""
        return f"https://wa.me/{self._number}?text={quote(f'{word} {code}'.strip())}"

    def check(self, message: Message) -> list[Problem]:
        templates = graph_templates.problems_of(message, self.name, self._templates)
        return [*problem.problems_of(message), *templates]

    def changes(self, message: Message) -> list[Problem]:
        return [*problem.changes_of(message), *self._without_a_way_out(message)]

    def _without_a_way_out(self, message: Message) -> list[Problem]:
        use = message.template(self.name)
        known = self._templates.get((use.name, use.language)) if use else None
        return [] if known is None else problem.no_way_out(known)

    def way_out(self, message: Message) -> Problem | None:
        return problem.way_out_of(message, self._language)

    def _seen(self, payload: Json, files: Mapping[str, Media]) -> Shown:
        return seen.seen(payload, files)

    def _template_payload(self, use: TemplateUse, name: str) -> Json:
        return content.template_of(use, name, self._sender.room(use))

    def cost(self, message: Message) -> int:
        return content.count_of(message)

    def quote(self, message: Message) -> Quote:
        """Free text inside the window costs nothing; a template what its category costs."""
        use = message.template(self.name)
        if use is None:
            return Quote(0.0, 0.0, self._config.currency)
        marketing = (use.name, use.language) in self._sender.marketing
        price = self._config.prices.get("marketing" if marketing else "utility", 0.0)
        return Quote(0.0, price, self._config.currency)

    def capped(self, message: Message) -> bool:
        """Meta limits marketing to a person, from all businesses together. A template it has not
        told us of may be marketing."""
        use = message.template(self.name)
        if use is None:
            return False
        key = (use.name, use.language)
        return key in self._sender.marketing or key not in self._templates

    async def receive(self, update: dict[str, object]) -> Said | None:
        if "statuses" in update:
            await self._report(callbacks.receipts(update))
        elif "field" in update:
            await self._account_news(str(update["field"]), update.get("value"))
        elif (heard := callbacks.inbound(self.account, _id(update), update)) is not None:
            return self._say(heard.address, await self._hear(heard))
        return None

    async def _account_news(self, field: str, value: object) -> None:
        news: Json = value if isinstance(value, dict) else {}
        about = events.digits(news.get("display_phone_number"))
        if about and self._number and about != self._number:
            return  # another number of the same account
        if field == "business_capability_update":
            self._limit(events.limit_of(news))
        if (event := events.event_of(field, news)) is not None:
            await self._alert(event)  # first: what has to stop, stops
        if field in _OF_TEMPLATES:
            self._relearn_soon()

    def _relearn_soon(self) -> None:
        """Beside whoever acts: Meta may take its time, and much news at once is one look."""
        self._outdated = True
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_while_outdated())

    async def _look_while_outdated(self) -> None:
        while self._outdated:
            self._outdated = False
            await self._relearn()

    async def close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
        await super().close()

    async def _relearn(self) -> None:
        """A template's latest category decides where it is sent."""
        try:
            await self.list_templates()
        except (CannotDo, aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("templates_not_read", error=type(error).__name__)

    def _answer(self, address: str, answer: Answer) -> Json:
        whom = {"messaging_product": "whatsapp", "recipient_type": "individual"}
        return whom | content.recipient(address) | _said(answer)

    async def list_templates(self) -> list[Template]:
        """Raises CannotDo with Meta's words."""
        found = await self._listed(f"{self._config.business_account_id}/message_templates")
        self._sender.marketing = {
            key for key, t in self._templates.items() if t.category == "marketing"
        }
        return found

    async def create_template(self, template: Template, examples: Mapping[str, str]) -> Template:
        """Raises CannotDo with Meta's words."""
        leave = speech(template.language.partition("_")[0]).plain(LEAVE)
        body = request_of(template, examples, leave)
        made = await self._ask(
            "POST", f"{self._config.business_account_id}/message_templates", body
        )
        return replace(
            template,
            status=(a_string(made.get("status")) or "pending").lower(),
            category=(a_string(made.get("category")) or template.category).lower(),
        )


def _said(answer: Answer) -> Json:
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
    return str(known or name_of(update))
