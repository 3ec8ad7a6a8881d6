"""Presses that waited while their person lost the right to them; pauses others want to undo."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks.stage import APPROVER, AUTHOR, OWNER, Town, town
from tests.attacks.test_codes_and_links import joins, number, reads, sends, standing

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400)]


def audited(here: Town, action: str) -> list[int]:
    sql = "SELECT audit_id FROM audit WHERE action = ? ORDER BY audit_id"
    return [int(row[0]) for row in here.query(sql, action)]


async def test_a_press_that_waited_for_a_removal_acts_on_nothing(tmp_path: Path) -> None:
    """Both wait in the same batch, the removal first; ten times."""
    async with town(tmp_path, people=2) as here:
        await here.ask("say", person=OWNER, text="/status")
        for turn in range(10):
            about = await here.submitted(f"Round {turn}")
            message, data = await here.button(APPROVER, f"approve {about}")
            removals = len(audited(here, "removed"))
            here.freeze()
            await here.ask("say", person=OWNER, text=f"/remove {number(here, APPROVER)} now")
            await here.ask("press", person=APPROVER, message_id=message, data=data, wait=0)
            here.thaw()

            async def removed(before: int = removals) -> bool:
                return len(audited(here, "removed")) > before

            await here.until("the removal", removed)
            await sends(here, AUTHOR, "/status")
            late = [one for one in audited(here, "approved") if one > audited(here, "removed")[-1]]
            assert late == [], "what was carried out came before the removal, or not at all"
            assert standing(here, APPROVER) == ""
            await here.press(APPROVER, f"approve {about}")
            await sends(here, AUTHOR, f"/cancel {about} now")
            assert len(audited(here, "approved")) <= turn
            await joins(here, APPROVER, "approver")


async def test_a_pause_is_undone_by_who_has_the_right_that_set_it(tmp_path: Path) -> None:
    slow = {"TELLAL_TELEGRAM__RATE_PER_SECOND": "1"}
    async with town(tmp_path, people=40, **slow) as here:
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
            assert "Only an owner" in await sends(here, person, f"/resume {about}")
            assert here.status(about) == "paused"
        await sends(here, OWNER, f"/resume {about}")
        await here.becomes(about, "sending")

        await sends(here, APPROVER, f"/pause {about}")
        await here.becomes(about, "paused")
        assert "as an approver" in await sends(here, AUTHOR, f"/resume {about}")
        assert here.status(about) == "paused"
        await sends(here, APPROVER, f"/resume {about}")
        await here.becomes(about, "sending")
        await sends(here, OWNER, f"/cancel {about} now")
        await reads(here, OWNER, "Nobody else will receive it")
