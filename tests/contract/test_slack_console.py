"""The console in Slack: what only Slack has, and what goes wrong only there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.signature import SignatureVerifier

from bot.frontends import slack_socket
from broadcast.machine import BroadcastStatus
from broadcast.message import EntityKind, MediaKind
from broadcast.services import compose, library, review
from broadcast.services import team as people
from tests.contract.desk import PLACE, SlackDesk, offered, sees, texts, until
from tests.contract.office import ANNA, ECE, JONAS, MURAT, PEOPLE, TEXT, Team, opened


@pytest.fixture
async def team(tmp_path: Path) -> AsyncIterator[Team]:
    async with opened(tmp_path, "slack", hold=30) as made:
        yield made


def desk(team: Team) -> SlackDesk:
    assert isinstance(team.author, SlackDesk)
    return team.author


async def message_of(team: Team, number: int) -> Any:
    return compose.message_of(await compose.get(team.house.core, number))


async def modal_is(user: SlackDesk, callback: str) -> Any:
    async def look() -> Any:
        view = await user.do("modal")
        return view if view and view["callback_id"] == callback else None

    return await until(f"a modal {callback}", look)


# Writing


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
    stored = await library.find(team.house.core, "slack:console", message.media[0].media_id)
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
    await sees(ece, "Slack did not let me have the file")
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


# Cards in the channel


async def test_the_thread_under_the_card_is_the_life_of_the_broadcast(tmp_path: Path) -> None:
    async with opened(tmp_path, "slack", hold=0.5) as team:
        number, approve = await team.submitted()
        await team.approver.press(approve)
        await team.becomes(number, BroadcastStatus.COMPLETED)
        await sees(team.other, f"Sent: {PEOPLE}[^$]*Took")
        cards = await desk(team).do("messages", place=PLACE)
        card = next(m for m in cards if not m.get("is_ephemeral"))
        assert [m for m in cards if m.get("thread_ts", m["ts"]) == m["ts"]][0]["ts"] == card["ts"]
        thread = [m for m in card["replies"] if not m.get("is_ephemeral")]
        assert len(thread) == 2, "one message edited in place, and the report"

        async def completed() -> bool:
            return "completed" in str((await desk(team).do("messages", place=PLACE))[0]["blocks"])

        await until("the card says it is completed", completed)


async def test_a_stranger_who_presses_changes_nothing_and_learns_nothing(team: Team) -> None:
    number, approve = await team.submitted()
    before = await team.stranger.screen()
    await team.stranger.press(approve)
    await team.stranger.press(f"open {number}")
    await team.author.types("status")
    await sees(team.author, "waiting for approval")
    assert await team.stranger.screen() == before
    assert await team.status(number) == BroadcastStatus.IN_REVIEW


async def test_a_rejection_without_the_channel_message_is_said_privately(team: Team) -> None:
    number, _ = await team.submitted()
    await team.author.types(f"cancel {number}")
    await sees(team.other, "It was cancelled")
    await team.approver.types(f"reject {number} too late")
    await sees(team.approver, "no longer possible")
    shared = [m for m in await desk(team).do("messages", place=PLACE) if not m.get("is_ephemeral")]
    assert len(shared) == 1


async def test_home_lists_what_waits_and_follows_what_is_done(team: Team) -> None:
    ece = desk(team)
    number = await team.composed()
    opened_ = await ece.do("open_home")
    assert f"#{number} {TEXT}" in "\n".join(texts(opened_["view"]["blocks"]))
    await ece.press(f"submit {number}")

    async def waiting() -> bool:
        return "Waiting for approval" in str(await ece.do("home"))

    await until("the home tab shows it waiting", waiting)
    await ece.do("close")
    pressed = await ece.do("press", home=True, value=f"open {number}")
    assert pressed["acked"]
    await modal_is(ece, "sheet")


# People


async def test_a_person_on_both_consoles_is_one_and_cannot_approve_their_own(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, "both", hold=30) as team:
        number = await team.composed()
        await team.author.press(f"submit {number}")
        approve = await offered(team.approver, f"approve {number} ")
        await team.author.types("link")
        code = (await sees(team.author, r"command link (\w{8})"))[1]
        await team.approver.types(f"link {code.lower()}")
        await sees(team.approver, "Here you are owner too now")
        await team.approver.types(approve)
        await sees(team.approver, "You wrote this one")
        assert await team.status(number) == BroadcastStatus.IN_REVIEW
        await team.other.types(f"link {code}")
        await sees(team.other, "This code does not work")
        await team.other.press(f"approve {number} ")
        await team.becomes(number, BroadcastStatus.HOLDING)


async def test_an_approval_by_ones_other_name_is_void_once_both_are_one(tmp_path: Path) -> None:
    async with opened(tmp_path, "both", hold=60) as team:
        number = await team.composed()
        await team.author.press(f"submit {number}")
        await team.approver.press(f"approve {number} ")
        await team.becomes(number, BroadcastStatus.HOLDING)
        await team.approver.types("link")
        code = (await sees(team.approver, r"command link (\w{8})"))[1]
        await team.author.types(f"link {code}")
        await team.becomes(number, BroadcastStatus.DRAFT)
        row = await compose.get(team.house.core, number)
        found = await people.who(team.house.core, "telegram", str(MURAT))
        assert found is not None
        assert row.author_id == found[0].admin_id, "what they wrote goes along"


async def test_written_in_slack_approved_from_a_phone_both_cards_say_so(tmp_path: Path) -> None:
    async with opened(tmp_path, "both", hold=0.5) as team:
        number = await team.composed()
        await team.author.press(f"submit {number}")
        await team.approver.press(f"approve {number} ")
        await sees(team.author, "Approved by Murat, ")
        await sees(team.other, "Approved by Murat, ")
        await team.becomes(number, BroadcastStatus.COMPLETED)
        await sees(team.author, f"Sent: {PEOPLE}[^$]*Took")
        await sees(team.approver, f"Sent: {PEOPLE}[^$]*Took")


async def test_language_and_zone_follow_slack_until_something_is_chosen_here(team: Team) -> None:
    ece = desk(team)
    await ece.types("status")
    await until("the zone of users.info", lambda: _zone(team, "Europe/Istanbul"))
    await ece.types("language en")
    await sees(ece, "I speak English")
    await team.sandbox.do("members", channel="slack", user=ECE, timezone="Europe/Berlin")
    await until("the new zone", lambda: _zone(team, "Europe/Berlin"))
    assert (await who(team, ECE))[0].language == "en"
    await team.sandbox.do("members", channel="slack", user=ECE, locale="tr-TR")

    async def turkish() -> bool:
        return (await who(team, ECE))[0].language == "tr"

    await until("the new language", turkish)


async def _zone(team: Team, zone: str) -> bool:
    return (await who(team, ECE))[0].timezone == zone


async def test_who_leaves_the_workspace_can_do_nothing_and_loses_nothing(team: Team) -> None:
    number = await team.composed()
    await team.sandbox.do("remove", channel="slack", user=ECE)

    async def gone() -> bool:
        return await people.who(team.house.core, "slack", ECE) is None

    await until("the identity stops working", gone)
    assert (await message_of(team, number)).text.text == TEXT
    await team.sandbox.do("remove", channel="slack", user=ECE, removed=False)
    await team.sandbox.do("members", channel="slack", user=ECE, channels=["broadcasts"])
    await desk(team).types("status")
    await sees(desk(team), "for the team here")
    await team.approver.types("invite author")
    code = (await sees(team.approver, r"invite-[\w-]+"))[0]
    await desk(team).types(f"join {code}")
    await desk(team).types("drafts")
    await sees(desk(team), "You have 1 draft")


async def test_a_code_makes_an_owner_with_the_name_and_language_slack_knows(team: Team) -> None:
    jonas = SlackDesk(team.sandbox, JONAS)
    await team.approver.types("invite approver")
    code = (await sees(team.approver, r"invite-[\w-]+"))[0]
    await jonas.do("say", text=code)
    await sees(jonas, "Welcome, Jonas Weber")
    assert (await who(team, JONAS))[0].timezone == "Europe/Berlin"


# The line to Slack


async def test_a_lost_socket_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slack_socket, "DOWN_SECONDS", 1.0)
    monkeypatch.setattr(slack_socket, "LOOK_SECONDS", 0.1)
    async with opened(tmp_path, "slack", hold=0, rate=6) as team:
        number, approve = await team.submitted()
        await team.approver.press(approve)
        await team.becomes(number, BroadcastStatus.SENDING)
        await team.sandbox.do("disconnect", channel="slack", drop=True, refuse_seconds=3)
        ece = desk(team)
        await ece.do("say", text="Another one, written meanwhile")
        await team.becomes(number, BroadcastStatus.COMPLETED)
        await sees(team.other, f"Sent: {PEOPLE}[^$]*Took")
        await sees(ece, "What shall we do")
        await ece.types("status")
        await sees(ece, "Nothing is on its way")


async def test_a_card_slack_does_not_take_now_comes_later(team: Team) -> None:
    for kind in ({"kind": "error", "status": 500}, {"kind": "flood", "retry_after": 1}):
        fault = {"method": "chat.postMessage", "count": 1, **kind}
        await team.sandbox.do("faults", channel="slack", **fault)
    number, _ = await team.submitted()
    cards = [m for m in await desk(team).do("messages", place=PLACE) if "submit" not in str(m)]
    assert len([m for m in cards if not m.get("is_ephemeral")]) == 1
    assert await team.status(number) == BroadcastStatus.IN_REVIEW


async def test_a_revoked_token_is_told_to_owners_elsewhere(tmp_path: Path) -> None:
    async with opened(tmp_path, "both", hold=30) as team:
        await team.sandbox.do("revoke", channel="slack")
        await sees(team.approver, "Slack does not accept our token any more")


async def test_over_http_only_slack_is_believed(tmp_path: Path) -> None:
    async with opened(tmp_path, "slack", hold=30, signed=True) as team:
        number, approve = await team.submitted()
        await team.approver.press(approve)
        await team.becomes(number, BroadcastStatus.HOLDING)
        port = team.house.settings.http.port
        body = f"command=%2Fbroadcast&user_id={ANNA}&text=cancel+{number}&trigger_id=1"
        secret = SignatureVerifier("sandbox-signing-secret")
        now = str(int(time.time()))
        old = str(int(time.time()) - 301)
        forged = secret.generate_signature(timestamp=now, body=body + "x")
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            for stamp, signature in (
                (now, forged),
                (old, secret.generate_signature(timestamp=old, body=body)),
            ):
                headers = {
                    "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": str(signature),
                    "Content-Type": "application/x-www-form-urlencoded",
                }  # fmt: skip
                answer = await http.post("/slack/events", data=body, headers=headers)
                assert answer.status == 401
        assert await team.status(number) == BroadcastStatus.HOLDING
        assert len(await review.decisions(team.house.core, number)) == 1


async def test_two_who_write_at_once_do_not_disturb_each_other(team: Team) -> None:
    async def write(user: SlackDesk, text: str) -> None:
        await user.types("new")
        await user.submit(Message=text)
        await sees(user, text)

    anna = SlackDesk(team.sandbox, ANNA)
    await asyncio.gather(write(desk(team), "By Ece"), write(anna, "By Anna"))
    texts = {(await message_of(team, number)).text.text for number in (1, 2)}
    assert texts == {"By Ece", "By Anna"}
