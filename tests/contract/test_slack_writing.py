"""Writing and deciding in Slack: modals, shortcuts, files, cards, the Home tab."""

from __future__ import annotations

import time
from typing import Any

from broadcast.message import EntityKind, MediaKind
from broadcast.services import compose, media
from broadcast.services import team as people
from tests.contract.desk import PLACE, SlackDesk, offered, sees, until
from tests.contract.office import ECE, TEXT, Team, desk


async def message_of(team: Team, number: int) -> Any:
    return compose.message_of(await compose.get(team.house.core, number))


async def modal_is(user: SlackDesk, callback: str) -> Any:
    async def look() -> Any:
        view = await user.do("modal")
        return view if view and view["callback_id"] == callback else None

    return await until(f"a modal {callback}", look)


async def test_a_message_becomes_a_draft_with_its_formatting_and_its_file(team: Team) -> None:
    ece = desk(team)
    said = await ece.do(
        "say", place=PLACE, text="*Water* is off, <@U0ANNA> :wave: <https://example.org|map>",
        files=["photo"],
    )  # fmt: skip
    shown = await ece.do("shortcut", callback_id="broadcast_this", place=PLACE, ts=said["ts"])
    assert shown["acked"]
    number = int((await offered(ece, "submit")).split()[1])
    message = await message_of(team, number)
    assert message.text.text == "Water is off, @Anna Walker 👋 map"
    kinds = {entity.kind: entity for entity in message.text.entities}
    assert message.text.text[: kinds[EntityKind.BOLD].length] == "Water"
    assert kinds[EntityKind.LINK].value == "https://example.org"
    assert message.media[0].kind == MediaKind.PHOTO
    stored = await media.find(team.house.core, "slack:console", message.media[0].media_id)
    assert stored.path and stored.handle, "kept with its bytes, and shown in the preview"
    await sees(ece, "Mentions became plain names")


async def test_the_form_keeps_everything_and_says_what_is_wrong_beside_the_field(
    team: Team,
) -> None:
    ece = desk(team)
    await ece.types("new")
    wrong = await ece.submit(
        Message="_Roads_ close", Buttons="no address", When=int(time.time()) - 60
    )
    assert "needs a label and a web address" in wrong["errors"]["buttons"]
    assert "has passed" in wrong["errors"]["at"]
    at = int(time.time()) + 7200
    await ece.submit(Buttons="Map - https://example.org", When=at, Files=["document"])
    await offered(ece, "submit")
    row = (await compose.drafts(team.house.core, (await who(team, ECE))[0]))[0]
    message = compose.message_of(row)
    assert message.text.entities[0].kind == EntityKind.ITALIC
    assert message.buttons[0][0].url == "https://example.org"
    assert message.media[0].kind == MediaKind.DOCUMENT
    assert row.scheduled_at and int(row.scheduled_at.timestamp()) == at


async def who(team: Team, user: str) -> Any:
    found = await people.who(team.house.core, "slack", user)
    assert found is not None
    return found


async def test_a_draft_is_edited_in_the_modal_and_its_files_stay_unless_removed(
    team: Team,
) -> None:
    ece = desk(team)
    await ece.types("new")
    await ece.submit(Message="First", Files=["photo"])
    number = int((await offered(ece, "submit")).split()[1])
    await ece.press(f"content {number}")
    await modal_is(ece, "form")
    await ece.submit(Message="Second")
    await sees(ece, "Second")
    assert len((await message_of(team, number)).media) == 1
    await ece.press(f"content {number}")
    await modal_is(ece, "form")
    await ece.submit(**{"The files it has": "Remove them"})
    await until("no files", lambda: _no_media(team, number))
    assert (await message_of(team, number)).text.text == "Second"


async def _no_media(team: Team, number: int) -> bool:
    return not (await message_of(team, number)).media


async def test_too_long_is_said_in_the_preview_and_kept(team: Team) -> None:
    ece = desk(team)
    await ece.types("new")
    await ece.submit(Message="word " * 1000)
    await sees(ece, "⚠️")
    number = int((await offered(ece, "content")).split()[1])
    assert len((await message_of(team, number)).text.text) > 4900


async def test_a_file_slack_withholds_is_named_and_the_text_is_kept(team: Team) -> None:
    ece = desk(team)
    await team.sandbox.do("scopes", channel="slack", remove=["files:read"])
    await ece.types("new")
    await ece.submit(Message=TEXT, Files=["photo"])
    await sees(ece, "Slack did not give me the file")
    number = int((await offered(ece, "submit")).split()[1])
    message = await message_of(team, number)
    assert (message.text.text, message.media) == (TEXT, ())


async def test_a_window_that_came_too_late_leaves_the_draft_and_the_way_to_it(
    team: Team,
) -> None:
    ece = desk(team)
    slow = {"kind": "latency", "method": "views.open", "seconds": 3.4, "count": 1}
    await team.sandbox.do("faults", channel="slack", **slow)
    await ece.types("new")
    await sees(ece, r"could not open the window in time[^$]*#1 is open")
    await ece.press("new")
    await ece.submit(Message=TEXT)
    assert (await offered(ece, "submit")) == "submit 1", "the same draft, not another"


async def test_a_modal_sent_twice_acts_once(team: Team) -> None:
    ece = desk(team)
    await ece.types("new")
    await modal_is(ece, "form")
    await team.sandbox.do("duplicate", channel="slack", count=1)
    await ece.submit(Message=TEXT)
    await offered(ece, "submit 1")
    await ece.again()
    await ece.types("drafts")
    await sees(ece, "You have 1 draft")


async def test_a_message_to_the_app_is_content_and_its_edit_is_followed(team: Team) -> None:
    ece = desk(team)
    await ece.types("new")
    await modal_is(ece, "form")
    await ece.do("close")
    await ece.do("say", text="*Bold* words")
    number = int((await offered(ece, "submit")).split()[1])
    assert (await message_of(team, number)).text.entities[0].kind == EntityKind.BOLD
