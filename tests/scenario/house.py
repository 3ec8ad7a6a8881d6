"""A small house for tests: real SQLite, real services and engine, a channel that obeys a script."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from broadcast.account_key import AccountKey
from broadcast.channel import Capabilities, Envelope, Problem
from broadcast.context import Core, Policy
from broadcast.engine.pacing import Pacer
from broadcast.engine.runner import Runner
from broadcast.inbound import Answer
from broadcast.message import Message, RichText
from broadcast.models import (
    Address,
    Admin,
    AdminIdentity,
    Broadcast,
    ConsentStatus,
    Role,
    Subscriber,
)
from broadcast.outcome import Accepted, Outcome
from broadcast.services import compose, review
from broadcast.services.audit import load_broadcast
from broadcast.states import BroadcastStatus
from broadcast.store.deliveries import Claimed, Ledger, Wish
from broadcast.store.session import Store
from tests.database import migrated

KEY = AccountKey("telegram", "default")


class ScriptedChannel:
    """Accepts everything unless `script` says otherwise; counts what each address received."""

    name, account = KEY

    def __init__(self, script: Callable[[Envelope], Outcome | None] | None = None) -> None:
        self.capabilities = Capabilities(concurrency=10)
        self.script = script
        self.received: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.delay = 0.0

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    def check(self, message: Message) -> list[Problem]:
        return []

    def cost(self, message: Message) -> int:
        return 1

    async def send(self, envelope: Envelope) -> Outcome:
        self.asked[envelope.address] += 1
        await asyncio.sleep(self.delay)
        outcome = self.script(envelope) if self.script else None
        if outcome is None:
            self.received[envelope.address] += 1
            outcome = Accepted((str(envelope.delivery_id),))
        return outcome

    async def reply(self, address: str, answer: Answer) -> None: ...

    async def receive(self, update: dict[str, object]) -> None: ...


class House:
    """One core on one temporary database, with an author, an approver and subscribers."""

    def __init__(self, folder: Path, **policy: object) -> None:
        self.file = folder / "tellal.db"
        self.url = f"sqlite+aiosqlite:///{self.file}"
        self.store = Store(self.url)
        self.now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
        rules = Policy(**({"undo_hold_seconds": 0.0} | policy))  # type: ignore[arg-type]
        self.core = Core(self.store, rules, clock=lambda: self.now)
        self.core.media_folder = folder / "media"
        self.channel = ScriptedChannel()
        self.core.channels[KEY] = self.channel
        self.ledger = Ledger(self.store)
        self.pacer = Pacer(0)

    async def open(self, subscribers: int = 0) -> House:
        await migrated(self.file)
        self.author = await self._admin("Ayşe", Role.AUTHOR)
        self.approver = await self._admin("Murat", Role.APPROVER)
        async with self.store.write() as session:
            for i in range(subscribers):
                person = Subscriber(name=f"Person {i}", created_at=self.now)
                session.add(person)
                await session.flush()
                session.add(
                    Address(
                        subscriber_id=person.subscriber_id or 0, channel="telegram",
                        value=str(1000 + i), consent=ConsentStatus.OPTED_IN,
                    )
                )  # fmt: skip
        return self

    async def _admin(self, name: str, role: Role) -> Admin:
        admin = Admin(name=name, role=role, created_at=self.now)
        async with self.store.write() as session:
            session.add(admin)
        return admin

    async def seat(self, admin: Admin, frontend: str, user: str) -> None:
        """Known at this console as that user."""
        async with self.store.write() as session:
            session.add(
                AdminIdentity(
                    frontend=frontend, user_id=user, admin_id=admin.admin_id or 0, conversation=user
                )
            )

    async def draft(self, text: str = "Water is off tomorrow") -> int:
        row = await compose.new(self.core, self.author)
        assert row.broadcast_id
        message = Message(text=RichText(text=text))
        await compose.set_message(self.core, self.author, row.broadcast_id, message)
        return row.broadcast_id

    async def approved(self) -> int:
        broadcast_id = await self.draft()
        await self.approve(broadcast_id)
        return broadcast_id

    async def approve(self, broadcast_id: int) -> None:
        seen = await review.submit(self.core, self.author, broadcast_id)
        await review.approve(self.core, self.approver, broadcast_id, seen.submission)

    async def claim(self, broadcast_id: int, size: int) -> list[Claimed]:
        """As a process that launched it, and was killed after it had taken these in hand."""
        async with self.store.write() as session:
            (await load_broadcast(session, broadcast_id)).status = BroadcastStatus.SENDING
        return await self.claim_again(broadcast_id, size)

    async def claim_again(self, broadcast_id: int, size: int) -> list[Claimed]:
        wish = Wish(broadcast_id, *KEY, size=size)
        return (await self.ledger.exchange([], [], wish)).claimed

    async def status(self, broadcast_id: int) -> BroadcastStatus:
        row: Broadcast = await compose.get(self.core, broadcast_id)
        return BroadcastStatus(row.status)

    async def run_until(
        self, broadcast_id: int, *wanted: BroadcastStatus, seconds: float = 60
    ) -> None:
        async def there() -> bool:
            return await self.status(broadcast_id) in wanted

        await self.run_while(there, seconds)

    async def run_while(self, reached: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
        """The engine runs until something is reached; then it is stopped in good order."""
        runner = asyncio.create_task(Runner(self.core, self.ledger, {KEY: self.pacer}).run())
        try:
            async with asyncio.timeout(seconds):
                while not await reached():
                    await asyncio.sleep(0.05)
        finally:
            runner.cancel()
            await asyncio.gather(runner, return_exceptions=True)
