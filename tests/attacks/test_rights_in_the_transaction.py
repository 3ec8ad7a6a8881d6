"""Presses that waited while their person lost the right to them; pauses others want to undo."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.attacks.stage import APPROVER, AUTHOR, OWNER, Town, town
from tests.attacks.test_codes_and_links import answers, joins, number, reads, sends, standing

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400)]


def audited(here: Town, action: str) -> list[int]:
    sql = "SELECT audit_id FROM audit WHERE action = ? ORDER BY audit_id"
    return [int(row[0]) for row in here.query(sql, action)]


async def test_a_press_that_waited_for_a_removal_acts_on_nothing(tmp_path: Path) -> None:
    """Both are on their way at the same moment, ten times: what was decided after the removal is
    void, whoever's turn began first."""
    async with town(tmp_path, people=2, TELLAL_UNDO_HOLD_SECONDS="60") as here:
        for turn in range(10):
            about = await here.submitted(f"Round {turn}")
            message, data = await here.button(APPROVER, f"approve {about}")
            approvals, removals = len(audited(here, "approved")), len(audited(here, "removed"))
            remove = f"/remove {number(here, APPROVER)} now"
            await asyncio.gather(
                here.ask("say", person=OWNER, text=remove),
                here.ask("press", person=APPROVER, message_id=message, data=data, wait=0),
            )

            async def removed(before: int = removals) -> bool:
                return len(audited(here, "removed")) > before

            await here.until("the removal", removed)
            await answers(here, AUTHOR, f"/status {about}", f"Round {turn}")
            fresh = audited(here, "approved")[approvals:]
            assert all(one < audited(here, "removed")[-1] for one in fresh)
            assert standing(here, APPROVER) == ""
            if not fresh:  # the card still stands there, with its button
                await here.press(APPROVER, f"approve {about}")
                await answers(here, AUTHOR, f"/status {about}", f"Round {turn}")
                assert len(audited(here, "approved")) == approvals
                assert here.status(about) == "in_review"
            await here.ask("say", person=OWNER, text=f"/cancel {about} now")
            await here.becomes(about, "cancelled")
            await joins(here, APPROVER, "approver")


async def test_a_pause_is_undone_by_who_has_the_right_that_set_it(tmp_path: Path) -> None:
    slow = {"TELLAL_TELEGRAM__RATE_PER_SECOND": "15"}
    async with town(tmp_path, people=2000, spaced=False, **slow) as here:
        about = await here.launched("Water is off tomorrow")
        await here.becomes(about, "sending")
        await sends(here, AUTHOR, f"/pause {about}")
        await here.becomes(about, "paused")
        await sends(here, AUTHOR, f"/resume {about}")
        await here.becomes(about, "sending")

        await sends(here, AUTHOR, f"/pause {about}")
        await here.becomes(about, "paused")
        await sends(here, OWNER, f"/pause {about}")  # makes it theirs
        for person in (AUTHOR, APPROVER):
            await answers(here, person, f"/resume {about}", "Only an owner")
            assert here.status(about) == "paused"
        await sends(here, OWNER, f"/resume {about}")
        await here.becomes(about, "sending")

        await sends(here, APPROVER, f"/pause {about}")
        await here.becomes(about, "paused")
        await answers(here, AUTHOR, f"/resume {about}", "as an approver")
        assert here.status(about) == "paused"
        await sends(here, APPROVER, f"/resume {about}")
        await here.becomes(about, "sending")
        await sends(here, OWNER, f"/cancel {about} now")
        await reads(here, OWNER, "Nobody else will receive it")
