"""What is said to people, beside whoever acts: nobody's deed waits for an answer to be possible."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from broadcast.ports import Said

log = structlog.get_logger()
_LAST_SECONDS = 1.0  # for what is on its way when we end
Say = Callable[[], Awaitable[None]]


@dataclass(slots=True, eq=False)
class _Saying:
    say: Say
    done: Said


@dataclass(slots=True, eq=False)
class _Person:
    waiting: deque[_Saying] = field(default_factory=deque)  # the first may be under way
    task: asyncio.Task[None] | None = None


class Answers:
    """Says things to people: one after another for each, different people beside each other.

    `most`: people who may wait at once; the one who has waited longest gives way. `each`: answers
    that may wait for one of them, the oldest giving way; with `standing` only the latest waits, for
    each answer says how it stands. `seconds`: what could not be said by then is not said any more.
    """

    def __init__(
        self, *, most: int = 2000, each: int = 50, standing: bool = False, seconds: float = 600.0
    ) -> None:
        self._most, self._each, self._seconds = most, 1 if standing else each, seconds
        self._people: dict[str, _Person] = {}
        self.dropped = 0  # since the start

    @property
    def waiting(self) -> int:
        """People who wait for an answer."""
        return len(self._people)

    def put(self, person: str, say: Say) -> Said:
        """Returns at once. What it returns is done when it was said, or will not be."""
        done: Said = asyncio.get_running_loop().create_future()
        if person not in self._people:
            self._make_room()
        one = self._people.setdefault(person, _Person())
        while len(one.waiting) - (one.task is not None) >= self._each:
            oldest = one.waiting[1] if one.task is not None else one.waiting[0]
            one.waiting.remove(oldest)
            self._drop(oldest)
        one.waiting.append(_Saying(say, done))
        if one.task is None:
            one.task = asyncio.create_task(self._work(person, one))
        return done

    def _make_room(self) -> None:
        while len(self._people) >= self._most:
            person = next(iter(self._people))
            gone = self._people.pop(person)
            if gone.task is not None:
                gone.task.cancel()
            for saying in gone.waiting:
                self._drop(saying)

    def _drop(self, saying: _Saying) -> None:
        self.dropped += 1
        _end(saying)

    async def _work(self, person: str, one: _Person) -> None:
        while one.waiting:
            saying = one.waiting[0]
            try:
                async with asyncio.timeout(self._seconds):
                    await saying.say()
            except TimeoutError:
                self.dropped += 1
            except Exception as error:  # its words may hold what was said, or a token
                log.warning("answer_failed", error=type(error).__name__)
            _end(saying)
            one.waiting.popleft()
        if self._people.get(person) is one:
            del self._people[person]

    async def settled(self) -> None:
        """Wait until everything is said."""
        while self._people:
            await asyncio.sleep(0.005)

    async def close(self) -> None:
        """What was not said within a moment stays unsaid, and is not told to be done."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_SECONDS):
                await self.settled()
        tasks = [one.task for one in self._people.values() if one.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._people.clear()


def _end(saying: _Saying) -> None:
    if not saying.done.done():
        saying.done.set_result(None)
