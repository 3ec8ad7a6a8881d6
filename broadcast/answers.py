"""What is said to people, beside whoever acts: nobody's deed waits for an answer to be possible."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from broadcast.channel import Said

log = structlog.get_logger()
_LAST_SECONDS = 1.0  # for what is on its way when we end
Say = Callable[[], Awaitable[None]]
Owed = Callable[[str, int], Awaitable[None]]


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
    `owed(person, n)` says that so many answers were not; without it that is not told.
    """

    def __init__(
        self, *, most: int = 2000, each: int = 50, standing: bool = False, seconds: float = 600.0,
        owed: Owed | None = None,
    ) -> None:  # fmt: skip
        self._most, self._each, self._seconds = most, 1 if standing else each, seconds
        self._people: dict[str, _Person] = {}
        self.dropped = 0  # since the start
        self._owed, self._missed = owed, Counter[str]()  # not told yet, by person

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
            self._drop(person, oldest)
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
                self._drop(person, saying)

    def _drop(self, person: str, saying: _Saying) -> None:
        self._miss(person)
        _end(saying)

    def _miss(self, person: str) -> None:
        self.dropped += 1
        if self._owed is not None and (person in self._missed or len(self._missed) < self._most):
            self._missed[person] += 1

    async def _work(self, person: str, one: _Person) -> None:
        while one.waiting:
            saying = one.waiting[0]
            if await self._try(saying.say) is None:
                self._miss(person)
            else:
                await self._tell_missed(person)
            _end(saying)
            one.waiting.popleft()
        if self._people.get(person) is one:
            del self._people[person]

    async def _try(self, say: Say) -> bool | None:
        """Whether it was said; None: it was too late."""
        try:
            async with asyncio.timeout(self._seconds):
                await say()
        except TimeoutError:
            return None
        except Exception as error:  # its words may hold what was said, or a token
            log.warning("answer_failed", error=type(error).__name__)
            return False
        return True

    async def _tell_missed(self, person: str) -> None:
        """As soon as anything can be said to them; what could not be told is told next time."""
        if self._owed is None or not (count := self._missed.pop(person, 0)):
            return
        owed = self._owed
        if not await self._try(lambda: owed(person, count)):
            self._missed[person] += count

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
