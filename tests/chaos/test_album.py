"""The product is killed between two messages of one delivery: the first is not sent again."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.bootstrap import policy_of
from bot.settings import load
from broadcast.context import Core
from broadcast.message import Message, RichText
from broadcast.models import UncertainPolicy
from broadcast.services import compose, control, review
from broadcast.states import DeliveryStatus as D
from broadcast.store.session import Store
from lab.chaos.product import Product
from lab.chaos.shifted_clock import set_offset
from sandbox.server import Sandbox, running
from tests.contract.stage import stage

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(120)]
ADA = 1_000_000_001


class Ledger:
    """The one delivery, looked at from outside."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "t.db"

    def row(self) -> tuple[int, str]:
        with contextlib.closing(sqlite3.connect(self._file, timeout=10)) as db:
            found = db.execute("SELECT status, COALESCE(receipt, '') FROM delivery").fetchone()
        return found or (-1, "")

    async def until(self, holds: Callable[[int, str], bool]) -> None:
        async with asyncio.timeout(30):
            while not holds(*self.row()):
                await asyncio.sleep(0.05)


async def started(folder: Path, port: int) -> Product:
    clock = folder / "clock"
    set_offset(clock, 0.0)
    product = Product.begin(folder, clock, {}, port)
    assert await product.running(), product.output
    return product


async def arrived(sandbox: Sandbox) -> list[tuple[str, str]]:
    chat = await sandbox.do("chat", "GET", channel="whatsapp", person=ADA)
    files = [one for one in chat["messages"] if one["from_business"] and one["kind"] == "image"]
    return [(one["kind"], str(one["text"])) for one in files]


async def test_killed_between_two_messages_only_the_second_goes_out_again(tmp_path: Path) -> None:
    async with running(people=50) as sandbox:
        async with stage(sandbox, tmp_path, "telegram", "whatsapp") as made:
            await made.joined("whatsapp", ADA)
            author, approver = await made.admins()
            media = (await made.file("photo"), await made.file("photo", "sea"))
            message = Message(text=RichText(text="Water is off"), media=media)
            number = (await compose.new(made.core, author)).broadcast_id or 0
            await compose.set_message(made.core, author, number, message)
            seen = await review.submit(made.core, author, number)
            accounts, senders = dict(made.core.channels), dict(made.core.senders)
        with contextlib.chdir(tmp_path):
            settings = load()
        core = Core(
            Store(settings.database_url), policy_of(settings), channels=accounts, senders=senders
        )
        await review.approve(core, approver, number, seen.submission)  # while nothing runs
        slow = {"kind": "latency", "method": "messages", "skip": 1, "seconds": 3600}
        await sandbox.do("faults", channel="whatsapp", **slow)
        ledger, product = Ledger(tmp_path), await started(tmp_path, settings.http.port)
        await ledger.until(lambda status, receipt: status == D.IN_FLIGHT and "wamid" in receipt)
        await product.kill()
        await sandbox.do("faults", "DELETE")
        product = await started(tmp_path, settings.http.port)
        try:
            await ledger.until(lambda status, _: status == D.UNCERTAIN)
            assert await arrived(sandbox) == [("image", "")]
            await control.decide_uncertain(core, approver, number, UncertainPolicy.RESEND)
            await ledger.until(lambda status, _: status == D.READ)
            assert await arrived(sandbox) == [("image", ""), ("image", "Water is off")]
        finally:
            await product.end()
            await core.store.close()
