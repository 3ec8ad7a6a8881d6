"""A lane of the chaos harness: a sandbox, a small disk, a movable clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lab.chaos.world import House, Lane

PEOPLE = 60


@pytest.fixture
async def lane(tmp_path: Path) -> AsyncIterator[Lane]:
    async with Lane(tmp_path / "lane", "test") as made:
        yield made


@pytest.fixture
async def home(lane: Lane) -> AsyncIterator[House]:
    """A furnished house whose product is running."""
    made = lane.house()
    await made.furnish(PEOPLE)
    await made.start()
    yield made
    await made.close()
