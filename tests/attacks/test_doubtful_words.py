"""A doubtful word ("Stop?"): nothing reaches its writer before they have answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sandbox.people import FIRST_ID
from tests.attacks.stage import OWNER, Town, town

pytestmark = pytest.mark.asyncio(loop_scope="module")
SOLO: dict[str, Any] = {"TELLAL_ALLOW_SELF_APPROVAL": "true"}
ASKS = "stop writing to you"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder: Path = tmp_path_factory.mktemp("doubt")
    async with town(folder, people=4, team=False, **SOLO) as made:
        yield made


async def sent(place: Town, words: str) -> None:
    number = await place.draft(words, OWNER)
    await place.press(OWNER, f"submit {number}")
    await place.press(OWNER, f"approve {number}")
    await place.becomes(number, "completed")


async def choose(place: Town, person: int, data: str) -> None:
    """Press the newest of a subscriber's buttons with this data."""
    for message in reversed(await place.messages(person)):
        for row in message.get("reply_markup", {}).get("inline_keyboard", []):
            if data in [button.get("callback_data") for button in row]:
                number = message["message_id"]
                await place.ask("press", person=person, message_id=number, data=data)
                return
    raise AssertionError(f"no button {data}")


async def questions(place: Town, person: int) -> int:
    return sum(ASKS in words for words in await place.said(person))


async def test_nothing_goes_to_them_before_they_answer_not_even_after_a_restart(
    place: Town,
) -> None:
    doubtful, leaving, staying = FIRST_ID, FIRST_ID + 1, FIRST_ID + 2
    for person in (doubtful, leaving, staying):
        await place.ask("say", person=person, text="Stop?")
        await place.see(person, "the question", ASKS)
    await sent(place, "first")
    await place.restart()
    await sent(place, "second")
    assert set(await place.received("first")) == set(await place.received("second"))
    assert set(await place.received("first")) == {FIRST_ID + 3}

    await choose(place, leaving, "s:out")
    await choose(place, staying, "s:stay")
    await place.see(staying, "that they stay", "you stay")
    await place.see(leaving, "the goodbye", "not receive anything more")
    await sent(place, "third")
    assert set(await place.received("third")) == {staying, FIRST_ID + 3}


async def test_a_flood_of_doubtful_words_is_one_question(place: Town) -> None:
    person = FIRST_ID + 3
    for _ in range(100):
        await place.ask("say", person=person, text="Stop?")
    await place.ask("say", person=person, text="STOP")
    await place.see(person, "the goodbye", "not receive anything more")
    assert await questions(place, person) == 1
