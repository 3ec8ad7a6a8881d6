"""A preview on Telegram turns in place: what stands above its buttons is edited, or takes the place
of what stood there when Telegram cannot make the one of the other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import structlog
from telegram.error import BadRequest, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.chat import Reply
from bot.frontends.telegram.content import Content
from bot.frontends.telegram.pace import seconds_of
from broadcast.context import Core
from broadcast.models import Posted
from broadcast.services import console_messages

log = structlog.get_logger()
_TEXT, _OTHER = "text", "other"


class Says(Protocol):
    async def say(self, conversation: str, reply: Reply, language: str) -> list[str]: ...
    async def edit(self, conversation: str, message_id: str, reply: Reply) -> None: ...


class Previews:
    """What each preview shows is known by the message that has its buttons, also after a restart."""

    def __init__(self, core: Core, bot: ExtBot[Any], content: Content, frontend: str) -> None:
        self._core, self._bot, self._content, self._frontend = core, bot, content, frontend

    async def answer(
        self, voice: Says, conversation: str, replies: Sequence[Reply], language: str,
        pressed: str | None,
    ) -> None:  # fmt: skip
        """`pressed`: the message whose button was; the last reply has the buttons, and `replaces`
        when they were those of a preview."""
        number = replies[-1].track[1] if replies[-1].track else 0
        turned = pressed if replies[-1].replaces else None
        old: list[Posted] = []
        if turned is not None:
            old = await console_messages.seen_above(
                self._core, self._frontend, conversation, turned
            )
            if await self._in_place(voice, conversation, replies, old, turned):
                return
        above: list[tuple[str, str]] = []  # message and what it shows
        for reply in replies:
            bare = replace(reply, replaces=False, track=None)
            above += _shapes(reply, await voice.say(conversation, bare, language))
        if not above:
            return
        buttons, _ = above.pop()
        for message_id, shape in above:
            kind = f"{console_messages.SEEN}{buttons}:{shape}"
            await console_messages.remember(
                self._core, number, kind, self._frontend, conversation, message_id
            )
        if turned is not None:
            await self._clear(conversation, number, old, turned)

    async def _in_place(
        self, voice: Says, conversation: str, replies: Sequence[Reply], old: Sequence[Posted],
        buttons: str,
    ) -> bool:  # fmt: skip
        """Whether all of it could be edited."""
        pages = [reply.content for reply in replies if reply.content is not None]
        shapes = [row.kind.rpartition(":")[2] for row in old]
        wanted = [_shape(reply) for reply in replies if reply.content is not None]
        if not pages or _OTHER in wanted or shapes != wanted:
            return False
        try:
            for page, row in zip(pages, old, strict=True):
                await self._content.turn(conversation, row.message_id, page)
            await voice.edit(conversation, buttons, replies[-1])
        except RetryAfter as wait:
            await asyncio.sleep(seconds_of(wait))
            return await self._in_place(voice, conversation, replies, old, buttons)
        except BadRequest as error:
            log.info("preview_not_turned", error=type(error).__name__)
            return False
        return True

    async def _clear(
        self, conversation: str, number: int, old: Sequence[Posted], buttons: str
    ) -> None:
        """What stood there before; a message that Telegram keeps stays without harm."""
        for message_id in (*(row.message_id for row in old), buttons):
            try:
                await self._bot.delete_message(conversation, int(message_id))
            except TelegramError as error:
                log.info("preview_not_deleted", error=type(error).__name__)
        for row in old:
            await console_messages.forget(
                self._core, number, row.kind, self._frontend, row.message_id
            )


def _shape(reply: Reply) -> str:
    """What can be edited into another of the same; else `other`."""
    content = reply.content
    if content is None or reply.refused or len(content.media) > 1:
        return _OTHER
    return f"{content.media[0].media_id}" if content.media else _TEXT


def _shapes(reply: Reply, made: Sequence[str]) -> list[tuple[str, str]]:
    """The content is the first of what a reply became."""
    return [
        (message_id, _shape(reply) if place == 0 else _OTHER)
        for place, message_id in enumerate(made)
    ]
