"""What is said to people goes on beside whoever acts, and nobody's answer is in another's way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from broadcast.answers import Answers


class Mouth:
    """Says words once it may."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.may = asyncio.Event()

    def words(self, text: str) -> Callable[[], Awaitable[None]]:
        async def say() -> None:
            await self.may.wait()
            self.said.append(text)

        return say


async def test_each_hears_theirs_in_order() -> None:
    mouth, answers = Mouth(), Answers()
    waits = [answers.put("a", mouth.words(f"a{n}")) for n in range(5)]
    answers.put("b", mouth.words("b"))
    assert not any(one.done() for one in waits)
    mouth.may.set()
    await asyncio.gather(*waits)
    await answers.settled()
    assert [one for one in mouth.said if one[0] == "a"] == ["a0", "a1", "a2", "a3", "a4"]
    assert answers.waiting == 0


async def test_one_standing_answer_waits_the_latest() -> None:
    mouth, answers = Mouth(), Answers(standing=True)
    waits = [answers.put("a", mouth.words(str(n))) for n in range(9)]
    assert sum(one.done() for one in waits) == 7 and answers.dropped == 7
    mouth.may.set()
    await asyncio.gather(*waits)
    assert mouth.said == ["0", "8"], "the first had begun"


async def test_who_has_waited_longest_gives_way() -> None:
    mouth, answers = Mouth(), Answers(most=3)
    waits = [answers.put(str(n), mouth.words(str(n))) for n in range(5)]
    assert [one.done() for one in waits] == [True, True, False, False, False]
    mouth.may.set()
    await asyncio.gather(*waits)
    assert sorted(mouth.said) == ["2", "3", "4"]


async def test_what_comes_too_late_is_not_said() -> None:
    mouth, answers = Mouth(), Answers(seconds=0.05)
    await answers.put("a", mouth.words("late"))
    mouth.may.set()
    await answers.put("a", mouth.words("in time"))
    assert mouth.said == ["in time"]


async def test_one_that_fails_does_not_silence_the_next() -> None:
    async def broken() -> None:
        raise ValueError("odd")

    mouth, answers = Mouth(), Answers()
    mouth.may.set()
    await asyncio.gather(answers.put("a", broken), answers.put("a", mouth.words("next")))
    assert mouth.said == ["next"]


async def test_the_end_does_not_pretend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("broadcast.answers._LAST_SECONDS", 0.05)
    mouth, answers = Mouth(), Answers()
    waits = answers.put("a", mouth.words("never"))
    await answers.close()
    assert not waits.done()


async def test_what_gave_way_is_said_in_one_line_once_something_can_be_said() -> None:
    mouth, told = Mouth(), list[tuple[str, int]]()

    async def owed(person: str, count: int) -> None:
        told.append((person, count))

    answers = Answers(each=3, owed=owed)
    for number in range(10):
        answers.put("admin", mouth.words(str(number)))
    assert told == []
    mouth.may.set()
    await answers.settled()
    assert mouth.said == ["0", "7", "8", "9"]
    assert told == [("admin", 6)]
    await answers.put("admin", mouth.words("later"))
    await answers.settled()
    assert told == [("admin", 6)], "once"


async def test_what_could_not_be_told_of_it_is_told_next_time() -> None:
    mouth, told, shut = Mouth(), list[int](), [True]

    async def owed(_: str, count: int) -> None:
        if shut[0]:
            raise OSError
        told.append(count)

    answers = Answers(each=1, owed=owed)
    for number in range(4):
        answers.put("admin", mouth.words(str(number)))
    mouth.may.set()
    await answers.settled()
    assert told == []
    shut[0] = False
    await answers.put("admin", mouth.words("later"))
    await answers.settled()
    assert told == [2]


async def test_what_came_too_late_is_told_too_and_who_was_put_out_hears_it_later() -> None:
    told: list[tuple[str, int]] = []

    async def owed(person: str, count: int) -> None:
        told.append((person, count))

    async def never() -> None:
        await asyncio.Event().wait()

    async def at_once() -> None: ...

    answers = Answers(most=1, seconds=0.05, owed=owed)
    await answers.put("a", never)
    await answers.settled()
    await answers.put("a", at_once)
    await answers.settled()
    assert told == [("a", 1)]
    answers.put("a", never)
    answers.put("b", at_once)  # there is room for one
    await answers.settled()
    await answers.put("a", at_once)
    await answers.settled()
    assert told[1:] == [("a", 1)]
