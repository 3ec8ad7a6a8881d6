"""The brake, the question before a cancel and the question behind a STOP, as admins meet them."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from broadcast.engine.waits import awaited
from broadcast.models import Address, ConsentStatus
from broadcast.services import brake, control, person
from broadcast.services.audit import change_status, load_broadcast
from broadcast.states import BroadcastStatus
from tests.unit.desk import Desk

S = BroadcastStatus


async def sending(desk: Desk) -> int:
    """Approved and launched; the engine is not there, so nothing moves by itself."""
    number, seen = await desk.submitted()
    await desk.taps("approver", f"approve {number} {seen}")
    async with desk.house.store.write() as session:
        row = await load_broadcast(session, number)
        change_status(row, S.SENDING)
        row.launched_at = desk.house.now
    return number


def offered(desk: Desk) -> list[str]:
    return [b.command for reply in desk.last for row in reply.buttons for b in row]


async def begins(desk: Desk, number: int) -> bool:
    """Whether the engine would begin it by itself."""
    return number in {row.broadcast_id for row in await awaited(desk.house.store)}


@pytest.mark.parametrize("word", ["/halt", "/brake", "/fren", "/dondur", "/FREN"])
async def test_one_command_stops_everything_says_what_and_offers_what_can_be_done(
    desk: Desk, word: str
) -> None:
    number = await sending(desk)
    said = await desk.says("author", word)
    assert "Everything is stopped, on every channel" in said
    assert f"#{number} Water is off tomorrow" in said
    assert {f"open {number}", f"cancel {number}"} < set(offered(desk))
    assert "Everything is stopped" in await desk.says("author", "/menu")
    assert "stopped" in await desk.says("approver", "/status")
    assert "Ayşe has stopped everything" in await desk.says("approver", f"/status {number}")
    assert "Status: being sent" not in await desk.says("approver", f"/status {number}")


async def test_only_who_stopped_it_or_an_owner_finds_and_may_press_go_on(desk: Desk) -> None:
    await sending(desk)
    await desk.says("author", "/halt")
    lift = next(line for line in offered(desk) if line.startswith("lift "))
    await desk.says("approver", "/menu")
    assert lift not in offered(desk)
    assert "Only Ayşe or an owner can let it go on" in await desk.taps("approver", lift)
    await desk.says("owner", "/menu")
    assert lift in offered(desk)
    assert "Everything goes on" in await desk.taps("owner", lift)
    assert "Everything goes on" in await desk.taps("author", lift), "twice is harmless"
    await desk.says("approver", "/halt")
    assert "Murat has stopped everything" in await desk.taps("owner", lift), "an old button"


async def test_what_was_paused_before_is_not_said_to_go_on(desk: Desk) -> None:
    number = await sending(desk)
    await control.pause(desk.house.core, desk.house.author, number)
    await desk.says("author", "/halt")
    said = await desk.says("author", "/lift")
    assert "Still paused" in said and f"#{number}" in said and "Everything goes on" not in said
    assert f"open {number}" in offered(desk)
    assert await desk.house.status(number) == S.PAUSED


async def test_nothing_on_its_way_is_halted_too(desk: Desk) -> None:
    assert "Nothing was on its way" in await desk.says("author", "/halt")
    assert "Everything goes on" in await desk.says("author", "/lift")


# Are you sure?


async def test_a_cancel_of_what_runs_pauses_it_in_the_same_turn_and_then_asks(desk: Desk) -> None:
    number = await sending(desk)
    said = await desk.says("author", "/cancel")
    assert "Are you sure?" in said and "It is paused until you answer" in said
    assert await desk.house.status(number) == S.PAUSED
    await desk.press("author", f"Cancel #{number}")
    assert await desk.house.status(number) == S.CANCELLED


async def test_no_goes_on_and_an_old_yes_asks_again(desk: Desk) -> None:
    number = await sending(desk)
    await desk.says("author", f"/cancel {number}")
    await desk.press("author", "No, go on")
    assert await desk.house.status(number) == S.SENDING
    await desk.taps("author", f"keep {number}")
    assert await desk.house.status(number) == S.SENDING, "twice is harmless"
    assert "Are you sure?" in await desk.taps("author", f"cancel {number} now")
    assert await desk.house.status(number) == S.PAUSED


async def test_without_an_answer_it_stays_paused_and_says_so(desk: Desk) -> None:
    number = await sending(desk)
    await desk.says("author", f"/cancel {number}")
    said = await desk.says("approver", f"/status {number}")
    assert "It is paused until you answer" in said
    assert {f"cancel {number} now", f"keep {number}"} <= set(offered(desk))


async def test_no_resumes_nothing_that_had_been_paused_before(desk: Desk) -> None:
    number = await sending(desk)
    await control.pause(desk.house.core, desk.house.author, number)
    assert "Nothing of it goes out" in await desk.says("author", f"/cancel {number}")
    await desk.press("author", "No, keep it")
    assert await desk.house.status(number) == S.PAUSED


async def test_a_hold_does_not_run_out_behind_the_question(desk: Desk) -> None:
    number, seen = await desk.submitted()
    await desk.taps("approver", f"approve {number} {seen}")
    assert await begins(desk, number)
    assert "Nothing of it goes out before you answer" in await desk.says("author", "/cancel")
    assert not await begins(desk, number)
    await desk.press("author", "No, keep it")
    assert await begins(desk, number)


async def test_what_is_approved_behind_the_question_waits_for_its_answer(desk: Desk) -> None:
    number, seen = await desk.submitted()
    await desk.says("author", f"/cancel {number}")
    await desk.taps("approver", f"approve {number} {seen}")
    assert await desk.house.status(number) == S.HOLDING
    assert not await begins(desk, number)
    await desk.taps("author", f"keep {number}")
    assert await begins(desk, number)


async def test_who_may_not_cancel_is_told_at_once_and_nothing_is_paused(desk: Desk) -> None:
    number = await sending(desk)
    async with desk.house.store.write() as session:
        (await load_broadcast(session, number)).author_id = desk.house.approver.admin_id or 0
    assert "Your role does not allow that" in await desk.says("author", f"/cancel {number}")
    assert await desk.house.status(number) == S.SENDING


# STOP


async def subscribed(desk: Desk) -> int:
    """The author is on the list as well, under the id the console knows."""
    async with desk.house.store.write() as session:
        row = await session.get(Address, 1)
        assert row is not None
        row.channel, row.value = "test", "author"
    return 1


async def held(desk: Desk) -> bool:
    async with desk.house.store.read() as session:
        row = await session.get(Address, 1)
        assert row is not None
        return row.asked_at is not None


async def consent(desk: Desk) -> str:
    async with desk.house.store.read() as session:
        found = await person.addresses(session, 1)
        return str(found[0].consent)


@pytest.mark.parametrize("words", ["STOP", "dur", "İptal", "/stop", "/dur", "please stop", "/ret"])
async def test_a_bare_stop_while_something_runs_asks_which_was_meant(
    desk: Desk, words: str
) -> None:
    number = await sending(desk)
    await subscribed(desk)
    said = await desk.says("author", words)
    assert "What shall I stop?" in said
    assert await desk.house.status(number) == S.SENDING
    assert await consent(desk) == ConsentStatus.OPTED_IN
    assert await held(desk), "nothing is sent to them before they answer"


async def test_the_broadcast_was_meant(desk: Desk) -> None:
    await sending(desk)
    await subscribed(desk)
    await desk.says("author", "STOP")
    assert "Everything is stopped" in await desk.press("author", "Stop the broadcast")
    assert not await held(desk)
    assert await consent(desk) == ConsentStatus.OPTED_IN


async def test_they_meant_themselves_and_twice_is_harmless(desk: Desk) -> None:
    number = await sending(desk)
    await subscribed(desk)
    await desk.says("author", "STOP")
    assert "Done" in await desk.press("author", "I want to leave")
    assert await consent(desk) == ConsentStatus.OPTED_OUT
    assert "not on the list" in await desk.taps("author", "stop me")
    assert await desk.house.status(number) == S.SENDING


async def test_neither_was_meant(desk: Desk) -> None:
    await sending(desk)
    await subscribed(desk)
    await desk.says("author", "STOP")
    assert "nothing has changed" in await desk.press("author", "Neither")
    assert not await held(desk)


async def test_who_is_not_on_the_list_is_not_offered_to_leave_it(desk: Desk) -> None:
    await sending(desk)
    await desk.says("author", "STOP")
    assert "stop me" not in offered(desk) and "stop broadcast" in offered(desk)


async def test_an_answer_that_comes_when_nothing_runs_any_more_does_no_harm(desk: Desk) -> None:
    number = await sending(desk)
    await subscribed(desk)
    await desk.says("author", "STOP")
    async with desk.house.store.write() as session:
        change_status(await load_broadcast(session, number), S.COMPLETED)
    await desk.press("author", "Neither")
    assert not await held(desk)
    assert "Nothing is on its way" in await desk.says("author", "/stop")


async def test_a_word_that_stops_is_written_into_a_draft_while_nothing_runs(desk: Desk) -> None:
    await desk.says("author", "/new")
    await desk.says("author", "STOP")
    assert desk.last[0].content is not None and desk.last[0].content.text.text == "STOP"


async def test_a_halt_on_a_full_disk_says_that_it_holds(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(brake, "append_audit", full)
    said = await desk.says("author", "/fren")
    assert "Everything is stopped. I cannot save that yet" in said


@pytest.mark.parametrize("word", ["halt", "HALT!", "fren", "Dondur!!"])
async def test_the_brakes_name_without_its_slash_is_the_brake_while_something_runs(
    desk: Desk, word: str
) -> None:
    await desk.written()
    assert "Everything is stopped" not in await desk.says("author", word), "it is a message then"
    await sending(desk)
    assert "Everything is stopped" in await desk.says("author", word)
    assert desk.house.core.brake.halted is not None


async def test_a_bare_pause_while_something_runs_asks_what_was_meant(desk: Desk) -> None:
    await sending(desk)
    assert "What shall I stop?" in await desk.says("author", "duraklat")
    assert "stop broadcast" in offered(desk)


async def test_an_answer_to_a_question_is_no_brake(desk: Desk) -> None:
    number, seen = await desk.submitted()
    await sending(desk)
    await desk.taps("approver", f"reject {number} {seen}")
    assert "What shall I stop?" in await desk.says("approver", "halt")
    assert desk.house.core.brake.halted is None
