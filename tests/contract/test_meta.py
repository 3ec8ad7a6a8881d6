"""WhatsApp and Messenger in the whole house: joining, leaving, sending, what comes back later."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from broadcast.machine import BroadcastStatus as S
from broadcast.machine import DeliveryStatus as D
from sandbox.server import running
from tests.contract.stage import Stage, stage

ADA, BEN, CAN, DORA = (1_000_000_000 + n for n in (1, 2, 3, 4))


@pytest.fixture
async def everywhere(tmp_path: Path) -> AsyncIterator[Stage]:
    async with (
        running(people=300) as sandbox,
        stage(sandbox, tmp_path, "telegram", "whatsapp", "messenger") as made,
    ):
        yield made


async def test_one_approval_reaches_people_on_all_three_channels(everywhere: Stage) -> None:
    for channel, person in (("telegram", ADA), ("whatsapp", BEN), ("messenger", CAN)):
        await everywhere.joined(channel, person)
    number = await everywhere.approved("Water is off")
    await everywhere.became(number, S.COMPLETED)
    rows = await everywhere.settled(number, D.SENT, D.READ)
    assert len(rows) == 3
    for name, (status, _) in rows.items():
        assert status == (D.SENT if name.startswith("telegram") else D.READ)
    for channel, person in (("telegram", ADA), ("whatsapp", BEN), ("messenger", CAN)):
        assert await everywhere.got(channel, "Water is off") == {str(person): 1}
