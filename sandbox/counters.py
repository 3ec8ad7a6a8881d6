"""Numbers for the counter strip: what people receive per second, and the product's own counts."""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import aiohttp

_LINE = re.compile(r"^(tellal_deliveries|tellal_broadcast_planned)\{([^}]*)\}\s+(\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Meter:
    """Messages received in the last second, sampled from a running total."""

    def __init__(self, total: Callable[[], int]) -> None:
        self._total = total
        self._samples: deque[tuple[float, int]] = deque()

    def sample(self) -> None:
        """Called a few times a second."""
        now = time.monotonic()
        self._samples.append((now, self._total()))
        while len(self._samples) > 2 and self._samples[1][0] <= now - 1.0:
            self._samples.popleft()

    def rate(self) -> float:
        """Per second."""
        if len(self._samples) < 2:
            return 0.0
        (then, before), (now, after) = self._samples[0], self._samples[-1]
        return round((after - before) / max(now - then, 1e-9), 1)


def parse_metrics(text: str) -> dict[str, dict[str, int]]:
    """The product's gauges: {broadcast id: {status: n, …, "total": n}}."""
    found: dict[str, dict[str, int]] = {}
    for line in text.splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        labels = dict(_LABEL.findall(match[2]))
        status = labels.get("status", "total")
        found.setdefault(labels.get("broadcast", ""), {})[status] = int(float(match[3]))
    return found


class Product:
    """The product's /metrics, read over HTTP; absent is a normal state."""

    def __init__(self, url: str | None) -> None:
        self.url = url
        self._session: aiohttp.ClientSession | None = None

    async def broadcasts(self) -> dict[str, dict[str, int]] | None:
        """The gauges, or None when the product does not answer."""
        if not self.url:
            return None
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2))
        try:
            async with self._session.get(self.url.rstrip("/") + "/metrics") as answer:
                return parse_metrics(await answer.text()) if answer.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return None

    async def close(self) -> None:
        """Ends the session."""
        if self._session is not None:
            await self._session.close()


class Counters:
    """Both together, and a pulse that tells the live stream."""

    def __init__(self, total: Callable[[], int], product: Product) -> None:
        self._total = total
        self.meter = Meter(total)
        self.product = product

    async def read(self) -> dict[str, Any]:
        """As the control API and the live stream show them."""
        broadcasts = await self.product.broadcasts()
        return {
            "product": None if broadcasts is None else {"broadcasts": broadcasts},
            "received": self._total(),
            "rate": self.meter.rate(),
        }

    async def pulse(
        self, publish: Callable[[dict[str, Any]], None], watched: Callable[[], int]
    ) -> None:
        """For ever: samples the rate; twice a second tells whoever watches."""
        await asyncio.gather(self._sample(), self._tell(publish, watched))

    async def _sample(self) -> None:
        while True:
            self.meter.sample()
            await asyncio.sleep(0.25)

    async def _tell(
        self, publish: Callable[[dict[str, Any]], None], watched: Callable[[], int]
    ) -> None:
        # Apart from the sampling: a product that is slow to answer must not bend the rate.
        while True:
            if watched():
                publish({"type": "counters", **await self.read()})
            await asyncio.sleep(0.5)
