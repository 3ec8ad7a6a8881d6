"""The newest broadcast's ledger beside the phones of the sandbox, while it goes on."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import aiohttp
from sqlalchemy import bindparam, text
from sqlalchemy.exc import SQLAlchemyError

from broadcast.message import Message
from broadcast.states import OPEN_DELIVERIES, DeliveryStatus
from broadcast.store.session import Store
from sandbox.meta_stage import META, MetaStage
from sandbox.scenario import CHANNELS
from sandbox.stage import Deviation

Json = dict[str, Any]
_D = DeliveryStatus
_LAUNCHED = text(
    "SELECT broadcast_id, status, content, planned_total, planning_done FROM broadcast "
    "WHERE launched_at IS NOT NULL ORDER BY broadcast_id DESC"
)
_DELIVERIES = text("""SELECT d.broadcast_id, a.channel, a.value, d.status
FROM delivery d JOIN address a ON a.address_id = d.address_id
WHERE d.broadcast_id IN :broadcasts""").bindparams(bindparam("broadcasts", expanding=True))
_SHORTEST, _LONGEST = 4, 100  # letters by which a message is known on a phone
_BREAKS = re.compile(r"\{[^}]*\}|[*_~`\n]")  # platforms write marks and names each in their own way
Who = tuple[str, str]  # channel, address


@dataclass(frozen=True, slots=True)
class Found:
    """The ledger at one moment: of the newest broadcast, and who had the same words before."""

    number: int
    status: str
    planned: int | None  # None while it is being planned
    known_by: str  # words of it that every platform shows alike; empty: none
    rows: dict[Who, DeliveryStatus]
    before: Counter[Who]


class Beside:
    """Reads both sides. `url` is the sandbox's."""

    def __init__(self, database: str, url: str, client: aiohttp.ClientSession) -> None:
        self._store = Store(database)
        self._stage = MetaStage(url=url)
        self._stage.client = client
        self._people: dict[Who, int] = {}

    async def close(self) -> None:
        await self._store.close()

    async def look(self) -> Json | None:
        """The sums by channel, and how many do not agree; None before the first broadcast.

        The ledger is read before and after the phones: what a phone shows must lie between.
        """
        try:
            before = await self._read()
            if before is None:
                return None
            phones = await self._phones(before)
            after = await self._read() or before
        except (SQLAlchemyError, Deviation, aiohttp.ClientError):
            return None  # the product is being restored, or the sandbox ends
        if after.number != before.number:
            return None
        return summed(before, after, phones)

    async def _read(self) -> Found | None:
        async with self._store.read() as session:
            launched = [row._mapping for row in await session.execute(_LAUNCHED)]
            if not launched:
                return None
            newest = launched[0]
            words = known_by(_message(newest["content"]))
            alike = [
                row["broadcast_id"]
                for row in launched[1:]
                if words and words in _message(row["content"]).text.text
            ]
            asked = {"broadcasts": [newest["broadcast_id"], *alike]}
            lines = [tuple(row) for row in await session.execute(_DELIVERIES, asked)]
        rows, before = {}, Counter[Who]()
        for number, channel, address, status in lines:
            if number == newest["broadcast_id"]:
                rows[channel, address] = _D(status)
            elif status >= _D.SENT:
                before[channel, address] += 1
        planned = newest["planned_total"] if newest["planning_done"] else None
        return Found(newest["broadcast_id"], newest["status"], planned, words, rows, before)

    async def _phones(self, found: Found) -> dict[Who, int] | None:
        """How often each phone of the ledger shows the message; None where it cannot be known."""
        if not found.known_by:
            return None
        shown = {}
        for channel in CHANNELS:
            asked = await self._stage.ask(
                "received", "GET", channel=channel, contains=found.known_by
            )
            shown[channel] = {int(person): n for person, n in asked["counts"].items()}
        return {
            who: shown[who[0]].get(await self._person(who), 0) - found.before[who]
            for who in found.rows
            if who[0] in shown
        }

    async def _person(self, who: Who) -> int:
        if who not in self._people:
            channel, address = who
            there = await self._stage.whose(channel, address) if channel in META else int(address)
            self._people[who] = there
        return self._people[who]


def _message(content: Any) -> Message:
    """Of a row's JSON, however the driver gives it."""
    if isinstance(content, str):
        return Message.model_validate_json(content)
    return Message.model_validate(content)


def known_by(message: Message) -> str:
    """The longest stretch of the words without formatting, names or marks; empty when too short."""
    words, edges = message.text.text, set[int]()
    for entity in message.text.entities:
        edges |= {entity.offset, entity.offset + entity.length}
    cut = sorted({0, len(words), *edges})
    parts = [
        part.strip()
        for start, end in zip(cut, cut[1:], strict=False)
        for part in _BREAKS.split(words[start:end])
    ]
    best = max(parts, key=len, default="")[:_LONGEST].strip()
    return best if len(best) >= _SHORTEST else ""


def summed(before: Found, after: Found, phones: dict[Who, int] | None) -> Json:
    """The table the page draws."""
    channels = [name for name in CHANNELS if any(who[0] == name for who in after.rows)]
    columns = {name: _column(name, after, phones) for name in channels}
    wrong = (
        0 if phones is None else sum(1 for who in phones if not _agrees(who, before, after, phones))
    )
    planned = sum(column["planned"] for column in columns.values())
    return {
        "broadcast": after.number,
        "status": after.status,
        "channels": columns,
        "open": sum(column["open"] for column in columns.values()),
        "wrong": wrong,
        "twice": 0 if phones is None else sum(1 for n in phones.values() if n > 1),
        "adds_up": after.planned is None or after.planned == planned,
    }


def _column(channel: str, found: Found, phones: dict[Who, int] | None) -> Json:
    own = {who: status for who, status in found.rows.items() if who[0] == channel}
    counts = Counter(own.values())
    shown = None if phones is None else sum(1 for who in own if phones.get(who, 0) > 0)
    return {
        "planned": len(own),
        "sent": _sum(counts, lambda status: status >= _D.SENT),
        "phones": shown,
        "delivered": _sum(counts, lambda s: s >= _D.DELIVERED) if channel in META else None,
        "failed": counts[_D.FAILED],
        "skipped": counts[_D.SKIPPED],
        "uncertain": counts[_D.UNCERTAIN],
        "open": sum(counts[status] for status in OPEN_DELIVERIES),
    }


def _sum(counts: Counter[DeliveryStatus], counted: Any) -> int:
    return sum(n for status, n in counts.items() if counted(status))


def _agrees(who: Who, before: Found, after: Found, phones: dict[Who, int]) -> bool:
    """Whether a phone shows no less than the ledger said before and no more than it says after."""
    was, now = before.rows.get(who, _D.PLANNED), after.rows.get(who, _D.PLANNED)
    # Accepted by Meta is not there yet: it may still be told to have failed.
    surely = _D.DELIVERED if who[0] in META else _D.SENT
    least = 1 if was >= surely else 0
    most = 1 if now >= _D.SENT or now in (_D.UNCERTAIN, _D.IN_FLIGHT) else 0
    return least <= phones[who] <= most
