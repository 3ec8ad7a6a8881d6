"""Callbacks of a platform, and what is done with them before they are handled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

Keep = Callable[[list[tuple[str, dict[str, object]]]], Awaitable[None]]
"""Durably keep (event_id, native update) pairs; returns once they may be confirmed."""


class Receiver(Protocol):
    """Makes the platform bring an account's native updates, until cancelled: by polling (confirming
    only what was kept) or by asking for callbacks."""

    async def run(self) -> None: ...


@dataclass(slots=True, frozen=True)
class Callback:
    """One HTTP request as it came; signatures are checked over `body`, so it is not decoded.
    `headers` are found in any case."""

    channel: str
    account: str
    method: str
    body: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]


@dataclass(slots=True, frozen=True)
class CallbackAnswer:
    """What to answer, and the (event_id, native update) pairs to keep before answering it."""

    status: int = 200
    body: str = ""
    keep: tuple[tuple[str, dict[str, object]], ...] = ()
