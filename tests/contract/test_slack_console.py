"""People in Slack, on both consoles, and the line to Slack itself."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import aiohttp
from slack_sdk.signature import SignatureVerifier

from broadcast.services import compose, review
from broadcast.services import team as people
from broadcast.states import BroadcastStatus
from tests.contract.desk import PLACE, SlackDesk, offered, sees, until
from tests.contract.office import ANNA, ECE, JONAS, MURAT, PEOPLE, TEXT, Team, desk, opened


async def message_of(team: Team, number: int) -> Any:
    return compose.message_of(await compose.get(team.house.core, number))


async def who(team: Team, user: str) -> Any:
    found = await people.who(team.house.core, "slack", user)
    assert found is not None
    return found


# People


async def test_a_person_on_both_consoles_is_one_and_cannot_approve_their_own(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, "both", hold=30) as team:
        number = await team.composed()
        await team.author.press(f"submit {number}")
        approve = await offered(team.approver, f"approve {number} ")
        await team.author.types("link")
        code = (await sees(team.author, r"link-(\w{8})"))[1]
        await team.approver.types(f"link {code.lower()}")
        await sees(team.approver, "Link this account to Ece Yılmaz")
        await team.approver.press(f"link {code.lower()} yes")
        await sees(team.author, "you two become one person")
        await team.author.press("link yes")
        await sees(team.approver, "Done: you are")
        await team.approver.presses(approve)
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
        code = (await sees(team.approver, r"link-(\w{8})"))[1]
        await team.author.types(f"link {code}")
        await team.author.press(f"link {code} yes")
        await team.approver.press("link yes")
        await team.becomes(number, BroadcastStatus.IN_REVIEW)  # asked anew: theirs is no second yes
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
    await sees(desk(team), "ask an admin here for an invitation")
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
