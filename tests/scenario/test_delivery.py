"""What becomes of each delivery, whatever the platform answers."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from broadcast.context import Event
from broadcast.errors import NotAllowed, TooLate
from broadcast.inbound import Inbound, InboundKind
from broadcast.message import Message, RichText
from broadcast.models import UncertainPolicy
from broadcast.outcome import (
    Deferred,
    Reason,
    Receipt,
    ReceiptKind,
    Refused,
    Scope,
    Uncertain,
)
from broadcast.services import compose, control, receipts, report, review, subscribe
from broadcast.states import BroadcastStatus, DeliveryStatus
from tests.scenario.house import House

DONE = BroadcastStatus.COMPLETED


async def test_an_approved_broadcast_reaches_everybody_once(house: House) -> None:
    broadcast_id = await house.approved()
    await house.run_until(broadcast_id, DONE)
    assert house.channel.received == Counter({str(1000 + i): 1 for i in range(30)})
    sums = await report.sums(house.core, broadcast_id)
    assert (sums.planned, sums.sent, sums.open) == (30, 30, 0)


async def test_every_outcome_lands_in_the_sums(house: House) -> None:
    answers = {
        "1000": Refused(Reason.BLOCKED, suppress=True),
        "1001": Uncertain("timeout"),
        "1002": Refused(Reason.REJECTED, detail="odd"),
    }
    house.channel.script = lambda e: answers.get(e.address)
    broadcast_id = await house.approved()
    await house.run_until(broadcast_id, DONE)
    sums = await report.sums(house.core, broadcast_id)
    assert (sums.planned, sums.sent, sums.failed, sums.uncertain) == (30, 27, 2, 1)
    missed = {m.name: m.reason for m in await report.missed(house.core, broadcast_id)}
    assert missed == {"Person 0": "blocked", "Person 1": "no_answer", "Person 2": "rejected"}
    second = await house.approved()
    await house.run_until(second, DONE)
    assert house.channel.asked["1000"] == 1, "a blocked address is not tried again"


async def test_a_throttle_stops_the_account_and_nobody_loses_their_turn(house: House) -> None:
    throttled = Counter[str]()

    def script(envelope):  # type: ignore[no-untyped-def]
        throttled[envelope.address] += 1
        if envelope.address in {"1003", "1004"} and throttled[envelope.address] == 1:
            return Deferred(Reason.THROTTLED, retry_after=0.2, scope=Scope.ACCOUNT)
        return None

    house.channel.script = script
    broadcast_id = await house.approved()
    await house.run_until(broadcast_id, DONE)
    assert set(house.channel.received.values()) == {1}
    assert (await report.sums(house.core, broadcast_id)).sent == 30


async def test_a_transient_error_is_retried_for_that_person_only(house: House) -> None:
    tries = Counter[str]()

    def script(envelope):  # type: ignore[no-untyped-def]
        tries[envelope.address] += 1
        if envelope.address == "1005" and tries["1005"] < 3:
            return Deferred(Reason.UNAVAILABLE, retry_after=0.05)
        return None

    house.channel.script = script
    broadcast_id = await house.approved()
    await house.run_until(broadcast_id, DONE)
    assert tries["1005"] == 3
    assert set(tries.values()) == {1, 3}
    assert (await report.sums(house.core, broadcast_id)).sent == 30


async def test_a_revoked_token_pauses_and_resuming_finishes_without_doubles(house: House) -> None:
    told: list[Event] = []

    async def tell(event: Event) -> None:
        told.append(event)

    house.core.tell = tell
    revoked = True
    house.channel.script = lambda e: (
        Refused(Reason.AUTHORIZATION, scope=Scope.ACCOUNT)
        if revoked and int(e.address) >= 1010
        else None
    )
    broadcast_id = await house.approved()
    await house.run_until(broadcast_id, BroadcastStatus.PAUSED)
    assert [e.kind for e in told].count("trouble") == 1
    revoked = False
    await control.resume(house.core, house.approver, broadcast_id)
    await house.run_until(broadcast_id, DONE)
    assert set(house.channel.received.values()) == {1}
    assert len(house.channel.received) == 30


async def test_stop_between_claim_and_send_is_honoured(house: House) -> None:
    house.channel.delay = 0.2
    broadcast_id = await house.approved()

    async def says_stop() -> None:
        while not house.channel.asked:
            await asyncio.sleep(0.005)
        stop = Inbound("u1", "telegram", "default", "1029", InboundKind.TEXT, text="İPTAL!")
        await subscribe.hear(house.core, stop)

    await asyncio.gather(house.run_until(broadcast_id, DONE), says_stop())
    assert house.channel.asked["1029"] == 0
    sums = await report.sums(house.core, broadcast_id)
    assert (sums.sent, sums.skipped) == (29, 1)


async def test_what_was_in_flight_at_a_crash_is_uncertain_and_asked_about(house: House) -> None:
    broadcast_id = await house.approved()
    row = await compose.get(house.core, broadcast_id)
    await house.ledger.plan(broadcast_id, row.audience, compose.open_accounts(house.core))
    claimed = await house.claim(broadcast_id, 5)
    assert await house.ledger.recover() == len(claimed) == 5
    await house.run_until(broadcast_id, DONE)
    sums = await report.sums(house.core, broadcast_id)
    assert (sums.planned, sums.sent, sums.uncertain) == (30, 25, 5)
    assert await control.decide_uncertain(
        house.core, house.approver, broadcast_id, UncertainPolicy.RESEND
    ) == 5  # fmt: skip
    await house.run_until(broadcast_id, DONE)
    assert (await report.sums(house.core, broadcast_id)).sent == 30


async def test_what_is_said_to_have_arrived_while_it_waits_to_go_again_does_not_go_again(
    house: House,
) -> None:
    house.channel.script = lambda e: Uncertain("timeout") if e.address == "1004" else None
    number = await house.approved()
    await house.run_until(number, DONE)
    async with house.store.read() as session:
        unsure = await session.scalar(
            text("SELECT delivery_id FROM delivery WHERE status = :s"),
            {"s": DeliveryStatus.UNCERTAIN},
        )
    house.channel.script = lambda e: None
    await control.decide_uncertain(house.core, house.approver, number, UncertainPolicy.RESEND)
    news = Receipt(ReceiptKind.DELIVERED, at=house.now.timestamp(), delivery_id=unsure)
    await receipts.apply_receipts(house.core, "telegram", "default", [news])
    await house.run_until(number, DONE)
    assert house.channel.asked["1004"] == 1
    sums = await report.sums(house.core, number)
    assert (sums.planned, sums.sent, sums.uncertain) == (30, 30, 0)


@pytest.mark.parametrize(
    ("minutes", "failed"), [(-5, 1), (5, 0)], ids=["before the launch", "after it"]
)
async def test_a_block_settles_what_was_launched_after_it(
    house: House, minutes: int, failed: int
) -> None:
    house.channel.script = lambda e: Uncertain("timeout") if e.address == "1004" else None
    broadcast_id = await house.approved()
    await house.run_until(broadcast_id, DONE)
    at = house.now + timedelta(minutes=minutes)
    gone = Inbound("u1", "telegram", "default", "1004", InboundKind.BLOCKED, at=at)
    await subscribe.hear(house.core, gone)
    sums = await report.sums(house.core, broadcast_id)
    assert (sums.failed, sums.uncertain, sums.sent) == (failed, 1 - failed, 29)
    missed = await report.missed(house.core, broadcast_id)
    assert [one.reason for one in missed] == ["blocked" if failed else "no_answer"]


async def test_pause_takes_effect_and_cancel_is_final(house: House) -> None:
    house.channel.delay = 0.1
    broadcast_id = await house.approved()

    async def pause_soon() -> None:
        while len(house.channel.asked) < 5:
            await asyncio.sleep(0.01)
        await control.pause(house.core, house.author, broadcast_id)

    await asyncio.gather(house.run_until(broadcast_id, BroadcastStatus.PAUSED), pause_soon())
    asked = sum(house.channel.asked.values())
    assert asked < 30
    counts = await house.ledger.counts(broadcast_id)
    assert counts.get(DeliveryStatus.IN_FLIGHT, 0) == 0
    assert counts[DeliveryStatus.SENT] == asked
    await control.cancel(house.core, house.author, broadcast_id)
    with pytest.raises(TooLate):
        await control.resume(house.core, house.author, broadcast_id)


async def test_nobody_approves_their_own_or_what_they_did_not_see(house: House) -> None:
    house.author.role = "approver"
    broadcast_id = await house.draft()
    seen = await review.submit(house.core, house.author, broadcast_id)
    with pytest.raises(NotAllowed):
        await review.approve(house.core, house.author, broadcast_id, seen.submission)
    changed = Message(text=RichText(text="Water is off today"))
    await compose.set_message(house.core, house.author, broadcast_id, changed)
    with pytest.raises(TooLate):
        await review.approve(house.core, house.approver, broadcast_id, seen.submission)
    assert await house.status(broadcast_id) == BroadcastStatus.DRAFT


async def test_an_edit_after_approval_voids_it(house: House) -> None:
    house.core.policy = type(house.core.policy)(undo_hold_seconds=60)
    broadcast_id = await house.approved()
    assert await house.status(broadcast_id) == BroadcastStatus.HOLDING
    await compose.set_message(
        house.core, house.author, broadcast_id, Message(text=RichText(text="Other words"))
    )
    assert await house.status(broadcast_id) == BroadcastStatus.DRAFT
    assert not house.channel.asked


async def test_a_slow_disk_delays_the_end_but_does_not_lose_it(house: House) -> None:
    """Writing may take longer than the books rest between two looks."""
    exchange = house.ledger.exchange

    async def slow(sent, others, wish):  # type: ignore[no-untyped-def]
        if not wish.size:  # only writing, while there is nothing to claim
            await asyncio.sleep(1.2)
        return await exchange(sent, others, wish)

    house.ledger.exchange = slow  # type: ignore[method-assign]
    send = house.channel.send

    async def one_is_quick(envelope):  # type: ignore[no-untyped-def]
        await asyncio.sleep(0.0 if envelope.address == "1000" else 0.4)
        return await send(envelope)

    house.channel.send = one_is_quick  # type: ignore[method-assign]
    house.channel.capabilities = replace(house.channel.capabilities, concurrency=30)
    broadcast_id = await house.approved()
    await house.run_until(broadcast_id, DONE)
    assert (await report.sums(house.core, broadcast_id)).sent == 30


async def test_resume_is_no_way_past_the_hold_or_the_time(house: House) -> None:
    broadcast_id = await house.approved()
    assert await house.status(broadcast_id) == BroadcastStatus.HOLDING
    with pytest.raises(TooLate):
        await control.resume(house.core, house.author, broadcast_id)
    await house.run_until(broadcast_id, DONE)
    with pytest.raises(TooLate):
        await control.resume(house.core, house.approver, broadcast_id)
    assert house.channel.received.total() == 30
