"""python-telegram-bot with its AIORateLimiter, limits lifted; nothing is kept."""

from __future__ import annotations

import asyncio
import sys

from telegram.ext import AIORateLimiter, ApplicationBuilder


async def main(url: str, first: int, count: int, in_flight: int, words: str) -> None:
    limiter = AIORateLimiter(overall_max_rate=0, group_max_rate=0)
    application = (
        ApplicationBuilder()
        .token("1:bench")
        .base_url(f"{url}/bot")
        .rate_limiter(limiter)
        .connection_pool_size(in_flight)
        .pool_timeout(60)
        .build()
    )
    chats = iter(range(first, first + count))
    async with application.bot as bot:

        async def send() -> None:
            for chat in chats:
                await bot.send_message(chat, words)

        await asyncio.gather(*(send() for _ in range(in_flight)))


if __name__ == "__main__":
    _, address, chat, people, at_once, text = sys.argv
    asyncio.run(main(address, int(chat), int(people), int(at_once), text))
