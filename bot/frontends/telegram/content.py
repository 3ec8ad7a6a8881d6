"""Messages an admin sends, made neutral; and broadcast content shown as subscribers see it."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import Any

import structlog
import telegram
from telegram.error import BadRequest, TelegramError

from bot.frontends.telegram import uncarried as reading
from bot.frontends.telegram.markup import (
    WITH_THUMBNAIL,
    from_entities,
    links,
    pieces,
    preview_options,
    shown_as,
    to_entities,
    told_of,
)
from broadcast.channel import StoredMedia
from broadcast.context import Core
from broadcast.errors import Invalid, NotFound
from broadcast.language import N_
from broadcast.message import Media, MediaKind, Message
from broadcast.services import media as stored_media

log = structlog.get_logger()
CONSOLE_ACCOUNT = "telegram:console"
_CAPTION = ("caption", "caption_entities", "show_caption_above_media")
DOWNLOAD_BYTES = 20 * 1024 * 1024


class Content:
    """`account` is the bot whose file ids these are: subscribers' sends can reuse them, unless
    it is the console's own."""

    def __init__(self, core: Core, bot: telegram.Bot, account: str) -> None:
        self._core, self._bot, self._account = core, bot, account

    async def read(self, message: telegram.Message) -> Message:
        """One message, or one part of an album; empty when it holds nothing we can send. Raises
        Uncarried for a kind that cannot be broadcast."""
        if what := reading.uncarried(message):
            raise Uncarried(what)
        words = message.text or message.caption or ""
        entities = message.entities or message.caption_entities
        kept = await self._keep(message)
        return Message(
            text=from_entities(words, entities), media=(kept,) if kept else (),
            buttons=reading.buttons_of(message), preview=reading.preview_of(message),
            text_above=bool(message.show_caption_above_media), left_out=reading.left_out(message),
        )  # fmt: skip

    async def _keep(self, message: telegram.Message) -> Media | None:
        found = reading.file_of(message)
        if found is None:
            return None
        kind, file = found
        size = file.file_size or 0
        data = await self._fetch(file.file_id) if size <= DOWNLOAD_BYTES else None
        if data is None and self._account == CONSOLE_ACCOUNT:
            # Its id is worth nothing to the other bot, and without bytes there is nothing to send.
            raise Invalid(N_("I could not fetch that file. It may be at most 20 MB; try again."))
        kept = await stored_media.keep(
            self._core,
            kind,
            data,
            filename=getattr(file, "file_name", None) or "",
            mime=getattr(file, "mime_type", None) or "",
            size=size,
            handles={self._account: file.file_id},
        )
        details = reading.details_of(file) | {
            "spoiler": bool(message.has_media_spoiler),
            "thumbnail": await self._keep_thumbnail(file),
        }
        return kept.model_copy(update=details)

    async def _fetch(self, file_id: str) -> bytes | None:
        try:
            remote = await self._bot.get_file(file_id)
            return bytes(await remote.download_as_bytearray())
        except TelegramError as error:
            log.warning("download_failed", error=type(error).__name__)
            return None

    async def _keep_thumbnail(self, file: Any) -> int:
        """The small picture Telegram has of a file, for when its bytes go again; 0 for none."""
        small = getattr(file, "thumbnail", None)
        data = await self._fetch(small.file_id) if small is not None else None
        if not data:
            return 0
        kept = await stored_media.keep(self._core, MediaKind.PHOTO, data, filename="thumbnail.jpg")
        return kept.media_id

    async def show(self, chat: str, message: Message) -> str:
        """Exactly as a subscriber gets it. Returns the id of the (last) message."""
        return (await self.shown(chat, message))[-1]

    async def shown(self, chat: str, message: Message) -> list[str]:
        """As `show`; the id of every message it became."""
        try:
            return await self._show(chat, message, anew=False)
        except BadRequest:
            if not await self._has_bytes(message):
                raise
        return await self._show(chat, message, anew=True)  # perhaps it was only a file's old id

    async def _has_bytes(self, message: Message) -> bool:
        stored = [await self._stored(item) for item in message.media]
        return any(file.handle for file in stored) and all(file.path for file in stored)

    async def _show(self, chat: str, message: Message, *, anew: bool) -> list[str]:
        markup = links(message)
        if not message.media:
            sent = await self._bot.send_message(
                chat, message.text.text, entities=to_entities(message.text), reply_markup=markup,
                link_preview_options=preview_options(message),
            )  # fmt: skip
            return [str(sent.message_id)]
        if len(message.media) > 1:
            return await self._album(chat, message, anew=anew)
        item = message.media[0]
        file, fresh = await self._file(item, anew=anew)
        send = getattr(self._bot, f"send_{item.kind.value}")
        how = shown_as(message, 0) | (await self._told(item) if fresh else {})
        sent = await send(chat, file, reply_markup=markup, **how)
        await self._learn(item, sent)
        return [str(sent.message_id)]

    async def shown_in_parts(self, chat: str, message: Message) -> list[str]:
        """What Telegram does not take as one message, as far as it can be shown: each file by
        itself, then the text in pieces. Raises TelegramError when nothing of it is taken."""
        shown: list[str] = []
        refused = None
        parts = [Message(media=(media,)) for media in message.media[:10]]
        parts += [Message(text=text) for text in pieces(message.text)]
        for part in parts:
            try:
                shown += await self.shown(chat, part)
            except TelegramError as no:
                refused = no
        if not shown and refused is not None:
            raise refused
        return shown

    async def _album(self, chat: str, message: Message, *, anew: bool) -> list[str]:
        makers: dict[MediaKind, Any] = {
            MediaKind.PHOTO: telegram.InputMediaPhoto,
            MediaKind.VIDEO: telegram.InputMediaVideo,
            MediaKind.AUDIO: telegram.InputMediaAudio,
        }
        items = []
        for place, item in enumerate(message.media[:10]):
            maker = makers.get(item.kind, telegram.InputMediaDocument)
            file, fresh = await self._file(item, anew=anew)
            how = shown_as(message, place) | (await self._told(item) if fresh else {})
            items.append(maker(file, **how))
        sent = await self._bot.send_media_group(chat, items)
        for item, shown in zip(message.media, sent, strict=False):
            await self._learn(item, shown)
        return [str(one.message_id) for one in sent]

    async def turn(self, chat: str, message_id: str, message: Message) -> None:
        """Show it in a message that shows the same file, or none, until now. Raises BadRequest."""
        markup = links(message)
        where: dict[str, Any] = {"chat_id": chat, "message_id": int(message_id)}
        try:
            if not message.media:
                await self._bot.edit_message_text(
                    message.text.text, entities=to_entities(message.text), reply_markup=markup,
                    link_preview_options=preview_options(message), **where,
                )  # fmt: skip
                return
            how: dict[str, Any] = {name: shown_as(message, 0).get(name) for name in _CAPTION}
            await self._bot.edit_message_caption(reply_markup=markup, **where, **how)
        except BadRequest as error:
            if "not modified" not in error.message.lower():
                raise

    async def _stored(self, media: Media) -> StoredMedia:
        return await stored_media.find(self._core, self._account, media.media_id)

    async def _file(self, media: Media, *, anew: bool) -> tuple[Any, bool]:
        """What stands for a file in a call, and whether its bytes go with it; `anew`: they do."""
        stored = await self._stored(media)
        if stored.handle and not anew:
            return stored.handle, False
        if stored.path:
            return await _opened(stored, media.filename or media.kind.value), True
        raise NotFound(N_("That file is no longer here. Please send it again."))

    async def _told(self, item: Media) -> dict[str, Any]:
        """What Telegram is told of a file that it has not seen yet."""
        told = told_of(item)
        if item.thumbnail and item.kind in WITH_THUMBNAIL:
            small = await stored_media.find(self._core, self._account, item.thumbnail)
            if small.path:
                told["thumbnail"] = await _opened(small, "thumbnail.jpg")
        return told

    async def _learn(self, media: Media, sent: telegram.Message) -> None:
        if (found := reading.file_of(sent)) is not None:
            await stored_media.remember_handles(
                self._core, self._account, {media.media_id: found[1].file_id}
            )


class Uncarried(Invalid):
    """A kind of message that cannot be broadcast; `what` is its name in the catalog."""

    def __init__(self, what: str) -> None:
        super().__init__(
            N_(
                "That is {what}, which I cannot broadcast. Please send text, a photo, a video, a "
                "voice message, music or a file."
            )
        )
        self.what = what


async def _opened(stored: StoredMedia, name: str) -> telegram.InputFile:
    with await asyncio.to_thread(stored.sealed) as file:
        data = await asyncio.to_thread(file.read)
    return telegram.InputFile(BytesIO(data), filename=name)
