"""Slack is away for a while, in the middle of a fan-out: nothing is missed and nothing is doubled."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from bot.bootstrap import House
from bot.frontends.slack import backfill, socket
from broadcast.services import compose
from broadcast.services import team as people
from broadcast.states import BroadcastStatus
from tests.contract.desk import PLACE, offered, sees, slack, texts, until
from tests.contract.office import PEOPLE, Team, opened


async def connected(team: Team, wanted: bool) -> None:
    async def is_so() -> bool:
        return team.house.switchboard.connected == {"slack": wanted}

    await until(f"connected: {wanted}", is_so)


async def opens(team: Team) -> int:
    """How often we asked for a new connection."""
    calls = await team.sandbox.do("calls", channel="slack")
    return int(calls.get("apps.connections.open", 0))


async def test_whoever_clicks_meanwhile_is_served_and_the_cards_are_brought_up_to_date(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, "slack", hold=0, rate=6) as team:
        ece, anna = slack(team.author), slack(team.approver)
        await ece.do("open_home")
        number, approve = await team.submitted()
        await connected(team, True)
        await anna.press(approve)
        await team.becomes(number, BroadcastStatus.SENDING)
        pause = await offered(ece, f"pause {number}")

        async def on_the_card() -> bool:  # not only on Home
            return pause in str((await ece.do("messages", place=PLACE))[-1])

        await until("the card offers it", on_the_card)
        asked = await opens(team)

        away = {"kind": "error", "status": 503, "description": "service_unavailable"}
        for method in ("chat.*", "views.*", "conversations.*"):
            await team.sandbox.do("faults", channel="slack", method=method, **away)
        await team.sandbox.do("disconnect", channel="slack", drop=True, refuse_seconds=600)
        started = asyncio.get_running_loop().time()
        await connected(team, False)
        card = (await ece.do("messages", place=PLACE))[-1]
        pressed = await ece.do("press", ts=card["ts"], value=pause, place=PLACE, wait=0)
        assert pressed["error"] == "not_connected", "Slack tells them itself"
        await ece.do("say", text="Written while Slack was away")
        await anna.do("open_home", wait=0)
        await team.becomes(number, BroadcastStatus.COMPLETED)
        assert await team.received() == PEOPLE, "sending needs no console"

        async def again_and_again() -> bool:
            return await opens(team) - asked >= 4

        await until("tries to connect", again_and_again)
        taken = asyncio.get_running_loop().time() - started
        assert taken > 7 * socket.FIRST_PAUSE_SECONDS, "ever more slowly: 1, 2 and 4 of them"
        assert team.house.switchboard.connected == {"slack": False}

        await team.sandbox.do("disconnect", channel="slack", refuse_seconds=0.001)
        await team.sandbox.do("faults", "DELETE")
        await connected(team, True)
        await sees(
            ece, r"I keep this: “Written while Slack was away”|#2 Written while Slack was away"
        )
        await until("the home tab", lambda: anna.do("home"))
        await _all_is_told(team, number)
        await ece.types("status")
        await sees(ece, "Nothing is on its way")


async def _all_is_told(team: Team, number: int) -> None:
    """One card, which is the report by now, and nothing under it."""

    async def report() -> Any:
        found = await slack(team.other).do("messages", place=PLACE)
        shared = [m for m in found if not m.get("is_ephemeral")]
        words = "\n".join(texts(shared[0]["blocks"]))
        return (shared, words) if "completed" in words and "Took" in words else None

    shared, words = await until("the report", report)
    assert len(shared) == 1
    assert not [m for m in shared[0]["replies"] if not m.get("is_ephemeral")]
    assert re.search(rf"{PEOPLE}\D+{PEOPLE}", words), "the last state of it, not an earlier one"


async def test_a_change_of_connections_is_not_noticed(tmp_path: Path) -> None:
    async with opened(tmp_path, "slack", hold=30) as team:
        ece = slack(team.author)
        await connected(team, True)
        for reason in ("warning", "refresh_requested"):
            await team.sandbox.do("disconnect", channel="slack", reason=reason)

            async def usable() -> bool:
                return bool((await team.sandbox.do("acks", channel="slack"))["usable"])

            await until("a line", usable)
            await ece.types("drafts")
            await sees(ece, "You have no drafts")
            await connected(team, True)


async def test_what_was_written_to_the_app_in_a_break_longer_than_slack_tries_is_read_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "BREAK_SECONDS", 0.3)
    async with opened(tmp_path, "slack", hold=30) as team:
        ece, anna = slack(team.author), slack(team.approver)
        await team.sandbox.do("retries", channel="slack", seconds=[0.1, 0.1, 0.1], keeps=False)
        await ece.types("new")
        await ece.do("close")
        await ece.do("say", text="Before the break")
        await sees(ece, "#1 Before the break")
        await team.sandbox.do("disconnect", channel="slack", drop=True, refuse_seconds=600)
        await connected(team, False)
        await ece.do("say", text="In the break", files=["photo"])
        await anna.do("say", text="Hello?")
        await asyncio.sleep(0.6)
        await team.sandbox.do("disconnect", channel="slack", refuse_seconds=0.001)
        await connected(team, True)
        await sees(ece, "has its message already[^$]*In the break")
        await sees(anna, "I keep this: “Hello")
        await ece.press(next(line for line, label in await ece.buttons() if label == "Replace"))
        await sees(ece, "#1 In the break")
        found = await people.who(team.house.core, "slack", ece.user)
        assert found is not None
        (row,) = await compose.drafts(team.house.core, found[0])
        message = compose.message_of(row)
        assert (message.text.text, len(message.media)) == ("In the break", 1)
        shown = "\n".join(await ece.screen())
        assert shown.count("has its message already") <= 1, (
            "what had come before is not taken again"
        )


async def test_what_was_written_while_we_did_not_run_is_read_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "BREAK_SECONDS", 0.3)
    async with opened(tmp_path, "slack", hold=30) as team:
        ece = slack(team.author)
        await team.sandbox.do("retries", channel="slack", seconds=[0.1, 0.1, 0.1], keeps=False)
        await ece.types("drafts")
        await sees(ece, "You have no drafts")
        await team.house.close()
        await ece.do("say", text="Is anybody there?")
        await asyncio.sleep(0.6)
        again = House(team.house.settings)
        await again.open()
        try:
            await sees(ece, "I keep this: “Is anybody there")
        finally:
            await again.close()
