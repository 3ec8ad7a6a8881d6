"""Two people turn out to be one while a broadcast planned for both is on its way: it reaches them once."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from broadcast.channel import Envelope
from broadcast.inbound import Inbound, InboundKind
from broadcast.outcome import Deferred, Outcome, Reason, Refused
from broadcast.services import retry, subscribe
from broadcast.services.audit import load_broadcast
from broadcast.states import BroadcastStatus, DeliveryStatus
from broadcast.store import planning
from tests.scenario.house import House, ScriptedChannel
from tests.scenario.world import Windowed, World

S, D = BroadcastStatus, DeliveryStatus
TELEGRAM, WHATSAPP = "telegram:1", "whatsapp:91"
ASIDE = (D.SKIPPED, Reason.REACHED_ELSEWHERE)
LATER = Deferred(Reason.UNAVAILABLE, retry_after=3600)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    house = await House(tmp_path).open()
    house.core.clock = lambda: house.now
    yield World(house, Windowed())
    await house.store.close()


async def apart(world: World, **whatsapp: object) -> None:
    await world.put(telegram="1")
    await world.put(whatsapp="91", **({"wrote": True} | whatsapp))  # type: ignore[arg-type]


async def link(world: World, code: str = "") -> None:
    """The one on WhatsApp gets a code and sends it from Telegram."""
    words = f"LINK {code or await code_of(world)}"
    sent = Inbound("l", "telegram", "default", "1", InboundKind.TEXT, words)
    await subscribe.hear(world.house.core, sent)


async def code_of(world: World) -> str:
    found = re.search(r"\d{8}", await world.say("91", "LINK"))
    assert found is not None
    return found[0]


def channel(world: World, name: str) -> ScriptedChannel:
    return world.windowed if name == WHATSAPP else world.house.channel


def puts_off(world: World, name: str) -> None:
    """This channel puts its first tries off, as a platform that is not available."""
    one, tried = channel(world, name), Counter[str]()
    before = one.send

    async def send(envelope: Envelope) -> Outcome:
        tried[envelope.address] += 1
        return LATER if tried[envelope.address] == 1 else await before(envelope)

    one.send = send  # type: ignore[method-assign]


async def change(world: World, sql: str) -> None:
    async with world.house.store.write() as session:
        await session.execute(text(sql))


async def during(world: World, number: int, act: Callable[[], Awaitable[None]]) -> None:
    """The broadcast from its start to its end, `act` meanwhile; then what was put off is due."""

    async def meanwhile() -> None:
        await act()
        await change(world, "UPDATE delivery SET due_at = 0 WHERE status = 1")

    await asyncio.gather(world.run_until(number, S.COMPLETED), meanwhile())


async def stands(world: World, number: int, wanted: dict[str, DeliveryStatus]) -> None:
    async with asyncio.timeout(60):
        while {k: s for k, (s, _) in (await world.rows(number)).items()} != wanted:
            await asyncio.sleep(0.02)


def received(world: World) -> dict[str, int]:
    return dict(world.house.channel.received + world.windowed.received)


@pytest.mark.parametrize(("first", "second"), [(TELEGRAM, WHATSAPP), (WHATSAPP, TELEGRAM)])
async def test_who_has_it_on_one_channel_does_not_get_it_on_the_other(
    world: World, first: str, second: str
) -> None:
    await apart(world)
    puts_off(world, second)
    number = await world.approved()

    async def act() -> None:
        await stands(world, number, {first: D.SENT, second: D.DEFERRED})
        await link(world)

    await during(world, number, act)
    assert received(world) == {first.partition(":")[2]: 1}
    assert (await world.rows(number))[second] == ASIDE


@pytest.mark.parametrize("ends", [None, Refused(Reason.BLOCKED, suppress=True)])
@pytest.mark.parametrize(("first", "second"), [(TELEGRAM, WHATSAPP), (WHATSAPP, TELEGRAM)])
async def test_what_is_on_its_way_counts_as_theirs_unless_that_channel_turns_out_closed(
    world: World, first: str, second: str, ends: Outcome | None
) -> None:
    await apart(world)
    puts_off(world, second)
    one, joined = channel(world, first), asyncio.Event()
    before = one.send

    async def send(envelope: Envelope) -> Outcome:
        await joined.wait()
        return ends or await before(envelope)

    one.send = send  # type: ignore[method-assign]
    number = await world.approved()

    async def act() -> None:
        await stands(world, number, {first: D.IN_FLIGHT, second: D.DEFERRED})
        await link(world)
        assert (await world.rows(number))[second] == ASIDE
        joined.set()

    await during(world, number, act)
    reached = second if ends else first
    assert received(world) == {reached.partition(":")[2]: 1}


@pytest.mark.parametrize("liked", ["telegram", "whatsapp"])
async def test_before_anything_went_it_goes_where_they_like_it_best(
    world: World, liked: str
) -> None:
    await apart(world, preferred=liked)
    puts_off(world, TELEGRAM)
    puts_off(world, WHATSAPP)
    number = await world.approved()

    async def act() -> None:
        await stands(world, number, {TELEGRAM: D.DEFERRED, WHATSAPP: D.DEFERRED})
        await link(world)

    await during(world, number, act)
    assert received(world) == ({"1": 1} if liked == "telegram" else {"91": 1})


async def test_nobody_is_waited_for_who_has_it_on_another_channel(world: World) -> None:
    await apart(world, wrote=False)
    code = await code_of(world)
    await change(world, "UPDATE address SET wrote_at = NULL")  # since when their window has closed
    number = await world.approved(outside="wait")
    await world.run_until(number, S.WAITING)
    await link(world, code)
    await world.run_until(number, S.COMPLETED)
    await world.say("91", "hello")
    assert await world.house.status(number) == S.COMPLETED
    assert received(world) == {"1": 1}
    assert (await world.rows(number))[WHATSAPP] == ASIDE


async def test_joined_after_its_end_a_new_try_does_not_reach_them_again(world: World) -> None:
    await apart(world)
    world.house.channel.script = lambda e: Refused(Reason.UNAVAILABLE)
    number = await world.approved()
    await world.run_until(number, S.COMPLETED)
    world.house.channel.script = None
    await link(world)
    await retry.retry(world.house.core, world.house.approver, number, retry.TEMPORARY)
    await world.run_until(number, S.COMPLETED)
    assert received(world) == {"91": 1}
    assert (await world.rows(number))[TELEGRAM] == ASIDE


async def test_joined_while_it_is_planned_they_are_in_it_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await apart(world, preferred="whatsapp")
    monkeypatch.setattr(planning, "CHUNK", 1)
    number, house = await world.approved(), world.house
    async with house.store.write() as session:
        (await load_broadcast(session, number)).status = S.SENDING
    accounts = ["telegram:default", "whatsapp:default"]
    await house.store.work(lambda db: planning.open_lanes(db, number, accounts))
    await house.store.work(lambda db: planning.plan_chunk(db, number, {}))
    await link(world)
    await world.run_until(number, S.COMPLETED)
    assert received(world) == {"91": 1}
    assert await world.rows(number) == {TELEGRAM: ASIDE, WHATSAPP: (D.SENT, None)}


async def test_a_stop_on_the_liked_channel_leaves_the_other(world: World) -> None:
    await apart(world, preferred="whatsapp")
    puts_off(world, TELEGRAM)
    puts_off(world, WHATSAPP)
    number = await world.approved()

    async def act() -> None:
        await stands(world, number, {TELEGRAM: D.DEFERRED, WHATSAPP: D.DEFERRED})
        await world.say("91", "STOP")
        await link(world)

    await during(world, number, act)
    assert received(world) == {"1": 1}
