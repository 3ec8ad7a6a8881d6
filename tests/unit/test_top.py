"""`tellal top` shows what /metrics of a real house says."""

from __future__ import annotations

import pytest
from rich.console import Console

from bot import metrics, top
from broadcast.outcome import Reason, Refused, Uncertain
from broadcast.services import compose
from broadcast.states import BroadcastStatus
from tests.scenario.house import KEY, House
from web.server import serve, watching


def drawn(before: top.Sample, now: top.Sample, width: int = 80) -> str:
    console = Console(width=width)
    with console.capture() as captured:
        console.print(top.view(before, now, width))
    return captured.get()


async def sample(house: House, at: float, put_off: int = 0) -> top.Sample:
    numbers = await metrics.gather(house.core, {KEY: house.pacer}, {1: put_off}, updates=3)
    return top.read(numbers.decode(), at)


async def test_it_shows_accounts_and_broadcasts_with_their_sums(house: House) -> None:
    answers = {"1001": Uncertain("timeout"), "1002": Refused(Reason.REJECTED)}
    house.channel.script = lambda e: answers.get(e.address)
    broadcast_id = await house.approved()
    await house.run_until(broadcast_id, BroadcastStatus.COMPLETED)
    house.pacer.close_for(90)
    now = await sample(house, 0.0, put_off=7)
    shown = drawn(now, now)
    account = next(line for line in shown.splitlines() if "telegram:default" in line)
    assert "no limit" in account and "1 min 30 s" in account
    lines = shown.splitlines()
    place = next(i for i, line in enumerate(lines) if "#1" in line)
    assert lines[place].split() == ["#1", "completed", "█" * 20, "100", "%"]
    assert " ".join(lines[place + 1].split()) == (
        "sent 28 failed 1 skipped 0 uncertain 1 to go 0 retries 7"
    )
    assert "updates waiting: 3" in shown


async def test_rate_and_eta_come_from_two_looks(house: House) -> None:
    broadcast_id = await house.approved()
    row = await compose.get(house.core, broadcast_id)
    await house.ledger.plan(broadcast_id, row.audience, compose.open_accounts(house.core))
    await house.claim(broadcast_id, 10)
    async with house.store.write() as session:
        (await session.get_one(type(row), broadcast_id)).launched_at = house.now
    before = await sample(house, 0.0)
    await house.ledger.recover()
    house.pacer.used += 10
    shown = drawn(before, await sample(house, 2.0))
    line = next(line for line in shown.splitlines() if "#1" in line)
    assert line.endswith("5.0/s  4 s left"), "ten in two seconds, twenty to go"


@pytest.mark.parametrize("width", [80, 120])
async def test_nothing_is_cut_off_on_a_narrow_terminal(house: House, width: int) -> None:
    broadcast_id = await house.approved()
    await house.run_until(broadcast_id, BroadcastStatus.COMPLETED)
    now = await sample(house, 0.0, put_off=123)
    shown = drawn(now, now, width)
    assert "…" not in shown
    assert all(len(line) <= width for line in shown.splitlines())
    for words in ("telegram:default", "closed", "uncertain 0", "retries 123", "100 %"):
        assert words in shown


async def test_it_reads_a_running_product_and_says_when_there_is_none(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    import asyncio

    async def yes() -> bool:
        return True

    async def numbers() -> bytes:
        return await metrics.gather(house.core, {KEY: house.pacer})

    async def nothing(_: object) -> None:
        return None

    runner = await serve(watching(ready=yes, metrics=numbers), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    assert await asyncio.to_thread(top.main, url, once=True) == 0
    assert "telegram:default" in capsys.readouterr().out
    await runner.cleanup()
    assert await asyncio.to_thread(top.main, url, once=True) == 1
    assert "Is it running" in capsys.readouterr().out
