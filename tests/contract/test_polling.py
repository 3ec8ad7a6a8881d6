"""Polling goes on: a wait of hours for what people write is asked about every minute."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from broadcast.channel import AccountEvent
from channels.telegram import receiver
from channels.telegram.receiver import TelegramReceiver
from sandbox.people import FIRST_ID
from sandbox.server import running


async def test_a_long_wait_for_updates_is_told_and_asked_about_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(receiver, "_LONGEST_WAIT_SECONDS", 0.05)
    kept: list[Any] = []
    told: list[AccountEvent] = []
    came = asyncio.Event()

    async def keep(updates: list[tuple[str, dict[str, object]]]) -> None:
        kept.extend(updates)
        came.set()

    async def alert(event: AccountEvent) -> None:
        told.append(event)

    async with running(people=3) as sandbox:
        await sandbox.do("bots", token="7000:x")
        await sandbox.do(
            "faults", kind="flood", channel="telegram", method="getUpdates", retry_after=10_072,
            count=3,
        )  # fmt: skip
        made = TelegramReceiver(token="7000:x", api_url=sandbox.url, keep=keep, alert=alert)
        polling = asyncio.create_task(made.run())
        await sandbox.do("say", person=FIRST_ID, text="STOP")
        await asyncio.wait_for(came.wait(), 60)
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)
    assert len(kept) == 1
    assert [event.template[:26] for event in told] == ["Telegram makes us wait bef"]
