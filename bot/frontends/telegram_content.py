"""Messages an admin sends, made neutral; and broadcast content shown as subscribers see it."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import Any

import structlog
import telegram
from telegram.error import TelegramError

from bot.frontends.telegram_markup import from_entities, links, pieces, to_entities
from broadcast.core import Core
from broadcast.errors import Invalid, NotFound
from broadcast.language import N_
from broadcast.message import Media, MediaKind, Message
from broadcast.services import library

log = structlog.get_logger()
CONSOLE_ACCOUNT = "telegram:console"
DOWNLOAD_BYTES = 20 * 1024 * 1024


class Content:
    """`account` is the bot whose file ids these are: subscribers' sends can reuse them, unless
    it is the console's own."""

    def __init__(self, core: Core, bot: telegram.Bot, account: str) -> None:
        self._core, self._bot, self._account = core, bot, account

    async def read(self, message: telegram.Message) -> Message:
        """One message, or one part of an album; empty when it holds nothing we can send."""
        words = message.text or message.caption or ""
        entities = message.entities or message.caption_entities
        kept = await self._keep(message)
        return Message(text=from_entities(words, entities), media=(kept,) if kept else ())

    async def _keep(self, message: telegram.Message) -> Media | None:
        found = _file_of(message)
        if found is None:
            return None
        kind, file = found
        size = file.file_size or 0
        data: bytes | None = None
        if size <= DOWNLOAD_BYTES:
            try:
                remote = await self._bot.get_file(file.file_id)
                data = bytes(await remote.download_as_bytearray())
            except TelegramError as error:
                log.warning("download_failed", error=type(error).__name__)
        if data is None and self._account == CONSOLE_ACCOUNT:
            # Its id is worth nothing to the other bot, and without bytes there is nothing to send.
            raise Invalid(N_("I could not fetch that file. It may be at most 20 MB; try again."))
        return await library.keep(
            self._core,
            kind,
            data,
            filename=getattr(file, "file_name", None) or "",
            mime=getattr(file, "mime_type", None) or "",
            size=size,
            handles={self._account: file.file_id},
        )

    async def show(self, chat: str, message: Message) -> str:
        """Exactly as a subscriber gets it. Returns the id of the (last) message."""
        entities = to_entities(message.text)
        text, markup = message.text.text, links(message)
        if not message.media:
            sent = await self._bot.send_message(chat, text, entities=entities, reply_markup=markup)
            return str(sent.message_id)
        if len(message.media) > 1:
            return await self._album(chat, message, entities)
        kind, file = message.media[0].kind, await self._file(message.media[0])
        send = getattr(self._bot, f"send_{kind.value}")
        sent = await send(
            chat, file, caption=text or None, caption_entities=entities, reply_markup=markup
        )
        await self._learn(message.media[0], sent)
        return str(sent.message_id)

    async def show_in_parts(self, chat: str, message: Message) -> str:
        """What Telegram does not take as one message, as far as it can be shown: each file by
        itself, then the text in pieces. Raises TelegramError when nothing of it is taken."""
        shown, refused = "", None
        parts = [Message(media=(media,)) for media in message.media[:10]]
        parts += [Message(text=text) for text in pieces(message.text)]
        for part in parts:
            try:
                shown = await self.show(chat, part)
            except TelegramError as no:
                refused = no
        if not shown and refused is not None:
            raise refused
        return shown

    async def _album(
        self, chat: str, message: Message, entities: list[telegram.MessageEntity]
    ) -> str:
        makers: dict[MediaKind, Any] = {
            MediaKind.PHOTO: telegram.InputMediaPhoto,
            MediaKind.VIDEO: telegram.InputMediaVideo,
            MediaKind.AUDIO: telegram.InputMediaAudio,
        }
        items = []
        for index, media in enumerate(message.media[:10]):
            maker = makers.get(media.kind, telegram.InputMediaDocument)
            caption = message.text.text if index == 0 else None
            items.append(
                maker(
                    await self._file(media),
                    caption=caption,
                    caption_entities=entities if index == 0 else None,
                )
            )
        sent = await self._bot.send_media_group(chat, items)
        for media, shown in zip(message.media, sent, strict=False):
            await self._learn(media, shown)
        return str(sent[-1].message_id)

    async def _file(self, media: Media) -> Any:
        stored = await library.find(self._core, self._account, media.media_id)
        if stored.handle:
            return stored.handle
        if stored.path:
            with await asyncio.to_thread(stored.sealed) as file:
                data = await asyncio.to_thread(file.read)
            return telegram.InputFile(BytesIO(data), filename=media.filename or media.kind.value)
        raise NotFound(N_("That file is no longer here. Please send it again."))

    async def _learn(self, media: Media, sent: telegram.Message) -> None:
        if (found := _file_of(sent)) is not None:
            await library.remember_handles(
                self._core, self._account, {media.media_id: found[1].file_id}
            )


def _file_of(message: telegram.Message) -> tuple[MediaKind, Any] | None:
    if message.photo:
        return MediaKind.PHOTO, message.photo[-1]
    # An animation also comes as a document: look for it first.
    for kind in ("animation", "video", "audio", "voice", "document"):
        if (file := getattr(message, kind)) is not None:
            return MediaKind(kind), file
    return None
