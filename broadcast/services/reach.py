"""Whom a broadcast would reach today, channel by channel: windows, daily limits, time and money."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from sqlalchemy import text

from broadcast.channel import Channel, Priced, Problem
from broadcast.context import Core
from broadcast.language import N_
from broadcast.message import Message
from broadcast.name_blanks import SAMPLE, needs_name
from broadcast.store import fallback
from broadcast.store.deliveries import Ledger

DAY_SECONDS = 86_400.0
SKIP, WAIT = "skip", fallback.WAIT
SPREAD, CUT = "spread", "cut"
_ANYBODY = text("""SELECT 1 FROM address
WHERE channel = :channel AND consent = 'opted_in' AND suppressed = '' LIMIT 1""")
_BEGUN = text("""SELECT count(*) FROM begun
WHERE channel = :channel AND at > :since""")


@dataclass(frozen=True)
class Reach:
    """One account's share. `people` are its own after everybody was put on one channel.

    `outside`: how many have not written recently enough for free text (0 where there is no
    window); `by_template`: they get the chosen template; `left_today`: how many of them the daily
    limit still allows, None without a limit. `eta_seconds` counts the days over which they are
    spread; `price` is an estimate, 0 where nothing is known.
    """

    channel: str
    account: str
    people: int
    outside: int
    by_template: bool
    left_today: int | None
    eta_seconds: float
    price: float
    currency: str

    @property
    def over_budget(self) -> int:
        """People for whom there is no room today."""
        if self.left_today is None or not self.by_template:
            return 0
        return max(0, self.outside - self.left_today)


async def reach(core: Core, audience: dict[str, object], message: Message) -> list[Reach]:
    """What an approver should know before saying yes; read anew each time."""
    accounts = {str(key): channel for key, channel in core.channels.items()}
    now = core.clock().timestamp()
    since = {
        name: now - c.capabilities.window_seconds
        for name, c in accounts.items()
        if c.capabilities.window_seconds
    }
    rows = await Ledger(core.store).reach(audience, list(accounts), since)
    cut = audience.get("overflow") == CUT
    return [
        await _of(core, accounts[n], message, people, inside, cut) for n, people, inside in rows
    ]


async def people(core: Core, audience: dict[str, object]) -> int:
    """How many it would reach now, each person once."""
    accounts = [str(key) for key in core.channels]
    return sum(count for _, count, _ in await Ledger(core.store).reach(audience, accounts, {}))


async def reaching(core: Core) -> set[str]:
    """The channels it may come on: whoever is not reached where they like it best gets it on their
    next one, so each counts that anybody who agreed is on."""
    async with core.store.read() as session:
        names = {name for name, _ in core.channels}
        return {name for name in names if await session.scalar(_ANYBODY, {"channel": name})}


async def nameless(core: Core, audience: dict[str, object], message: Message) -> list[Problem]:
    """People whose template would have a hole where their name should be, the first of them by
    address. Found before anybody approves; one that has a word for them goes to everyone."""
    channels = [
        use.channel for use in message.templates if any(needs_name(v) for _, v in use.parameters)
    ]
    if not channels:
        return []
    accounts = [str(key) for key in core.channels]
    count, first = await Ledger(core.store).nameless(audience, accounts, channels)
    if not count:
        return []
    return [
        Problem(
            N_(
                "{n} of them have no name to put into the template ({people}). Choose it again and "
                "write `{sample}`, with a word for them in place of the dots, or add their names."
            ),
            {"n": count, "people": ", ".join(first), "sample": SAMPLE},
        )
    ]


async def _of(
    core: Core, channel: Channel, message: Message, people: int, inside: int, cut: bool
) -> Reach:
    """`cut`: who is over the daily limit is left out, instead of following on the next days."""
    able = channel.capabilities
    outside = people - inside if able.window_seconds else 0
    by_template = message.template(channel.name) is not None
    left = await left_today(core, channel)
    told = outside if by_template else 0
    over = max(0, told - left) if left is not None else 0
    told -= over if cut else 0
    freely = people - outside
    price, currency = 0.0, ""
    if isinstance(channel, Priced):
        quote = channel.quote(message)
        price = freely * quote.inside + told * quote.outside
        currency = quote.currency
    rate = able.rate_per_second
    eta = (freely + told) * channel.cost(message) / rate if rate else 0.0
    if over and not cut:
        eta = max(eta, ceil(over / able.people_per_day) * DAY_SECONDS)
    return Reach(
        channel.name, channel.account, people, outside, by_template, left, eta, price, currency
    )


async def left_today(core: Core, channel: Channel) -> int | None:
    """How many more people we may begin with in this rolling day; None without a limit.

    The limit is the whole portfolio's, so all accounts of a channel count together (facts 1).
    """
    limit = channel.capabilities.people_per_day
    if not limit:
        return None
    since = core.clock().timestamp() - DAY_SECONDS
    async with core.store.read() as session:
        used = await session.scalar(_BEGUN, {"channel": channel.name, "since": since})
    return max(0, limit - int(used or 0))
