"""Many broadcasts over many accounts at once: does each account get on, and each person an answer.

The real engine and channel over HTTP to a sink that refuses what is beyond an account's allowance.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from itertools import pairwise
from statistics import median
from time import monotonic
from typing import Any

from sqlalchemy import text

from broadcast.account_key import AccountKey
from broadcast.inbound import Answer
from broadcast.message import RichText
from broadcast.models import Broadcast
from lab.bench import host
from lab.bench.installation import House, house
from lab.bench.report import Step, rank_ms

SMALL = 10  # people of the small broadcast
SMALL_SECONDS = 5.0
REPLY_P99_MS = 100.0
# A stall up to this long is made good by the limiter: no allowance is lost.
IDLE_SECONDS = 0.25
SHARE = 0.98  # of the allowance
FAIRNESS = 0.8  # of an equal part, for the broadcast served least
_REPLY_SHARE = 0.1  # of the allowance, for answers to people
_UNLIMITED_REPLIES = 100.0  # a second
_UNLIMITED_PEOPLE_PER_SECOND = 6_000
_SENT = text("""SELECT l.account, d.broadcast_id FROM delivery d JOIN lane l USING (lane_id)
WHERE d.sent_at IS NOT NULL ORDER BY d.sent_at""")


async def breadth(
    channel: str, broadcasts: int, accounts: int, rate: float, seconds: float, crowd: int,
    step: Step,
) -> dict[str, Any]:  # fmt: skip
    """`rate` of each account; about `seconds` a part; `crowd` people get the large broadcast."""
    host.take_sender_core()
    shared = await _shared(channel, broadcasts, accounts, rate, seconds, step)
    replies = {
        "at_the_allowance": await _replies(channel, accounts, rate, seconds, step),
        "without_a_limit": await _replies(channel, 1, 0.0, seconds / 4, step),
    }
    small = await _small_beside_large(channel, rate, crowd, step)
    found: dict[str, Any] = {
        "channel": channel, "broadcasts": broadcasts, "accounts": accounts,
        "allowed_per_second": rate, "shared": shared, "replies": replies, "small": small,
    }  # fmt: skip
    found["marks"] = marks(found)
    return found | {"holds": all(found["marks"].values())}


def marks(found: dict[str, Any]) -> dict[str, bool]:
    """Which of the marks are met."""
    shared, replies, small = found["shared"], found["replies"], found["small"]
    return {
        "no_account_idles": shared["share_min"] >= SHARE
        and shared["longest_idle_seconds"] <= IDLE_SECONDS,
        "never_beyond_the_allowance": not shared["refused"],
        "broadcasts_share_fairly": shared["fairness_min"] >= FAIRNESS,
        "small_one_in_time": max(small["while_planning_seconds"], small["while_sending_seconds"])
        < SMALL_SECONDS,
        "replies_in_time": all(row["p99_ms"] < REPLY_P99_MS for row in replies.values()),
    }


async def _shared(
    channel: str, broadcasts: int, accounts: int, rate: float, seconds: float, step: Step
) -> dict[str, Any]:
    """Every broadcast goes out on every account, all launched at once."""
    people = broadcasts * accounts * max(2, round(rate * seconds / broadcasts))
    async with host.sink(channel, rate) as sink, house(channel) as made:
        step("people")
        await made.fill(people, accounts=accounts, languages=broadcasts)
        await made.open(sink.url, rate, accounts)
        numbers = [await made.approved(f"l{i}") for i in range(broadcasts)]
        launched = monotonic()
        async with made.running():
            what = f"{broadcasts} broadcasts over {accounts} accounts"
            await _shown(step, what, seconds, made.completed(*numbers))
        took = monotonic() - launched
        arrived = await sink.ask("arrivals")
        sent = await _sent(made)
    if len(sent) != people:
        raise SystemExit(f"bench: only {len(sent)} of {people} were sent")
    return {"people": people, "seconds": round(took, 1)} | use(arrived, rate, launched) | fair(sent)


async def _sent(made: House) -> list[tuple[str, int]]:
    """(account, broadcast) of each delivery, as they were sent."""
    async with made.core.store.read() as session:
        return [(str(a), int(b)) for a, b in await session.execute(_SENT)]


def use(arrived: dict[str, dict[str, Any]], rate: float, launched: float) -> dict[str, float]:
    """Of the sink's notes, account by account: what each made of its allowance while it had work.

    An account has work from the launch until its last message. Idle is what a pause lasted longer
    than the allowance asks for; the time until the first message is told apart.
    """
    times = [account["arrivals"] for account in arrived.values()]
    shares = [(len(one) - 1) / (one[-1] - one[0]) / rate for one in times]
    return {
        "share_min": round(min(shares), 4),
        "share_median": round(median(shares), 4),
        "longest_idle_seconds": round(max(map(longest_pause, times)) - 1 / rate, 3),
        "slowest_start_seconds": round(max(one[0] for one in times) - launched, 3),
        "refused": sum(account["throttled"] for account in arrived.values()),
    }


def longest_pause(times: list[float]) -> float:
    return max(b - a for a, b in pairwise(times))


def fair(sent: list[tuple[str, int]]) -> dict[str, float]:
    """How evenly each account served its broadcasts: 1 when all had as much at half of the way.

    Of each account, what the broadcast served least had of an equal part by then.
    """
    served: dict[str, list[int]] = defaultdict(list)
    for account, broadcast in sent:
        served[account].append(broadcast)
    least = [_least_part(order) for order in served.values()]
    return {"fairness_min": round(min(least), 3), "fairness_median": round(median(least), 3)}


def _least_part(order: list[int]) -> float:
    halfway = Counter(order[: len(order) // 2])
    everyone = set(order)
    return min(halfway[one] for one in everyone) * len(everyone) / (len(order) // 2)


async def _replies(
    channel: str, accounts: int, rate: float, seconds: float, step: Step
) -> dict[str, float]:
    """Answers to people, as they come, while a broadcast takes all of every account's allowance."""
    pace = rate or _UNLIMITED_PEOPLE_PER_SECOND
    async with host.sink(channel, rate) as sink, house(channel) as made:
        step("people")
        await made.fill(int(accounts * pace * (seconds + 1)), accounts=accounts)
        await made.open(sink.url, rate, accounts)
        for account in range(accounts):
            await _reply(made, account, account)  # what the first one loads is no waiting time
        number = await made.approved()
        async with made.running():
            finished = asyncio.create_task(made.completed(number))
            often = rate * _REPLY_SHARE or _UNLIMITED_REPLIES
            asking = [
                asyncio.create_task(_people_ask(made, account, often))
                for account in range(accounts)
            ]
            what = "replies beside a broadcast " + ("at its allowance" if rate else "without limit")
            await _shown(step, what, seconds, asyncio.wait({finished}))
            for one in asking:
                one.cancel()
            waits = [w for times in await asyncio.gather(*asking) for w in times]
            await finished
        arrived = await sink.ask("arrivals")
    return {
        "replies": len(waits), "p50_ms": rank_ms(waits, 0.5), "p99_ms": rank_ms(waits, 0.99),
        "longest_ms": rank_ms(waits, 1.0),
        "messages_per_second": round(sum(map(_pace, arrived.values())), 1),
        "refused": sum(account["throttled"] for account in arrived.values()),
    }  # fmt: skip


def _pace(account: dict[str, Any]) -> float:
    times = account["arrivals"]
    return (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0


async def _people_ask(made: House, account: int, often: float) -> list[float]:
    """Seconds each answer took from the wish to say it to the platform's yes, until cancelled."""
    times: list[float] = []
    underway: set[asyncio.Task[float]] = set()

    def ended(one: asyncio.Task[float]) -> None:
        underway.discard(one)
        times.append(one.result())

    try:
        for person in range(1_000_000, 2_000_000):
            await asyncio.sleep(random.expovariate(often))
            one = asyncio.create_task(_reply(made, account, person))
            underway.add(one)
            one.add_done_callback(ended)
    except asyncio.CancelledError:
        await asyncio.gather(*underway)
    return times


async def _reply(made: House, account: int, person: int) -> float:
    channel = made.core.channels[AccountKey(made.channel, f"n{account}")]
    begun = monotonic()
    await channel.reply(made.trial.address(person), Answer(RichText(text="You are subscribed.")))
    return monotonic() - begun


async def _small_beside_large(channel: str, rate: float, crowd: int, step: Step) -> dict[str, Any]:
    """Twice: while the large one is still being planned, and after."""
    async with host.sink(channel, rate) as sink, house(channel) as made:
        step(f"{crowd:,} people")
        await made.fill(crowd + SMALL)
        await _set_apart(made, crowd)
        await made.open(sink.url, rate)
        step(f"{SMALL} people beside {crowd:,}")
        small = [await made.submitted("few") for _ in range(2)]
        large = await made.approved("l0")
        async with made.running():
            await _until(lambda: _begun(sink))
            planning = await _done(made, *small[0])
            await _until(lambda: _planned(made, large))
            sending = await _done(made, *small[1])
            sent = (await sink.ask("people"))["messages"]
    return {
        "recipients": SMALL, "large_recipients": crowd, "large_sent_by_then": sent - 2 * SMALL,
        "while_planning_seconds": planning, "while_sending_seconds": sending,
    }  # fmt: skip


async def _set_apart(made: House, crowd: int) -> None:
    """The last ones are those the small broadcast is for."""
    async with made.core.store.bulk() as db:
        await db.execute(
            text("UPDATE subscriber SET language = 'few' WHERE subscriber_id > :crowd"),
            {"crowd": crowd},
        )


async def _done(made: House, number: int, submission: str) -> float:
    """Seconds from its approval until it was completed."""
    begun = monotonic()
    await made.approve(number, submission)
    await made.completed(number)
    return round(monotonic() - begun, 3)


async def _begun(sink: host.SinkProcess) -> bool:
    return bool((await sink.ask("people"))["messages"])


async def _planned(made: House, number: int) -> bool:
    async with made.core.store.read() as session:
        row = await session.get(Broadcast, number)
        return row is not None and row.planning_done


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    while not await holds():
        await asyncio.sleep(0.05)


async def _shown(step: Step, what: str, seconds: float, work: Awaitable[Any]) -> None:
    """Wait for it, showing how long it has taken of what it should take."""
    begun, doing = monotonic(), asyncio.ensure_future(work)
    while not doing.done():
        step(what, min(monotonic() - begun, seconds), seconds)
        await asyncio.wait({doing}, timeout=0.5)
    await doing
