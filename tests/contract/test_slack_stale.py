"""Buttons, people, files and tokens in Slack that are no longer what they were."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from slack_sdk.signature import SignatureVerifier

from broadcast.services import compose, review
from broadcast.services import team as people
from broadcast.states import BroadcastStatus
from tests.contract.desk import PLACE, offered, sees, slack, texts, until
from tests.contract.office import ANNA, TEXT, Team, opened

# A card that is old


@pytest.mark.parametrize("command", ["approve", "reject"])
async def test_a_card_that_was_decided_meanwhile(team: Team, command: str) -> None:
    number, approve = await team.submitted()
    mert = slack(team.other)
    line = await offered(mert, f"{command} {number}")
    await team.approver.press(approve)
    await team.becomes(number, BroadcastStatus.HOLDING)
    await mert.presses(line)
    await sees(mert, "Anna Walker was faster")
    assert len(await review.decisions(team.house.core, number)) == 1
    assert await mert.do("modal") is None, "no window for what can no longer be done"


@pytest.mark.parametrize("command", ["submit", "content", "button", "schedule", "audience"])
async def test_the_buttons_of_a_draft_that_was_deleted(team: Team, command: str) -> None:
    ece = slack(team.author)
    number = await team.composed()
    await ece.types(f"open {number}")
    line = await offered(ece, f"{command} {number}")
    await ece.types(f"delete {number} now")
    await sees(ece, "is deleted")
    await ece.do("close")
    await ece.types(line)
    await sees(ece, "(no longer possible|cancelled)")
    assert await team.status(number) == BroadcastStatus.CANCELLED


async def test_the_buttons_of_a_card_whose_broadcast_was_taken_back_and_deleted(team: Team) -> None:
    number, approve = await team.submitted()
    anna = slack(team.approver)
    await team.author.types(f"audience {number} tr")
    await team.becomes(number, BroadcastStatus.DRAFT)
    await team.author.types(f"delete {number} now")
    await team.becomes(number, BroadcastStatus.CANCELLED)
    for line in (approve, f"reject {number}"):
        await anna.presses(line)
        await sees(anna, "cancelled now, so that is no longer possible")
    await anna.types(f"open {number}")
    await sees(anna, "cancelled")
    assert not await review.decisions(team.house.core, number)


async def test_a_broadcast_that_never_was(team: Team) -> None:
    anna = slack(team.approver)
    for number, line in ((77, "approve 77 abcd1234"), (78, "reject 78"), (79, "open 79")):
        await anna.types(line)
        await sees(anna, f"Broadcast {number} is not here")


# A person who has left


async def test_a_window_of_somebody_removed_meanwhile_says_so_and_keeps_their_words(
    team: Team,
) -> None:
    number, _ = await team.submitted()
    anna = slack(team.approver)
    await anna.press(f"reject {number}")
    await until("a form", lambda: anna.do("modal"))
    found = await people.who(team.house.core, "slack", ANNA)
    assert found is not None
    await team.author.types(f"remove {found[0].admin_id} now")
    await sees(team.author, "no longer in the team")
    answer = await anna.submit(reason="The date is wrong")
    assert "ask an admin here for an invitation" in str(answer["errors"])
    assert await anna.do("modal"), "it stands open, with what was typed"
    assert await team.status(number) == BroadcastStatus.IN_REVIEW


async def test_what_somebody_pressed_who_left_the_workspace_changes_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path, "slack", hold=30, signed=True) as team:
        number, approve = await team.submitted()
        await team.sandbox.do("remove", channel="slack", user=ANNA)

        async def gone() -> bool:
            return await people.who(team.house.core, "slack", ANNA) is None

        await until("the identity stops working", gone)
        await sees(team.other, "has no account in Slack any more, so they left the team")
        before = await slack(team.other).screen()
        body = urlencode(
            {
                "command": "/broadcast", "user_id": ANNA, "channel_id": PLACE, "text": approve,
                "trigger_id": "7.7.7", "team_id": "T0SANDBOX",
            }
        )  # fmt: skip
        answer = await signed(team, body)
        assert "not open to you yet" in answer
        assert await slack(team.other).screen() == before
        assert await team.status(number) == BroadcastStatus.IN_REVIEW
        await team.other.press(approve)
        await team.becomes(number, BroadcastStatus.HOLDING)


async def signed(team: Team, body: str) -> str:
    """What arrives from Slack late, as Slack signs it; our answer."""
    now = str(int(time.time()))
    signature = SignatureVerifier("sandbox-signing-secret").generate_signature(
        timestamp=now, body=body
    )
    headers = {
        "X-Slack-Request-Timestamp": now, "X-Slack-Signature": str(signature),
        "Content-Type": "application/x-www-form-urlencoded",
    }  # fmt: skip
    url = f"http://127.0.0.1:{team.house.settings.http.port}/slack/events"
    async with (
        aiohttp.ClientSession() as http,
        http.post(url, data=body, headers=headers) as answer,
    ):
        assert answer.status == 200
        return await answer.text()


# A token that is no good


async def test_what_was_pressed_while_our_token_is_refused_counts_and_is_told_elsewhere(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, "both", hold=30) as team:
        ece = slack(team.author)
        number = await team.composed()
        await team.sandbox.do("revoke", channel="slack", error="invalid_auth")
        await ece.do("command", place=PLACE, text=f"submit {number}", wait=0)
        await team.becomes(number, BroadcastStatus.IN_REVIEW)
        await sees(team.approver, "asks for approval")
        await team.approver.press(f"approve {number} ")
        await team.becomes(number, BroadcastStatus.HOLDING)


# A file we cannot have


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "error", "status": 403},
        {"kind": "error", "status": 500, "html": True},
    ],
    ids=lambda fault: f"{fault['kind']} {fault.get('status', '')}",
)
async def test_a_file_slack_does_not_hand_over_is_named_and_all_else_is_kept(
    team: Team, fault: dict[str, Any]
) -> None:
    ece = slack(team.author)
    await team.sandbox.do("faults", channel="slack", method="url_private", count=1, **fault)
    await ece.types("new")
    await ece.submit(Message=TEXT, Files=["photo", "document"])
    await sees(ece, r"Slack did not give me the file \S+\. Upload it here again")
    number = int((await offered(ece, "submit")).split()[1])
    message = compose.message_of(await compose.get(team.house.core, number))
    assert message.text.text == TEXT
    assert len(message.media) == 1, "the other one came through"
    assert TEXT in "\n".join(texts((await ece.do("modal"))["blocks"]))


async def test_a_film_slack_does_not_take_is_told_where_it_was_promised_and_comes_when_asked_again(
    team: Team,
) -> None:
    ece, place = slack(team.author), {"place": PLACE}
    away = {"kind": "error", "status": 500, "method": "files.getUploadURLExternal"}
    await team.sandbox.do("faults", channel="slack", **away)
    await ece.types("new")
    await ece.submit(Message=TEXT, Files=["video"])
    await sees(ece, r"did not take the file \S+, .*“Preview” tries again")
    await ece.press("submit")
    await sees(team.approver, r"did not take the file \S+, .*“Open” tries again")
    [card] = [m for m in await ece.do("messages", **place) if not m.get("is_ephemeral")]
    assert card.get("replies"), "under the card, where it was to be opened"

    await team.sandbox.do("faults", "DELETE")
    await team.approver.press("open")

    async def film() -> bool:
        messages = await slack(team.approver).do("messages")
        return any(message.get("files") for message in messages)

    await until("the film", film)
