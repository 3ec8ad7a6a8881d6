"""One token for subscribers and the team: showing the team how it goes takes little from the people."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks.stage import APPROVER, town

PEOPLE, RATE = 600, 30
FOLLOWERS, CHANGES = 3, 3  # owner, author, approver; launched, completed, and the report
SHARE = 0.02  # of the allowance


@pytest.mark.timeout(240)
async def test_progress_costs_a_fiftieth_of_the_allowance_at_most(tmp_path: Path) -> None:
    rate = {"TELLAL_TELEGRAM__RATE_PER_SECOND": str(RATE)}
    async with town(tmp_path, people=PEOPLE, **rate) as house:
        number = await house.submitted("Water is off tomorrow")

        async def edits() -> int:
            return sum((await house.ask("asked", "GET", method="editMessageText")).values())

        before = await edits()
        await house.press(APPROVER, f"approve {number}")
        await house.becomes(number, "completed")
        shown = await edits() - before
        took = house.value(
            "SELECT (julianday(completed_at) - julianday(launched_at)) * 86400 FROM broadcast"
        )
        assert shown >= 3, "it is shown all the same"
        assert shown <= SHARE * RATE * took + FOLLOWERS * CHANGES
        assert len(await house.received("Water is off")) == PEOPLE
