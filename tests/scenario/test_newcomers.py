"""Who joined yesterday asks for what went out before: what its author opened, once, and counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import text

from broadcast.channel import Envelope
from broadcast.errors import NotAllowed
from broadcast.inbound import Answer, Inbound, InboundKind
from broadcast.message import Message, RichText
from broadcast.models import Broadcast, Subscriber
from broadcast.outcome import Outcome, Reason, Refused, Scope
from broadcast.services import compose, control, report, review, subscribe
from broadcast.services.newcomers import DAYS, MOST
from broadcast.states import BroadcastStatus as S
from tests.scenario.house import House

_ids = count(1)
TEXT, CHOICE, COMMAND = InboundKind.TEXT, InboundKind.CHOICE, InboundKind.COMMAND


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = await House(tmp_path, sender_name="Town Hall").open()
    await says(made, "1", "JOIN")  # somebody who is there from the beginning
    yield made
    await made.store.close()


async def does(
    house: House, who: str, kind: InboundKind, words: str = "", **more: str
) -> list[Answer]:
    payload, language = more.get("payload", ""), more.get("language", "en")
    inbound = Inbound(
        str(next(_ids)), "telegram", "default", who, kind, words, payload, "Ada", language
    )
    return await subscribe.hear(house.core, inbound)


async def says(house: House, who: str, words: str, language: str = "en") -> str:
    answers = await does(house, who, TEXT, words, language=language)
    return "\n".join(answer.text.text for answer in answers)


async def sent(house: House, words: str = "Water is off", **choice: str) -> int:
    """A broadcast that went out to everybody who was there."""
    number = await house.draft(words)
    if choice:
        await compose.set_reach(house.core, house.author, number, **choice)
    await house.approve(number)
    await house.run_until(number, S.COMPLETED)
    return number


async def goes_on(house: House, *numbers: int) -> None:
    for number in numbers:
        await house.run_until(number, S.COMPLETED)


async def got(house: House, who: str) -> int:
    return house.channel.received[who]


async def test_a_newcomer_gets_what_its_author_opened_and_nothing_else(house: House) -> None:
    closed, opened = await sent(house, "Not for you"), await sent(house, newcomers="open")
    (welcome,) = await does(house, "2", TEXT, "JOIN")
    assert [c.data for row in welcome.choices for c in row] == ["missed"]
    (answer,) = await does(house, "2", CHOICE, payload="missed")
    assert answer.text.text == "Here is the last announcement."
    await goes_on(house, opened)
    assert await got(house, "2") == 1
    sums = await report.sums(house.core, opened)
    assert (sums.planned, sums.sent) == (2, 2)
    assert (await report.sums(house.core, closed)).planned == 1
    assert await got(house, "1") == 2, "who was there got each once"


async def test_when_it_ended_stays_when_it_ended_and_its_history_is_not_flooded(
    house: House,
) -> None:
    number = await sent(house, newcomers="open")
    ended = (await compose.get(house.core, number)).completed_at
    before = await report.history(house.core, number)
    house.now += timedelta(days=2)
    for who in ("2", "3", "4"):
        await says(house, who, "JOIN")
        await says(house, who, "LAST")
        await goes_on(house, number)
    assert (await compose.get(house.core, number)).completed_at == ended
    assert len(await report.history(house.core, number)) == len(before)
    assert (await report.sums(house.core, number)).sent == 4


async def test_it_is_closed_unless_its_author_opens_it_and_that_is_approved(house: House) -> None:
    number = await house.draft()
    with pytest.raises(NotAllowed):
        await compose.set_reach(house.core, house.approver, number, newcomers="open")
    before = (await compose.look_at(house.core, number)).digest
    await compose.set_reach(house.core, house.author, number, newcomers="open")
    assert (await compose.look_at(house.core, number)).digest != before
    await house.approve(number)
    await compose.set_reach(house.core, house.author, number, newcomers="")
    assert await house.status(number) == S.DRAFT, "it has to be approved anew"


@pytest.mark.parametrize("word", ["LAST", "last", "Son", "SON!", "son duyurular", "Last messages"])
async def test_the_word_is_understood_in_every_language(house: House, word: str) -> None:
    await sent(house, newcomers="open")
    await says(house, "2", "JOIN")
    assert "Here is the last announcement" in await says(house, "2", word)


@pytest.mark.parametrize("word", ["last", "son"])
async def test_and_as_a_command(house: House, word: str) -> None:
    await sent(house, newcomers="open")
    await says(house, "2", "JOIN")
    (answer,) = await does(house, "2", COMMAND, word)
    assert "Here is the last announcement" in answer.text.text


async def test_asked_twice_at_once_and_on_two_days_it_comes_once(house: House) -> None:
    number = await sent(house, newcomers="open")
    await says(house, "2", "JOIN")
    said = await asyncio.gather(*(says(house, "2", "LAST") for _ in range(5)))
    assert sorted(set(said)) == [
        "Here is the last announcement.", "There is nothing from before that you can still get.",
    ]  # fmt: skip
    await goes_on(house, number)
    house.now += timedelta(days=1)
    assert "nothing" in await says(house, "2", "LAST")
    await says(house, "2", "STOP")
    await says(house, "2", "JOIN")
    assert "nothing" in await says(house, "2", "LAST")
    assert await got(house, "2") == 1


async def test_who_was_there_gets_nothing_twice_however_they_leave_and_come_back(
    house: House,
) -> None:
    number = await sent(house, newcomers="open")
    assert "nothing" in await says(house, "1", "LAST")
    await says(house, "1", "STOP")
    (welcome,) = await does(house, "1", TEXT, "JOIN")
    assert welcome.choices == ()
    assert "nothing" in await says(house, "1", "LAST")
    await does(house, "1", InboundKind.PLATFORM_STOP)
    await does(house, "1", InboundKind.PLATFORM_RESUME)
    assert "nothing" in await says(house, "1", "LAST")
    assert await got(house, "1") == 1
    assert await house.status(number) == S.COMPLETED


async def test_who_was_taken_over_without_a_line_of_consent_is_no_newcomer(house: House) -> None:
    await house.draft()
    async with house.store.write() as session:
        person = Subscriber(name="Old", created_at=house.now)
        session.add(person)
        await session.flush()
        await session.execute(
            text("""INSERT INTO address (subscriber_id, channel, account, value, consent, suppressed)
            VALUES (:person, 'telegram', 'default', '9', 'opted_in', '')"""),
            {"person": person.subscriber_id},
        )
    await sent(house, newcomers="open")
    assert "nothing" in await says(house, "9", "LAST")
    await says(house, "9", "STOP")
    await says(house, "9", "JOIN")
    assert "nothing" in await says(house, "9", "LAST")
    assert await got(house, "9") == 1


async def test_only_the_last_days_and_the_last_few(house: House) -> None:
    await sent(house, "too old", newcomers="open")
    house.now += timedelta(days=DAYS, minutes=1)
    numbers = [await sent(house, f"no {n}", newcomers="open") for n in range(MOST + 2)]
    await says(house, "2", "JOIN")
    assert f"the last {MOST} announcements" in await says(house, "2", "LAST")
    await goes_on(house, *numbers)
    assert await got(house, "2") == MOST
    assert "nothing" in await says(house, "2", "LAST")


async def test_only_what_is_for_readers_of_their_language(house: House) -> None:
    await says(house, "3", "KATIL", language="tr")
    await sent(house, newcomers="open", language="tr")
    await says(house, "2", "JOIN")
    assert "nothing" in await says(house, "2", "LAST")
    await says(house, "4", "KATIL")
    assert "Son 1 duyuru" in await says(house, "4", "SON")


async def test_who_has_not_agreed_or_has_left_gets_nothing(house: House) -> None:
    number = await sent(house, newcomers="open")
    assert "Would you like to receive them?" in await says(house, "2", "LAST")
    await says(house, "3", "JOIN")
    await says(house, "3", "LAST")
    await says(house, "3", "STOP")  # before its turn came
    await goes_on(house, number)
    assert await got(house, "2") == await got(house, "3") == 0
    sums = await report.sums(house.core, number)
    assert (sums.planned, sums.sent, sums.skipped) == (2, 1, 1)


async def test_who_is_asked_whether_they_want_to_leave_is_not_sent_to(house: House) -> None:
    number = await sent(house, newcomers="open")
    await says(house, "2", "JOIN")
    async with house.store.write() as session:
        await session.execute(
            text("UPDATE address SET asked_at = :at WHERE value = '2'"), {"at": house.now}
        )
    await says(house, "2", "LAST")
    assert await house.status(number) == S.COMPLETED
    assert await got(house, "2") == 0


async def test_a_cancelled_a_paused_and_a_failed_one_are_not_asked_for(house: House) -> None:
    def refuse(envelope: Envelope) -> Outcome | None:
        return Refused(Reason.CONTENT, scope=Scope.ACCOUNT)

    house.channel.script = refuse
    number = await house.draft()
    await compose.set_reach(house.core, house.author, number, newcomers="open")
    await house.approve(number)
    await house.run_until(number, S.PAUSED)
    house.channel.script = None
    await says(house, "2", "JOIN")
    assert "nothing" in await says(house, "2", "LAST")
    await control.cancel(house.core, house.approver, number)
    assert "nothing" in await says(house, "2", "LAST")


async def test_what_has_changed_since_it_was_approved_is_not_sent_late(house: House) -> None:
    number = await sent(house, newcomers="open")
    async with house.store.write() as session:
        row = await session.get_one(Broadcast, number)
        row.content = Message(text=RichText(text="something else")).model_dump(mode="json")
    await says(house, "2", "JOIN")
    assert "nothing" in await says(house, "2", "LAST")
    assert await house.status(number) == S.COMPLETED, "a newcomer cannot stop it either"


async def test_it_goes_on_where_it_is_still_being_sent(house: House) -> None:
    number = await house.draft()
    await compose.set_reach(house.core, house.author, number, newcomers="open")
    seen = await review.submit(house.core, house.author, number)
    house.channel.delay = 0.3
    await review.approve(house.core, house.approver, number, seen.submission)

    async def planned() -> bool:
        return (await compose.get(house.core, number)).planning_done

    await house.run_while(planned)
    await says(house, "2", "JOIN")
    assert "Here is the last announcement" in await says(house, "2", "LAST")
    house.channel.delay = 0.0
    await goes_on(house, number)
    assert (await got(house, "1"), await got(house, "2")) == (1, 1)
