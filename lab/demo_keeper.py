"""What the demo page may ask of who runs the demo: kill the bot, and show its ledger."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson
import structlog

from lab.live_reconciliation import Beside
from lab.processes import Processes
from sandbox.keeper import KEY_HEADER
from sandbox.stage import Deviation

log = structlog.get_logger()
_DOWN_SECONDS = 3.0  # long enough to be seen; a supervisor would take as long
_AGAIN_SECONDS = 1.0


@contextlib.asynccontextmanager
async def kept(processes: Processes) -> AsyncIterator[None]:
    """While the block runs, the sandbox may ask; the product is brought back when it was killed."""
    async with aiohttp.ClientSession() as client:
        keeper = _Keeper(processes, client)
        task = asyncio.create_task(keeper.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await keeper.close()


class _Keeper:
    def __init__(self, processes: Processes, client: aiohttp.ClientSession) -> None:
        self._processes = processes
        self._client = client
        self._beside = Beside(processes.database, processes.url, client)
        self._rising: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """For ever: hold the line, answer what is asked."""
        url = f"{self._processes.url}/control/keeper"
        headers = {KEY_HEADER: self._processes.keeper_key}
        while True:
            try:
                async with self._client.ws_connect(url, headers=headers, heartbeat=10) as line:
                    async for message in line:
                        asked = orjson.loads(message.data)
                        answer = await self._answer(str(asked["ask"]))
                        await line.send_json({"id": asked["id"], "answer": answer})
            except (aiohttp.ClientError, OSError):
                pass  # the sandbox is not up yet, or ends
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _answer(self, asked: str) -> Any:
        if asked == "kill":
            return self._kill()
        return {"down": self._down, "ledger": await self._beside.look()}

    @property
    def _down(self) -> bool:
        return self._rising is not None and not self._rising.done()

    def _kill(self) -> bool:
        """With SIGKILL, in the middle of whatever it does; False while it is dead already."""
        if self._down:
            return False
        self._processes.kill()
        self._rising = asyncio.create_task(self._rise())
        return True

    async def _rise(self) -> None:
        await self._processes.ended()
        await asyncio.sleep(_DOWN_SECONDS)
        while True:
            try:
                await self._processes.start()
                return
            except Deviation as wrong:
                log.warning("demo_bot_does_not_start", why=str(wrong)[:200])
                await asyncio.sleep(_DOWN_SECONDS)

    async def close(self) -> None:
        """Ends what it began; the processes are their owner's to end."""
        if self._rising is not None:
            self._rising.cancel()
            await asyncio.gather(self._rising, return_exceptions=True)
        await self._beside.close()
