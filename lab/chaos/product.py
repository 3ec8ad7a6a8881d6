"""The product as a process that is started often: `tellal run`, forked, on a clock that can be moved."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path

from lab.chaos import shifted_clock
from lab.child_process import Child, preload
from lab.processes import environment
from sandbox.stage import Deviation

preload("lab.chaos.imported")


class Product(Child):
    """One process; its web server is at `port`."""

    port = 0

    @classmethod
    def begin(cls, folder: Path, clock: Path, settings: dict[str, str], port: int) -> Product:
        made = cls.fork(folder, environment(**settings), "bot", "run", first=partial(_set, clock))
        made.port = port
        return made

    async def running(self, seconds: float = 40.0) -> bool:
        """Wait until it says that it is running; False when it ended instead."""
        try:
            await self.says("Tellal is running", seconds)
        except Deviation:
            if not self._over:
                raise
            await self.ended()
            return False
        return True


def _set(clock: Path) -> None:
    """In the product's process."""
    logging.getLogger().setLevel(logging.DEBUG)  # libraries say all they can; it must not get out
    shifted_clock.follow(clock)
