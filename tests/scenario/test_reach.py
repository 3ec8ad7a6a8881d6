"""Windows, daily limits, several channels: who gets it, on which, when, and why not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.views.reach import reach_lines
from broadcast.channel import Envelope, Quote
from broadcast.clock import steady_unix
from broadcast.inbound import Inbound, InboundKind
from broadcast.language import speech
from broadcast.message import Message, RichText, TemplateUse
from broadcast.outcome import Outcome, Reason, Receipt, ReceiptKind, Refused, Scope
from broadcast.services import compose, control, receipts, report, subscribe
from broadcast.states import BroadcastStatus, DeliveryStatus
from tests.scenario.house import House
from tests.scenario.world import Windowed, World

S = BroadcastStatus
LATEST = datetime(9999, 1, 1, tzinfo=UTC)


TEMPLATE = TemplateUse(
    channel="whatsapp", name="water", language="en", parameters=(("1", "Dear {name}"),)
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    house = await House(tmp_path).open()
    house.core.clock = lambda: house.now
    yield World(house, Windowed())
    await house.store.close()


async def test_a_person_on_two_channels_gets_it_once_where_they_like_it(world: World) -> None:
    await world.put(telegram="1", whatsapp="91", wrote=True)
    await world.put(telegram="2", whatsapp="92", wrote=True, preferred="whatsapp")
    await world.put(whatsapp="93", wrote=True)
    number = await world.approved()
    await world.run_until(number, S.COMPLETED)
    assert dict(world.house.channel.received) == {"1": 1}
    assert dict(world.windowed.received) == {"92": 1, "93": 1}
    assert (await report.sums(world.house.core, number)).planned == 3


async def test_where_one_channel_is_closed_the_next_takes_over_and_the_report_says_why(
    world: World,
) -> None:
    await world.put(telegram="1", whatsapp="91", wrote=True, preferred="whatsapp")
    await world.put(telegram="2", whatsapp="92", preferred="whatsapp")  # outside the window
    world.windowed.blocked = {"91"}
    number = await world.approved()
    await world.run_until(number, S.COMPLETED)
    assert dict(world.house.channel.received) == {"1": 1, "2": 1}
    rows = await world.rows(number)
    assert rows["whatsapp:91"] == (DeliveryStatus.SKIPPED, Reason.BLOCKED)
    assert rows["whatsapp:92"] == (DeliveryStatus.SKIPPED, Reason.OUTSIDE_WINDOW)
    sums = await report.sums(world.house.core, number)
    assert (sums.planned, sums.sent, sums.skipped, sums.open) == (4, 2, 2, 0)


async def test_outside_the_window_the_template_goes_with_the_name_in_it(world: World) -> None:
    await world.put(whatsapp="91", name="Bora")
    number = await world.approved(TEMPLATE)
    await world.run_until(number, S.COMPLETED)
    assert world.windowed.names == {"91": "Bora"}


async def test_people_without_a_name_are_found_before_the_approval(world: World) -> None:
    await world.put(whatsapp="91", name="")
    await world.put(whatsapp="92", name="Bora")
    number = await world.house.draft()
    message = Message(text=RichText(text="Water"), templates=(TEMPLATE,))
    await compose.set_message(world.house.core, world.house.author, number, message)
    (problem,) = (await compose.look_at(world.house.core, number)).problems
    assert (problem.values["n"], problem.values["people"]) == (1, "91")


@pytest.mark.parametrize("hours_ago", [25, 23])
async def test_who_wrote_at_no_round_moment_is_waited_for_after_one_try(
    world: World, hours_ago: int
) -> None:
    """At 23 hours it is the platform that finds the window closed."""
    await world.put(whatsapp="91")
    moment = round(steady_unix()) - hours_ago * 3600 + 0.2071006
    async with world.house.store.write() as session:
        await session.execute(text("UPDATE address SET wrote_at = :at"), {"at": moment})
    world.windowed.shut = True
    number = await world.approved(outside="wait")
    await world.run_until(number, S.WAITING)
    async with world.house.store.read() as session:
        assert await session.scalar(text("SELECT attempt FROM delivery")) == 1
    assert await world.rows(number) == {
        "whatsapp:91": (DeliveryStatus.WAITING, Reason.OUTSIDE_WINDOW)
    }


async def test_people_waited_for_get_it_when_they_write_unless_they_write_stop(
    world: World,
) -> None:
    await world.put(whatsapp="91")
    await world.put(whatsapp="92")
    await world.put(whatsapp="93", wrote=True)
    number = await world.approved(outside="wait")
    await world.run_until(number, S.WAITING)
    assert dict(world.windowed.received) == {"93": 1}
    world.house.now = world.house.now.__class__.now(tz=world.house.now.tzinfo)
    await world.say("91", "hello")
    await world.say("92", "STOP")
    await world.run_until(number, S.COMPLETED)
    assert dict(world.windowed.received) == {"91": 1, "93": 1}
    assert (await world.rows(number))["whatsapp:92"] == (
        DeliveryStatus.SKIPPED, Reason.OPTED_OUT,
    )  # fmt: skip


@pytest.mark.parametrize("code", ["", "131047"])
async def test_who_writes_while_being_found_outside_does_not_wait_for_the_next_time(
    world: World, code: str
) -> None:
    await world.put(whatsapp="91", wrote=bool(code))
    world.house.now = world.house.now.__class__.now(tz=world.house.now.tzinfo)
    before = world.windowed.send
    asked = 0

    async def send(envelope: Envelope) -> Outcome:
        nonlocal asked
        asked += 1
        if asked > 1:
            return await before(envelope)
        await world.say("91", "hello")  # as the platform's no is on its way
        return Refused(Reason.OUTSIDE_WINDOW, code=code)

    world.windowed.send = send  # type: ignore[method-assign]
    number = await world.approved(outside="wait")
    await world.run_until(number, S.COMPLETED)
    assert dict(world.windowed.received) == {"91": 1}


# In fifteen digits, as SQLite writes them in JSON, it is less, the same, and more.
@pytest.mark.parametrize("micros", ["0.000004", "0.000000", "0.000006"])
@pytest.mark.parametrize("code", ["", "131047"])
async def test_the_fraction_of_a_second_at_which_they_wrote_does_not_count_as_writing_again(
    world: World, code: str, micros: str
) -> None:
    await world.put(whatsapp="91")
    ago = 60 if code else 90_000  # whom we take for inside their window, and who is outside
    async with world.house.store.write() as session:
        wrote_at = int(steady_unix()) - ago + 0.88549 + float(micros)
        await session.execute(text("UPDATE address SET wrote_at = :w"), {"w": wrote_at})
    asked = 0

    async def send(envelope: Envelope) -> Outcome:
        nonlocal asked
        asked += 1
        return Refused(Reason.OUTSIDE_WINDOW, code=code)

    world.windowed.send = send  # type: ignore[method-assign]
    number = await world.approved(outside="wait")
    await world.run_until(number, S.WAITING)
    assert asked == 1
    async with world.house.store.read() as session:
        kept = await session.scalar(text("SELECT wrote_at FROM address"))
    assert (kept is None) == bool(code), "the platform's word on the window is believed"


async def test_waiting_ends_with_the_broadcasts_time(world: World) -> None:
    await world.put(whatsapp="91")
    number = await world.approved(outside="wait")
    await world.run_until(number, S.WAITING)
    world.house.now += timedelta(hours=73)
    await world.run_until(number, S.COMPLETED)
    assert await world.rows(number) == {"whatsapp:91": (DeliveryStatus.SKIPPED, Reason.EXPIRED)}
    assert not world.windowed.received


async def test_a_waiting_broadcast_can_be_cancelled(world: World) -> None:
    await world.put(whatsapp="91")
    number = await world.approved(outside="wait")
    await world.run_until(number, S.WAITING)
    await control.cancel(world.house.core, world.house.approver, number)
    await world.say("91", "hello")
    await world.run_until(number, S.CANCELLED)
    assert not world.windowed.received


@pytest.mark.parametrize("choice", ["spread", "cut"])
async def test_no_more_people_are_begun_with_than_the_platform_allows_a_day(
    world: World, choice: str
) -> None:
    able = world.windowed.capabilities
    world.windowed.capabilities = replace(able, people_per_day=5)
    for i in range(12):
        await world.put(whatsapp=str(100 + i))
    await world.put(whatsapp="200", wrote=True)  # inside: does not count
    look = await compose.look_at(world.house.core, await world.house.draft())
    assert [(r.people, r.outside, r.left_today) for r in look.reach] == [(13, 12, 5)]
    number = await world.approved(TEMPLATE, overflow=choice)
    if choice == "cut":
        await world.run_until(number, S.COMPLETED)
        sums = await report.sums(world.house.core, number)
        assert (sums.sent, sums.skipped) == (6, 7)
        return
    runner = asyncio.create_task(world.run_until(number, S.COMPLETED))
    async with asyncio.timeout(60):
        while (await _statuses(world, number)).count(DeliveryStatus.DEFERRED) < 7:
            await asyncio.sleep(0.02)
    runner.cancel()
    await asyncio.gather(runner, return_exceptions=True)
    assert len(world.windowed.received) == 6
    assert all(reason == Reason.OVER_BUDGET for _, reason in (await world.rows(number)).values()
               if reason)  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ("spread", "about 2 days; about 1.2 EUR|8 over today's limit: on the next days"),
        ("cut", "about 2 sec; about 0.4 EUR|8 over today's limit: left out"),
    ],
)
async def test_the_card_says_what_the_limit_makes_of_time_and_price(
    world: World, choice: str, said: str
) -> None:
    able = world.windowed.capabilities
    world.windowed.capabilities = replace(able, people_per_day=4, rate_per_second=2.0)
    world.windowed.quote = lambda _: Quote(0.0, 0.1, "EUR")  # type: ignore[attr-defined]
    for i in range(12):
        await world.put(whatsapp=str(100 + i))
    number = await world.house.draft()
    message = Message(text=RichText(text="Water is off"), templates=(TEMPLATE,))
    house = world.house
    await compose.set_message(house.core, house.author, number, message)
    await compose.set_reach(house.core, house.author, number, overflow=choice)
    look = await compose.look_at(house.core, number)
    lines = reach_lines(speech("en"), look.broadcast, look.reach, several=True)
    for words in said.split("|"):
        assert any(words in line.text for line in lines), lines


async def sent_to_who_switched_us_off(world: World, later: bool) -> None:
    """WhatsApp says so when it is asked to send, or `later` in a status that comes four times."""
    stopped = Refused(Reason.PLATFORM_STOP, suppress=True)

    async def refuse(_: Envelope) -> Outcome:
        return stopped

    if not later:
        world.windowed.send = refuse  # type: ignore[method-assign]
    number = await world.approved()
    await world.run_until(number, S.COMPLETED)
    if later:
        news = Receipt(ReceiptKind.FAILED, 1000.0, "wamid.1", 1, refused=stopped)
        for _ in range(2):
            await receipts.apply_receipts(world.house.core, "whatsapp", "default", [news, news])


@pytest.mark.parametrize("later", [False, True], ids=["at once", "in a status"])
async def test_a_stop_the_platform_tells_us_of_is_in_the_ledger_once(
    world: World, later: bool
) -> None:
    await world.put(whatsapp="91", wrote=True)
    await sent_to_who_switched_us_off(world, later)
    async with world.house.store.read() as session:
        ledger = (await session.execute(text("SELECT channel, kind FROM consent_event"))).all()
        closed = await session.scalar(text("SELECT suppressed FROM address"))
    assert [tuple(row) for row in ledger] == [("whatsapp", "platform_stop")]
    assert closed == Reason.PLATFORM_STOP


async def test_an_account_that_fails_afterwards_stops_the_broadcast_until_an_admin_resumes(
    world: World,
) -> None:
    for i in range(3):
        await world.put(whatsapp=str(100 + i), wrote=True)
    await world.put(whatsapp="200")
    number = await world.approved(outside="wait")
    await world.run_until(number, S.WAITING)
    core, now = world.house.core, world.house.now.timestamp()
    unpaid = Refused(Reason.RESTRICTED, scope=Scope.ACCOUNT, detail="no money", mend="Pay.")

    async def fails(delivery: int, at: float) -> S:
        failed = Receipt(ReceiptKind.FAILED, at, f"wamid.{delivery}", delivery, refused=unpaid)
        await receipts.apply_receipts(core, "whatsapp", "default", [failed, failed])
        return await world.house.status(number)

    assert await fails(1, now) == S.PAUSED
    assert (await compose.get(core, number)).pause_reason == "restricted: no money\nPay."
    world.house.now += timedelta(minutes=5)
    await control.resume(core, world.house.approver, number)
    assert await fails(2, now + 1) == S.SENDING, "that is old news"
    assert await fails(3, now + 600) == S.PAUSED


async def _statuses(world: World, number: int) -> list[int]:
    return [status for status, _ in (await world.rows(number)).values()]


NEWS: list[tuple[list[ReceiptKind], DeliveryStatus]] = [
    ([ReceiptKind.SENT], DeliveryStatus.SENT),
    ([ReceiptKind.DELIVERED, ReceiptKind.SENT], DeliveryStatus.DELIVERED),
    ([ReceiptKind.READ, ReceiptKind.DELIVERED, ReceiptKind.SENT], DeliveryStatus.READ),
    ([ReceiptKind.FAILED, ReceiptKind.SENT], DeliveryStatus.FAILED),
    ([ReceiptKind.SENT, ReceiptKind.FAILED], DeliveryStatus.FAILED),
    ([ReceiptKind.DELIVERED, ReceiptKind.FAILED], DeliveryStatus.DELIVERED),
    ([ReceiptKind.READ, ReceiptKind.FAILED, ReceiptKind.SENT], DeliveryStatus.READ),
]


@pytest.mark.parametrize("silent", [False, True], ids=["sent", "uncertain"])
@pytest.mark.parametrize(("kinds", "ends"), NEWS)
async def test_later_news_settles_to_the_same_state_in_any_order(
    world: World, kinds: list[ReceiptKind], ends: DeliveryStatus, silent: bool
) -> None:
    await world.put(whatsapp="91", wrote=True)
    world.windowed.silent = {"91"} if silent else set()
    number = await world.approved()
    await world.run_until(number, S.COMPLETED)
    delivery_id = await _delivery(world, number)
    for kind in [*kinds, *kinds]:  # each of it twice
        refused = Refused(Reason.UNREACHABLE, detail="gone") if kind == "failed" else None
        news = Receipt(kind, steady_unix(), "wamid.1", delivery_id, refused=refused)
        await receipts.apply_receipts(world.house.core, "whatsapp", "default", [news])
    assert (await world.rows(number))["whatsapp:91"][0] == ends
    sums = await report.sums(world.house.core, number)
    assert sums.planned == sums.sent + sums.failed + sums.skipped + sums.uncertain == 1


async def _delivery(world: World, number: int) -> int:
    async with world.house.store.read() as session:
        query = text("SELECT delivery_id FROM delivery WHERE broadcast_id = :b")
        return int((await session.execute(query, {"b": number})).scalar_one())


async def test_a_watermark_settles_everything_sent_to_that_person_until_then(
    tmp_path: Path,
) -> None:
    house = await House(tmp_path).open()
    world = World(house, Windowed(our_id=False))
    await world.put(whatsapp="91", wrote=True)
    await world.put(whatsapp="92", wrote=True)
    number = await world.approved()
    await world.run_until(number, S.COMPLETED)
    mark: dict[str, Any] = {"address": "91"}
    stranger = Receipt(ReceiptKind.READ, steady_unix(), address="99")
    old = Receipt(ReceiptKind.READ, steady_unix() - 3600, **mark)
    await receipts.apply_receipts(house.core, "whatsapp", "default", [stranger, old])
    assert set(await _statuses(world, number)) == {DeliveryStatus.SENT}
    await receipts.apply_receipts(
        house.core, "whatsapp", "default", [Receipt(ReceiptKind.READ, steady_unix() + 1, **mark)]
    )
    rows = await world.rows(number)
    assert rows["whatsapp:91"][0] == DeliveryStatus.READ
    assert rows["whatsapp:92"][0] == DeliveryStatus.SENT
    await house.store.close()


async def test_news_of_a_template_that_names_only_the_platforms_id_is_believed(
    world: World,
) -> None:
    """Meta leaves our mark out of some marketing statuses."""
    await world.put(whatsapp="91")
    number = await world.approved(TEMPLATE)
    await world.run_until(number, S.COMPLETED)
    async with world.house.store.read() as session:
        known = await session.scalar(text("SELECT receipt FROM delivery"))
    read = Receipt(ReceiptKind.READ, 1000.0, str(known))
    stranger = Receipt(ReceiptKind.READ, 1000.0, "wamid.of-somebody-else")
    await receipts.apply_receipts(world.house.core, "whatsapp", "default", [read, stranger])
    assert (await world.rows(number))["whatsapp:91"][0] == DeliveryStatus.READ


@pytest.mark.parametrize("later", [False, True], ids=["at once", "in a status"])
async def test_a_stop_the_platform_tells_us_of_while_sending_is_for_every_channel(
    world: World, later: bool
) -> None:
    await world.put(whatsapp="91", telegram="1", wrote=True, preferred="whatsapp")
    await sent_to_who_switched_us_off(world, later)
    async with world.house.store.read() as session:
        consent = await session.scalar(text("SELECT consent FROM address WHERE value = '1'"))
        lines = (await session.execute(text("SELECT channel, kind, how FROM consent_event"))).all()
    assert consent == "opted_out"
    assert [tuple(line) for line in lines] == [
        ("whatsapp", "platform_stop", "refused"), ("telegram", "opt_out", "elsewhere"),
    ]  # fmt: skip
    assert world.house.core.revoked == {1, 2}, "what was claimed already must see it"
    assert not world.house.channel.received


@pytest.mark.parametrize("ahead", [timedelta(days=30_000), timedelta(hours=3), timedelta(0)])
async def test_a_platforms_clock_that_runs_ahead_opens_a_window_for_no_longer(
    world: World, ahead: timedelta
) -> None:
    await world.put(whatsapp="91")
    now = world.house.now
    said = Inbound(
        "e1", "whatsapp", "default", "91", InboundKind.TEXT, "hello", at=min(now + ahead, LATEST)
    )
    await subscribe.hear(world.house.core, said)
    async with world.house.store.read() as session:
        assert await session.scalar(text("SELECT wrote_at FROM address")) == now.timestamp()
