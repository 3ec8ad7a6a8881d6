"""The ledger beside what the phones of the sandbox show, channel by channel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from rich.table import Table
from sqlalchemy import text

from broadcast.states import BroadcastStatus, DeliveryStatus
from broadcast.store.session import Store
from sandbox.meta_stage import META
from sandbox.scenario import CHANNELS, MARK, NAMES, Story

_D = DeliveryStatus
_DELIVERIES = text("""SELECT a.channel, a.value, d.status, COALESCE(d.reason, '')
FROM delivery d JOIN address a ON a.address_id = d.address_id ORDER BY d.delivery_id""")
_LEFT = text("SELECT channel || ':' || value FROM address WHERE consent = 'opted_out'")


@dataclass(frozen=True, slots=True)
class Line:
    """A delivery as the ledger has it; `received` and `tick` as its person's phone shows it."""

    channel: str
    person: int
    status: DeliveryStatus
    reason: str
    received: int
    tick: str

    @property
    def wrong(self) -> str:
        """What does not agree, in words; empty when all does."""
        least, most = 0, 0
        if self.status >= _D.SENT:
            least, most = 1, 1
        elif self.status == _D.UNCERTAIN:
            most = 1
        who = f"{self.channel}:{self.person}"
        if not least <= self.received <= most:
            return f"{who} is {self.status.name} but received {self.received}"
        ticked = self.channel in META and self.status >= _D.SENT
        if ticked and self.tick != self.status.name.lower():
            return f"{who} is {self.status.name} here and {self.tick or 'nothing'} on the phone"
        return ""


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Everything compared at one moment. `mistakes` is empty when the story held."""

    lines: list[Line]
    mistakes: list[str]


async def compare(database: str, story: Story) -> Reckoning:
    """Read the ledger and ask every phone."""
    store = Store(database)
    try:
        async with store.read() as session:
            status = (await session.execute(text("SELECT status FROM broadcast"))).scalar_one()
            rows = [tuple(row) for row in await session.execute(_DELIVERIES)]
            left = set((await session.execute(_LEFT)).scalars())
    finally:
        await store.close()
    received = {channel: await story.received(channel) for channel in CHANNELS}
    lines = []
    for channel, address, number, reason in rows:
        person = await story.whose(channel, address) if channel in META else int(address)
        tick = await story.tick(channel, person, MARK) if channel in META else ""
        count = received[channel].get(person, 0)
        lines.append(Line(channel, person, _D(number), reason, count, tick))
    mistakes = [line.wrong for line in lines if line.wrong]
    if status != BroadcastStatus.COMPLETED:
        mistakes.append(f"the broadcast is {status}, not completed")
    mistakes += _strangers(lines, received)
    mistakes += [
        f"{channel}:{person} said STOP before their turn and was messaged"
        for channel, person in story.stopped.items()
        if received[channel].get(person)
    ]
    for channel, person in (*story.stopped.items(), *story.enough.items()):
        address = await story.address(channel, person) if channel in META else str(person)
        if f"{channel}:{address}" not in left:
            mistakes.append(f"{channel}:{person} said STOP and is still subscribed")
    return Reckoning(lines, mistakes)


def _strangers(lines: Iterable[Line], received: dict[str, dict[int, int]]) -> list[str]:
    """Who received it without being planned, or more than once over all channels."""
    planned = {(line.channel, line.person) for line in lines}
    wrong, times = [], Counter[int]()
    for channel, counts in received.items():
        times.update(counts)
        if strangers := {(channel, person) for person in counts} - planned:
            wrong.append(f"{len(strangers)} on {channel} received it without being planned")
    return wrong + [f"{person} received it {n} times" for person, n in times.items() if n > 1]


def table(lines: list[Line]) -> Table:
    """A row for each channel and one for all: what the ledger says, what the phones show."""
    drawn = Table(title="Ledger beside phones")
    drawn.add_column("")
    for name in ("planned", "sent", "on phones", "read", "failed", "skipped", "uncertain"):
        drawn.add_column(name, justify="right")
    for channel in CHANNELS:
        own = [line for line in lines if line.channel == channel]
        drawn.add_row(NAMES[channel], *_sums(own, ticks=channel in META))
    drawn.add_section()
    drawn.add_row("together", *_sums(lines, ticks=True))
    return drawn


def _sums(lines: list[Line], *, ticks: bool) -> list[str]:
    counts = Counter(line.status for line in lines)
    sent = sum(n for status, n in counts.items() if status >= _D.SENT)
    shown = sum(line.received for line in lines if line.status >= _D.SENT)
    read = str(counts[_D.READ]) if ticks else "–"
    ends = [str(counts[status]) for status in (_D.FAILED, _D.SKIPPED, _D.UNCERTAIN)]
    return [str(len(lines)), str(sent), str(shown), read, *ends]


def reasons(lines: list[Line]) -> list[str]:
    """Why some did not surely get it, a line for each channel, end and reason."""
    ends = (_D.UNCERTAIN, _D.FAILED, _D.SKIPPED)
    counts = Counter((x.channel, x.status, x.reason) for x in lines if x.status in ends)
    got = Counter((x.channel, x.status, x.reason) for x in lines if x.received)
    return [
        f"  {n:>3} {status.name.lower()} on {NAMES[channel]}: {reason.replace('_', ' ')}"
        + (f" ({got[channel, status, reason]} did get it)" if status == _D.UNCERTAIN else "")
        for (channel, status, reason), n in sorted(counts.items(), key=_order)
    ]


def _order(counted: tuple[tuple[str, DeliveryStatus, str], int]) -> tuple[int, int, str]:
    (channel, status, reason), _ = counted
    return CHANNELS.index(channel), status, reason
