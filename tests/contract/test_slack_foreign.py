"""What people really write and send in Slack, taken by the console; and pictures Slack works on."""

from __future__ import annotations

import re
from typing import Any

from bot.frontends.slack import files
from broadcast.message import LinkButton, Message
from broadcast.services import compose
from broadcast.states import BroadcastStatus
from tests.contract.desk import PLACE, offered, sees, until
from tests.contract.office import TEXT, Team, desk


async def taken(team: Team, text: str) -> Message:
    """Wait until the newest draft says so."""

    async def look() -> Message | None:
        rows = await compose.drafts(team.house.core, await owner(team))
        messages = [compose.message_of(row) for row in rows]
        return next((m for m in messages if m.text.text == text), None)

    found: Message = await until(f"a draft that says {text!r}", look)
    return found


async def begun(team: Team) -> None:
    """A draft that waits for its message, its window closed."""
    ece = desk(team)
    await ece.types("new")
    await until("the form", lambda: ece.do("modal"))
    await ece.do("close")


async def owner(team: Team) -> Any:
    from broadcast.services import team as people

    found = await people.who(team.house.core, "slack", desk(team).user)
    assert found is not None
    return found[0]


async def test_a_shared_message_is_what_it_shares(team: Team) -> None:
    ece = desk(team)
    said = await ece.do("say", place=PLACE, text="Water is off *tomorrow*", files=["photo"])
    await begun(team)
    await ece.do("say", share={"place": PLACE, "ts": said["ts"]})
    message = await taken(team, "Water is off tomorrow")
    assert len(message.media) == 1


async def test_what_another_app_posted_becomes_a_broadcast(team: Team) -> None:
    ece = desk(team)
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "Line 4"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "does *not* run"}},
        {"type": "table", "rows": [[{"type": "raw_text", "text": "Bus"},
                                    {"type": "raw_text", "text": "09:00"}]]},
        {"type": "actions", "elements": [{"type": "button", "action_id": "a", "url":
            "https://example.org/4", "text": {"type": "plain_text", "text": "More"}}]},
    ]  # fmt: skip
    post = await ece.do("app_says", place=PLACE, app="Traffic", text="Line 4", blocks=blocks)
    await ece.do("shortcut", callback_id="broadcast_this", place=PLACE, ts=post["ts"])
    message = await taken(team, "Line 4\ndoes not run\nBus | 09:00")
    assert message.buttons == ((LinkButton(label="More", url="https://example.org/4"),),)
    await sees(ece, "Tables became lines")


async def test_what_is_written_with_me_or_from_a_thread_is_taken(team: Team) -> None:
    ece = desk(team)
    await begun(team)
    root = await ece.do("say", text="is writing", me=True)
    await taken(team, "is writing")
    await ece.do("say", text="and this", thread_ts=root["ts"], broadcast=True)
    await ece.press("place 1 replace")
    await taken(team, "and this")


async def with_buttons(team: Team, rows: tuple[tuple[LinkButton, ...], ...]) -> int:
    number = await team.composed()
    core = team.house.core
    row = await compose.get(core, number)
    message = compose.message_of(row).model_copy(update={"buttons": rows})
    await compose.set_message(core, await owner(team), number, message)
    return number


async def saved_unchanged(team: Team, number: int) -> Message:
    ece = desk(team)
    before = compose.message_of(await compose.get(team.house.core, number))
    await ece.types(f"content {number}")

    async def form() -> Any:
        view = await ece.do("modal")
        return view if view and view["callback_id"] == "form" else None

    await until("the form", form)
    await ece.do("submit", values={})
    await offered(ece, f"submit {number}")
    after = compose.message_of(await compose.get(team.house.core, number))
    assert after == before
    return after


async def test_more_buttons_than_a_window_holds_are_kept_whole(team: Team) -> None:
    url = "https://example.org/" + "x" * 120
    rows = tuple((LinkButton(label=f"Button {n}", url=f"{url}{n}"),) for n in range(22))
    message = await saved_unchanged(team, await with_buttons(team, rows))
    assert message.buttons == rows


async def test_two_buttons_in_one_row_stay_in_one_row(team: Team) -> None:
    two = (LinkButton(label="A", url="https://a.org"), LinkButton(label="B", url="https://b.org"))
    message = await saved_unchanged(team, await with_buttons(team, (two,)))
    assert message.buttons == (two,)


# Pictures that Slack works on


async def card(team: Team, number: int) -> list[Any]:
    """The blocks of the approval card in the channel, once it is there."""

    async def look() -> list[Any] | None:
        for message in await desk(team).do("messages", place=PLACE):
            blocks = message.get("blocks") or []
            if any(f"approve {number}" in str(block) for block in blocks):
                return list(blocks)
        return None

    found: list[Any] = await until("an approval card", look)
    return found


async def submitted_with_a_picture(team: Team) -> int:
    ece = desk(team)
    await ece.types("new")
    await until("the form", lambda: ece.do("modal"))
    await ece.submit(text=TEXT, files=["photo"])
    line = await offered(ece, "submit")
    await ece.press(line)
    return int(line.split()[1])


async def test_a_card_waits_for_a_picture_in_work(team: Team) -> None:
    await desk(team).do("uploads", seconds=2)
    number = await submitted_with_a_picture(team)
    blocks = await card(team, number)
    assert any("slack_file" in block for block in blocks)


async def test_a_picture_that_stays_in_work_costs_no_card(team: Team, monkeypatch: Any) -> None:
    monkeypatch.setattr(files, "READY_SECONDS", 0.5)
    await desk(team).do("uploads", seconds=3600)
    number = await submitted_with_a_picture(team)
    blocks = await card(team, number)
    assert not any("slack_file" in block for block in blocks)
    assert "cannot show" in str(blocks), "the card says so"
    assert await team.status(number) == BroadcastStatus.IN_REVIEW


async def test_a_picture_slack_has_deleted_is_uploaded_again(team: Team) -> None:
    number = await submitted_with_a_picture(team)
    shown = next(b["slack_file"]["id"] for b in await card(team, number) if "slack_file" in b)
    ece = desk(team)
    await ece.do("uploads", delete=shown)

    async def again() -> bool:
        """Seen anew each time, as somebody who opens it a second time would."""
        await ece.types(f"preview {number}")
        seen = str(await ece.do("messages", place=PLACE))
        return any(file != shown for file in re.findall(r"'slack_file': {'id': '(F\w+)'", seen))

    await until("the picture under a new id", again)


async def test_an_error_nobody_has_met_costs_no_card(team: Team) -> None:
    fault = {
        "kind": "error",
        "method": "chat.postMessage",
        "status": 200,
        "description": "brand_new_error",
        "count": 2,
    }
    await team.sandbox.do("faults", channel="slack", **fault)
    number, _ = await team.submitted()
    await card(team, number)
