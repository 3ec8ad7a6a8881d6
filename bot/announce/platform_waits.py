"""Tells who has to know that a platform makes us wait, beside whatever hit the wall."""

from __future__ import annotations

import asyncio

from broadcast.context import Core
from broadcast.services import platform_wait


class PlatformWaits:
    """Call it with platform, account and seconds: it returns at once."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._telling: set[asyncio.Task[None]] = set()

    def __call__(self, platform: str, account: str, seconds: float) -> None:
        telling = asyncio.create_task(
            platform_wait.told_to_wait(self._core, platform, account, seconds)
        )
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)
