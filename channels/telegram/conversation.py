"""Talking with one person at a time: updates become Inbound, answers go back, patiently."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramAPIError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity

from broadcast.answers import Answers
from broadcast.channel import Hear, Lane, Pace, Report, Said
from broadcast.inbound import Answer
from broadcast.outcome import Receipt, ReceiptKind
from channels.telegram import callbacks
from channels.telegram.markup import to_telegram
from channels.telegram.session import taken_all_the_same
from channels.telegram.trimmed_update import pruned
from channels.telegram.urgency import CHOICE_PREFIX, elsewhere, lane

log = structlog.get_logger()
# Sending once more may say it twice; for an answer to somebody waiting that beats silence.
_PAUSES_SECONDS = (1.0, 2.0, 4.0)
_NOTICE_CHARACTERS = 200


class Unread(Exception):
    """An update that asks to leave, as far as can be seen, and that nobody has heard in it."""


class Conversation:
    """Every subscriber of one bot."""

    def __init__(self, bot: Bot, account: str, pace: Pace, hear: Hear, report: Report) -> None:
        self._bot, self._pace, self._hear, self._report = bot, pace, hear, report
        self._routes = callbacks.dispatcher(account)
        self._answers = Answers(standing=True)

    async def close(self) -> None:
        await self._answers.close()

    async def receive(self, update: dict[str, object]) -> Said | None:
        """Whatever is wrong with the update or the answer is logged; what `hear` raises is not
        swallowed, for then the update was not handled. The answer is said beside it."""
        heard = await self._heard(update)
        if heard is None:
            return None
        if heard.quoted:  # a reply proves that what it answers has arrived
            at = heard.inbound.at.timestamp() if heard.inbound.at else 0.0
            place = heard.inbound.address
            await self._report(
                [Receipt(ReceiptKind.DELIVERED, at, address=place, quoted=heard.quoted)]
            )
        answers = await self._hear(heard.inbound)
        if heard.query is None and not answers:
            return None
        return self._answers.put(str(heard.chat_id), lambda: self._answer(heard, answers))

    async def _heard(self, update: dict[str, object]) -> callbacks.Heard | None:
        """As it is, else without the details we do not need. Raises Unread for what may be a
        refusal: nobody may take it for heard."""
        for whole in (True, False):
            try:
                shown = update if whole else pruned(update)
                heard = await self._routes.feed_raw_update(self._bot, shown)
            except Exception as error:
                log.warning("update_malformed", update_id=_id(update), error=type(error).__name__)
            else:
                if isinstance(heard, callbacks.Heard):
                    return heard
                break
        if lane(update) == Lane.LEAVING and not elsewhere(update):
            raise Unread(str(_id(update)))
        return None

    async def _answer(self, heard: callbacks.Heard, answers: list[Answer]) -> None:
        if heard.query is not None:
            await self._settle(heard.query, answers[0].notice if answers else "")
        for answer in answers:
            await self.say(heard.chat_id, answer, heard.message_id)

    async def say(self, chat_id: int, answer: Answer, pressed: int | None = None) -> None:
        """Say it anew, or in place of the message whose button was pressed. Never raises."""
        if not answer.text.text.strip():
            return
        parts = _parts(answer)
        if answer.replaces and pressed is not None:
            refused = await self._patiently(
                chat_id,
                lambda: self._bot.edit_message_text(chat_id=chat_id, message_id=pressed, **parts),
            )
            if refused is None or "message is not modified" in refused:
                return
        refused = await self._patiently(
            chat_id, lambda: self._bot.send_message(chat_id=chat_id, **parts)
        )
        if refused is not None:
            log.info("reply_refused", error=refused)

    async def _patiently(self, chat_id: int, call: Callable[[], Awaitable[Any]]) -> str | None:
        """Returns None when it was done, else the last refusal in the platform's words."""
        refused = ""
        for pause in (*_PAUSES_SECONDS, None):
            await self._pace.reply_turn(str(chat_id))
            try:
                await call()
                return None
            except TelegramRetryAfter as error:
                self._pace.close_for(error.retry_after)  # the next turn comes after it
                refused, wait = error.message, 0.0
            except (TelegramNetworkError, TelegramServerError, ClientDecodeError) as error:
                if isinstance(error, ClientDecodeError) and taken_all_the_same(error):
                    return None
                refused, wait = type(error).__name__, pause or 0.0
            except TelegramAPIError as error:
                return error.message
            if pause is None:
                break
            await asyncio.sleep(wait)
        return refused

    async def _settle(self, query: CallbackQuery, notice: str) -> None:
        """Stop the button's spinner. Too late is no harm: it has stopped by itself."""
        text = notice[:_NOTICE_CHARACTERS] or None
        try:
            await self._bot.answer_callback_query(query.id, text=text)
        except AiogramError as error:
            log.info("notice_refused", error=type(error).__name__)


def _parts(answer: Answer) -> dict[str, Any]:
    rows = [
        [
            InlineKeyboardButton(text=choice.label, callback_data=CHOICE_PREFIX + choice.data)
            for choice in row
        ]
        for row in answer.choices
    ]
    return {
        "text": answer.text.text,
        "entities": [MessageEntity(**e) for e in to_telegram(answer.text)] or None,
        "reply_markup": InlineKeyboardMarkup(inline_keyboard=rows) if rows else None,
        "parse_mode": None,
    }


def _id(update: object) -> object:
    return update.get("update_id") if isinstance(update, dict) else None
