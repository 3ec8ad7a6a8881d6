"""The quick sums of a broadcast are always those of its rows, whoever changes a delivery."""

from __future__ import annotations

from sqlalchemy import text

from broadcast.models import UncertainPolicy
from broadcast.outcome import Deferred, Reason, Receipt, ReceiptKind, Refused, Uncertain
from broadcast.services import compose, control, receipts, report
from broadcast.states import OPEN_DELIVERIES, BroadcastStatus, DeliveryStatus
from tests.scenario.house import KEY, House


async def assert_in_step(house: House, broadcast_id: int) -> None:
    rows = await house.ledger.counts(broadcast_id)
    quick = await house.ledger.tallies(broadcast_id)
    still_open = sum(n for status, n in rows.items() if status in OPEN_DELIVERIES)
    ended = {status: n for status, n in rows.items() if status not in OPEN_DELIVERIES}
    assert quick == ended | ({DeliveryStatus.PLANNED: still_open} if still_open else {})


async def test_tallies_follow_every_outcome_while_it_is_sent(house: House) -> None:
    answers = {
        "1000": Refused(Reason.BLOCKED, suppress=True),
        "1001": Uncertain("timeout"),
        "1002": Deferred(Reason.UNAVAILABLE, retry_after=60),
        "1003": Refused(Reason.REJECTED),
    }
    house.channel.script = lambda e: answers.get(e.address)
    broadcast_id = await house.approved()
    row = await compose.get(house.core, broadcast_id)
    await house.ledger.plan(broadcast_id, row.audience, compose.open_accounts(house.core))
    await assert_in_step(house, broadcast_id)
    await house.claim(broadcast_id, 2)
    await assert_in_step(house, broadcast_id)
    await house.ledger.recover()
    await assert_in_step(house, broadcast_id)


async def test_tallies_follow_receipts_and_decisions(house: House) -> None:
    answers = {"1001": Uncertain("timeout"), "1002": Refused(Reason.REJECTED)}
    house.channel.script = lambda e: answers.get(e.address)
    broadcast_id = await house.approved()
    await house.run_until(broadcast_id, BroadcastStatus.COMPLETED)
    await assert_in_step(house, broadcast_id)
    async with house.store.read() as session:
        ids = list(
            await session.scalars(text("SELECT delivery_id FROM delivery WHERE status = 40"))
        )
    news = [
        Receipt(ReceiptKind.DELIVERED, at=1.0, delivery_id=ids[0]),
        Receipt(ReceiptKind.READ, at=2.0, delivery_id=ids[0]),
        Receipt(ReceiptKind.DELIVERED, at=3.0, delivery_id=ids[1]),
        Receipt(ReceiptKind.FAILED, at=3.0, delivery_id=ids[2], refused=Refused(Reason.CAPPED)),
    ]
    await receipts.apply_receipts(house.core, *KEY, news)
    await assert_in_step(house, broadcast_id)
    await control.decide_uncertain(house.core, house.approver, broadcast_id, UncertainPolicy.RESEND)
    await assert_in_step(house, broadcast_id)
    assert (await report.sums(house.core, broadcast_id)).planned == 30


async def test_proving_corrects_a_tally_that_was_tampered_with(house: House) -> None:
    broadcast_id = await house.approved()
    await house.run_until(broadcast_id, BroadcastStatus.COMPLETED)
    async with house.store.bulk() as db:
        await db.execute(text("UPDATE tally SET deliveries = 7 WHERE status = 40"))
    assert (await report.sums(house.core, broadcast_id)).sent == 7
    assert (await house.ledger.prove(broadcast_id))[DeliveryStatus.SENT] == 30
    await assert_in_step(house, broadcast_id)
