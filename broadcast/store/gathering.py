"""One commit for all that came while the one before was under way; each waits for its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from broadcast.store.trouble import is_storage_trouble

Row = dict[str, Any]
Write = Callable[[list[Row]], Awaitable[None]]


class Gathering:
    """`put` returns once `write` has taken its rows, and raises what `write` raised for them."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._waiting: list[tuple[list[Row], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def put(self, rows: list[Row]) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._work_off())
        await done

    async def _work_off(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            failure = await self._try([row for rows, _ in group for row in rows])
            # One that cannot be written must not take the others with it.
            alone = failure and len(group) > 1 and not is_storage_trouble(failure)
            for rows, done in group:
                why = await self._try(rows) if alone else failure
                if done.done():  # whoever asked has hung up
                    continue
                if why is None:
                    done.set_result(None)
                else:
                    done.set_exception(why)
        self._writing = None

    async def _try(self, rows: list[Row]) -> Exception | None:
        try:
            await self._write(rows)
        except Exception as error:
            return error
        return None
