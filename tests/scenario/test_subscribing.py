"""What subscribers say and press, and what the ledger can prove afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest
from sqlmodel import select

from broadcast.inbound import Answer, Inbound, InboundKind
from broadcast.language import languages
from broadcast.models import Address, ConsentEvent
from broadcast.services import subscribe
from tests.scenario.house import House

_ids = count(1)
TEXT, START, CHOICE = InboundKind.TEXT, InboundKind.START, InboundKind.CHOICE


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = await House(
        tmp_path, sender_name="Town Hall", privacy_url="https://example.org/privacy"
    ).open()
    yield made
    await made.store.close()


def did(kind: InboundKind, text: str = "", payload: str = "", language: str = "en") -> Inbound:
    return Inbound(
        str(next(_ids)), "telegram", "default", "5", kind, text, payload, "Ada", language
    )


async def hear(house: House, *events: Inbound) -> list[Answer]:
    answers: list[Answer] = []
    for event in events:
        answers = await subscribe.hear(house.core, event)
    return answers


async def consent(house: House) -> str:
    async with house.store.read() as session:
        return (await session.scalars(select(Address.consent))).one()


async def ledger(house: House) -> list[ConsentEvent]:
    async with house.store.read() as session:
        return list(await session.scalars(select(ConsentEvent)))


async def test_opening_says_who_what_for_and_how_data_is_treated_and_opts_nobody_in(
    house: House,
) -> None:
    (answer,) = await hear(house, did(START, payload="poster_7"))
    for words in ("Town Hall", "announcements", "STOP", "we keep", "https://example.org/privacy"):
        assert words in answer.text.text
    assert answer.choices[0][0].data == "in"
    await hear(house, did(TEXT, "hello"), did(InboundKind.COMMAND, "join"), did(CHOICE, "", "lang"))
    assert await consent(house) == "none"


async def test_the_ledger_proves_an_opt_in(house: House) -> None:
    (shown,) = await hear(house, did(START, payload="poster_7", language="tr"))
    pressed = did(CHOICE, payload="in")
    await hear(house, pressed)
    opened, agreed = await ledger(house)
    assert (opened.kind, opened.source) == ("opened", "poster_7")
    assert (agreed.kind, agreed.how, agreed.source) == ("opt_in", "button", "poster_7")
    assert (agreed.wording, agreed.language) == (shown.text.text, "tr")
    assert len(agreed.wording_version) == 12
    assert (agreed.event_id, agreed.channel, agreed.address_id) == (pressed.event_id, "telegram", 1)
    assert agreed.at == house.now


async def test_the_ledger_quotes_what_was_really_shown(house: House) -> None:
    """The wording changed after they saw it: they agreed to the old one."""
    from dataclasses import replace

    (shown,) = await hear(house, did(START))
    house.core.policy = replace(house.core.policy, sender_name="New Name")
    await hear(house, did(CHOICE, payload="in"))
    assert (await ledger(house))[-1].wording == shown.text.text


@pytest.mark.parametrize(
    ("word", "after"), [("YES", "opted_in"), ("Hayır", "none"), ("no", "none")]
)
async def test_the_question_may_be_answered_in_words(house: House, word: str, after: str) -> None:
    await hear(house, did(START), did(TEXT, word))
    assert await consent(house) == after
    assert (await ledger(house))[-1].kind == ("opt_in" if after == "opted_in" else "declined")


async def test_yes_and_no_mean_nothing_where_nothing_was_asked(house: House) -> None:
    await hear(house, did(TEXT, "yes"))
    assert await consent(house) == "none"
    await hear(house, did(CHOICE, payload="in"), did(TEXT, "hayır"))
    assert await consent(house) == "opted_in"


async def test_who_joins_by_a_word_unasked_is_told_how_data_is_treated(house: House) -> None:
    (answer,) = await hear(house, did(TEXT, "JOIN"))
    assert "https://example.org/privacy" in answer.text.text
    assert (await ledger(house))[0].wording == "", "nothing had been shown to them"


@pytest.mark.parametrize(
    "leaves",
    [
        did(TEXT, "abonelikten çık"),
        did(InboundKind.COMMAND, "stop"),
        did(CHOICE, payload="out"),
        did(InboundKind.BLOCKED),
    ],
    ids=["word", "command", "button", "blocked"],
)
async def test_leaving_is_at_once_and_only_a_yes_brings_back(house: House, leaves: Inbound) -> None:
    await hear(house, did(START), did(CHOICE, payload="in"), leaves)
    assert await consent(house) == "opted_out"
    assert house.core.revoked == {1}
    back = (
        did(InboundKind.UNBLOCKED),
        did(START),
        did(TEXT, "thanks"),
        did(CHOICE, payload="lang:tr"),
    )
    await hear(house, *back)
    assert await consent(house) == "opted_out"
    await hear(house, did(CHOICE, payload="in"))
    assert await consent(house) == "opted_in"
    assert house.core.revoked == set()


async def test_a_redelivered_yes_does_not_undo_a_later_stop(house: House) -> None:
    first, again, stop = did(CHOICE, payload="in"), did(TEXT, "JOIN"), did(TEXT, "STOP")
    await hear(house, did(START), first, again, stop)
    before = len(await ledger(house))
    await hear(house, first, again)
    assert await consent(house) == "opted_out"
    assert len(await ledger(house)) == before


async def test_a_redelivered_stop_does_not_undo_a_later_yes(house: House) -> None:
    stop = did(TEXT, "STOP")
    await hear(house, did(START), did(CHOICE, payload="in"), stop, did(CHOICE, payload="in"), stop)
    assert await consent(house) == "opted_in"
    assert house.core.revoked == set()


async def test_help_names_the_sender_and_leaving_is_one_tap(house: House) -> None:
    await hear(house, did(START), did(CHOICE, payload="in"))
    (answer,) = await hear(house, did(InboundKind.COMMAND, "help"))
    assert "Town Hall" in answer.text.text
    assert "out" in [choice.data for row in answer.choices for choice in row]


async def test_a_chosen_language_is_used_and_its_wording_is_what_was_shown(house: House) -> None:
    (answer,) = await hear(house, did(START), did(CHOICE, payload="lang"))
    assert "lang:tr" in [choice.data for row in answer.choices for choice in row]
    (answer,) = await hear(house, did(CHOICE, payload="lang:tr"))
    assert "DUR" in answer.text.text
    await hear(house, did(CHOICE, payload="in"))
    agreed = (await ledger(house))[-1]
    assert agreed.language == "tr"
    assert agreed.wording == answer.text.text


async def test_everything_is_written_down_and_nothing_twice(house: House) -> None:
    events = [did(START), did(CHOICE, payload="in"), did(TEXT, "STOP"), did(TEXT, "stop")]
    await hear(house, *events, *events)
    assert [row.kind for row in await ledger(house)] == ["opened", "opt_in", "opt_out", "opt_out"]


@pytest.mark.parametrize("language", languages())
async def test_no_button_is_cut_where_the_platforms_take_twenty_letters(
    house: House, language: str
) -> None:
    labels = []
    for event in (did(START, language=language), did(TEXT, "JOIN"), did(TEXT, "hi"),
                  did(CHOICE, payload="lang"), did(TEXT, "STOP")):  # fmt: skip
        labels += [c.label for a in await hear(house, event) for row in a.choices for c in row]
    assert labels and max(map(len, labels)) <= 20, labels
