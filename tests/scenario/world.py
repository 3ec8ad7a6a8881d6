"""Two channels for tests, one of them with a 24-hour window, and the people on them."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from broadcast.account_key import AccountKey
from broadcast.channel import Capabilities, Envelope
from broadcast.clock import steady_unix
from broadcast.engine.pacing import Pacer
from broadcast.engine.runner import Runner
from broadcast.inbound import Inbound, InboundKind
from broadcast.message import Message, RichText, TemplateUse
from broadcast.models import Address, Subscriber
from broadcast.outcome import Accepted, Outcome, Reason, Refused, Uncertain
from broadcast.services import compose, review, subscribe
from broadcast.states import BroadcastStatus
from tests.scenario.house import KEY, House, ScriptedChannel


class Windowed(ScriptedChannel):
    """A second platform: free text within 24 hours, a template after that, ids of its own."""

    name, account = "whatsapp", "default"

    def __init__(self, people_per_day: int = 0, *, our_id: bool = True) -> None:
        super().__init__()
        self.blocked: set[str] = set()
        self.silent: set[str] = set()
        self.names: dict[str, str] = {}
        self.shut = False  # it says so of every window, whatever we take them for
        self.marketing: set[str] = set()  # templates of which a person gets only so many
        self.capabilities = Capabilities(
            concurrency=10, window_seconds=86_400.0, templates=True, receipts=True,
            names_our_delivery=our_id, people_per_day=people_per_day,
        )  # fmt: skip

    async def send(self, envelope: Envelope) -> Outcome:
        await asyncio.sleep(0)
        if self.shut:
            return Refused(Reason.OUTSIDE_WINDOW)
        if not envelope.window_open and envelope.message.template(self.name) is None:
            return Refused(Reason.OUTSIDE_WINDOW)
        if envelope.address in self.blocked:
            return Refused(Reason.BLOCKED, suppress=True)
        self.received[envelope.address] += 1
        self.names[envelope.address] = envelope.name
        if envelope.address in self.silent:
            return Uncertain("no answer")
        return Accepted((f"wamid.{envelope.delivery_id}",))

    def capped(self, message: Message) -> bool:
        use = message.template(self.name)
        return use is not None and use.name in self.marketing


class World:
    """A house with two channels; `put` makes a person with addresses on them."""

    def __init__(self, house: House, windowed: Windowed) -> None:
        self.house, self.windowed = house, windowed
        house.core.channels[AccountKey("whatsapp", "default")] = windowed
        self._runner: asyncio.Task[None] | None = None

    async def put(
        self, *, telegram: str = "", whatsapp: str = "", wrote: bool = False, preferred: str = "",
        name: str = "Ada",
    ) -> None:  # fmt: skip
        async with self.house.store.write() as session:
            person = Subscriber(name=name, preferred=preferred, created_at=self.house.now)
            session.add(person)
            await session.flush()
            for channel, value in (("telegram", telegram), ("whatsapp", whatsapp)):
                if value:
                    session.add(
                        Address(
                            subscriber_id=person.subscriber_id or 0, channel=channel, value=value,
                            consent="opted_in", wrote_at=steady_unix() if wrote else None,
                        )
                    )  # fmt: skip

    async def approved(self, *templates: TemplateUse, **choice: str) -> int:
        house = self.house
        number = await house.draft()
        message = Message(text=RichText(text="Water is off tomorrow"), templates=templates)
        await compose.set_message(house.core, house.author, number, message)
        await compose.set_reach(house.core, house.author, number, **choice)
        seen = await review.submit(house.core, house.author, number)
        await review.approve(house.core, house.approver, number, seen.submission)
        return number

    async def run_until(self, number: int, *wanted: BroadcastStatus) -> None:
        core, ledger = self.house.core, self.house.ledger
        pacers = {KEY: Pacer(0), AccountKey("whatsapp", "default"): Pacer(0)}
        runner = asyncio.create_task(Runner(core, ledger, pacers).run())
        try:
            async with asyncio.timeout(60):
                while await self.house.status(number) not in wanted:
                    await asyncio.sleep(0.02)
        finally:
            runner.cancel()
            await asyncio.gather(runner, return_exceptions=True)

    async def rows(self, number: int) -> dict[str, tuple[int, str | None]]:
        async with self.house.store.read() as session:
            found = await session.execute(
                text("""SELECT a.channel || ':' || a.value, d.status, d.reason FROM delivery d
                JOIN address a ON a.address_id = d.address_id WHERE d.broadcast_id = :b"""),
                {"b": number},
            )
            return {row[0]: (row[1], row[2]) for row in found}

    async def say(self, whatsapp: str, words: str, previous: str = "") -> str:
        inbound = Inbound(
            f"e{words}{whatsapp}", "whatsapp", "default", whatsapp, InboundKind.TEXT, words,
            previous_address=previous,
        )  # fmt: skip
        answers = await subscribe.hear(self.house.core, inbound)
        return "\n".join(answer.text.text for answer in answers)
