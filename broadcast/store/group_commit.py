"""One commit for all that came while the one before was under way; each waits for its own. A row that
cannot be written takes no other with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from broadcast.store.storage_errors import is_storage_trouble

Row = dict[str, Any]
Write = Callable[[list[Row]], Awaitable[None]]
Aside = Callable[[Row, Exception], Awaitable[None]]
_APART_SECONDS = 0.01  # from one commit to the next, while more keeps coming: each has its price


class Gathering:
    """`put` returns once `write` has taken its rows, and raises what the storage raises. A row that
    `write` refuses for another reason is given to `aside` alone, and the rest is written."""

    def __init__(self, write: Write, aside: Aside) -> None:
        self._write, self._aside = write, aside
        self._waiting: list[tuple[list[Row], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def put(self, rows: list[Row]) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._work_off())
        await done

    async def _work_off(self) -> None:
        now = asyncio.get_running_loop().time
        while self._waiting:
            begun = now()
            group, self._waiting = self._waiting, []
            failure = await self._try([row for rows, _ in group for row in rows])
            odd = failure is not None and not is_storage_trouble(failure)
            for rows, done in group:
                why = await self._one_by_one(rows) if odd else failure
                if done.done():  # whoever asked has hung up
                    continue
                if why is None:
                    done.set_result(None)
                else:
                    done.set_exception(why)
            if self._waiting:
                await asyncio.sleep(begun + _APART_SECONDS - now())
        self._writing = None

    async def _one_by_one(self, rows: list[Row]) -> Exception | None:
        """What the storage said, or None once each is written or set aside."""
        for row in rows:
            why = await self._try([row])
            if why is not None and not is_storage_trouble(why):
                why = await self._put_aside(row, why)
            if why is not None:
                return why
        return None

    async def _put_aside(self, row: Row, why: Exception) -> Exception | None:
        try:
            await self._aside(row, why)
        except Exception as error:
            return error
        return None

    async def _try(self, rows: list[Row]) -> Exception | None:
        try:
            await self._write(rows)
        except Exception as error:
            return error
        return None
