"""Nothing that was written is replaced unasked, and what was replaced can be put back."""

from __future__ import annotations

import pytest

from bot import dispatch
from bot.chat import Actor, Request
from broadcast.message import LinkButton, Media, MediaKind, Message, RichText
from broadcast.models import Admin, Role
from broadcast.services import compose, unasked_content
from broadcast.states import BroadcastStatus
from tests.unit.desk import Desk


async def said(desk: Desk, number: int) -> Message:
    return compose.message_of(await compose.get(desk.house.core, number))


async def words(desk: Desk, number: int) -> str:
    return (await said(desk, number)).text.text


async def part(desk: Desk, message_id: int, media: int, text: str = "", album: str = "a") -> None:
    """One part of an album."""
    content = Message(
        text=RichText(text=text), media=(Media(media_id=media, kind=MediaKind.PHOTO),)
    )
    request = Request(
        Actor("test", "author"), "author", content=content, message_id=str(message_id), album=album
    )
    desk.last = await dispatch.handle(desk.house.core, request)


@pytest.mark.parametrize("text", ["merhaba", "oh, and bring a blanket", "ok will do"])
async def test_what_is_said_beside_a_draft_changes_nothing_until_a_button(
    desk: Desk, text: str
) -> None:
    number = await desk.written("Water is off")
    assert text in await desk.says("author", text)
    assert await words(desk, number) == "Water is off"
    assert "as it was" in await desk.press("author", "It was nothing")
    assert await words(desk, number) == "Water is off"


async def test_an_answer_to_a_rejection_does_not_touch_the_draft(desk: Desk) -> None:
    number, _ = await desk.submitted()
    await desk.says("approver", f"/reject {number} The date is wrong")
    await desk.says("author", "ok will do")
    assert await words(desk, number) == "Water is off tomorrow"
    await desk.press("author", f"Put it into #{number}")
    await desk.press("author", "Replace")
    assert await words(desk, number) == "ok will do"
    await desk.press("author", "Put it back")
    assert await words(desk, number) == "Water is off tomorrow"


async def test_what_is_added_stands_under_it(desk: Desk) -> None:
    number = await desk.written("Pool party")
    await desk.says("author", "oh, and bring a blanket")
    await desk.press("author", "Add")
    assert await words(desk, number) == "Pool party\n\noh, and bring a blanket"


async def test_after_it_is_submitted_nothing_goes_into_it(desk: Desk) -> None:
    number = await desk.written()
    await desk.says("author", "one more thing")
    question = desk.last
    await desk.says("author", "/submit")
    await desk.says("author", "thanks!")
    assert await words(desk, number) == "Water is off tomorrow"
    desk.last = question
    assert "nothing was changed" in await desk.press("author", "Replace")
    assert await desk.house.status(number) == BroadcastStatus.IN_REVIEW
    assert await words(desk, number) == "Water is off tomorrow"
    await desk.press("author", "Take back")
    assert await desk.house.status(number) == BroadcastStatus.DRAFT


async def test_the_question_pressed_twice_or_by_somebody_else_does_it_once(desk: Desk) -> None:
    number = await desk.written("one")
    await desk.says("author", "two")
    await desk.press("author", "Add")
    assert "done already" in await desk.taps("author", "place 1 add")
    assert "done already" in await desk.taps("author", "place 1 replace")
    assert "done already" in await desk.taps("author", "place 1 nothing")
    assert "do not have that message" in await desk.taps("owner", "place 1 replace")
    assert "do not have that message" in await desk.taps("author", "place 99 replace")
    assert "do not have that message" in await desk.taps("author", "place")
    assert await words(desk, number) == "one\n\ntwo"


async def test_what_was_called_nothing_can_be_meant_after_all(desk: Desk) -> None:
    number = await desk.written("one")
    await desk.says("author", "two")
    await desk.press("author", "It was nothing")
    await desk.press("author", "I did mean it")
    await desk.press("author", "Replace")
    assert await words(desk, number) == "two"


async def test_text_files_and_buttons_are_put_back(desk: Desk) -> None:
    number = await desk.written("Pool party")
    photo = Media(media_id=4, kind=MediaKind.PHOTO, filename="pool.jpg")
    button = ((LinkButton(label="Map", url="https://example.org"),),)
    whole = Message(text=RichText(text="Pool party"), media=(photo,), buttons=button)
    await compose.set_message(desk.house.core, desk.house.author, number, whole)
    await desk.says("author", f"/content {number}")
    assert "is saved" in await desk.says("author", "merhaba")
    await desk.press("author", "Put it back")
    assert await said(desk, number) == whole.model_copy(update={"way_out": True})
    assert "merhaba" in await desk.says("author", f"/versions {number}")
    await desk.press("author", "Put back 1")
    assert await words(desk, number) == "Pool party"
    assert not (await said(desk, number)).media


async def test_a_version_that_is_not_kept_is_said_so(desk: Desk) -> None:
    number = await desk.written()
    assert "no longer saved" in await desk.says("author", f"/putback {number} 9")
    assert "no earlier versions" in await desk.says("author", f"/versions {number}")


async def test_a_late_version_voids_no_approval_silently(desk: Desk) -> None:
    number = await desk.written("one")
    await desk.says("author", "two")
    await desk.press("author", "Replace")
    await desk.says("author", f"/submit {number}")
    assert "no longer waiting for approval" in await desk.taps("author", f"putback {number} 1")
    assert await desk.house.status(number) == BroadcastStatus.DRAFT


# Albums, and one's own message edited


async def test_parts_of_an_album_are_asked_about_once_and_stay_together(desk: Desk) -> None:
    number = await desk.written("Pool party")
    await part(desk, 11, 101, "Look")
    await part(desk, 12, 102)
    await part(desk, 13, 103)
    await desk.press("author", "Replace")
    await part(desk, 14, 104)
    made = await said(desk, number)
    assert [item.media_id for item in made.media] == [101, 102, 103, 104]
    assert made.text.text == "Look"
    await desk.press("author", "Preview")
    await desk.taps("author", f"putback {number} 1")
    assert await words(desk, number) == "Pool party"


async def test_a_late_part_follows_its_album_when_it_was_added_or_was_nothing(desk: Desk) -> None:
    number = await desk.written("Pool party")
    await part(desk, 11, 101)
    await desk.press("author", "Add")
    await part(desk, 12, 102)
    assert [item.media_id for item in (await said(desk, number)).media] == [101, 102]
    await part(desk, 21, 201, album="b")
    await desk.press("author", "It was nothing")
    await part(desk, 22, 202, album="b")
    assert desk.last == []
    assert [item.media_id for item in (await said(desk, number)).media] == [101, 102]


async def test_an_edit_of_what_was_asked_about_is_what_is_put_in(desk: Desk) -> None:
    number = await desk.written("one")
    await desk.says("author", "twoo")
    assert "two" in await desk.says("author", "two", edited=True)
    await desk.press("author", "Replace")
    assert await words(desk, number) == "two"


async def test_edits_of_what_was_begun_with_and_of_what_was_added_are_both_followed(
    desk: Desk,
) -> None:
    number = await desk.written("one")
    await desk.says("author", "two")
    await desk.press("author", "Add")
    await desk.says("author", "two!", edited=True)
    assert await words(desk, number) == "one\n\ntwo!"
    desk.sent -= 1
    await desk.says("author", "one!", edited=True)
    assert await words(desk, number) == "one!\n\ntwo!"
    assert await desk.says("author", "one!", edited=True) == ""


async def test_an_edit_overwrites_nothing_that_was_written_into_the_whole_since(desk: Desk) -> None:
    number = await desk.written("one")
    await desk.says("author", "two")
    await desk.press("author", "Add")
    core, author = desk.house.core, desk.house.author
    await compose.set_message(core, author, number, Message(text=RichText(text="all anew")))
    assert "was changed since" in await desk.says("author", "two!", edited=True)
    assert await words(desk, number) == "all anew"


# Text first, and text behind the command


async def test_text_first_becomes_a_broadcast_by_one_tap(desk: Desk) -> None:
    await desk.says("author", "Water is off")
    assert await compose.drafts(desk.house.core, desk.house.author) == []
    await desk.press("author", "Make this a broadcast")
    assert "done already" in await desk.taps("author", "place 1 make")
    (row,) = await compose.drafts(desk.house.core, desk.house.author)
    assert compose.message_of(row).text.text == "Water is off"
    await desk.says("author", "Water is off!", edited=True)
    assert await words(desk, row.broadcast_id or 0) == "Water is off!"


async def test_an_approver_who_may_not_write_is_offered_no_draft(desk: Desk) -> None:
    assert "What shall we do" in await desk.says("approver", "hello")


async def test_new_takes_the_text_behind_it(desk: Desk) -> None:
    await desk.says("author", "/new Hello\nthere")
    (row,) = await compose.drafts(desk.house.core, desk.house.author)
    assert compose.message_of(row).text.text == "Hello\nthere"


# Used again


async def test_a_sent_one_is_used_again_once(desk: Desk) -> None:
    number, seen = await desk.submitted()
    await desk.taps("approver", f"approve {number} {seen}")
    await desk.house.run_until(number, BroadcastStatus.COMPLETED)
    assert "Water is off" in await desk.says("author", f"/open {number}")
    await desk.press("author", "Use again")
    await desk.taps("author", f"reuse {number}")
    (row,) = await compose.drafts(desk.house.core, desk.house.author)
    assert compose.message_of(row).text.text == "Water is off tomorrow"
    assert row.scheduled_at is None


async def test_a_draft_that_was_thrown_away_is_its_authors_and_comes_back_by_one_tap(
    desk: Desk,
) -> None:
    number = await desk.written()
    await desk.says("author", f"/delete {number}")
    assert "is deleted" in await desk.press("author", f"Delete #{number}")
    await desk.press("author", "Use again")
    (row,) = await compose.drafts(desk.house.core, desk.house.author)
    assert compose.message_of(row).text.text == "Water is off tomorrow"
    other = Admin(name="Can", role=Role.AUTHOR, created_at=desk.house.now)
    async with desk.house.store.write() as session:
        session.add(other)
    await desk.seat(other, "other")
    assert "Only its author" in await desk.says("other", f"/reuse {number}")
    assert not await compose.drafts(desk.house.core, other)


async def test_what_was_asked_of_one_that_is_over_shows_a_way_on(desk: Desk) -> None:
    number, seen = await desk.submitted()
    await desk.taps("approver", f"approve {number} {seen}")
    await desk.house.run_until(number, BroadcastStatus.COMPLETED)
    assert "no longer possible" in await desk.says("author", f"/schedule {number}")
    await desk.press("author", "Use again")
    assert len(await compose.drafts(desk.house.core, desk.house.author)) == 1


async def test_taken_back_it_is_a_draft_and_its_approval_is_void(desk: Desk) -> None:
    number = await desk.written()
    await desk.says("author", f"/schedule {number} 2026-12-01 09:00")
    await desk.says("author", "/submit")
    seen = (await compose.look_at(desk.house.core, number)).submission
    await desk.taps("approver", f"approve {number} {seen}")
    assert await desk.house.status(number) == BroadcastStatus.SCHEDULED
    assert "Your role" in await desk.taps("approver", f"takeback {number}")
    assert "draft again" in await desk.taps("author", f"takeback {number}")
    assert await desk.house.status(number) == BroadcastStatus.DRAFT
    assert "draft already" in await desk.taps("author", f"takeback {number}")
    assert "no longer possible" in await desk.taps("approver", f"approve {number} {seen}")


async def test_nobody_elses_is_taken_back(desk: Desk) -> None:
    number, _ = await desk.submitted()
    other = Admin(name="Can", role=Role.AUTHOR, created_at=desk.house.now)
    async with desk.house.store.write() as session:
        session.add(other)
    await desk.seat(other, "can")
    assert "Only its author" in await desk.taps("can", f"takeback {number}")
    assert await desk.house.status(number) == BroadcastStatus.IN_REVIEW


async def test_the_shelf_is_paged_and_searched_in_any_spelling(desk: Desk) -> None:
    core, author = desk.house.core, desk.house.author
    for n in range(10):
        row = await compose.new(core, author)
        text = "Yarın SU kesik" if n == 3 else f"Post {n}"
        await compose.set_message(
            core, author, row.broadcast_id or 0, Message(text=RichText(text=text))
        )
        async with desk.house.store.write() as session:
            kept = await session.get(type(row), row.broadcast_id)
            assert kept is not None
            kept.status = BroadcastStatus.COMPLETED
    await desk.says("author", "/shelf")
    first = [b.label for row in desk.last[0].buttons for b in row]
    assert len(first) == 9 and first[0].startswith("#10 Post 9")
    await desk.press("author", "More")
    assert [b.label for row in desk.last[0].buttons for b in row][0].startswith("#2 Post 1")
    await desk.says("author", "/shelf yarin su")
    assert [b.command for row in desk.last[0].buttons for b in row] == ["open 4"]
    assert "No earlier post" in await desk.says("author", "/shelf xyz")


async def test_a_draft_that_was_thrown_away_is_not_on_the_shelf(desk: Desk) -> None:
    number = await desk.written()
    await desk.says("author", f"/delete {number} now")
    assert "Nothing has been sent yet" in await desk.says("author", "/shelf")


async def test_a_flood_of_messages_is_kept_as_far_as_anybody_could_answer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unasked_content, "_MOST", 3)
    for n in range(8):
        await desk.says("author", f"message {n}")
    assert "do not have that message" in await desk.taps("author", "place 1 make")
    assert "a draft now" in await desk.taps("author", "place 8 make")
    assert "a draft now" in await desk.taps("author", "place 5 make")


async def test_an_album_sent_in_place_of_words_offers_them_back(desk: Desk) -> None:
    number = await desk.written("Pool party")
    await desk.says("author", f"/content {number}")
    await part(desk, 11, 101)
    await part(desk, 12, 102)
    await desk.press("author", "Put it back")
    assert await words(desk, number) == "Pool party"
