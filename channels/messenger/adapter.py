"""One Facebook page as the core sees it: composed of sending, callbacks, templates and answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import aiohttp
import structlog

from broadcast.channel import Capabilities, FindMedia, Problem, Said, Shown, Template
from broadcast.errors import CannotDo
from broadcast.inbound import Answer
from broadcast.language import N_, languages, speech
from broadcast.lenient_json import a_string
from broadcast.message import Media, Message, TemplateUse
from broadcast.way_out import AS_BUTTON
from channels._kit.graph import templates as graph_templates
from channels._kit.graph.api import Json, name_of
from channels._kit.graph.channel import WINDOW_SECONDS, GraphChannel
from channels._kit.graph.templates import Key, news_of, request_of
from channels._kit.graph.usage import Usage
from channels._kit.marked_text import PLAIN, marked
from channels.messenger import callbacks, content, problem, seen
from channels.messenger.config import Config
from channels.messenger.sending import Sender

log = structlog.get_logger()
_MOST_CHOICES = 13  # quick replies
_HEAVY_PER_SECOND = 10
_UNDECIDED = "pending"
_LOOK_SECONDS, _LOOK_SELDOM_SECONDS = 2.0, 3600.0  # they are decided in seconds, mostly (facts 2)
MENU = (("in", N_("Subscribe")), ("out", N_("Leave")), ("lang", N_("Change the language")))


class MessengerChannel(GraphChannel[Config, Sender]):
    """A page, its menu and its utility templates."""

    name, label = "messenger", "Messenger"

    def __init__(self, config: Config, **parts: Any) -> None:
        super().__init__(config, **parts)
        self._undecided: set[Key] = set()  # templates Meta is still looking at
        self._following: asyncio.Task[None] | None = None
        self.capabilities = Capabilities(
            rate_per_second=config.rate_per_second,
            max_text=content.MAX_TEXT,
            max_caption=content.MAX_TEXT,
            max_album=problem.MAX_FILES,
            media=frozenset(kind.value for kind in content.KINDS),
            window_seconds=WINDOW_SECONDS,
            templates=True,
            receipts=True,
            names_our_delivery=False,
        )

    def _make_sender(self, find_media: FindMedia, usage: Usage) -> Sender:
        return Sender(self._config, self._graph, find_media, self._language, usage)

    async def _learn(self) -> None:
        """Set the Get Started button and the menu; then the templates."""
        await self._call("POST", f"{self._config.page_id}/messenger_profile", _profile())
        try:
            await self.list_templates()
        except CannotDo:  # without App Review a page has none
            return
        self._follow()

    def invitation(self, code: str, word: str) -> str:
        page = f"https://m.me/{self._config.page_id}"
        return f"{page}?ref={code}" if code else page

    def check(self, message: Message) -> list[Problem]:
        templates = graph_templates.problems_of(message, self.name, self._templates)
        return [*problem.problems_of(message), *templates]

    def cost(self, message: Message) -> int:
        """A part each; of audio and video a page may send only ten a second (facts 2, Rate)."""
        heavy = max(1, int(self._config.rate_per_second / _HEAVY_PER_SECOND))
        files = sum(
            heavy if content.kind_of(item) in content.HEAVY else 1 for item in message.media
        )
        return files + bool(message.text.text.strip()) or 1

    def _seen(self, payload: Json, files: Mapping[str, Media]) -> Shown:
        return seen.seen(payload, files)

    def _template_payload(self, use: TemplateUse, name: str) -> Json:
        return content.template_of(use, name, self._sender.room(use))

    def changes(self, message: Message) -> list[Problem]:
        return problem.changes_of(message)

    def way_out(self, message: Message) -> Problem | None:
        shown = content.way_out(message)
        return Problem(AS_BUTTON, {"label": speech(self._language).plain(shown)}) if shown else None

    async def receive(self, update: dict[str, object]) -> Said | None:
        if "marks" in update:
            await self._report(callbacks.receipts(update))
            return None
        if (news := callbacks.enforcement(update)) is not None:
            await self._alert(news)
        elif (heard := callbacks.inbound(self.account, _id(update), update)) is not None:
            return self._say(heard.address, await self._hear(heard))
        return None

    def _answer(self, address: str, answer: Answer) -> Json:
        message: Json = {"text": marked(answer.text, PLAIN)[: content.MAX_TEXT]}
        choices = [choice for row in answer.choices for choice in row][:_MOST_CHOICES]
        if choices:
            message["quick_replies"] = [
                {
                    "content_type": "text",
                    "title": choice.label[: content.MAX_LABEL],
                    "payload": content.CHOICE_PREFIX + choice.data,
                }
                for choice in choices
            ]
        return {"recipient": {"id": address}, "messaging_type": "RESPONSE", "message": message}

    async def list_templates(self) -> list[Template]:
        """Raises CannotDo with Meta's words."""
        return await self._listed(f"{self._config.page_id}/message_templates")

    async def create_template(self, template: Template, examples: Mapping[str, str]) -> Template:
        """Only utility texts are allowed here. Raises CannotDo with Meta's words."""
        if template.category != "utility":
            raise CannotDo(N_("Messenger approves only utility templates: news of an order, …"))
        body = request_of(template, examples, "")
        made = await self._ask("POST", f"{self._config.page_id}/message_templates", body)
        known = replace(template, status=(a_string(made.get("status")) or "pending").lower())
        self._templates[known.name, known.language] = known
        self._follow()
        return known

    def _follow(self) -> None:
        """Whoever asked for a template wants to know: Meta's webhooks of a page say nothing of it."""
        if self._following is not None:
            self._following.cancel()
        self._undecided |= {key for key, t in self._templates.items() if t.status == _UNDECIDED}
        self._following = asyncio.create_task(self._verdicts())

    async def _verdicts(self) -> None:
        """Look, ever more seldom, until every one of them is decided."""
        pause = _LOOK_SECONDS
        while self._undecided:
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LOOK_SELDOM_SECONDS)
            try:
                found = {(t.name, t.language): t for t in await self.list_templates()}
            except (CannotDo, aiohttp.ClientError, TimeoutError, OSError) as error:
                log.warning("templates_not_read", error=type(error).__name__)
                continue
            for name, language in tuple(self._undecided):
                now = found.get((name, language))
                if now is not None and now.status == _UNDECIDED:
                    continue
                self._undecided.discard((name, language))
                if now is not None:
                    await self._alert(news_of(name, language, now.status.upper(), now.reason))

    async def close(self) -> None:
        if self._following is not None:
            self._following.cancel()
        await super().close()


def _profile() -> Json:
    """Get Started, and a menu in every language we speak (English for the rest)."""
    menus = []
    for locale in ("default", *languages()):
        said = speech(locale if locale != "default" else "en")
        items = [
            {
                "type": "postback",
                "title": said.plain(words),
                "payload": content.CHOICE_PREFIX + data,
            }
            for data, words in MENU
        ]
        name = {"default": "default", "en": "en_US"}.get(locale, f"{locale}_{locale.upper()}")
        menus.append({"locale": name, "composer_input_disabled": False, "call_to_actions": items})
    return {"get_started": {"payload": callbacks.GET_STARTED}, "persistent_menu": menus}


def _id(update: dict[str, object]) -> str:
    """The message's id, else a name by content: the same event again is not news."""
    event = update.get("event")
    message = event.get("message") or event.get("postback") if isinstance(event, dict) else None
    known = message.get("mid") if isinstance(message, dict) else None
    return str(known or name_of(update))
