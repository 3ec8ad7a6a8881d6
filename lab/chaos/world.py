"""One lane: a sandbox, a small disk, a movable clock, and the product on them, started again and again."""

from __future__ import annotations

import asyncio
import csv
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp

from bot import import_export
from lab.chaos.disk import SmallDisk
from lab.chaos.meta import RATES as META_RATES
from lab.chaos.meta import Meta
from lab.chaos.meta import settings as meta_settings
from lab.chaos.plan import META_SHARES, RATE_PER_SECOND
from lab.chaos.product import Product
from lab.chaos.reconciliation import connect
from lab.chaos.shifted_clock import set_offset
from lab.child_process import Child
from lab.processes import environment, free_port
from sandbox.people import FIRST_ID
from sandbox.stage import Deviation, Stage

AUTHOR, APPROVER = 7001, 7002
_POPULATION, _A_HOUSE = 200_000, 400  # people of a sandbox, and the most a house has of them
_FIRST_NUMBER = 300_000_000_000_000  # a WhatsApp phone number id of its own for each house
_IMPORTING = asyncio.Lock()  # Alembic migrates one database of a process at a time


class Lane:
    """Open for many houses; each house has a bot and a database of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        folder.mkdir(parents=True)
        self.disk = SmallDisk(folder / "disk")
        self.clock = folder / "clock"
        set_offset(self.clock, 0.0)
        self._bots = 0

    async def __aenter__(self) -> Lane:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._sandbox = Child.fork(
            self.folder, environment(), "sandbox", "--port", str(port),
            "--people", str(_POPULATION), "--rate", "0",
        )  # fmt: skip
        await self._sandbox.says("listening", 30)
        self.client = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()
        await self._sandbox.end()
        self.disk.close()

    def house(self, *, meta: bool = False) -> House:
        """A new bot and a new database, to be furnished with people whom no other house has."""
        first = self._bots * _A_HOUSE % (_POPULATION - _A_HOUSE)
        self._bots += 1
        house = House(self, f"{7000 + self._bots}:chaos-{self.name}", first)
        if meta:
            house.meta = Meta(house, str(_FIRST_NUMBER + self._bots))
        return house


class House(Stage):
    """One bot with its subscribers and its database; `product` is the process now on it."""

    def __init__(self, lane: Lane, token: str, first: int = 0) -> None:
        super().__init__(url=lane.url, bot=token.partition(":")[0])
        self.client, self.lane, self.token = lane.client, lane, token
        self.database = lane.disk.folder / "tellal.db"
        self.first = first  # the index of its first person
        self.meta: Meta | None = None
        self.canary = "off"
        self.rate = RATE_PER_SECOND
        self.clock_offset = 0.0
        self.product: Product | None = None
        self.products: list[Product] = []
        self.audience: set[str] = set()

    async def around(self) -> str:
        chats = [
            [m.get("text") or m.get("caption") for m in (await self.messages(who))[-4:]]
            for who in (AUTHOR, APPROVER)
        ]
        return f"; the author's chat ends {chats[0]}, the approver's {chats[1]}"

    async def furnish(self, people: int) -> None:
        for old in self.lane.disk.folder.iterdir():
            if old.is_file():
                old.unlink()
        self.move_clock(0.0)
        await self.ask("bots", token=self.token)
        for number, name in ((AUTHOR, "Ayşe Yılmaz"), (APPROVER, "Murat Demir")):
            await self.ask("people", id=number, name=name, language="en")
        await self.ask("start", people=[AUTHOR, APPROVER])
        shares = META_SHARES if self.meta else {}
        counts = {channel: round(people * share) for channel, share in shares.items()}
        telegram = people - sum(counts.values())
        await self._on_telegram(telegram)
        if self.meta is not None:
            await self._on_meta(self.meta, self.first + telegram, counts)

    async def _on_telegram(self, people: int) -> None:
        """They are imported, and have opened the bot before."""
        await self.ask("start", offset=self.first, count=people)
        self.audience = {str(FIRST_ID + self.first + i) for i in range(people)}
        file = self.lane.folder / "people.csv"
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.writer(opened)
            writer.writerow(("channel", "address", "name", "consent", "source"))
            writer.writerows(
                ("telegram", value, value, "opted_in", "chaos") for value in self.audience
            )
        async with _IMPORTING:
            done = await import_export.import_file(f"sqlite+aiosqlite:///{self.database}", file)
        if done.taken != people:
            raise Deviation(f"only {done.taken} of {people} people could be imported")

    async def _on_meta(self, meta: Meta, first: int, counts: dict[str, int]) -> None:
        """They write themselves, which opens the 24 hours in which we may."""
        await meta.open()
        await self.start()
        for channel, count in counts.items():
            await meta.join(channel, first, count)
            first += count
            with connect(self.database) as db:
                rows = db.execute(
                    "SELECT value FROM address WHERE channel = ? AND consent = 'opted_in'",
                    (channel,),
                )
                addresses = [str(row[0]) for row in rows]
            await meta.learn(channel, addresses)
            self.audience |= set(addresses)

    def settings(self, port: int = 0) -> dict[str, str]:
        """How the product is set up here; the port is another one each time."""
        more = meta_settings(self.url, self.meta.number) if self.meta else {}
        return more | {
            "TELLAL_DATABASE_URL": f"sqlite+aiosqlite:///{self.database}",
            "TELLAL_TELEGRAM__TOKEN": self.token,
            "TELLAL_TELEGRAM__API_URL": self.url,
            "TELLAL_TELEGRAM__RATE_PER_SECOND": str(self.rate),
            "TELLAL_HTTP__PORT": str(port or free_port()),
            "TELLAL_OWNERS": f"telegram:{AUTHOR},telegram:{APPROVER}",
            "TELLAL_UNDO_HOLD_SECONDS": "0",
            "TELLAL_CANARY": self.canary,
            "TELLAL_CANARY_WAIT_SECONDS": "0.5",
        }

    def secrets(self) -> list[str]:
        """What may be in no log."""
        names = ("TOKEN", "SECRET")
        return [value for name, value in self.settings().items() if name.endswith(names)]

    def process(self) -> Product:
        """Another process on this database."""
        port = free_port()
        made = Product.begin(self.lane.folder, self.lane.clock, self.settings(port), port)
        self.products.append(made)
        return made

    async def start(self, seconds: float = 30.0) -> None:
        """Start it as a supervisor would: again and again while the disk or a lock forbids it."""
        end = time.monotonic() + seconds
        while True:
            self.product = self.process()
            if await self.product.running() and await self._is_heard(self.product):
                return
            if time.monotonic() > end:
                raise Deviation(f"the product does not start:\n{self.product.output[-3000:]}")
            await asyncio.sleep(0.2)

    async def _is_heard(self, product: Product) -> bool:
        """Whether Meta's webhooks, where there are any, reach it; false when it died meanwhile."""
        if self.meta is None:
            return True
        try:
            await self.meta.listen(f"http://127.0.0.1:{product.port}")
        except Deviation:
            if product.alive:
                raise
            return False
        return True

    async def received(self, mark: str, since: int = 0) -> Counter[str]:
        """How many messages with this mark each address got; the admins' are left out."""
        found = await self.ask("received", "GET", contains=mark, since=since)
        counts = Counter({k: n for k, n in found["counts"].items() if int(k) >= FIRST_ID})
        if self.meta is not None:
            counts.update(await self.meta.received(mark))
        return counts

    async def asked(self) -> Counter[tuple[str, str]]:
        """How often somebody was asked to be sent to, answered or not, by channel and address."""
        found = await self.ask("asked", "GET", method="send*")
        counts = Counter({("telegram", person): int(n) for person, n in found.items()})
        if self.meta is not None:
            counts.update(await self.meta.asked())
        return counts

    def rates(self) -> dict[str, float]:
        """Messages a second, by channel."""
        return {"telegram": self.rate, **(META_RATES if self.meta else {})}

    def has_left(self, address: str) -> bool:
        """Whether the product's ledger has it."""
        with connect(self.database) as db:
            row = db.execute(
                "SELECT count(*) FROM address WHERE value = ? AND consent = 'opted_out'", (address,)
            )
            return bool(row.fetchone()[0])

    async def leave(self, rng: random.Random) -> str:
        """Somebody says STOP; their address."""
        address = rng.choice(sorted(self.audience))
        if self.meta is not None and address in self.meta.people:
            await self.meta.leave(address)
        else:
            await self.ask("say", person=int(address), text="STOP")
        return address

    async def draft(self, words: str, *, photo: bool = False) -> int:
        """Written in the console by the author; the broadcast's number."""
        number = await self.new(AUTHOR)
        if photo:
            await self.ask("say", person=AUTHOR, photo="photo", caption=words)
        else:
            await self.ask("say", person=AUTHOR, text=words)
        await self.button(AUTHOR, f"submit {number}")
        return number

    async def approve(self, number: int, before: Callable[[], Awaitable[None]]) -> None:
        """Submitted by one, approved by the other; `before` is done before the last word."""
        await self.press(AUTHOR, f"submit {number}")
        await self.button(APPROVER, f"approve {number}")
        await before()
        await self.press(APPROVER, f"approve {number}")

    async def launch(self, words: str) -> int:
        """A text broadcast, written, approved and launched."""
        number = await self.draft(words)

        async def nothing() -> None:
            return None

        await self.approve(number, nothing)
        return number

    def move_clock(self, seconds: float) -> None:
        """The product's wall clock jumps."""
        self.clock_offset += seconds
        set_offset(self.lane.clock, self.clock_offset)

    async def close(self) -> None:
        """Nobody is left behind, not even one that was frozen."""
        for product in self.products:
            await product.end()

    def send(self, number: signal.Signals) -> None:
        if self.product is not None:
            self.product.send(number)
