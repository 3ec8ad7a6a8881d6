"""Killed between two messages of one delivery, and what is known of it afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from broadcast.channel import Envelope
from broadcast.clock import steady_unix
from broadcast.models import UncertainPolicy
from broadcast.outcome import (
    Accepted,
    Deferred,
    Outcome,
    Reason,
    Receipt,
    ReceiptKind,
    Refused,
    Scope,
    Uncertain,
)
from broadcast.services import control, receipts, report
from broadcast.services.audit import load_broadcast
from broadcast.states import BroadcastStatus as S
from broadcast.states import DeliveryStatus as D
from tests.scenario.house import KEY, House

SENT, DELIVERED, FAILED = ReceiptKind.SENT, ReceiptKind.DELIVERED, ReceiptKind.FAILED


@pytest.fixture
async def house(tmp_path: Path) -> House:
    return await House(tmp_path).open(subscribers=1)


async def tell(house: House, kind: ReceiptKind, part: int, receipt_id: str, of: int = 2) -> None:
    refused = Refused(Reason.UNREACHABLE, detail="gone") if kind == FAILED else None
    news = Receipt(kind, steady_unix(), receipt_id, 1, refused=refused, part=part, of=of)
    await receipts.apply_receipts(house.core, *KEY, [news, news])  # each of it comes twice


async def status(house: House) -> D:
    (found,) = await house.ledger.counts(1)
    return found


async def again(house: House) -> list[tuple[str, ...]]:
    """What a resend finds to have arrived; then it ends well."""
    seen: list[tuple[str, ...]] = []

    def script(envelope: Envelope) -> Outcome:
        seen.append(envelope.arrived)
        return Accepted(("a", "b"))

    house.channel.script = script
    async with house.store.write() as session:
        (await load_broadcast(session, 1)).status = S.COMPLETED
    assert (
        await control.decide_uncertain(house.core, house.approver, 1, UncertainPolicy.RESEND) == 1
    )
    await house.run_until(1, S.COMPLETED)
    return seen


async def killed(house: House) -> None:
    """Claimed, and the process ended before any result was noted."""
    await house.ledger.plan(await house.approved(), {}, [":".join(KEY)])
    await house.claim(1, 10)


async def test_what_the_platform_told_before_the_kill_is_not_sent_again(house: House) -> None:
    await killed(house)
    await tell(house, SENT, 1, "a")
    assert await house.ledger.recover() == 1
    assert await status(house) == D.UNCERTAIN
    assert (await report.missed(house.core, 1))[0].part
    assert await again(house) == [("a", "")]
    assert await status(house) == D.SENT


async def test_what_it_tells_after_the_kill_counts_as_well_and_all_of_it_settles(
    house: House,
) -> None:
    await killed(house)
    await house.ledger.recover()
    await tell(house, DELIVERED, 2, "b")
    assert await status(house) == D.UNCERTAIN, "nothing is known of the first"
    await tell(house, DELIVERED, 1, "a")
    assert await status(house) in {D.SENT, D.DELIVERED}


async def test_after_a_kill_without_any_news_all_of_it_is_sent_again(house: House) -> None:
    await killed(house)
    await house.ledger.recover()
    assert await again(house) == [()]


OUTCOMES: list[tuple[Outcome, D]] = [
    (Uncertain("no answer", ("a", "")), D.UNCERTAIN),
    (Refused(Reason.REJECTED, detail="odd", arrived=("a", "")), D.FAILED),
    (Refused(Reason.OUTSIDE_WINDOW, code="131047", arrived=("a", "")), D.FAILED),
    (Refused(Reason.OPTED_OUT, arrived=("a", "")), D.FAILED),
]


@pytest.mark.parametrize(("outcome", "ends"), OUTCOMES)
async def test_a_delivery_that_was_begun_is_never_called_skipped(
    house: House, outcome: Outcome, ends: D
) -> None:
    house.channel.script = lambda _: outcome
    await house.run_until(await house.approved(), S.COMPLETED)
    assert await status(house) == ends
    assert (await report.missed(house.core, 1))[0].part


@pytest.mark.parametrize("scope", Scope)
async def test_one_that_has_to_wait_is_handed_what_arrived(house: House, scope: Scope) -> None:
    seen: list[tuple[str, ...]] = []

    def script(envelope: Envelope) -> Outcome:
        seen.append(envelope.arrived)
        if len(seen) == 1:
            return Deferred(Reason.UNAVAILABLE, 0.05, scope, arrived=("a", ""))
        return Accepted(("a", "b"))

    house.channel.script = script
    await house.run_until(await house.approved(), S.COMPLETED)
    assert seen == [(), ("a", "")]


async def test_a_failure_of_one_message_makes_the_delivery_fail_in_any_order(house: House) -> None:
    house.channel.script = lambda _: Accepted(("a", "b"))
    await house.run_until(await house.approved(), S.COMPLETED)
    await tell(house, DELIVERED, 2, "b")
    assert await status(house) == D.DELIVERED
    await tell(house, FAILED, 1, "a")
    assert await status(house) == D.FAILED
    await tell(house, DELIVERED, 2, "b")
    assert await status(house) == D.FAILED
    (missed,) = await report.missed(house.core, 1)
    assert missed.part and missed.detail == "message 1 of 2: gone"
    sums = await report.sums(house.core, 1)
    assert (sums.planned, sums.failed) == (1, 1)
