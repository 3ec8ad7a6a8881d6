"""What cannot be taken back is asked once more, whichever way it was said."""

from __future__ import annotations

from broadcast.states import BroadcastStatus
from tests.unit.desk import Desk


async def test_a_bare_cancel_asks_before_it_cancels_the_only_one(desk: Desk) -> None:
    number, _ = await desk.submitted()
    said = await desk.says("author", "/cancel")
    assert "Are you sure?" in said and f"#{number} Water is off tomorrow" in said
    assert await desk.house.status(number) == BroadcastStatus.IN_REVIEW
    await desk.press("author", f"Cancel #{number}")
    assert await desk.house.status(number) == BroadcastStatus.CANCELLED


async def test_a_cancel_with_a_number_asks_too_and_going_back_changes_nothing(desk: Desk) -> None:
    number, _ = await desk.submitted()
    assert "What was sent stays sent" in await desk.says("author", f"/cancel {number}")
    assert "waiting for approval" in await desk.press("author", "No, keep it")
    assert await desk.house.status(number) == BroadcastStatus.IN_REVIEW


async def test_now_alone_names_nothing_and_spares_the_draft_in_hand(desk: Desk) -> None:
    number = await desk.written()
    assert "Nothing is on its way" in await desk.says("author", "/cancel now")
    assert await desk.house.status(number) == BroadcastStatus.DRAFT


async def test_the_undo_of_a_hold_is_at_once_because_seconds_count(desk: Desk) -> None:
    number, seen = await desk.submitted()
    await desk.taps("approver", f"approve {number} {seen}")
    assert await desk.house.status(number) == BroadcastStatus.HOLDING
    await desk.says("author", f"/cancel {number}")
    assert await desk.house.status(number) == BroadcastStatus.CANCELLED


async def test_what_is_too_late_is_said_and_not_asked(desk: Desk) -> None:
    number, _ = await desk.submitted()
    await desk.says("author", f"/cancel {number} now")
    assert "no longer possible" in await desk.says("author", f"/cancel {number}")


async def test_a_written_draft_is_not_thrown_away_by_one_tap(desk: Desk) -> None:
    number = await desk.written()
    assert "leaves your drafts" in await desk.press("author", "Delete")
    assert await desk.house.status(number) == BroadcastStatus.DRAFT
    assert "is deleted" in await desk.press("author", "Delete")


async def test_nothing_is_asked_about_a_draft_with_nothing_in_it(desk: Desk) -> None:
    await desk.says("author", "/new")
    assert "is deleted" in await desk.says("author", "/delete 1")
