"""A kept event made a request: command lines, buttons, forms, messages and their files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.chat import Actor, Request, Value
from bot.dispatch import takes_text
from bot.frontends.slack.buttons import ACTIONS
from bot.frontends.slack.content import collect
from bot.frontends.slack.event import Kind, Origin, code_in, command_line, event_id
from bot.frontends.slack.files import Files, placeholder
from bot.frontends.slack.modal import files, line_of, rich_texts, values
from bot.frontends.slack.mrkdwn_in import from_mrkdwn, mrkdwn_losses, mrkdwn_mentioned
from bot.frontends.slack.people import People
from bot.frontends.slack.rich_text_in import losses, mentioned, unnamed
from broadcast.channel import Problem
from broadcast.errors import CannotDo
from broadcast.lenient_json import a_text
from broadcast.message import Message

Json = Mapping[str, Any]
BROADCAST_THIS, BROADCAST_NEW = "broadcast_this", "broadcast_new"
# What a person wrote, also with `/me`, from a thread to the conversation too, or by sharing.
WRITTEN = frozenset({None, "file_share", "me_message", "thread_broadcast", "message_share"})
_ENTRY = frozenset({"start", "join", "link"})
_ANGLE = re.compile(r"<([@#]?)([^<>|]+)(?:\|([^<>]*))?>")
_CHARS = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


@dataclass(frozen=True, slots=True)
class Asked:
    """`notes`: formatting that could not be kept. `refused`: files that could not be fetched."""

    request: Request
    origin: Origin
    notes: tuple[Problem, ...] = ()
    refused: Sequence[CannotDo] = field(default_factory=tuple)


class Reader:
    """`invite_line` gives how an invitation is typed, with `{code}` for the code."""

    def __init__(
        self, frontend: str, people: People, files: Files, invite_line: Callable[[], str]
    ) -> None:
        self._frontend, self._people, self._files = frontend, people, files
        self._invite_line = invite_line

    def actor(self, user: str) -> Actor:
        """As far as we know them without asking Slack."""
        known = self._people.known(user)
        if known is None:
            return Actor(self._frontend, user)
        return Actor(self._frontend, user, known.name, known.language, known.timezone)

    def code_brought(self, body: Json) -> str:
        """The code in a message somebody wrote to us, if that is what it is."""
        event = body["event"]
        direct = event.get("type") == "message" and event.get("channel_type") == "im"
        return code_in(str(event.get("text") or "")) if direct else ""

    def form(self, body: Json, origin: Origin) -> Request:
        """A submitted form as it can be checked at once: files not fetched, mentions not named."""
        state = body["view"]["state"]["values"]
        put: dict[str, Value] = dict(values(body["view"], {}))
        for name, chosen in files(state).items():
            put[name] = tuple(placeholder(file) for file in chosen)
        command, arguments = command_line(line_of(body["view"]))
        return Request(
            self.actor(origin.user), origin.user, command, arguments, values=put,
            event_id=event_id(Kind.SUBMISSION, body),
        )  # fmt: skip

    async def read(self, kind: Kind, body: Json, origin: Origin) -> Asked | None:
        """None for what asks for nothing, such as the press of a button that opens a page."""
        match kind:
            case Kind.COMMAND:
                return await self._command(body, origin)
            case Kind.ACTION:
                return self._action(body, origin)
            case Kind.SHORTCUT:
                return await self._shortcut(body, origin)
            case Kind.SUBMISSION:
                return await self._submission(body, origin)
            case Kind.EVENT:
                return await self._message(body, origin)

    def _request(self, kind: Kind, body: Json, origin: Origin, line: str, **more: Any) -> Request:
        command, arguments = command_line(line) if line else ("", "")
        return Request(
            self.actor(origin.user), origin.user, command, arguments,
            event_id=event_id(kind, body), join_link=self._invite_line(),
            forms=bool(origin.trigger), **more,
        )  # fmt: skip

    async def _command(self, body: Json, origin: Origin) -> Asked:
        text = str(body.get("text") or "")
        if command_line(text)[0] in _ENTRY:  # a newcomer's name and language go along
            await self._people.look(origin.user)
            return Asked(self._request(Kind.COMMAND, body, origin, _unescaped(text)), origin)
        names = await self._people.names(mrkdwn_mentioned(text))
        line = _unescaped(_ANGLE.sub(lambda found: _plain(found, names), text))
        command, written = command_line(text)
        if written and takes_text(command):  # a message, with its formatting
            content = Message(text=from_mrkdwn(written, names))
            request = self._request(Kind.COMMAND, body, origin, line, content=content)
            return Asked(request, origin, mrkdwn_losses(written))
        return Asked(self._request(Kind.COMMAND, body, origin, line or "menu"), origin)

    def _action(self, body: Json, origin: Origin) -> Asked | None:
        action: Json = next(iter(body.get("actions") or ()), {})
        line = str(action.get("value") or "")
        if not line or not ACTIONS.fullmatch(a_text(action.get("action_id"))) or action.get("url"):
            return None
        return Asked(self._request(Kind.ACTION, body, origin, line, pressed=True), origin)

    async def _shortcut(self, body: Json, origin: Origin) -> Asked | None:
        if body.get("callback_id") == BROADCAST_NEW:
            return Asked(self._request(Kind.SHORTCUT, body, origin, "new"), origin)
        if body.get("callback_id") != BROADCAST_THIS:
            return None
        content, notes, refused = await self._content(body["message"])
        request = self._request(Kind.SHORTCUT, body, origin, "new", content=content)
        return Asked(request, origin, notes, refused)

    async def _submission(self, body: Json, origin: Origin) -> Asked:
        state = body["view"]["state"]["values"]
        written = rich_texts(state)
        wanted = mentioned(written)
        names = await self._people.names(wanted)
        put = values(body["view"], names)
        refused: list[CannotDo] = []
        for name, chosen in files(state).items():
            put[name], missing = await self._files.keep(chosen)
            refused += missing
        line = line_of(body["view"])
        request = self._request(Kind.SUBMISSION, body, origin, line, values=put)
        return Asked(request, origin, (*losses(written), *unnamed(wanted, names)), refused)

    async def _message(self, body: Json, origin: Origin) -> Asked | None:
        event = body["event"]
        edited = event.get("subtype") == "message_changed"
        message = event["message"] if edited else event
        written = event.get("subtype") in WRITTEN
        ours = event.get("channel_type") == "im" and not message.get("bot_id")
        if not ours or not (written or (edited and "edited" in message)):
            return None
        if code := self.code_brought(body):
            await self._people.look(origin.user)
            return Asked(self._request(Kind.EVENT, body, origin, f"join {code}"), origin)
        content, notes, refused = await self._content(message)
        request = self._request(
            Kind.EVENT, body, origin, "", content=content, edited=edited,
            message_id=str(message["ts"]),
        )  # fmt: skip
        return Asked(request, origin, notes, refused)

    async def _content(self, message: Json) -> tuple[Message, tuple[Problem, ...], list[CannotDo]]:
        """Words, formatting, link buttons and files of a message, whoever or whatever wrote it."""
        found = collect(message)
        names = await self._people.names(found.mentioned())
        media, refused = await self._files.keep(found.files)
        rows = tuple((button,) for button in found.buttons)
        content = Message(text=found.text(names), media=media, buttons=rows)
        return content, found.notes(names), refused


def _unescaped(text: str) -> str:
    for code, char in _CHARS:
        text = text.replace(code, char)
    return text


def _plain(found: re.Match[str], names: Mapping[str, str]) -> str:
    """An address or a mention in a command line, as a person would have typed it."""
    sign, target, label = found[1], found[2], found[3] or ""
    return sign + (names.get(target) or label or target) if sign else target
