"""What an approver's card says of how it goes out: all that was chosen, and nothing that is as usual."""

from __future__ import annotations

from dataclasses import replace

import pytest

from broadcast.message import Entity, EntityKind, Message, RichText
from broadcast.services import compose
from tests.unit.desk import Desk
from tests.unit.platforms import MORE, PROMO, USE, beside, holds, put


def usual(desk: Desk) -> None:
    """The house's own time to undo."""
    core = desk.house.core
    core.policy = replace(core.policy, undo_hold_seconds=30.0)


async def card(desk: Desk, number: int) -> list[str]:
    """The lines of the card somebody decides on, without how people can leave."""
    await desk.says("author", f"/submit {number}")
    await desk.says("approver", f"/open {number}")
    lines = desk.last[-1].text.text.split("\n")
    return [line for line in lines if not line.startswith("How to leave:")]


async def test_what_is_as_usual_is_left_out(desk: Desk) -> None:
    usual(desk)
    number = await desk.written()
    assert await card(desk, number) == [
        "Ayşe asks for approval",
        "#1 Water is off tomorrow",
        "To: 30 people, everyone who opted in",
        "When: as soon as it is approved",
    ]


@pytest.mark.parametrize(
    ("hold", "said"),
    [
        (0.0, "When: the moment it is approved, with no time to undo it"),
        (300.0, "When: 5 min after it is approved"),
    ],
)
async def test_another_time_to_undo_than_usual_is_said(desk: Desk, hold: float, said: str) -> None:
    core = desk.house.core
    core.policy = replace(core.policy, undo_hold_seconds=hold)
    assert said in await card(desk, await desk.written())


async def test_everything_that_was_chosen_is_there_in_the_order_people_ask(desk: Desk) -> None:
    beside(desk, people_per_day=3)
    usual(desk)
    for n in range(8):
        await put(desk, f"W{n}", "whatsapp", wrote=n < 2)
    for n in range(5):
        await put(desk, f"M{n}", "messenger", wrote=n < 2)
    number = await desk.written()
    await holds(desk, number, Message(text=RichText(text="The pool is open"), templates=(USE,)))
    core, author = desk.house.core, desk.house.author
    await compose.set_reach(core, author, number, outside="wait", overflow="spread")
    await desk.says("author", f"/canary {number} 5 ask")
    assert await card(desk, number) == [
        "Ayşe asks for approval",
        "#1 The pool is open",
        "To: 43 people, everyone who opted in",
        "· Telegram: 30 people",
        "· WhatsApp: 8 people; about 1 day",
        "   6 silent for 24 hours: they get the template",
        "   3 over today's limit: on the next days",
        "· Messenger: 5 people",
        "   3 silent for 24 hours: their next channel, else when they next write, for 3 days",
        "When: as soon as it is approved",
        "Takes about 1 day",
        "First 5, then a look for 10 min; then I ask you.",
        "WhatsApp, outside their 24 hours: the template promo (tr)",
        "Merhaba {name}, sergi açıldı.",
        "Tellal",
        "[Stop promotions]",
    ]
    bold = [e for e in desk.last[-1].text.entities if e.kind is EntityKind.BOLD]
    words = desk.last[-1].text.text
    assert "sergi" in {words[e.offset : e.offset + e.length] for e in bold}


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({}, "   4 silent for 24 hours: their next channel, else left out"),
        ({"outside": "wait", "hours": "24"},
         "   4 silent for 24 hours: their next channel, else when they next write, for 1 day"),
    ],
)  # fmt: skip
async def test_what_becomes_of_the_silent_is_said_of_those_there_are(
    channels: Desk, choice: dict[str, str], said: str
) -> None:
    for n in range(4):
        await put(channels, f"W{n}", "whatsapp", wrote=False)
    number = await channels.written()
    await compose.set_reach(channels.house.core, channels.house.author, number, **choice)
    lines = await card(channels, number)
    assert said in lines
    assert not any(line.startswith("People ") for line in lines)


async def test_what_was_chosen_for_people_who_are_not_there_yet_is_said_too(channels: Desk) -> None:
    number = await channels.written()
    core, author = channels.house.core, channels.house.author
    await compose.set_reach(core, author, number, outside="wait", overflow="cut")
    lines = await card(channels, number)
    assert (
        "People who have not written for 24 hours get it when they next write, within 3 days"
        in lines
    )
    assert "People beyond the day's limit do not get it" in lines
    assert "From: Messenger, Telegram, WhatsApp" in lines


async def test_of_many_differences_a_few_are_on_the_card_and_all_in_the_preview(
    channels: Desk,
) -> None:
    await put(channels, "Fatma", "whatsapp")
    await put(channels, "Ali", "messenger")
    number = await channels.written()
    kinds = (EntityKind.UNDERLINE, EntityKind.SPOILER, EntityKind.QUOTE, EntityKind.CUSTOM_EMOJI)
    entities = tuple(Entity(kind=kind, offset=0, length=4, value="1") for kind in kinds)
    text = RichText(text="Pool is open", entities=entities)
    await holds(channels, number, Message(text=text, buttons=((MORE,),)))
    notes = [line for line in await card(channels, number) if line.startswith("ℹ️")]
    assert len(notes) == 4
    left = int(notes[-1].split()[1])
    everything = 0
    for where in ("telegram", "whatsapp", "messenger"):
        said = await channels.says("approver", f"/preview {number} {where}")
        everything += said.count("ℹ️")
    assert everything == 3 + left


async def test_the_template_on_the_card_is_the_text_that_arrives(channels: Desk) -> None:
    await put(channels, "Fatma", "whatsapp", wrote=False)
    number = await channels.written()
    await holds(channels, number, Message(text=RichText(text="Freely"), templates=(USE,)))
    lines = await card(channels, number)
    await channels.says("approver", f"/preview {number} whatsapp Fatma")
    content = channels.last[-1].content
    assert content is not None
    at = lines.index("Merhaba {name}, sergi açıldı.")
    assert content.text.text == "\n".join(lines[at : at + 2]).replace("{name}", "Fatma")
    assert PROMO.footer in content.text.text
