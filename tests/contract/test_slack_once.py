"""Each card stands in Slack once, and is the one kept up to date, whatever answer was lost."""

from __future__ import annotations

from typing import Any

import pytest

from bot.bootstrap import House
from bot.frontends.slack import api
from broadcast.states import BroadcastStatus
from tests.contract.desk import PLACE, offered, sees, slack, texts, until
from tests.contract.office import Team

ADDRESS = "https://example.org/" + "long-address/" * 20
LONG = "\n".join(f"<{ADDRESS}{number}|Line {number}>" for number in range(90))  # three messages
POST = {"channel": "slack", "method": "chat.postMessage", "count": 1}
LOST: list[dict[str, Any]] = [
    {"kind": "drop_after"},
    {"kind": "error", "status": 500, "delivered": True},
    {"kind": "error", "status": 502, "html": True, "delivered": True},
    {"kind": "garbage"},
]


async def cards(team: Team) -> list[dict[str, Any]]:
    found = await slack(team.other).do("messages", place=PLACE)
    return [message for message in found if not message.get("is_ephemeral")]


async def approved(team: Team, number: int) -> None:
    """The colleague presses, and the one card there is says so."""
    approve = await offered(team.approver, f"approve {number} ")
    await team.approver.press(approve)
    await team.becomes(number, BroadcastStatus.HOLDING)

    async def said() -> bool:
        return "Approved by Anna Walker" in str((await cards(team))[0]["blocks"])

    await until("the card says who approved", said)


@pytest.mark.parametrize("lost", LOST, ids=lambda lost: f"{lost['kind']} {lost.get('status', '')}")
async def test_a_card_whose_posting_was_not_confirmed_stands_once(
    team: Team, lost: dict[str, Any]
) -> None:
    number = await team.composed()
    await team.sandbox.do("faults", **POST, **lost)
    await team.author.types(f"submit {number}")
    await approved(team, number)
    await sees(team.other, "Starts in")
    assert len(await cards(team)) == 1
    assert len((await cards(team))[0]["replies"]) == 0, "and what follows is shown in it"


@pytest.mark.parametrize(
    ("kind", "skip"),
    [("flood", 1), ("flood", 2), ("drop_before", 1), *(("drop_after", n) for n in range(3))],
)
async def test_a_long_card_goes_on_where_it_stopped(
    team: Team, monkeypatch: pytest.MonkeyPatch, kind: str, skip: int
) -> None:
    monkeypatch.setattr(api, "PATIENCE_SECONDS", 0.5)
    await team.sandbox.do("limits", channel="slack", posts_per_second=0, posts_per_minute=0)
    ece = slack(team.author)
    await ece.types("new")
    await ece.submit(Message=LONG)
    number = int((await offered(ece, "submit")).split()[1])
    await team.sandbox.do("faults", **POST, kind=kind, retry_after=1, skip=skip)
    await team.author.types(f"submit {number}")

    async def shown() -> list[str]:
        parts = [part for card in await cards(team) for part in (card, *card["replies"])]
        words = "\n".join(text for part in parts for text in texts(part["blocks"]))
        return [line for line in words.splitlines() if line.startswith("Line ")]

    async def whole() -> bool:
        return "Line 89" in await shown()

    await until("the end of it in the thread", whole)
    assert await shown() == [f"Line {number}" for number in range(90)], "each part once, in order"
    assert len(await cards(team)) == 1
    await approved(team, number)


async def test_a_card_posted_in_the_moment_we_died_is_found_again(team: Team) -> None:
    number = await team.composed()
    await team.sandbox.do("faults", **POST, kind="drop_after")
    await team.author.types(f"submit {number}")
    await until("the card", lambda: cards(team))
    await team.house.close()
    again = House(team.house.settings)
    await again.open()
    try:
        team.house = again
        await approved(team, number)
        assert len(await cards(team)) == 1
    finally:
        await again.close()


async def test_without_the_permission_to_look_a_card_is_there_all_the_same(team: Team) -> None:
    await team.sandbox.do("scopes", channel="slack", remove=["channels:history"])
    number = await team.composed()
    await team.sandbox.do("faults", **POST, kind="drop_after")
    await team.author.types(f"submit {number}")

    async def twice() -> bool:
        return len(await cards(team)) == 2

    await until("a second card", twice)
    await team.approver.press(f"approve {number} ")

    async def said() -> bool:
        return "Approved by Anna Walker" in str((await cards(team))[1]["blocks"])

    await until("the card that is known says who approved", said)


async def test_an_answer_that_was_not_confirmed_is_said_once(team: Team) -> None:
    ece = slack(team.author)
    await team.sandbox.do("faults", **POST, kind="drop_after")
    await ece.do("say", text="Hello there")
    await sees(ece, "I keep this: “Hello there")
    await ece.types("drafts")
    await sees(ece, "You have no drafts")
    assert len([text for text in await ece.screen() if "I keep this" in text]) == 1
