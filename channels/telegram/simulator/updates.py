"""A bot's updates: kept until confirmed, handed out by long polling or pushed to a webhook."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from typing import Any

import aiohttp
import orjson

from channels._kit.sandbox_world import Json
from channels.telegram.simulator import errors

LONGEST_POLL = 50
_ASKED_FOR = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
_REMEMBERED = 2000


class Updates:
    """The queue of one bot. Updates are kept as JSON bytes: small, and ready to be sent."""

    def __init__(self, first_id: int) -> None:
        self._next_id = first_id
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._again: deque[tuple[int, bytes]] = deque()
        self._sent: dict[int, bytes] = {}
        self._poll: asyncio.Future[None] | None = None
        self._closed = False
        self._terminated = errors.OTHER_GET_UPDATES
        self.allowed: list[str] | None = None
        self.webhook = Webhook(self)

    def __len__(self) -> int:
        return len(self._waiting) + len(self._again)

    def push(self, kind: str, content: Json) -> int | None:
        """A new update, unless the bot did not ask for this kind; its id."""
        if kind not in self.allowed if self.allowed else kind in _ASKED_FOR:
            return None
        update_id = self._next_id
        self._next_id += 1
        body = orjson.dumps({"update_id": update_id, kind: content})
        self._waiting.append((update_id, body))
        self._sent[update_id] = body
        if len(self._sent) > _REMEMBERED:
            del self._sent[next(iter(self._sent))]
        self._wake()
        return update_id

    def push_again(self, update_id: int) -> None:
        """The same update once more, as a platform does that did not hear the confirmation."""
        body = self._sent.get(update_id)
        if body is None:
            raise LookupError(f"update {update_id} is not remembered")
        self._again.append((update_id, body))
        self._wake()

    def last_ids(self) -> list[int]:
        """The update ids that can be delivered again."""
        return list(self._sent)

    def close(self) -> None:
        """The platform shuts down: a poll that waits ends, nothing is pushed any more."""
        self.webhook.close()
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
        self._closed = True

    def drop(self) -> None:
        """Forgets everything pending."""
        self._waiting.clear()
        self._again.clear()

    def _wake(self) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
        self.webhook.wake()

    def terminate_poll(self, reason: str) -> None:
        """Ends a poll that is waiting, with 409."""
        if self._poll is not None and not self._poll.done():
            self._terminated = reason
            self._poll.cancel()

    async def get(self, offset: int, limit: int, timeout_seconds: float) -> bytes:
        """Long polling: confirms what lies before offset, waits for something new."""
        if self.webhook.url:
            raise errors.conflict(errors.WEBHOOK_ACTIVE)
        self.terminate_poll(errors.OTHER_GET_UPDATES)
        if offset > 0:
            while self._waiting and self._waiting[0][0] < offset:
                self._waiting.popleft()
        elif offset < 0:
            while len(self._waiting) > -offset:
                self._waiting.popleft()
        deadline = time.monotonic() + min(timeout_seconds, LONGEST_POLL)
        while not len(self) and not self._closed and (left := deadline - time.monotonic()) > 0:
            await self._wait(left)
        batch = [self._again.popleft()[1] for _ in range(min(limit, len(self._again)))]
        for _, body in self._waiting:
            if len(batch) >= limit:
                break
            batch.append(body)
        return b"[" + b",".join(batch) + b"]"

    async def _wait(self, seconds: float) -> None:
        poll = self._poll = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait({poll}, timeout=seconds)
            if poll.cancelled():
                raise errors.conflict(self._terminated)
        finally:
            poll.cancel()
            if self._poll is poll:
                self._poll = None

    def head(self) -> tuple[int, bytes] | None:
        """The next update for the webhook."""
        if self._again:
            return self._again[0]
        return self._waiting[0] if self._waiting else None

    def pop(self, item: tuple[int, bytes]) -> None:
        """The webhook took it."""
        for queue in (self._again, self._waiting):
            if queue and queue[0] is item:
                queue.popleft()
                return


class Webhook:
    """Pushes updates one after another to a URL, again and again until it answers 2xx."""

    def __init__(self, updates: Updates) -> None:
        self._updates = updates
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self.url = ""
        self.secret = ""
        self.max_connections = 40
        self.last_error: tuple[int, str] | None = None
        self.answer: Any = None  # called with a JSON answer that names a method

    def set(self, url: str, secret: str, max_connections: int) -> None:
        """Starts (or with an empty url ends) pushing."""
        self.close()
        self.url, self.secret, self.max_connections = url, secret, max_connections
        self.last_error = None
        if url:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def wake(self) -> None:
        """There is something to push."""
        self._news.set()

    def close(self) -> None:
        """Ends the pushing."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def describe(self) -> Json:
        """WebhookInfo."""
        about: Json = {
            "url": self.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates),
        }
        if self.url:
            about["max_connections"] = self.max_connections
            about["ip_address"] = "127.0.0.1"
        if self.last_error:
            about["last_error_date"], about["last_error_message"] = self.last_error
        if self._updates.allowed:
            about["allowed_updates"] = self._updates.allowed
        return about

    async def _run(self) -> None:
        headers = {"Content-Type": "application/json"}
        if self.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.secret
        patience = aiohttp.ClientTimeout(total=30)
        async with aiohttp.ClientSession(timeout=patience, headers=headers) as session:
            pause = 0.2
            while True:
                item = self._updates.head()
                if item is None:
                    self._news.clear()
                    await self._news.wait()
                    continue
                if await self._post(session, item[1]):
                    self._updates.pop(item)
                    pause = 0.2
                else:
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, 5.0)

    async def _post(self, session: aiohttp.ClientSession, body: bytes) -> bool:
        try:
            async with session.post(self.url, data=body, allow_redirects=False) as response:
                text = await response.read()
                if 200 <= response.status < 300:
                    self._take_answer(text)
                    return True
                words = f"Wrong response from the webhook: {response.status} {response.reason}"
        except (aiohttp.ClientError, OSError):
            words = "Connection refused"
        except TimeoutError:
            words = "Read timeout expired"
        self.last_error = (int(time.time()), words)
        return False

    def _take_answer(self, text: bytes) -> None:
        """A webhook may answer with a method call instead of making a request of its own."""
        if text[:1] != b"{" or self.answer is None:
            return
        with contextlib.suppress(orjson.JSONDecodeError):
            call = orjson.loads(text)
            if isinstance(call.get("method"), str):
                self.answer(call.pop("method"), call)
