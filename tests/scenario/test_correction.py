"""A launched broadcast whose content is wrong is corrected, approved again, and goes on."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import pytest
from sqlalchemy import text

from bot import import_export
from broadcast.channel import Envelope
from broadcast.errors import NotAllowed, TooLate
from broadcast.message import Message, RichText
from broadcast.models import Admin, Role
from broadcast.outcome import Outcome, Reason, Receipt, ReceiptKind, Refused, Scope, Uncertain
from broadcast.services import (
    adoption,
    compose,
    control,
    correct,
    receipts,
    report,
    review,
    safety,
    schedule,
)
from broadcast.services.audit import load_broadcast
from broadcast.states import BroadcastStatus as S
from broadcast.store.deliveries import Wish
from tests.scenario.house import KEY, House

WRONG, RIGHT, BETTER = "Water is off tomorrow", "Water is off on Tuesday", "Water is back"
NO = Refused(Reason.CONTENT, False, Scope.ACCOUNT, "400", "Bad Request: BUTTON_URL_INVALID")


class Phones:
    """What each address got, in order; the platform refuses `refused` for addresses from `first`."""

    def __init__(self, house: House, refused: str = WRONG, first: int = 1010) -> None:
        self.got: dict[str, list[str]] = defaultdict(list)
        self.refused, self.first = refused, first
        house.channel.script = self.answer

    def answer(self, envelope: Envelope) -> Outcome | None:
        words = envelope.message.text.text
        if words == self.refused and int(envelope.address) >= self.first:
            return NO
        self.got[envelope.address].append(words)
        return None


def written(words: str) -> Message:
    return Message(text=RichText(text=words))


async def paused(house: House) -> int:
    broadcast_id = await house.approved()
    await house.run_until(broadcast_id, S.PAUSED)
    return broadcast_id


async def change(house: House, number: int, words: str, by: Admin | None = None) -> None:
    await compose.set_message(house.core, by or house.author, number, written(words))


async def corrected(house: House, number: int, words: str = RIGHT) -> None:
    await change(house, number, words)
    await house.approve(number)


async def test_those_who_have_it_keep_it_and_the_others_get_the_corrected_one(house: House) -> None:
    phones = Phones(house)
    number = await paused(house)
    had = {address for address, got in phones.got.items() if got}
    assert await house.status(number) == S.PAUSED
    await change(house, number, RIGHT)
    assert await house.status(number) == S.PAUSED
    seen = await review.submit(house.core, house.author, number)
    assert seen.broadcast.status == S.IN_REVIEW
    assert seen.asked is not None and seen.asked.people == 30 - len(had)
    row = await review.approve(house.core, house.approver, number, seen.submission)
    assert row.status == S.SENDING
    await house.run_until(number, S.COMPLETED)
    assert len(phones.got) == 30
    assert all(got == ([WRONG] if a in had else [RIGHT]) for a, got in phones.got.items())
    sums = await report.sums(house.core, number)
    assert (sums.sent, sums.open, sums.failed) == (30, 0, 0)
    assert sums.versions == (len(had), 30 - len(had))
    async with house.store.read() as session:
        rows = await session.execute(
            text("""SELECT a.value, d.content_version FROM delivery d
            JOIN address a ON a.address_id = d.address_id""")
        )
        expected = {a: 1 if a in had else 2 for a in phones.got}
        assert dict(rows.tuples().all()) == expected
        columns, query = import_export.EXPORTS["deliveries"]
        listed = await session.execute(text(query), {"broadcast": number})
        exported = [dict(zip(columns, row, strict=True)) for row in listed]
    assert {row["address"]: row["content_version"] for row in exported} == expected


async def test_who_failed_by_the_content_gets_the_corrected_one_and_who_left_does_not(
    house: House,
) -> None:
    """One person met words nobody knows before it was clear that the message was meant."""
    phones = Phones(house)
    once = {"1005": Refused(Reason.REJECTED), "1006": Refused(Reason.BLOCKED, suppress=True)}
    house.channel.script = lambda e: once.pop(e.address, None) or phones.answer(e)
    number = await paused(house)
    await corrected(house, number)
    await house.run_until(number, S.COMPLETED)
    assert phones.got["1005"] == [RIGHT]
    assert "1006" not in phones.got
    sums = await report.sums(house.core, number)
    assert (sums.sent, sums.failed) == (29, 1)


async def test_a_correction_is_approved_by_somebody_else_and_as_it_was_shown(house: House) -> None:
    Phones(house)
    number = await paused(house)
    await change(house, number, RIGHT)
    with pytest.raises(TooLate, match="correction"):
        await control.resume(house.core, house.approver, number)
    seen = await review.submit(house.core, house.author, number)
    with pytest.raises(NotAllowed):
        await review.approve(house.core, house.author, number, seen.submission)
    await change(house, number, BETTER)
    assert await house.status(number) == S.PAUSED
    with pytest.raises(TooLate):
        await review.approve(house.core, house.approver, number, seen.submission)
    with pytest.raises(TooLate, match="correction"):
        await control.resume(house.core, house.approver, number)


async def test_who_corrects_it_cannot_approve_it_even_when_another_edits_after_them(
    house: House,
) -> None:
    owner = await house._admin("Deniz", Role.OWNER)
    Phones(house)
    number = await paused(house)
    await change(house, number, RIGHT, by=owner)
    await change(house, number, BETTER)
    seen = await review.submit(house.core, house.author, number)
    for one in (owner, house.author):
        with pytest.raises(NotAllowed):
            await review.approve(house.core, one, number, seen.submission)
    row = await review.approve(house.core, house.approver, number, seen.submission)
    assert row.status == S.SENDING


async def test_two_yeses_are_needed_for_a_correction_too_where_the_house_wants_two(
    house: House,
) -> None:
    Phones(house)
    number = await paused(house)
    object.__setattr__(house.core.policy, "approvals_required", 2)
    other = await house._admin("Deniz", Role.APPROVER)
    await change(house, number, RIGHT)
    seen = await review.submit(house.core, house.author, number)
    row = await review.approve(house.core, house.approver, number, seen.submission)
    assert row.status == S.IN_REVIEW
    row = await review.approve(house.core, other, number, seen.submission)
    assert row.status == S.SENDING


async def test_only_the_message_can_change(house: House) -> None:
    Phones(house)
    number = await paused(house)
    with pytest.raises(TooLate, match="only its message"):
        await compose.set_audience(house.core, house.author, number, "tr")
    with pytest.raises(TooLate, match="only its message"):
        await schedule.set_time(house.core, house.author, number, house.now)
    with pytest.raises(TooLate):
        await safety.set_canary(house.core, house.author, number, "5")
    row = await compose.get(house.core, number)
    assert (row.status, row.correcting, row.audience) == (S.PAUSED, False, {})


async def test_a_correction_sent_back_rests_and_can_be_written_on(house: House) -> None:
    phones = Phones(house)
    number = await paused(house)
    await change(house, number, RIGHT)
    await review.submit(house.core, house.author, number)
    await review.reject(house.core, house.approver, number, "Which Tuesday?")
    row = await compose.get(house.core, number)
    assert (row.status, row.correcting) == (S.PAUSED, True)
    with pytest.raises(TooLate, match="correction"):
        await control.resume(house.core, house.approver, number)
    await corrected(house, number, BETTER)
    await house.run_until(number, S.COMPLETED)
    assert {got[-1] for got in phones.got.values()} == {WRONG, BETTER}


@pytest.mark.parametrize("how", ["taken back", "written back", "from review"])
async def test_a_correction_taken_back_leaves_everything_as_it_was(house: House, how: str) -> None:
    phones = Phones(house)
    number = await paused(house)
    await change(house, number, RIGHT)
    if how == "from review":
        await review.submit(house.core, house.author, number)
    if how == "written back":
        await change(house, number, WRONG)
    else:
        await correct.take_back(house.core, house.author, number)
    row = await compose.get(house.core, number)
    assert (row.status, row.correcting, row.content_version) == (S.PAUSED, False, 1)
    phones.refused = ""
    await control.resume(house.core, house.approver, number)
    await house.run_until(number, S.COMPLETED)
    assert all(got == [WRONG] for got in phones.got.values())
    assert (await report.sums(house.core, number)).versions == ()
    with pytest.raises(TooLate):
        await correct.take_back(house.core, house.author, number)


async def test_a_second_correction_goes_to_whoever_is_left_then(house: House) -> None:
    phones = Phones(house)
    number = await paused(house)
    phones.refused, phones.first = RIGHT, 1020
    await corrected(house, number)
    await house.run_until(number, S.PAUSED)
    await corrected(house, number, BETTER)
    await house.run_until(number, S.COMPLETED)
    assert all(len(got) == 1 for got in phones.got.values())
    assert len(phones.got) == 30
    sums = await report.sums(house.core, number)
    assert len(sums.versions) == 3
    assert sum(sums.versions) == sums.sent == 30
    assert all(sums.versions)


@pytest.mark.parametrize("moment", ["writing", "in review"])
async def test_it_can_be_cancelled_from_a_correction_and_nobody_else_gets_it(
    house: House, moment: str
) -> None:
    phones = Phones(house)
    number = await paused(house)
    had = len(phones.got)
    await change(house, number, RIGHT)
    if moment == "in review":
        await review.submit(house.core, house.author, number)
    await control.cancel(house.core, house.approver, number)

    async def closed() -> bool:
        return (await report.sums(house.core, number)).open == 0

    await house.run_while(closed)
    sums = await report.sums(house.core, number)
    assert (len(phones.got), sums.sent, sums.skipped) == (had, had, 30 - had)


async def test_killed_while_the_corrected_one_goes_out_nobody_gets_two(house: House) -> None:
    phones = Phones(house)
    number = await paused(house)
    await corrected(house, number)
    async with house.store.read() as session:
        row = await load_broadcast(session, number)
    assert row.content_version == 2
    # As a process that claimed these under the corrected content, and died before any answer.
    wish = Wish(number, *KEY, size=5, content_version=2)
    assert len((await house.ledger.exchange([], [], wish)).claimed) == 5
    assert await house.ledger.recover() == 5
    await house.run_until(number, S.COMPLETED)
    assert all(len(got) == 1 for got in phones.got.values())
    sums = await report.sums(house.core, number)
    assert (sums.uncertain, sums.sent, sum(sums.versions)) == (5, 25, 25)
    async with house.store.read() as session:
        unsure = await session.execute(
            text("SELECT DISTINCT content_version FROM delivery WHERE status = 20")
        )
        assert [version for (version,) in unsure] == [2]


async def test_two_admins_press_at_once_and_it_goes_on_once(house: House) -> None:
    phones = Phones(house)
    number = await paused(house)
    await change(house, number, RIGHT)
    seen = await review.submit(house.core, house.author, number)
    other = await house._admin("Deniz", Role.APPROVER)
    done = await asyncio.gather(
        *(
            review.approve(house.core, one, number, seen.submission)
            for one in (house.approver, other)
        ),
        correct.take_back(house.core, house.author, number),
        return_exceptions=True,
    )
    assert sum(not isinstance(one, BaseException) for one in done) == 1
    row = await compose.get(house.core, number)
    assert row.content_version in {1, 2}
    if row.content_version == 2:
        await house.run_until(number, S.COMPLETED)
    assert all(len(got) == 1 for got in phones.got.values())


async def test_who_answers_the_words_they_got_has_got_them_whatever_it_says_now(
    house: House,
) -> None:
    """A reply to the first version settles an uncertain delivery of that version only."""
    phones = Phones(house)
    unsure = {"1003", "1004"}
    house.channel.script = lambda e: Uncertain() if e.address in unsure else phones.answer(e)
    number = await paused(house)
    await corrected(house, number)
    for address, words in (("1003", WRONG), ("1004", RIGHT)):
        answer = Receipt(ReceiptKind.DELIVERED, 0.0, address=address, quoted=words)
        await receipts.apply_receipts(house.core, *KEY, [answer])
    async with house.store.read() as session:
        rows = await session.execute(
            text("""SELECT a.value, d.status FROM delivery d JOIN address a
            ON a.address_id = d.address_id WHERE a.value IN ('1003', '1004')""")
        )
        assert dict(rows.tuples().all()) == {"1003": 50, "1004": 20}


async def test_a_restored_database_lets_no_correction_go_on_by_itself(house: House) -> None:
    Phones(house)
    number = await paused(house)
    await change(house, number, RIGHT)
    seen = await review.submit(house.core, house.author, number)
    assert await adoption.adopt(house.core) == 1
    row = await compose.get(house.core, number)
    assert (row.status, row.correcting, row.pause_reason) == (S.PAUSED, True, adoption.RESTORED)
    with pytest.raises(TooLate):
        await review.approve(house.core, house.approver, number, seen.submission)


async def test_one_that_is_being_sent_is_not_edited(house: House) -> None:
    house.channel.delay = 0.05
    number = await house.approved()
    await house.run_until(number, S.SENDING)
    with pytest.raises(TooLate):
        await change(house, number, RIGHT)
