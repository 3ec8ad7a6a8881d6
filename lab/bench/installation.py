"""The measured house: the real store, services, engine and channel, with made-up people."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import text

import channels
from broadcast.account_key import AccountKey
from broadcast.channel import Trial
from broadcast.context import Core, Event, Policy
from broadcast.engine import gc_tuning
from broadcast.engine.pacing import Pacer
from broadcast.engine.runner import Runner
from broadcast.message import Message, RichText
from broadcast.models import Admin, Broadcast, Role
from broadcast.services import compose, review
from broadcast.states import BroadcastStatus
from broadcast.store.deliveries import Ledger
from broadcast.store.migrate import upgrade
from broadcast.store.session import Store

WORDS = "Water will be off tomorrow between 10:00 and 14:00 in the old town. " * 3
ACCOUNT = "n0"  # the first of the accounts: the others are n1, n2 …
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :people)"


def trial_of(channel: str) -> Trial:
    """Raises LookupError in one line when the channel has no benchmark."""
    found = channels.load(channel).trial if channel in channels.available() else None
    if found is None:
        able = [name for name in channels.available() if channels.load(name).trial]
        raise LookupError(f"{channel!r} has no benchmark: {', '.join(able)}.")
    return found()


class House:
    """A core with its accounts open and its people opted in; `broadcast` launches to them."""

    def __init__(self, folder: Path, channel: str) -> None:
        self.database = folder / "bench.db"
        self.channel, self.trial = channel, trial_of(channel)
        self.core = Core(
            Store(f"sqlite+aiosqlite:///{self.database}"), Policy(undo_hold_seconds=0.0)
        )
        self.core.tell = self._heard
        self.ledger = Ledger(self.core.store)
        self.pacers: dict[AccountKey, Pacer] = {}
        self._changed = asyncio.Event()

    async def _heard(self, event: Event) -> None:
        if event.kind != "progress":
            self._changed.set()

    async def fill(self, people: int, *, accounts: int = 1, languages: int = 1) -> None:
        """People spread evenly over accounts and languages (`l0`, `l1` …)."""
        await upgrade(self.core.store.url)
        spread = {"people": people, "accounts": accounts, "languages": languages}
        first = self.trial.address(0)
        value = f"CAST({int(first)} + i AS TEXT)"
        async with self.core.store.bulk() as db:
            await db.execute(
                text(f"""INSERT INTO subscriber (subscriber_id, name, language, timezone, created_at)
                {_NUMBERS} SELECT i + 1, 'Person ' || i, 'l' || (i % :languages), '',
                '2026-01-01 00:00:00' FROM n"""),
                spread,
            )
            await db.execute(
                text(f"""INSERT INTO address
                (subscriber_id, channel, account, value, consent, suppressed, wrote_at)
                {_NUMBERS} SELECT i + 1, :channel, 'n' || (i / :languages % :accounts), {value},
                'opted_in', '', unixepoch() FROM n"""),
                spread | {"channel": self.channel},
            )
        self.author = Admin(name="author", role=Role.AUTHOR, created_at=self.core.clock())
        self.approver = Admin(name="approver", role=Role.APPROVER, created_at=self.core.clock())
        async with self.core.store.write() as session:
            session.add_all([self.author, self.approver])

    async def open(self, url: str, rate: float, accounts: int = 1) -> None:
        spec = channels.load(self.channel)

        async def nobody(*_: Any) -> Any:
            return []

        for number in range(accounts):
            key = AccountKey(self.channel, f"n{number}")
            self.pacers[key] = pacer = Pacer(rate)
            self.core.channels[key] = channel = spec.build(
                self.trial.config(url, number, rate), account=key[1], pace=pacer,
                find_media=nobody, hear=nobody, report=nobody, alert=nobody, language="en",
            )  # fmt: skip
            await channel.open()
        gc_tuning.freeze_loaded()

    async def approved(self, language: str = "", words: str = WORDS) -> int:
        """A broadcast that the runner will start at once."""
        number, submission = await self.submitted(language, words)
        await self.approve(number, submission)
        return number

    async def submitted(self, language: str = "", words: str = WORDS) -> tuple[int, str]:
        """A broadcast that waits for its approval, and what an approver sees of it."""
        row = await compose.new(self.core, self.author)
        number = row.broadcast_id or 0
        message = Message(text=RichText(text=words))
        await compose.set_message(self.core, self.author, number, message)
        if language:
            await compose.set_audience(self.core, self.author, number, language)
        seen = await review.submit(self.core, self.author, number)
        return number, seen.submission

    async def approve(self, number: int, submission: str) -> None:
        await review.approve(self.core, self.approver, number, submission)

    async def completed(self, *numbers: int) -> None:
        for number in numbers:
            while True:
                self._changed.clear()
                row = await compose.get(self.core, number)
                if row.status == BroadcastStatus.COMPLETED:
                    break
                if row.status == BroadcastStatus.PAUSED:
                    raise SystemExit(f"bench: it was paused: {row.pause_reason}")
                await self._changed.wait()

    async def pace(self, number: int) -> float:
        """Messages a second from the first answer to the last, by the ledger's own times."""
        query = text(
            "SELECT count(*), min(sent_at), max(sent_at) FROM delivery WHERE broadcast_id = :b"
        )
        async with self.core.store.read() as session:
            count, first, last = (await session.execute(query, {"b": number})).one()
        return float((count - 1) / (last - first))

    async def database_bytes(self) -> int:
        """Of the file, with everything written back from the log."""
        async with self.core.store.engine.connect() as connection:
            await connection.commit()
            raw = await connection.get_raw_connection()
            assert raw.driver_connection is not None
            await raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return self.database.stat().st_size

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        runner = asyncio.create_task(Runner(self.core, self.ledger, self.pacers).run())
        try:
            yield
        finally:
            runner.cancel()
            await asyncio.gather(runner, return_exceptions=True)

    async def close(self) -> None:
        for channel in self.core.channels.values():
            await channel.close()
        await self.core.store.close()


@contextlib.asynccontextmanager
async def house(channel: str, folder: Path | None = None) -> AsyncIterator[House]:
    """In a folder of its own, or in one that stays."""
    with contextlib.ExitStack() as stack:
        own = folder or stack.enter_context(tempfile.TemporaryDirectory(prefix="tellal-bench-"))
        made = House(Path(own), channel)
        try:
            yield made
        finally:
            await made.close()


async def launched(house: House) -> int:
    """A broadcast that is being sent, whoever sends it."""
    row = Broadcast(
        status=BroadcastStatus.SENDING,
        author_id=house.author.admin_id or 0,
        created_at=house.core.clock(),
        launched_at=house.core.clock(),
    )
    async with house.core.store.write() as session:
        session.add(row)
    return row.broadcast_id or 0


def note_first_send(house: House) -> list[float]:
    """The moment (monotonic) of the first call on the first account, once it came."""
    channel = next(iter(house.core.channels.values()))
    moments: list[float] = []
    original: Callable[..., Any] = channel.send

    async def marked(envelope: Any) -> Any:
        moments.append(monotonic())
        channel.send = original  # type: ignore[method-assign]
        return await original(envelope)

    channel.send = marked  # type: ignore[method-assign]
    return moments
