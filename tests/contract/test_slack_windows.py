"""Windows that are done with close; those that are void say so and keep what was typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.frontends.slack.modal import sheet
from bot.frontends.slack.modal_closing import Windows
from broadcast.services import compose, review
from broadcast.services import team as people
from broadcast.states import BroadcastStatus
from tests.contract.desk import PLACE, SlackDesk, offered, sees, slack, texts, until
from tests.contract.office import MERT, TEXT, Team, opened


async def form(user: SlackDesk) -> Any:
    async def look() -> Any:
        view = await user.do("modal")
        return view if view and view["callback_id"] == "form" else None

    return await until("a form", look)


async def window(user: SlackDesk, words: str, *, there: bool = True) -> Any:
    async def look() -> Any:
        view = await user.do("modal")
        return view if view and (words in str(view["blocks"])) is there else None

    return await until(f"a window {'with' if there else 'without'} {words!r}", look)


async def sheet_of(user: SlackDesk, number: int) -> None:
    """The card of what waits, in a window opened from Home."""
    await user.do("open_home")

    async def pressed() -> bool:
        view = await user.do("home")
        return f"approve {number}" in str(view["blocks"])

    await until("it on Home", pressed)
    await user.do("press", home=True, value=f"approve {number}")
    await window(user, f"approve {number} ")


# Done with


async def test_a_rejection_closes_its_window_and_is_answered_where_it_was_begun(team: Team) -> None:
    anna = slack(team.approver)
    number, _ = await team.submitted()
    await anna.press(f"reject {number}")
    await form(anna)
    await anna.submit(reason="The date is wrong")
    assert await anna.do("modal") is None
    await team.becomes(number, BroadcastStatus.DRAFT)

    async def said() -> bool:
        there = await anna.do("messages", place=PLACE)
        return any("went back to its author" in str(message) for message in there)

    await until("the answer, in the channel", said)


async def test_from_home_too_with_the_answer_in_their_direct_messages(team: Team) -> None:
    mert = SlackDesk(team.sandbox, MERT)
    number, _ = await team.submitted()
    await sheet_of(mert, number)
    await mert.press(f"reject {number}")
    await form(mert)
    await mert.submit(reason="The date is wrong")
    assert await mert.do("modal") is None, "and no card under it that could still be pressed"

    async def said() -> bool:
        return any("went back" in str(message) for message in await mert.do("messages"))

    await until("the answer", said)


async def test_submitted_twice_it_closes_once_and_rejects_once(tmp_path: Path) -> None:
    async with opened(tmp_path, "slack", hold=30, signed=True) as team:
        anna = slack(team.approver)
        number, _ = await team.submitted()
        await anna.press(f"reject {number}")
        await form(anna)
        lost = {"kind": "drop_after", "method": "envelope", "count": 1}
        await team.sandbox.do("faults", channel="slack", **lost)
        await anna.do("submit", values={"reason": "The date is wrong"})
        await team.becomes(number, BroadcastStatus.DRAFT)
        if await anna.do("modal"):
            await anna.do("submit", values={"reason": "The date is wrong"})
        assert len(await review.decisions(team.house.core, number)) == 1


async def test_a_reason_that_is_refused_after_all_is_given_back(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = slack(team.approver)
    number, approve = await team.submitted()
    await anna.press(f"reject {number}")
    await form(anna)

    async def nothing(*_: object) -> dict[str, str]:
        return {}

    monkeypatch.setattr("bot.frontends.slack.intake.dispatch.check", nothing)
    await team.other.presses(approve)
    await team.becomes(number, BroadcastStatus.HOLDING)
    await anna.submit(reason="The date is wrong")
    await sees(anna, r"was faster[\s\S]*You had written: The date is wrong")
    assert await team.status(number) == BroadcastStatus.HOLDING


# Void


async def test_a_window_whose_buttons_are_void_shows_how_it_stands(team: Team) -> None:
    mert = SlackDesk(team.sandbox, MERT)
    number, approve = await team.submitted()
    await sheet_of(mert, number)
    await team.approver.press(approve)
    await window(mert, f"approve {number} ", there=False)
    view = await window(mert, "Approved by Anna Walker")
    assert f"cancel {number}" in str(view["blocks"]), "and what can be done now"


async def test_a_form_that_is_void_says_so_above_and_keeps_what_was_typed(team: Team) -> None:
    anna = slack(team.approver)
    number, approve = await team.submitted()
    await anna.press(f"reject {number}")
    before = await form(anna)
    await anna.do("fill", values={"reason": "The date is wrong"})
    await team.other.presses(approve)
    after = await window(anna, "was faster")
    assert "The date is wrong" in str(after["state"])
    assert [b for b in after["blocks"] if b["type"] == "input"] == [
        b for b in before["blocks"] if b["type"] == "input"
    ]
    refused = await anna.submit(reason="The date is wrong")
    assert "was faster" in refused["errors"]["reason"], "and it does not do what is over"


async def test_a_form_about_something_else_that_changed_is_left_alone(team: Team) -> None:
    ece, anna = slack(team.author), slack(team.approver)
    mine = await team.composed("Mine")
    await ece.do("close", everything=True)
    await ece.types(f"content {mine}")
    before = await form(ece)
    await ece.do("fill", values={"Message": "Half a sentence"})
    await anna.types("new")
    await anna.writes(TEXT)
    await anna.press("submit")
    await sees(ece, TEXT)
    after = await form(ece)
    assert after["hash"] == before["hash"]
    assert "Half a sentence" in str(after["state"])


async def test_the_window_of_somebody_removed_shows_nothing_of_the_house(team: Team) -> None:
    mert = SlackDesk(team.sandbox, MERT)
    number, _ = await team.submitted()
    await sheet_of(mert, number)
    found = await people.who(team.house.core, "slack", MERT)
    assert found is not None
    await team.author.types(f"remove {found[0].admin_id} now")
    view = await window(mert, "ask an admin here for an invitation")
    assert TEXT not in "\n".join(texts(view["blocks"]))


async def test_what_is_newer_in_a_window_is_not_overwritten(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    mert = SlackDesk(team.sandbox, MERT)
    number, approve = await team.submitted()
    await sheet_of(mert, number)
    draw, drawn = Windows._sheet, []

    async def slowly(self: Windows, seen: Any, words: Any) -> Any:
        """They pressed something and its answer stands there before ours is drawn."""
        made = await draw(self, seen, words)
        newer = sheet("Tellal", [{"type": "divider"}], words)
        view = await mert.do("modal")
        await self._client.views_update(view_id=view["id"], view=newer)
        drawn.append(made)
        return made

    monkeypatch.setattr(Windows, "_sheet", slowly)
    await team.approver.press(approve)

    async def refused() -> bool:
        calls = await team.sandbox.do("calls", channel="slack")
        return bool(drawn) and calls.get("views.update", 0) >= 2

    await until("ours, and its refusal", refused)
    await sees(team.author, "about to start|Starts in")
    blocks = (await mert.do("modal"))["blocks"]
    assert [block["type"] for block in blocks] == ["divider"]


async def test_a_window_that_was_closed_is_not_looked_at_again(team: Team) -> None:
    mert = SlackDesk(team.sandbox, MERT)
    number, approve = await team.submitted()
    await sheet_of(mert, number)
    ece = slack(team.author)
    for desk in (mert, ece):
        if await desk.do("modal"):  # an author's own window is kept true as well
            await desk.do("close")
    await team.house.notifier.settled()
    before = (await team.sandbox.do("calls", channel="slack")).get("views.update", 0)
    await team.approver.press(approve)
    await sees(team.author, "about to start|Starts in")
    assert (await team.sandbox.do("calls", channel="slack")).get("views.update", 0) == before
    assert await mert.do("modal") is None


# What a form says of itself


async def test_only_what_may_be_left_empty_is_optional(team: Team) -> None:
    ece = slack(team.author)
    await ece.types("new")
    blocks = (await form(ece))["blocks"]
    optional = {b["block_id"]: b["optional"] for b in blocks if b["type"] == "input"}
    assert optional == {
        "text": False, "files": True, "buttons": True, "audience": False, "at": True,
    }  # fmt: skip
    refused = await ece.do("submit", values={"Message": ""})
    assert not refused["acked"] and "Message" in refused["refused"], "Slack itself says so"
    await ece.submit(Message=TEXT, Files=["photo"])
    number = int((await offered(ece, "submit")).split()[1])
    await ece.types(f"content {number}")
    blocks = (await form(ece))["blocks"]
    optional = {b["block_id"]: b["optional"] for b in blocks if b["type"] == "input"}
    assert optional["text"] is True, "a photo alone is a message"
    assert optional["keep"] is False, "one of the two"
    await ece.submit(Message="")
    await until("the photo alone", lambda: _alone(team, number))


async def _alone(team: Team, number: int) -> bool:
    message = compose.message_of(await compose.get(team.house.core, number))
    return bool(message.media) and not message.text.text


async def test_a_text_is_asked_for_also_where_slack_did_not(team: Team) -> None:
    ece = slack(team.author)
    await ece.types("new")
    await ece.submit(Message=TEXT, Files=["photo"])
    number = int((await offered(ece, "submit")).split()[1])
    await ece.types(f"content {number}")
    view = await form(ece)
    label = next(b["label"]["text"] for b in view["blocks"] if b["block_id"] == "keep")
    refused = await ece.submit(**{"Message": "", label: "remove"})
    assert "There is nothing in it yet." in refused["errors"]["text"]
    assert await ece.do("modal")


async def test_each_fault_stands_at_its_own_field(team: Team) -> None:
    ece = slack(team.author)
    await ece.types("new")
    await form(ece)
    refused = await ece.submit(Message=TEXT, Buttons="no address here", When=1000)
    assert set(refused["errors"]) == {"buttons", "at"}
    state = str((await form(ece))["state"])
    assert "no address here" in state and TEXT in state


async def test_hints_are_short(team: Team) -> None:
    number = await team.composed()
    for language in ("en", "tr"):
        await slack(team.author).types(f"language {language}")
        for line in ("new", f"content {number}", f"button {number}", "share new", "checklist name"):
            await slack(team.author).types(line)
            for block in (await form(slack(team.author)))["blocks"]:
                if block["type"] == "input" and "hint" in block:
                    assert len(block["hint"]["text"]) <= 75, block["hint"]["text"]
            await slack(team.author).do("close", everything=True)
