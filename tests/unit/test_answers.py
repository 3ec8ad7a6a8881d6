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
