"""A house with real consoles against the real sandbox: a team at their desks, and subscribers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from bot.bootstrap import House
from bot.settings import load
from broadcast.models import Address, ConsentStatus, Subscriber
from broadcast.services import compose
from broadcast.states import BroadcastStatus
from lab.processes import free_port
from sandbox.server import Sandbox, running
from tests.contract.desk import Desk, SlackDesk, TelegramDesk, offered, slack, until
from tests.database import migrated

PEOPLE = 30
AYSE, MURAT, ZEYNEP, STRANGER = 501, 502, 503, 599
ECE, ANNA, MERT, JONAS = "U0ECE", "U0ANNA", "U0MERT", "U0JONAS"
ADMINS = {AYSE, MURAT, ZEYNEP}
TEXT = "Water is off tomorrow"


@dataclass
class Team:
    """Three owners, a stranger, and thirty subscribers on Telegram."""

    sandbox: Sandbox
    house: House
    author: Desk
    approver: Desk
    other: Desk
    stranger: Desk

    async def composed(self, text: str = TEXT) -> int:
        await self.author.types("new")
        await self.author.writes(text)
        return int((await offered(self.author, "submit")).split()[1])

    async def submitted(self) -> tuple[int, str]:
        """The number, and the command line of Approve on the card."""
        number = await self.composed()
        await self.author.press(f"submit {number}")
        return number, await offered(self.approver, f"approve {number}")

    async def paused(self) -> tuple[int, str]:
        """Approved, begun, and paused by its author; as `submitted`."""
        number, approve = await self.submitted()
        await self.approver.press(approve)
        await self.becomes(number, BroadcastStatus.SENDING)
        await self.author.press(f"pause {number}")
        await self.becomes(number, BroadcastStatus.PAUSED)
        return number, approve

    async def status(self, number: int) -> BroadcastStatus:
        return BroadcastStatus((await compose.get(self.house.core, number)).status)

    async def becomes(self, number: int, *wanted: BroadcastStatus) -> None:
        async def there() -> bool:
            return await self.status(number) in wanted

        await until(f"{wanted}", there)

    async def received(self, text: str = TEXT) -> int:
        """By how many subscribers; what admins see of it does not count."""
        counts = (await self.sandbox.do("received", "GET", contains=text))["counts"]
        return sum(int(person) not in ADMINS for person in counts)


SETTINGS = """
database_url = "sqlite+aiosqlite:///{folder}/t.db"
owners = "{owners}"
undo_hold_seconds = {hold}
[http]
port = {port}
[telegram]
token = "7000:team"
api_url = "{url}"
rate_per_second = {rate}
[slack]
bot_token = "xoxb-1-team"
{way}
channel = "C0BROADCASTS"
api_url = "{url}/slack/api"
"""


@contextlib.asynccontextmanager
async def opened(
    folder: Path,
    console: str,
    *,
    hold: float = 1.0,
    rate: float = 0.0,
    signed: bool = False,
    more: Callable[[str], str] = lambda _: "",
    alone: bool = False,
    people: int = PEOPLE,
    lines: str = "",
) -> AsyncIterator[Team]:
    """Real sandbox, real house. `console`: where they sit; `both`: the author in Slack, the others
    at Telegram. `signed`: Slack calls us over HTTP. `more` settings, made of the sandbox's address.
    `alone`: only the author is of the team yet. `people` who have subscribed; `lines`: settings of
    the house, more than it needs."""
    async with running(people=PEOPLE, rates={"*": 0}) as sandbox:
        owners = {
            "telegram": [f"telegram:{user}" for user in (AYSE, MURAT, ZEYNEP)],
            "slack": [f"slack:{user}" for user in (ECE, ANNA, MERT)],
            "both": [f"slack:{ECE}", f"telegram:{MURAT}", f"telegram:{ZEYNEP}"],
        }[console][: 1 if alone else 3]
        port = free_port() if signed else 0
        way = 'signing_secret = "sandbox-signing-secret"' if signed else 'app_token = "xapp-1-team"'
        (folder / "tellal.toml").write_text(
            lines
            + SETTINGS.format(
                folder=folder,
                owners=",".join(owners),
                url=sandbox.url,
                hold=hold,
                rate=rate,
                port=port,
                way=way,
            )  # fmt: skip
            + more(sandbox.url)
        )
        with contextlib.chdir(folder):
            settings = load()
        for person, name in ((AYSE, "Ayşe"), (MURAT, "Murat"), (ZEYNEP, "Zeynep")):
            await sandbox.do("people", id=person, name=name, language="en")
        await sandbox.do("people", id=STRANGER, name="Nobody", language="en")
        for user in (ECE, MERT):
            await sandbox.do("members", channel="slack", user=user, locale="en-US")
        await migrated(folder / "t.db")
        house = House(settings)
        await house.open()
        holding = asyncio.create_task(house.core.lease.keep())
        try:
            if signed:
                url = f"http://127.0.0.1:{port}/slack/events"
                await sandbox.do("app", channel="slack", request_url=url)
            await sandbox.do("start", people=[AYSE, MURAT, ZEYNEP, STRANGER])
            if people:
                await _subscribers(sandbox, house, people)
            yield _team(sandbox, house, console)
        finally:
            holding.cancel()
            await house.close()


def _team(sandbox: Sandbox, house: House, console: str) -> Team:
    desks: list[Desk] = [TelegramDesk(sandbox, p) for p in (AYSE, MURAT, ZEYNEP, STRANGER)]
    if console == "slack":
        desks = [SlackDesk(sandbox, user) for user in (ECE, ANNA, MERT, JONAS)]
    if console == "both":
        desks[0] = SlackDesk(sandbox, ECE)
    return Team(sandbox, house, *desks)


async def _subscribers(sandbox: Sandbox, house: House, count: int) -> None:
    people = (await sandbox.do("people", "GET", offset=0, count=count))["people"]
    await sandbox.do("start", people=[person["id"] for person in people])
    async with house.core.store.write() as session:
        for person in people:
            row = Subscriber(name=person["first_name"], created_at=house.core.clock())
            session.add(row)
            await session.flush()
            session.add(
                Address(
                    subscriber_id=row.subscriber_id or 0, channel="telegram",
                    value=str(person["id"]), consent=ConsentStatus.OPTED_IN,
                )
            )  # fmt: skip


def desk(team: Team) -> SlackDesk:
    """The author's, in Slack."""
    return slack(team.author)
