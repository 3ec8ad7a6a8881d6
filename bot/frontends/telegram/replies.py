"""What the console says on Telegram: replies posted, or edited in place where a button was pressed."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Any

import structlog
import telegram
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.chat import NotSaid, Reply
from bot.frontends.telegram import file
from bot.frontends.telegram.content import Content
from bot.frontends.telegram.markup import MAX_TEXT, keyboard, pieces, to_entities, typed
from bot.frontends.telegram.pace import seconds_of
from bot.frontends.telegram.preview_turning import Previews
from broadcast.context import Core
from broadcast.errors import CannotDo
from broadcast.language import speech
from broadcast.message import RichText, utf16_length
from broadcast.services import console_messages

log = structlog.get_logger()
_UNSEEN = 500
# What Telegram says of a message that was deleted, or that it does not let us edit.
_UNEDITABLE = frozenset(
    {"message to edit not found", "message can't be edited", "message_id_invalid"}
)
_NO_PREVIEW = telegram.LinkPreviewOptions(is_disabled=True)


class Voice:
    """Says replies in one bot's chats."""

    def __init__(self, core: Core, bot: ExtBot[Any], content: Content, frontend: str) -> None:
        self._core, self._bot, self._content, self._frontend = core, bot, content, frontend
        # Where content was refused, lately: there nobody can approve what they have not seen.
        self._previews = Previews(core, bot, content, frontend)
        self._unseen: deque[tuple[str, str]] = deque(maxlen=_UNSEEN)
        self._refused = 0

    async def answer(
        self, conversation: str, replies: list[Reply], language: str, pressed: str | None = None
    ) -> None:
        """Say every reply; the first that replaces edits the pressed message. A throttle is waited
        out, however long it is."""
        if (
            replies
            and replies[-1].track is not None
            and replies[-1].track[0] == console_messages.SEEN
        ):
            await self._previews.answer(self, conversation, replies, language, pressed)
            return
        before = self._refused
        for reply in replies:
            # What is shown apart belongs to the card that follows it.
            said = reply if self._refused == before else _without_a_yes(reply)
            if said.stale and pressed is not None:
                said = await self._corrects(said, conversation, pressed)
            over = pressed if said.replaces else None
            await self.say(conversation, said, language, over)
            if said.replaces:
                pressed = None

    async def say(
        self, conversation: str, reply: Reply, language: str, pressed: str | None = None
    ) -> list[str]:
        """One reply, however long a throttle is. Returns the ids of all it was posted as."""
        made: list[str] = []
        while not await self._answered(conversation, reply, language, pressed, made):
            made.clear()
            log.warning("reply_waits")
        return made

    async def _corrects(self, reply: Reply, conversation: str, pressed: str) -> Reply:
        """In place of a list that is not true any more; a card is corrected by itself."""
        kept = await console_messages.is_kept(self._core, self._frontend, conversation, pressed)
        return reply if kept else replace(reply, replaces=True)

    async def _answered(
        self, conversation: str, reply: Reply, language: str, pressed: str | None, made: list[str]
    ) -> bool:
        """False when Telegram makes us wait: the next try waits for its turn."""
        try:
            if pressed is not None:
                shown = await self._replace(conversation, pressed, reply, language)
            else:
                shown = await self.post(conversation, reply, language, made=made)
            if reply.track is not None:
                await console_messages.track(
                    self._core, reply.track, self._frontend, conversation, shown
                )
        except RetryAfter:
            return False
        except CannotDo as refusal:
            await self._say(conversation, language, refusal.template, **refusal.values)
        except TelegramError as error:
            log.warning("reply_failed", error=type(error).__name__)
            await self._say_refused(conversation, language, error)
        return True

    async def _say_refused(self, chat: str, language: str, error: TelegramError) -> None:
        """Only Telegram's own words about a message: those of other errors may hold the token."""
        if isinstance(error, BadRequest):
            text = speech(language).say(
                "Telegram did not take that message: {detail}", detail=error.message
            )
            await self._post_quietly(chat, text)

    async def _say(self, chat: str, language: str, sentence: str, **values: object) -> None:
        await self._post_quietly(chat, speech(language).say(sentence, **values))

    async def _post_quietly(self, chat: str, text: RichText) -> None:
        try:
            await self.post(chat, Reply(text), "")
        except TelegramError as error:
            log.warning("reply_failed", error=type(error).__name__)

    async def post(
        self, conversation: str, reply: Reply, language: str, thread: str = "",
        made: list[str] | None = None,
    ) -> str:  # fmt: skip
        """Content first, exactly as a subscriber sees it, then our own words. Where Telegram does
        not take the content, that is said with them, and they are not lost with it; but nobody can
        say yes there to what they have not seen. `made` gains the id of every message."""
        made = [] if made is None else made
        if reply.file is not None:
            handed = await file.send(self._bot, conversation, reply.file, reply, language)
            if isinstance(handed, str):
                made.append(handed)
                return handed
            reply = handed
        message_id, words, unseen = "", reply.text, False
        if reply.content is not None:
            try:
                show = self._content.shown_in_parts if reply.refused else self._content.shown
                made += await show(conversation, reply.content)
                message_id = made[-1]
            except (BadRequest, CannotDo) as no:
                words, unseen = _with(words, _not_shown(no, language)), True
                reply = _without_a_yes(reply)
        for part in _parts(words, reply)[:-1]:
            sent = await self._bot.send_message(
                conversation, part.text, entities=to_entities(part),
                link_preview_options=_NO_PREVIEW, reply_parameters=_under(thread),
            )  # fmt: skip
            made.append(str(sent.message_id))
        if words.text:
            sent = await self._bot.send_message(
                conversation, **_said(words, reply), reply_parameters=_under(thread)
            )
            message_id = str(sent.message_id)
            made.append(message_id)
        if unseen:
            self._unseen.append((conversation, message_id))
            self._refused += 1
        return message_id

    async def edit(
        self, conversation: str, message_id: str, reply: Reply, turn: int | None = None
    ) -> None:
        """In place; the same text again is no error. `turn`: whether somebody waits for it."""
        if (conversation, message_id) in self._unseen:
            reply = _without_a_yes(reply)
        try:
            await self._bot.edit_message_text(
                chat_id=conversation,
                message_id=int(message_id),
                rate_limit_args=turn,
                **_said(reply.text, reply),
            )
        except BadRequest as error:
            if "not modified" not in str(error).lower():
                raise

    async def _replace(self, chat: str, message_id: str, reply: Reply, language: str) -> str:
        """Edit the pressed message; where Telegram will not, or it is too long, say it anew."""
        if len(_parts(reply.text, reply)) > 1:
            return await self.post(chat, reply, language)
        try:
            await self.edit(chat, message_id, reply)
        except BadRequest:
            return await self.post(chat, reply, language)
        return message_id


def _parts(words: RichText, reply: Reply) -> list[RichText]:
    """All of our own words, as long as Telegram takes them: what is decided on is not cut."""
    return pieces(words, MAX_TEXT - utf16_length(typed(reply.buttons)))


def _said(words: RichText, reply: Reply) -> dict[str, Any]:
    """The last of our own words and their buttons; a command too long for a button stands there to
    be typed."""
    left = typed(reply.buttons)
    text = (_parts(words, reply) or [words])[-1] + left
    return {
        "text": text.text,
        "entities": to_entities(text),
        "reply_markup": keyboard(reply.buttons),
        "link_preview_options": _NO_PREVIEW,
    }


def _without_a_yes(reply: Reply) -> Reply:
    rows = (
        tuple(one for one in row if not one.command.startswith("approve ")) for row in reply.buttons
    )
    return replace(reply, buttons=tuple(row for row in rows if row))


def _not_shown(no: BadRequest | CannotDo, language: str) -> RichText:
    words = speech(language or "en")
    if isinstance(no, CannotDo):
        return words.say(no.template, **no.values)
    return words.say("Telegram did not take that message: {detail}", detail=no.message)


def _with(words: RichText, note: RichText) -> RichText:
    return note + "\n\n" + words if words.text else note


def _under(thread: str) -> telegram.ReplyParameters | None:
    return (
        telegram.ReplyParameters(int(thread), allow_sending_without_reply=True) if thread else None
    )


def not_said(error: TelegramError | CannotDo) -> NotSaid:
    """For the notifier: whether trying again makes sense. Nothing in it holds the token."""
    if isinstance(error, RetryAfter):
        return NotSaid("throttled", retry_after=seconds_of(error))
    if isinstance(error, BadRequest | Forbidden):
        gone = isinstance(error, Forbidden) or "chat not found" in error.message.lower()
        lost = not gone and error.message.lower().removeprefix("bad request: ") in _UNEDITABLE
        return NotSaid(error.message, forever=True, gone=gone, lost=lost)
    return NotSaid(type(error).__name__, forever=isinstance(error, CannotDo))
