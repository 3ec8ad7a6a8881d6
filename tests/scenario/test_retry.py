"""Trying again is a new attempt: the failed one stays, and nobody who got it gets it twice."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import text

from broadcast.errors import Invalid, NotAllowed, TooLate
from broadcast.models import UncertainPolicy
from broadcast.outcome import Deferred, Reason, Refused, Uncertain
from broadcast.services import control, report, retry
from broadcast.states import BroadcastStatus, DeliveryStatus
from broadcast.store import retry as stored_retry
from tests.scenario.house import House

DONE = BroadcastStatus.COMPLETED


async def tries(house: House, address: str) -> list[tuple[DeliveryStatus, str]]:
    async with house.store.read() as session:
        number = await session.scalar(
            text("""SELECT d.delivery_id FROM delivery d
            JOIN address a ON a.address_id = d.address_id WHERE a.value = :v"""),
            {"v": address},
        )
        return await stored_retry.earlier_attempts(session, number)


async def failed(house: House) -> int:
    """Three passing failures, one refusal, one who blocked us."""
    answers = {
        "1000": Refused(Reason.UNAVAILABLE),
        "1001": Refused(Reason.UNAVAILABLE),
        "1002": Refused(Reason.CAPPED),
        "1003": Refused(Reason.REJECTED, detail="odd"),
        "1004": Refused(Reason.BLOCKED, suppress=True),
    }
    house.channel.script = lambda e: answers.get(e.address)
    broadcast_id = await house.approved()
    await house.run_until(broadcast_id, DONE)
    house.channel.script = None
    return broadcast_id


async def test_the_temporary_ones_are_tried_again_and_the_failed_try_is_kept(house: House) -> None:
    broadcast_id = await failed(house)
    assert dict(await retry.offers(house.core, broadcast_id)) == {
        "unavailable": 2, "capped": 1, "rejected": 1,
    }  # fmt: skip
    again = await retry.retry(house.core, house.approver, broadcast_id, frozenset(retry.TEMPORARY))
    assert again == 3
    await house.run_until(broadcast_id, DONE)
    assert house.channel.received == Counter(
        {str(1000 + i): 1 for i in range(30) if i not in {3, 4}}
    )
    assert await tries(house, "1000") == [(DeliveryStatus.FAILED, "unavailable")]
    sums = await report.sums(house.core, broadcast_id)
    assert (sums.planned, sums.sent, sums.failed) == (30, 28, 2)


async def test_an_admin_may_name_another_reason(house: House) -> None:
    broadcast_id = await failed(house)
    assert await retry.retry(
        house.core, house.approver, broadcast_id, frozenset({"rejected"})
    ) == 1  # fmt: skip
    await house.run_until(broadcast_id, DONE)
    assert house.channel.received["1003"] == 1


async def test_who_blocked_us_is_never_tried_again(house: House) -> None:
    broadcast_id = await failed(house)
    with pytest.raises(Invalid):
        await retry.retry(house.core, house.approver, broadcast_id, frozenset({"blocked"}))
    assert await house.status(broadcast_id) == DONE


async def test_it_needs_an_approver_and_something_that_was_sent(house: House) -> None:
    broadcast_id = await failed(house)
    with pytest.raises(NotAllowed):
        await retry.retry(house.core, house.author, broadcast_id, frozenset({"rejected"}))
    draft = await house.draft()
    with pytest.raises(TooLate):
        await retry.retry(house.core, house.approver, draft, frozenset({"rejected"}))


async def test_every_try_that_was_put_off_is_kept_too(house: House) -> None:
    seen = Counter[str]()

    def script(envelope):  # type: ignore[no-untyped-def]
        seen[envelope.address] += 1
        if envelope.address == "1005" and seen["1005"] < 3:
            return Deferred(Reason.UNAVAILABLE, retry_after=0.05)
        return None

    house.channel.script = script
    await house.run_until(await house.approved(), DONE)
    assert await tries(house, "1005") == [(DeliveryStatus.DEFERRED, "unavailable")] * 2


async def test_sending_again_to_the_uncertain_keeps_the_try_nobody_is_sure_of(
    house: House,
) -> None:
    house.channel.script = lambda e: Uncertain("timeout") if e.address == "1006" else None
    broadcast_id = await house.approved()
    await house.run_until(broadcast_id, DONE)
    assert await control.decide_uncertain(
        house.core, house.approver, broadcast_id, UncertainPolicy.RESEND
    ) == 1  # fmt: skip
    await house.run_until(broadcast_id, DONE)
    assert house.channel.asked["1006"] == 2, "once more, however it ends"
    assert await tries(house, "1006") == [(DeliveryStatus.UNCERTAIN, "no_answer")]
    assert (await report.sums(house.core, broadcast_id)).uncertain == 1


async def test_a_decision_while_it_runs_holds_at_its_end_once(house: House) -> None:
    house.channel.script = lambda e: Uncertain("timeout") if e.address == "1006" else None
    house.channel.delay = 0.1
    broadcast_id = await house.approved()
    await house.run_until(broadcast_id, BroadcastStatus.SENDING)
    assert await control.decide_uncertain(
        house.core, house.approver, broadcast_id, UncertainPolicy.RESEND
    ) == 0  # fmt: skip
    await house.run_until(broadcast_id, DONE)
    assert house.channel.asked["1006"] == 2
