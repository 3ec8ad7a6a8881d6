"""A word that may be a refusal: the person is asked, and gets nothing before they answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlmodel import col, select

from broadcast.inbound import Answer, Inbound, InboundKind
from broadcast.models import Address, ConsentEvent
from broadcast.services import doubt, import_people, subscribe
from broadcast.states import BroadcastStatus
from tests.scenario.house import House

_ids = count(1)
TEXT, CHOICE = InboundKind.TEXT, InboundKind.CHOICE


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = await House(tmp_path, sender_name="Town Hall").open()
    yield made
    await made.store.close()


async def say(
    house: House, text: str = "", press: str = "", *, channel: str = "telegram", language: str = "en",
    event: str = "", kind: InboundKind = TEXT,
) -> list[Answer]:  # fmt: skip
    kind = CHOICE if press else kind
    phone = "+905551112233"
    name = event or str(next(_ids))
    heard = Inbound(name, channel, "default", "5", kind, text, press, "Ada", language, phone=phone)
    return await subscribe.hear(house.core, heard)


async def subscribed(house: House, channel: str = "telegram", language: str = "en") -> None:
    await say(house, press="in", channel=channel, language=language)


async def addresses(house: House) -> list[Address]:
    async with house.store.read() as session:
        return list(await session.scalars(select(Address).order_by(col(Address.address_id))))


async def held(house: House) -> bool:
    """Whether claims and the last look before a send both leave them out."""
    rows = await addresses(house)
    kept = [row.asked_at is not None for row in rows]
    assert len(set(kept)) == 1
    if kept[0]:
        assert {row.address_id for row in rows} <= house.core.revoked
    return kept[0]


async def consent(house: House) -> set[str]:
    return {row.consent for row in await addresses(house)}


async def kinds(house: House) -> list[str]:
    async with house.store.read() as session:
        return list(await session.scalars(select(ConsentEvent.kind)))


def data(answer: Answer) -> list[str]:
    return [choice.data for row in answer.choices for choice in row]


@pytest.mark.parametrize("word", ["Stop?", "Red", "İptal?", "how do I unsubscribe?", "👎"])
async def test_a_doubtful_word_asks_and_holds(house: House, word: str) -> None:
    await subscribed(house)
    (answer,) = await say(house, word)
    assert data(answer) == ["out", "stay"] and "Town Hall" in answer.text.text
    assert await held(house) and await consent(house) == {"opted_in"}


async def test_it_asks_in_the_readers_language(house: House) -> None:
    await subscribed(house, language="tr")
    (answer,) = await say(house, "Ret mi?", language="tr")
    assert "bıraksın mı" in answer.text.text
    assert [choice.label for row in answer.choices for choice in row] == [
        "Evet, ayrılayım", "Hayır, kalayım",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "press"), [("STAY", ""), ("no", ""), ("don't stop", ""), ("", "stay")]
)
async def test_who_stays_is_written_to_again(house: House, word: str, press: str) -> None:
    await subscribed(house)
    await say(house, "Stop?")
    await say(house, word, press)
    assert not await held(house) and await consent(house) == {"opted_in"}
    assert house.core.revoked == set()
    assert (await kinds(house))[-1] == "stayed"


@pytest.mark.parametrize(("word", "press"), [("STOP", ""), ("yes", ""), ("leave", ""), ("", "out")])
async def test_who_leaves_has_left(house: House, word: str, press: str) -> None:
    await subscribed(house)
    await say(house, "Stop?")
    await say(house, word, press)
    assert not await held(house) and await consent(house) == {"opted_out"}
    assert house.core.revoked == {1}


async def test_a_thousand_doubtful_words_make_one_standing_question(house: House) -> None:
    await subscribed(house)
    answers = [await say(house, "Stop?") for _ in range(200)]
    assert sum(map(len, answers)) == 1
    assert (await kinds(house)).count("asked") == 1
    house.now += timedelta(hours=2)
    assert len(await say(house, "Stop?")) == 1  # the first may have been overlooked


async def test_the_same_event_twice_asks_once_and_answers_twice(house: House) -> None:
    await subscribed(house)
    first = await say(house, "Stop?", event="same")
    assert data((await say(house, "Stop?", event="same"))[0]) == data(first[0])
    assert (await kinds(house)).count("asked") == 1


async def test_it_holds_the_person_on_every_channel_and_is_answered_from_any(house: House) -> None:
    await subscribed(house)
    await subscribed(house, "whatsapp")
    await say(house, "Stop?")
    assert await held(house)
    assert data((await say(house, "Stop?", channel="whatsapp"))[0]) == ["out", "stay"]
    await say(house, press="stay", channel="whatsapp")
    assert not await held(house) and house.core.revoked == set()
    await say(house, "Stop?", channel="whatsapp")
    await say(house, press="out")
    assert not await held(house) and await consent(house) == {"opted_out"}


async def test_a_late_stay_brings_nobody_back(house: House) -> None:
    await subscribed(house)
    await say(house, "Stop?")
    await say(house, press="out")
    (answer,) = await say(house, press="stay")
    assert await consent(house) == {"opted_out"} and "in" in data(answer)


async def test_whoever_never_answers_has_left(house: House) -> None:
    await subscribed(house)
    await say(house, "Stop?")
    house.now += timedelta(days=6)
    assert await doubt.expire(house.core) == 0 and await held(house)
    house.now += timedelta(days=2)
    assert await doubt.expire(house.core) == 1 and await doubt.expire(house.core) == 0
    assert await consent(house) == {"opted_out"} and not await held(house)
    await say(house, press="stay")
    assert await consent(house) == {"opted_out"}


async def test_a_bare_yes_long_after_the_question_is_no_answer(house: House) -> None:
    await subscribed(house)
    await say(house, "Stop?")
    house.now += timedelta(days=4)
    (answer,) = await say(house, "yes")
    assert data(answer) == ["out", "stay"] and await held(house)


async def test_other_words_do_not_answer_it(house: House) -> None:
    await subscribed(house)
    await say(house, "Stop?")
    house.now += timedelta(hours=2)
    (answer,) = await say(house, "what time does the library open?")
    assert data(answer) == ["out", "stay"] and await held(house)


async def test_who_gets_nothing_from_us_is_not_asked_to_leave(house: House) -> None:
    (answer,) = await say(house, "Stop?")
    assert "in" in data(answer) and not await held(house)


async def test_a_word_of_ones_own_language_that_is_a_refusal_in_the_houses_asks(
    tmp_path: Path,
) -> None:
    house = await House(tmp_path, language="tr").open()
    await subscribed(house, language="es")
    assert data((await say(house, "red", language="es"))[0]) == ["out", "stay"]
    await house.store.close()


async def test_an_edited_message_may_ask_too(house: House) -> None:
    await subscribed(house)
    await say(house, "Stop?", kind=InboundKind.EDITED)
    assert await held(house)


async def test_it_outlives_a_restart(house: House) -> None:
    await subscribed(house)
    await say(house, "Stop?")
    house.core.revoked.clear()  # as a new process begins
    assert all(row.asked_at is not None for row in await addresses(house))


async def test_claims_and_the_last_look_leave_out_who_was_asked(tmp_path: Path) -> None:
    house = await House(tmp_path).open(subscribers=3)
    house.core.revoked.clear()
    broadcast = await house.approved()
    async with house.store.write() as session:
        asked = await session.get(Address, 2)
        assert asked is not None and await doubt.hold_and_ask(house.core, session, asked)
    house.core.revoked.clear()  # a process that has just begun knows only the database
    await house.run_until(broadcast, BroadcastStatus.COMPLETED)
    assert set(house.channel.received) == {"1000", "1002"}
    async with house.store.write() as session:
        await doubt.take_answer(house.core, session, 2)
    await house.run_until(await house.approved(), BroadcastStatus.COMPLETED)
    assert house.channel.received == {"1000": 2, "1001": 1, "1002": 2}
    await house.store.close()


async def test_a_list_opens_no_other_way_to_somebody_who_is_asked(house: House) -> None:
    await subscribed(house)
    await say(house, "Stop?")
    line = import_people.Line(
        "whatsapp", ("905551112233",), "+905551112233", consent="opted_in", source="fair"
    )
    for answered in (False, True):
        async with house.store.write() as session:
            ((_, stands, _),) = await import_people.take(session, [line], "en")
        assert stands is answered
        await say(house, press="stay")


@pytest.mark.parametrize("words", ["/last", "/start", "/help"])
async def test_while_the_question_stands_nobody_is_told_that_they_receive_anything(
    house: House, words: str
) -> None:
    await subscribed(house)
    await say(house, "Stop?")
    kind = InboundKind.START if words == "/start" else InboundKind.COMMAND
    (answer,) = await say(house, "" if kind is InboundKind.START else words[1:], kind=kind)
    assert "Nothing is sent to you before you answer" in answer.text.text
    pressed = {one.data for row in answer.choices for one in row}
    assert {doubt.LEAVE, doubt.STAY} <= pressed and await held(house)
