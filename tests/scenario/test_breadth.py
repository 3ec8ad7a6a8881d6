"""`tellal bench breadth` with a handful of people: the real engine, channel and sink."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from lab.bench.breadth import SMALL, breadth


@pytest.fixture(autouse=True)
def _cores() -> Iterator[None]:
    """A measurement keeps its process on one core; the other tests want theirs back."""
    before = os.sched_getaffinity(0)
    yield
    os.sched_setaffinity(0, before)


async def test_every_broadcast_goes_out_on_every_account_and_both_small_ones_end() -> None:
    said: list[str] = []
    found = await breadth("telegram", 3, 2, 30.0, 2.0, 1000, lambda what, *_: said.append(what))
    shared, small, replies = found["shared"], found["small"], found["replies"]
    assert shared["people"] == 3 * 2 * 20
    assert 0 < shared["fairness_min"] <= 1
    assert shared["share_min"] > 0
    assert small["recipients"] == SMALL
    assert small["large_sent_by_then"] < 1000, "they did not wait for the large one"
    assert all(row["replies"] > 0 for row in replies.values())
    assert found["holds"] == all(found["marks"].values())
    assert any("3 broadcasts over 2 accounts" in what for what in said)
