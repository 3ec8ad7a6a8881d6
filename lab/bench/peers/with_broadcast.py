"""aiogram-broadcast: its service over a list of subscribers, without a pause between messages.

It keeps who subscribed, not who was sent what: after a crash the broadcast is begun again.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram_broadcast import BroadcastService, Subscriber, SubscriberState
from aiogram_broadcast.storage.base import BaseBroadcastStorage


class InMemory(BaseBroadcastStorage):
    """Subscribers as fast as they can be read: no Redis is timed."""

    def __init__(self, chats: range) -> None:
        self._chats = chats

    async def add_subscriber(self, subscriber: Subscriber) -> None:
        raise NotImplementedError

    async def update_subscriber(self, subscriber: Subscriber) -> None:
        raise NotImplementedError

    async def get_subscriber(self, user_id: int) -> Subscriber | None:
        return Subscriber(id=user_id, full_name="") if user_id in self._chats else None

    async def delete_subscriber(self, user_id: int) -> bool:
        raise NotImplementedError

    async def get_all_subscriber_ids(self, state: SubscriberState | None = None) -> list[int]:
        return list(self._chats)

    async def get_subscribers_count(self, state: SubscriberState | None = None) -> int:
        return len(self._chats)

    async def iter_subscribers(
        self, state: SubscriberState | None = None, batch_size: int = 100
    ) -> AsyncIterator[Subscriber]:
        for chat in self._chats:
            yield Subscriber(id=chat, full_name="")


async def main(url: str, first: int, count: int, words: str) -> None:
    session = AiohttpSession(api=TelegramAPIServer.from_base(url))
    async with Bot("1:bench", session=session) as bot:
        subscribers = InMemory(range(first, first + count))
        await BroadcastService(bot, subscribers, rate_limit=0).broadcast_text(words)


if __name__ == "__main__":
    _, address, chat, people, _, text = sys.argv
    asyncio.run(main(address, int(chat), int(people), text))
