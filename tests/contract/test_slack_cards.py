"""Cards in the channel: their thread, who may press them, and what strangers are told."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from broadcast.states import BroadcastStatus
from tests.contract.desk import PLACE, SlackDesk, sees, until
from tests.contract.office import JONAS, PEOPLE, TEXT, Team, desk, opened


async def test_the_card_is_the_life_of_the_broadcast_and_its_thread_stays_free(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, "slack", hold=0.5) as team:
        number, approve = await team.submitted()
        await team.approver.press(approve)
        await team.becomes(number, BroadcastStatus.COMPLETED)
        await sees(team.other, f"Sent: {PEOPLE}[^$]*Took")
        cards = await desk(team).do("messages", place=PLACE)
        card = next(m for m in cards if not m.get("is_ephemeral"))
        assert [m for m in cards if m.get("thread_ts", m["ts"]) == m["ts"]][0]["ts"] == card["ts"]
        thread = [m for m in card["replies"] if not m.get("is_ephemeral")]
        assert not thread, "there is one message, and it is edited in place"

        async def completed() -> bool:
            return "completed" in str((await desk(team).do("messages", place=PLACE))[0]["blocks"])

        await until("the card says it is completed", completed)


async def test_a_stranger_is_told_kindly_and_learns_nothing(team: Team) -> None:
    number, approve = await team.submitted()
    before = await team.stranger.screen()
    for act in (
        lambda: team.stranger.press(approve),
        lambda: team.stranger.press(f"open {number}"),
        lambda: team.stranger.types("status"),
        lambda: team.stranger.types("new"),
    ):
        seen = len(await team.stranger.screen())
        await act()
        await until("an answer", partial(_more, team, seen))
    told = [text for text in await team.stranger.screen() if text not in before]
    assert len(told) == 4
    assert all("ask an admin here for an invitation" in text for text in told)
    assert not any(word in " ".join(told) for word in ("join", "roadcast", TEXT, "approv"))
    assert not await SlackDesk(team.sandbox, JONAS).do("modal")
    assert await team.status(number) == BroadcastStatus.IN_REVIEW


async def _more(team: Team, seen: int) -> bool:
    return len(await team.stranger.screen()) > seen


async def test_a_strangers_shortcut_makes_no_draft_and_an_invitation_still_works(
    team: Team,
) -> None:
    jonas = SlackDesk(team.sandbox, JONAS)
    said = await jonas.do("say", place=PLACE, text="Free beer for everybody")
    await jonas.do("shortcut", callback_id="broadcast_this", place=PLACE, ts=said["ts"])
    await sees(jonas, "ask an admin here for an invitation")
    await team.author.types("invite author")
    code = (await sees(team.author, r"invite-[\w-]+"))[0]
    await jonas.types(f"join {code}")
    await sees(jonas, "Welcome, Jonas Weber")
    await jonas.types("drafts")
    await sees(jonas, "You have no drafts")


async def test_a_rejection_without_the_channel_message_is_said_privately(team: Team) -> None:
    number, _ = await team.submitted()
    await team.author.types(f"cancel {number} now")
    await sees(team.other, "It was cancelled")
    await team.approver.types(f"reject {number} too late")
    await sees(team.approver, "no longer possible")
    shared = [m for m in await desk(team).do("messages", place=PLACE) if not m.get("is_ephemeral")]
    assert len(shared) == 1
