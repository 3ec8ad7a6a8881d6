"""The stage itself: one broadcast goes its honest way on it, so that attacks fail for their reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks.stage import town

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180)]


async def test_an_honest_broadcast_reaches_everybody_once(tmp_path: Path) -> None:
    async with town(tmp_path, people=6) as here:
        number = await here.launched("Water is off tomorrow")
        await here.becomes(number, "completed")
        received = await here.received("Water is off")
        assert len(received) == 6 and set(received.values()) == {1}
