"""aiogram alone: a loop over `send_message`, one or several at a time; nothing is kept."""

from __future__ import annotations

import asyncio
import sys

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer


async def main(url: str, first: int, count: int, in_flight: int, words: str) -> None:
    session = AiohttpSession(api=TelegramAPIServer.from_base(url), limit=in_flight)
    chats = iter(range(first, first + count))
    async with Bot("1:bench", session=session) as bot:

        async def send() -> None:
            for chat in chats:
                await bot.send_message(chat, words)

        await asyncio.gather(*(send() for _ in range(in_flight)))


if __name__ == "__main__":
    _, address, chat, people, at_once, text = sys.argv
    asyncio.run(main(address, int(chat), int(people), int(at_once), text))
