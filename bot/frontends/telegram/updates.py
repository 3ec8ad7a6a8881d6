"""One update of an admin: made into a request and acted on at once; answered beside that."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import structlog
import telegram
from sqlalchemy.exc import SQLAlchemyError
from telegram.error import TelegramError
from telegram.ext.filters import StatusUpdate

from bot import dispatch
from bot.chat import Actor, Reply, Request
from bot.frontends.telegram.album import Albums
from bot.frontends.telegram.content import Content, Uncarried
from bot.frontends.telegram.markup import PREFIX
from bot.frontends.telegram.replies import Voice
from bot.views.review_card import unsaid
from broadcast.answers import Answers
from broadcast.channel import Said
from broadcast.context import Core
from broadcast.errors import CannotDo
from broadcast.language import speech
from broadcast.lenient_json import a_dict, a_text
from broadcast.message import Message
from broadcast.models import Admin, AdminIdentity
from broadcast.services import team

log = structlog.get_logger()
_GOOD_FOR_SECONDS = 86_400.0  # the team hears what became of what it did, also much later
_COMMAND = re.compile(r"/([^\W\d_]\w*)(?:@\w+)?(?:\s+(.*))?", re.S)


def arguments_start(text: str) -> int:
    """Where what is written behind a command begins; 0 where there is none, or nothing behind it."""
    found = _COMMAND.fullmatch(text)
    return found.start(2) if found and (found[2] or "").strip() else 0


def command_line(text: str) -> tuple[str, str]:
    """`/canary@bot 42 5%` as ("canary", "42 5%"); ("", "") for anything else."""
    found = _COMMAND.fullmatch(text)
    return (found[1].lower(), (found[2] or "").strip()) if found else ("", "")


def _behind_command(content: Message, words: str) -> Message:
    """Without the command it was written behind; its formatting stays in its place."""
    start = arguments_start(words) or len(words)
    text = content.text.part(start, len(content.text.text.rstrip()))
    return content.model_copy(update={"text": text})


def command_of(raw: dict[str, Any]) -> str:
    """The command typed or pressed in a native update, without its arguments; empty: none."""
    if pressed := a_text(a_dict(raw.get("callback_query")).get("data")):
        return pressed.removeprefix(PREFIX) if pressed.startswith(PREFIX) else ""
    return command_line(a_text(a_dict(raw.get("message")).get("text")))[0]


class Desk:
    """`bot_id` tells this bot's updates from another's: each counts its own anew.

    `answered(conversation)` is called after each answer; `ready` is set once there may be any.
    `team` holds the user ids that were an admin's when we last looked.
    """

    def __init__(
        self, core: Core, content: Content, voice: Voice, frontend: str, bot_id: str,
        invite_line: Callable[[], str], answered: Callable[[str], None], ready: asyncio.Event,
    ) -> None:  # fmt: skip
        self._core, self._content, self._voice = core, content, voice
        self._frontend, self._bot_id = frontend, bot_id
        self._invite_line, self._answered = invite_line, answered
        self.albums = Albums(self._say_album)
        self.team: set[str] = set()
        self._ready = ready
        self._answers = Answers(seconds=_GOOD_FOR_SECONDS, owed=self._not_said)

    async def close(self) -> None:
        await self.albums.close()
        await self._answers.close()

    async def on_update(self, update: telegram.Update) -> Said | None:
        """Act on it; what is said about it is on its way."""
        if update.callback_query is not None:
            return await self._on_button(update, update.callback_query)
        message = update.message or update.edited_message
        if message is None or message.from_user is None or message.chat.type != "private":
            return None
        if StatusUpdate.ALL.check_update(update):  # a pin or a payment says nothing to us
            return None
        return await self._on_message(update, message, message.from_user)

    async def _on_message(
        self, update: telegram.Update, message: telegram.Message, user: telegram.User
    ) -> Said | None:
        words = message.text or message.caption or ""
        command, arguments = command_line(words)
        edited = update.edited_message is not None
        writes = dispatch.takes_text(command) and (
            bool(message.caption) or arguments_start(words) > 0
        )
        if not writes and message.caption:
            command = arguments = ""  # only what writes a message is a command under a picture
        if edited and writes:
            command = arguments = ""  # what is written behind it was corrected
        if edited and command:
            return None  # a command is done once; correcting its text is not doing it again
        request = self._request(update, str(message.chat_id), command, arguments)
        if command and not writes:
            return await self._act(request)
        known = await self.known(str(user.id))
        if known is None:  # a stranger: not even their files are fetched
            return await self._act(request) if command else None
        language = known[0].language
        content = await self._read(message, language)
        if writes and isinstance(content, Message):
            content = _behind_command(content, words)
        if isinstance(content, Message):
            album = message.media_group_id or ""
            request = replace(
                request,
                content=content,
                edited=edited,
                message_id=str(message.message_id),
                album=album,
            )
            if not album or edited:
                return await self._act(request)
            replies = await dispatch.handle(self._core, request)
        else:
            replies = [content]
        if message.media_group_id:
            self.albums.add(request.conversation, message.media_group_id, replies)
            return None
        return self.say(request.conversation, replies, language)

    async def _read(self, message: telegram.Message, language: str) -> Message | Reply:
        """The content, or why it could not be kept."""
        words = speech(language)
        try:
            return await self._content.read(message)
        except Uncarried as no:
            return Reply(words.say(no.template, what=words.plain(no.what)))
        except CannotDo as refusal:
            return Reply(words.say(refusal.template, **refusal.values))
        except (OSError, SQLAlchemyError) as error:
            log.error("content_not_kept", error=type(error).__name__)
            return Reply(words.say("I could not save that message. Please send it again later."))

    async def _on_button(self, update: telegram.Update, query: telegram.CallbackQuery) -> Said:
        line = (query.data or "").removeprefix(PREFIX)
        command, _, arguments = line.partition(" ")
        chat = query.message.chat.id if query.message else query.from_user.id
        pressed = str(query.message.message_id) if query.message else None
        request = self._request(update, str(chat), command, arguments)
        request = replace(request, pressed=True)
        replies = await dispatch.handle(self._core, request)
        notice = next((reply.notice for reply in replies if reply.notice), "")

        async def say() -> None:
            # Together: the button stops spinning while the answer is still on its way.
            await asyncio.gather(
                self._acknowledge(query, notice), self._say(request, replies, pressed)
            )

        return self._later(request.conversation, say)

    async def _acknowledge(self, query: telegram.CallbackQuery, notice: str) -> None:
        try:
            await query.answer(text=notice[:200] or None)
        except TelegramError as error:
            log.info("callback_not_answered", error=type(error).__name__)

    def _request(self, update: telegram.Update, chat: str, command: str, arguments: str) -> Request:
        user = update.effective_user
        assert user is not None
        return Request(
            Actor(self._frontend, str(user.id), user.full_name, user.language_code or ""),
            chat,
            command,
            arguments,
            event_id=f"{self._bot_id}:{update.update_id}",
            join_link=self._invite_line(),
        )

    # What we answer

    async def _act(self, request: Request) -> Said:
        """Act now, and say later what there is to say."""
        replies = await dispatch.handle(self._core, request)
        return self._later(request.conversation, lambda: self._say(request, replies, None))

    def say(self, conversation: str, replies: list[Reply], language: str) -> Said:
        """Behind what else is still to be said there."""
        return self._later(
            conversation, lambda: self._voice.answer(conversation, replies, language)
        )

    def _later(self, conversation: str, say: Callable[[], Awaitable[None]]) -> Said:
        async def once_there_is_a_way() -> None:
            await self._ready.wait()
            await say()

        return self._answers.put(conversation, once_there_is_a_way)

    async def _not_said(self, conversation: str, count: int) -> None:
        language = await self.language(conversation)
        await self._voice.answer(conversation, [unsaid(speech(language), count)], language)

    async def _say(self, request: Request, replies: list[Reply], pressed: str | None) -> None:
        language = await self.language(request.actor.user_id)
        await self._voice.answer(request.conversation, replies, language, pressed)
        self._answered(request.conversation)

    async def _say_album(self, conversation: str, replies: list[Reply]) -> None:
        try:
            language = await self.language(conversation)  # a private chat has its person's id
            self.say(conversation, replies, language)
        except Exception as error:
            log.error("album_not_answered", error=type(error).__name__)

    async def acted(self, raw: dict[str, Any], user_id: str) -> bool:
        """Whether this very update of theirs was done here before."""
        event = f"{self._bot_id}:{raw.get('update_id')}"
        request = Request(Actor(self._frontend, user_id), user_id, event_id=event)
        return await dispatch.acted(self._core, request)

    async def language(self, user_id: str) -> str:
        """An admin's language; empty for somebody else."""
        known = await self.known(user_id)
        return known[0].language if known else ""

    async def known(self, user_id: str) -> tuple[Admin, AdminIdentity] | None:
        """The admin, if it is one; noted for whoever sorts what comes in."""
        found = await team.who(self._core, self._frontend, user_id)
        (self.team.discard if found is None else self.team.add)(user_id)
        return found
