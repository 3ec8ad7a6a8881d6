"""Every message of the console takes a reply turn of the token's one limiter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bot.frontends.telegram.odd_answers import readable
from broadcast.channel import Pace

_RETRIES = 4
# Here: whoever answers waits for its turn instead, and tries again. A file is waited for longer:
# without its bytes it is worth less.
_LONGEST_WAIT_SECONDS, _LONGEST_FOR_A_FILE = 5.0, 30.0
NOBODY_WAITS = 1  # as the arguments of a request: we tell by ourselves


class ReplyTurns(BaseRateLimiter[int]):
    """Also waits out a short throttle; a longer one closes the account and is raised. Before the
    next try the account's own turn is waited for."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Any:
        chat = data.get("chat_id")
        for left in range(_RETRIES, -1, -1):
            if chat is not None and endpoint.startswith(("send", "edit", "copy")):
                waited_for = rate_limit_args != NOBODY_WAITS
                await self._pace.reply_turn(str(chat), team=True, waited_for=waited_for)
            try:
                return readable(endpoint, data, await callback(*args, **kwargs))
            except RetryAfter as wait:
                seconds = seconds_of(wait)
                self._pace.close_for(seconds)
                longest = _LONGEST_FOR_A_FILE if endpoint == "getFile" else _LONGEST_WAIT_SECONDS
                if not left or seconds > longest:
                    raise
                await asyncio.sleep(seconds + 0.1)
        return None


def seconds_of(wait: RetryAfter) -> float:
    """A number today, a timedelta in a later major of the library."""
    after = wait.retry_after
    return float(after if isinstance(after, int) else after.total_seconds())
