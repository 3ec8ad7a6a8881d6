"""aiogram-broadcaster: a mailer without interval, with `--file` kept in its FileStorage.

After a crash the bot starts again and restores what its storage has; without one that is nothing.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram_broadcaster import Broadcaster
from aiogram_broadcaster.contents import TextContent
from aiogram_broadcaster.storages.file import FileStorage

BEGUN = Path("begun")


async def main(url: str, first: int, count: int, words: str, keep: bool, again: bool) -> None:
    session = AiohttpSession(api=TelegramAPIServer.from_base(url))
    async with Bot("1:bench", session=session) as bot:
        storage = FileStorage("mailers.json") if keep else None
        broadcaster = Broadcaster(bot, storage=storage)
        if storage is not None:
            await storage.startup()
        if not again:
            chats = range(first, first + count)
            mailer = await broadcaster.create_mailer(chats=chats, content=TextContent(text=words))
            await mailer.start()
        elif storage is not None:
            await broadcaster.restore_mailers()
            for mailer in broadcaster.get_mailers():
                if mailer.can_started:
                    await mailer.start()


if __name__ == "__main__":
    _, address, chat, people, _, text, *kept = sys.argv
    begun_before = BEGUN.exists()
    BEGUN.touch()
    asyncio.run(main(address, int(chat), int(people), text, "--file" in kept, begun_before))
