"""A STOP is the person's, wherever it was said and under whichever name they are known."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlmodel import select

from broadcast.inbound import Answer, Inbound, InboundKind
from broadcast.models import Address, ConsentEvent, LinkCode
from broadcast.services import subscribe
from tests.scenario.house import House

_ids = count(1)
TELEGRAM, WHATSAPP, MESSENGER = ("telegram", "7"), ("whatsapp", "905320000001"), ("messenger", "5")
IN, OUT = "opted_in", "opted_out"
K = InboundKind


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = await House(tmp_path, sender_name="Town Hall").open()
    made.core.clock = lambda: made.now
    yield made
    await made.store.close()


def did(where: tuple[str, str], text: str = "", kind: K = K.TEXT, payload: str = "") -> Inbound:
    channel, value = where
    return Inbound(str(next(_ids)), channel, "default", value, kind, text, payload, "Ada", "en")


async def hear(house: House, *events: Inbound) -> list[Answer]:
    answers: list[Answer] = []
    for event in events:
        answers = await subscribe.hear(house.core, event)
    return answers


async def says(house: House, where: tuple[str, str], text: str) -> str:
    return "\n".join(answer.text.text for answer in await hear(house, did(where, text)))


async def linked(house: House, *others: tuple[str, str]) -> None:
    """One person on Telegram and on these, who agreed everywhere."""
    await hear(house, *(did(where, "JOIN") for where in (TELEGRAM, *others)))
    for where in others:
        code = re.search(r"\d{8}", await says(house, TELEGRAM, "LINK"))
        assert code is not None
        await says(house, where, f"LINK {code[0]}")


async def stands(house: House) -> dict[str, str]:
    async with house.store.read() as session:
        return {row.channel: row.consent for row in await session.scalars(select(Address))}


async def ledger(house: House, channel: str) -> list[tuple[str, str]]:
    async with house.store.read() as session:
        rows = await session.scalars(select(ConsentEvent).where(ConsentEvent.channel == channel))
        return [(row.kind, row.how) for row in rows if row.kind.startswith("opt_")]


def offered(answers: list[Answer]) -> dict[str, str]:
    return {c.data: c.label for answer in answers for row in answer.choices for c in row}


async def test_stop_on_one_channel_ends_all_and_says_which(house: House) -> None:
    await linked(house, WHATSAPP, MESSENGER)
    answers = await hear(house, did(WHATSAPP, "STOP"))
    assert "neither here nor on Telegram, Messenger" in answers[0].text.text
    assert offered(answers) == {"keep": "Keep the others", "in": "Subscribe again"}
    assert set((await stands(house)).values()) == {OUT}
    assert await ledger(house, "telegram") == [("opt_in", "word"), ("opt_out", "elsewhere")]
    assert house.core.revoked == {1, 2, 3}, "what was claimed already must see it"


async def test_who_meant_only_here_keeps_the_others(house: House) -> None:
    await linked(house, WHATSAPP)
    answers = await hear(house, did(WHATSAPP, "STOP"))
    assert offered(answers)["keep"] == "Keep Telegram"
    keep = did(WHATSAPP, kind=K.CHOICE, payload="keep")
    (answer,) = await hear(house, keep)
    assert "On Telegram you still hear from us" in answer.text.text
    assert await stands(house) == {"telegram": IN, "whatsapp": OUT}
    assert await ledger(house, "telegram") == [
        ("opt_in", "word"), ("opt_out", "elsewhere"), ("opt_in", "kept"),
    ]  # fmt: skip
    assert len(house.core.revoked) == 1
    await hear(house, did(TELEGRAM, "STOP"), keep, did(WHATSAPP, kind=K.CHOICE, payload="keep"))
    assert set((await stands(house)).values()) == {OUT}, "a later STOP is the last word"


async def test_the_offer_ends_after_three_days(house: House) -> None:
    await linked(house, WHATSAPP)
    await hear(house, did(WHATSAPP, "STOP"))
    house.now += timedelta(days=4)
    await hear(house, did(WHATSAPP, kind=K.CHOICE, payload="keep"))
    assert set((await stands(house)).values()) == {OUT}


async def test_stop_said_twice_may_still_be_kept_to_here(house: House) -> None:
    await linked(house, WHATSAPP)
    answers = await hear(house, did(WHATSAPP, "STOP"), did(WHATSAPP, "STOP!!"))
    assert "keep" in offered(answers)
    await hear(house, did(WHATSAPP, kind=K.CHOICE, payload="keep"))
    assert await stands(house) == {"telegram": IN, "whatsapp": OUT}


async def test_a_redelivered_stop_does_not_take_back_what_was_kept(house: House) -> None:
    await linked(house, WHATSAPP)
    stop = did(WHATSAPP, "STOP")
    await hear(house, stop, did(WHATSAPP, kind=K.CHOICE, payload="keep"))
    (answer,) = await hear(house, stop)
    assert "On Telegram you still hear" in answer.text.text
    assert await stands(house) == {"telegram": IN, "whatsapp": OUT}


async def test_an_old_button_does_not_undo_a_stop_said_elsewhere_since(house: House) -> None:
    await linked(house, WHATSAPP, MESSENGER)
    await hear(house, did(WHATSAPP, "STOP"))
    await hear(house, did(TELEGRAM, "JOIN"), did(MESSENGER, "JOIN"), did(TELEGRAM, "STOP"))
    await hear(house, did(WHATSAPP, kind=K.CHOICE, payload="keep"))
    assert set((await stands(house)).values()) == {OUT}


async def test_nobody_keeps_what_was_never_agreed_to(house: House) -> None:
    await linked(house, WHATSAPP)
    await hear(house, did(TELEGRAM, "STOP"), did(TELEGRAM, kind=K.CHOICE, payload="keep"))
    assert await stands(house) == {"telegram": OUT, "whatsapp": IN}
    await hear(house, did(WHATSAPP, "STOP"), did(WHATSAPP, kind=K.CHOICE, payload="keep"))
    assert set((await stands(house)).values()) == {OUT}


async def test_a_stop_from_before_they_were_joined_stays_where_it_was_said(house: House) -> None:
    stop = did(WHATSAPP, "STOP")
    await hear(house, did(WHATSAPP, "JOIN"), stop)
    await linked(house, MESSENGER)
    code = re.search(r"\d{8}", await says(house, TELEGRAM, "LINK"))
    assert code is not None
    await says(house, WHATSAPP, f"LINK {code[0]}")
    await hear(house, stop)  # delivered again, now that they are one
    assert await stands(house) == {"telegram": IN, "messenger": IN, "whatsapp": OUT}


async def joins(house: House) -> str:
    """Whoever is on WhatsApp and Telegram links the two, from WhatsApp; what is answered."""
    code = re.search(r"\d{8}", await says(house, TELEGRAM, "LINK"))
    assert code is not None
    return await says(house, WHATSAPP, f"LINK {code[0]}")


async def test_linking_after_a_stop_says_where_it_goes_on_and_where_not(house: House) -> None:
    await hear(house, did(TELEGRAM, "JOIN"), did(WHATSAPP, "JOIN"), did(WHATSAPP, "STOP"))
    said = await joins(house)
    assert "come to you on Telegram, and not on WhatsApp" in said
    assert await stands(house) == {"telegram": IN, "whatsapp": OUT}


async def test_linking_where_nobody_agreed_promises_nothing(house: House) -> None:
    await hear(house, did(TELEGRAM, "JOIN"), did(TELEGRAM, "STOP"), did(WHATSAPP, "STOP"))
    said = await joins(house)
    assert "You get no announcements on either" in said
    assert "only once" not in said


async def test_linking_two_who_agreed_promises_each_announcement_once(house: House) -> None:
    await hear(house, did(TELEGRAM, "JOIN"), did(WHATSAPP, "JOIN"))
    assert "only once" in await joins(house)


async def test_the_platforms_stop_is_the_persons_and_is_taken_back_everywhere(
    house: House,
) -> None:
    await linked(house, WHATSAPP)
    await hear(house, did(WHATSAPP, kind=K.PLATFORM_STOP))
    assert (await stands(house))["telegram"] == OUT
    await hear(house, did(WHATSAPP, kind=K.PLATFORM_RESUME))
    assert await stands(house) == {"telegram": IN, "whatsapp": IN}
    assert not house.core.revoked


async def test_the_platforms_resume_does_not_undo_a_stop_to_us(house: House) -> None:
    await linked(house, WHATSAPP)
    await hear(house, did(WHATSAPP, kind=K.PLATFORM_STOP), did(WHATSAPP, "STOP"))
    await hear(house, did(WHATSAPP, kind=K.PLATFORM_RESUME))
    assert set((await stands(house)).values()) == {OUT}


async def test_blocking_closes_one_door(house: House) -> None:
    await linked(house, WHATSAPP)
    await hear(house, did(TELEGRAM, kind=K.BLOCKED))
    assert await stands(house) == {"telegram": OUT, "whatsapp": IN}


@pytest.mark.parametrize("kind", [K.EDITED, K.OVERHEARD])
async def test_a_message_edited_into_stop_or_said_to_a_human_is_heard(
    house: House, kind: K
) -> None:
    await linked(house, WHATSAPP)
    assert await hear(house, did(WHATSAPP, "see you at the shop", kind)) == []
    assert (await stands(house))["whatsapp"] == IN
    assert await hear(house, did(WHATSAPP, "JOIN", kind)) == []
    answers = await hear(house, did(WHATSAPP, "STOP", kind))
    assert bool(answers) == (kind == K.EDITED), "who has the conversation is not interrupted"
    assert set((await stands(house)).values()) == {OUT}


async def test_yes_answers_only_a_question_that_stands(house: House) -> None:
    await hear(house, did(TELEGRAM, "hello"), did(TELEGRAM, "YES"))
    assert (await stands(house))["telegram"] == IN
    said = await says(house, TELEGRAM, "STOP")
    assert "not receive anything more" in said
    assert "Would you like to receive them" in await says(house, TELEGRAM, "yes")
    assert (await stands(house))["telegram"] == OUT, "the goodbye asked nothing"
    await says(house, TELEGRAM, "yes")
    assert (await stands(house))["telegram"] == IN, "this was asked, just now"


async def test_yes_days_after_the_question_asks_again(house: House) -> None:
    await hear(house, did(TELEGRAM, kind=K.START))
    house.now += timedelta(days=4)
    assert "Would you like to receive them" in await says(house, TELEGRAM, "Yes")
    assert (await stands(house))["telegram"] == "none"
    await says(house, TELEGRAM, "Yes")
    assert (await stands(house))["telegram"] == IN


async def test_yes_after_no_asks_again(house: House) -> None:
    await hear(house, did(TELEGRAM, kind=K.START), did(TELEGRAM, "no"), did(TELEGRAM, "yes"))
    assert (await stands(house))["telegram"] == "none"


@pytest.mark.parametrize("words", ["link please", "Link to the form?", "LINK 12a"])
async def test_link_with_other_words_is_no_code(house: House, words: str) -> None:
    await hear(house, did(TELEGRAM, "JOIN"))
    assert "code" not in await says(house, TELEGRAM, words)
    assert "does not work" in await says(house, TELEGRAM, "LINK 1234 5678")


@pytest.mark.parametrize("again", [False, True], ids=["before the STOP", "after it"])
async def test_a_stop_under_a_number_counts_where_they_turn_out_to_be_somebody_else(
    house: House, again: bool
) -> None:
    """They agreed on Telegram and under an id of WhatsApp's, and left under the bare number."""
    own = ("whatsapp", "TR.111")
    await linked(house, own)
    house.now += timedelta(hours=1)
    await hear(house, did(WHATSAPP, "STOP"))
    house.now += timedelta(hours=1)
    if again:
        await hear(house, did(TELEGRAM, "JOIN"))
    both = replace(did(own, "hello"), previous_address=WHATSAPP[1])
    await hear(house, both)
    assert (await stands(house))["telegram"] == (IN if again else OUT)
    async with house.store.read() as session:
        rows = await session.scalars(select(Address).where(Address.channel == "whatsapp"))
        assert {row.consent for row in rows} == {OUT}


async def test_link_asked_for_again_and_again_leaves_one_code(house: House) -> None:
    for _ in range(5):
        code = re.search(r"\d{8}", await says(house, TELEGRAM, "LINK"))
    await says(house, MESSENGER, "LINK")
    async with house.store.read() as session:
        assert len(list(await session.scalars(select(LinkCode)))) == 2
    house.now += timedelta(minutes=11)
    await says(house, WHATSAPP, "LINK")
    async with house.store.read() as session:
        assert len(list(await session.scalars(select(LinkCode)))) == 1
    assert code is not None
    assert "does not work" in await says(house, WHATSAPP, f"LINK {code[0]}")
