"""One Facebook page as the core sees it: composed of sending, callbacks, templates and answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from broadcast.errors import CannotDo
from broadcast.language import N_, languages, speech
from broadcast.message import Message
from broadcast.ports import Answer, Capabilities, FindMedia, Problem, Template
from channels._kit import graph_templates
from channels._kit.graph import Json, fingerprint
from channels._kit.graph_channel import WINDOW_SECONDS, GraphChannel
from channels._kit.graph_templates import FIELDS, request_of, template_of
from channels._kit.graph_usage import Usage
from channels._kit.stars import PLAIN, marked
from channels.messenger import callbacks, content, problem
from channels.messenger.config import Config
from channels.messenger.sending import Sender

_MOST_CHOICES = 13  # quick replies
_HEAVY_PER_SECOND = 10
MENU = (("in", N_("Subscribe")), ("out", N_("Leave")), ("lang", N_("Change the language")))


class MessengerChannel(GraphChannel[Config, Sender]):
    """A page, its menu and its utility templates."""

    name, label = "messenger", "Messenger"

    def __init__(self, config: Config, **parts: Any) -> None:
        super().__init__(config, **parts)
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
        """Set the Get Started button and the menu."""
        await self._call("POST", f"{self._config.page_id}/messenger_profile", _profile())

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

    def changes(self, message: Message) -> list[Problem]:
        return problem.changes_of(message)

    async def receive(self, update: dict[str, object]) -> None:
        if "marks" in update:
            await self._report(callbacks.receipts(update))
            return
        if (news := callbacks.enforcement(update)) is not None:
            await self._alert(news)
        elif (heard := callbacks.inbound(self.account, _id(update), update)) is not None:
            for answer in await self._hear(heard):
                await self.reply(heard.address, answer)

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
        path = f"{self._config.page_id}/message_templates"
        page = await self._ask("GET", path, query={"fields": FIELDS, "limit": "100"})
        found = [template_of(raw) for raw in page.get("data", [])]
        self._templates = {(t.name, t.language): t for t in found}
        return found

    async def create_template(self, template: Template, examples: Mapping[str, str]) -> Template:
        """Only utility texts are allowed here. Raises CannotDo with Meta's words."""
        if template.category != "utility":
            raise CannotDo(N_("Messenger approves only utility templates: news of an order, …"))
        body = request_of(template, examples, "")
        made = await self._ask("POST", f"{self._config.page_id}/message_templates", body)
        return replace(template, status=str(made.get("status", "pending")).lower())


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
    return str(known or fingerprint(orjson.dumps(update)))
