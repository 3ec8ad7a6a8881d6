"""One token for subscribers and the team: showing the team how it goes takes little from the people."""

from __future__ import annotations

from pathlib import Path
from time import monotonic

import pytest

from tests.attacks.stage import APPROVER, town

PEOPLE, RATE = 600, 30
SHARE = 0.02  # of the allowance


@pytest.mark.timeout(240)
async def test_progress_costs_a_fiftieth_of_the_allowance_at_most(tmp_path: Path) -> None:
    rate = {"TELLAL_TELEGRAM__RATE_PER_SECOND": str(RATE)}
    async with town(tmp_path, people=PEOPLE, **rate) as house:
        number = await house.submitted("Water is off tomorrow")

        async def edits() -> int:
            return sum((await house.ask("asked", "GET", method="editMessageText")).values())

        async def reaches(people: int) -> tuple[int, float]:
            """Edits until then, and when that was."""

            async def look() -> bool:
                return len(await house.received("Water is off")) >= people

            await house.until(f"{people} people", look)
            return await edits(), monotonic()

        await house.press(APPROVER, f"approve {number}")
        before, begun = await reaches(200)  # cards that say it was approved are edited by now
        after, ended = await reaches(PEOPLE - 100)
        assert after - before >= 3, "it is shown all the same"
        assert after - before <= SHARE * RATE * (ended - begun) + 1
        await house.becomes(number, "completed")
