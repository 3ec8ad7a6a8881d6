"""`tellal bench peers` with a library that is installed here anyway: nothing is fetched."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lab.bench.comparison import PEERS, peers
from lab.bench.venvs import NotInstalled, Venvs

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]
LOOP = next(peer for peer in PEERS if peer.name == "aiogram loop")
ABSENT = next(peer for peer in PEERS if peer.name == "tgcast")
PEOPLE = 2_000


async def test_killed_halfway_a_loop_sends_to_everybody_again_and_ours_to_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def here(_: Venvs, packages: tuple[str, ...]) -> Path:
        if packages != LOOP.packages:
            raise NotInstalled("offline")
        return Path(sys.executable)

    monkeypatch.setattr(Venvs, "python", here)
    found = await peers(PEOPLE, 1, lambda *_: None, among=(LOOP, ABSENT))
    ours, loop, absent = found["peers"]
    assert ours["per_second"] > 0
    assert loop["got_nothing"] == 0
    assert PEOPLE // 2 <= loop["got_it_twice"] <= loop["killed_at"] + 1, "one was on its way"
    assert absent["why_not"] == "not installed: offline"
    if "not_killed" not in ours:  # it may be done before anybody looks
        assert found["doubled"] == 0
        assert found["lost_without_a_word"] == 0
