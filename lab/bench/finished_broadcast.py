"""A broadcast that has gone out, without anybody having been written to; and its proof."""

from __future__ import annotations

from pathlib import Path
from time import time

from broadcast.outcome import Receipt, ReceiptKind
from broadcast.states import DeliveryStatus
from broadcast.store.deliveries import Ledger, Sent, Wish
from broadcast.store.session import Store
from lab.bench.installation import ACCOUNT, House, house, launched

_CLAIM = 1000


def url_of(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder}/bench.db"


async def sent(folder: Path, channel: str, messages: int) -> tuple[list[Receipt], int]:
    """A broadcast that has gone out to everybody, by the ledger's own ways; its last news."""
    async with house(channel, folder) as made:
        await made.fill(messages)
        number = await launched(made)
        await made.ledger.plan(number, {}, [f"{channel}:{ACCOUNT}"])
        return await _record(made, number), number


async def _record(made: House, number: int) -> list[Receipt]:
    wish = Wish(number, made.channel, ACCOUNT, size=_CLAIM, awaits=True)
    noted, receipts = list[Sent](), list[Receipt]()
    while True:
        batch = await made.ledger.exchange(noted, [], wish)
        if not batch.claimed:
            return receipts
        noted = [Sent(one.delivery_id, time(), f"mid.{one.delivery_id}") for one in batch.claimed]
        receipts += [
            Receipt(
                ReceiptKind.READ, time(), f"mid.{one.delivery_id}", one.delivery_id, one.address
            )
            for one in batch.claimed
        ]
        wish = wish._replace(after=batch.reached)


async def proved(folder: Path, number: int) -> tuple[dict[DeliveryStatus, int], bool]:
    """Deliveries by status, counted; whether the tallies say the same."""
    store = Store(url_of(folder))
    try:
        ledger = Ledger(store)
        tallies = {s: n for s, n in (await ledger.tallies(number)).items() if n}
        counts = {s: n for s, n in (await ledger.prove(number)).items() if n}
    finally:
        await store.close()
    return counts, counts == tallies
