"""Numbers to watch are named as Prometheus wants them: what ends in `_total` only ever grows."""

from __future__ import annotations

import asyncio
import re
import shutil

import pytest

from bot import metrics
from tests.scenario.house import House


async def shown(house: House) -> str:
    await house.draft()
    return (await metrics.gather(house.core)).decode()


async def test_no_gauge_ends_in_total(house: House) -> None:
    found = re.findall(r"^# TYPE (\S+) (\S+)$", await shown(house), re.M)
    assert found
    assert [name for name, kind in found if kind == "gauge" and name.endswith("_total")] == []
    assert [n for n, kind in found if kind == "counter" and not n.endswith("_total")] == []


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
async def test_promtool_finds_nothing(house: House) -> None:
    pipe = asyncio.subprocess.PIPE
    told = await asyncio.create_subprocess_exec(
        "promtool", "check", "metrics", stdin=pipe, stdout=pipe, stderr=pipe
    )
    said, wrong = await told.communicate((await shown(house)).encode())
    assert (told.returncode, said, wrong) == (0, b"", b"")
