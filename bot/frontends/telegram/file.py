"""A file made for one person, sent on Telegram: read from where it lies while it goes, in one call."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import structlog
import telegram
from telegram.error import BadRequest, RetryAfter, TelegramError, TimedOut
from telegram.ext import ExtBot

from bot.chat import File, Reply
from bot.frontends.telegram.markup import keyboard, to_entities, typed
from bot.views.file_refused import not_taken
from bot.views.review_card import lines
from broadcast.errors import CannotDo
from broadcast.language import N_, speech

log = structlog.get_logger()
# core.telegram.org/bots/api#sending-files: 50 MB for the whole request, in which more stands.
LIMIT_BYTES = 49_000_000
_SECONDS = 120.0  # for the answer: Telegram takes a large file apart first
_PRIVATE = N_("I send that file in private only. Please ask me in our own chat.")


async def send(bot: ExtBot[Any], chat: str, file: File, reply: Reply, language: str) -> str | Reply:
    """The id of the message it came as; or what to say in place of it. Raises RetryAfter."""
    words = speech(language or "en")
    if chat.startswith("-"):  # a group's
        return replace(reply, text=words.say(_PRIVATE), file=None)
    caption = reply.text + typed(reply.buttons)
    try:
        async with file.made(LIMIT_BYTES) as opened:
            sent = await bot.send_document(
                chat,
                telegram.InputFile(opened, filename=file.name, read_file_handle=False),
                caption=caption.text, caption_entities=to_entities(caption),
                reply_markup=keyboard(reply.buttons), disable_content_type_detection=True,
                read_timeout=_SECONDS, write_timeout=_SECONDS,
            )  # fmt: skip
            return str(sent.message_id)
    except CannotDo as no:
        return replace(reply, text=words.say(no.template, **no.values), file=None)
    except RetryAfter:
        raise
    except TelegramError as error:
        log.warning("file_not_sent", error=type(error).__name__)
        sorry = not_taken(words, reply, file, "Telegram", unsure=isinstance(error, TimedOut))
        if isinstance(error, BadRequest):  # only these words are sure not to hold the token
            why = words.say("Telegram said: {detail}", detail=error.message)
            sorry = replace(sorry, text=lines(sorry.text, why))
        return sorry
