"""The live stream: what happens is pushed to whoever watches, and costs nothing when nobody does."""

from __future__ import annotations

import asyncio
from typing import Any

_BEHIND = 5000  # events a slow watcher may be behind before the oldest are dropped


class Watcher:
    """One open stream; `people` None: everybody."""

    def __init__(self, people: set[int] | None) -> None:
        self.people = people
        self.queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(_BEHIND)

    def put(self, event: dict[str, Any]) -> None:
        """Adds an event; a watcher that fell far behind loses the oldest."""
        if self.queue.full():
            self.queue.get_nowait()
        self.queue.put_nowait(event)


class Live:
    """Who is being watched, and the streams that are open."""

    def __init__(self) -> None:
        self.watched: set[int] = set()
        self._watchers: list[Watcher] = []

    def watch(self, people: list[int], watched: bool = True) -> None:
        """Keeps whole messages of these people from now on (or no longer)."""
        self.watched = self.watched | set(people) if watched else self.watched - set(people)

    def watches(self, person_id: int) -> bool:
        """Whether whole messages of this person are kept."""
        return person_id in self.watched or person_id < 0

    def wants(self, person_id: int) -> bool:
        """Whether any open stream shows this person."""
        return any(w.people is None or person_id in w.people for w in self._watchers)

    def publish(self, event: dict[str, Any], person_id: int | None = None) -> None:
        """Tells the streams that show this person (None: all)."""
        for watcher in self._watchers:
            if person_id is None or watcher.people is None or person_id in watcher.people:
                watcher.put(event)

    def open(self, people: set[int] | None) -> Watcher:
        """A new stream."""
        watcher = Watcher(people)
        self._watchers.append(watcher)
        if people:
            self.watched |= people
        return watcher

    def close(self, watcher: Watcher) -> None:
        """Ends a stream."""
        if watcher in self._watchers:
            self._watchers.remove(watcher)

    @property
    def open_streams(self) -> int:
        """How many there are."""
        return len(self._watchers)
