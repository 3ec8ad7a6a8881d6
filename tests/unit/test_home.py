"""`/home`: five facts for each person, and only the buttons they may press."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.frontends.slack import home_view
from bot.frontends.slack.rich_text import count_characters
from broadcast.cached_counts import Counted
from broadcast.language import speech
from broadcast.models import Broadcast
from broadcast.services import compose, control, dashboard, review
from broadcast.services.console_messages import CARD
from broadcast.states import BroadcastStatus
from tests.scenario.house import House
from tests.unit.desk import Desk


def lines_of(desk: Desk) -> list[str]:
    """The command lines of the buttons of the last answer."""
    return [button.command for reply in desk.last for row in reply.buttons for button in row]


async def becomes(house: House, number: int, **values: object) -> None:
    async with house.store.write() as session:
        await session.execute(
            update(Broadcast).where(Broadcast.broadcast_id == number).values(**values)  # type: ignore[arg-type]
        )


async def test_an_empty_house_says_so_of_each_fact(desk: Desk) -> None:
    said = await desk.says("owner", "/home")
    for words in (
        "Nothing waits for you.", "Nothing is running.", "Nothing is planned.",
        "Nothing has been sent yet.", "0 subscribers",
    ):  # fmt: skip
        assert words in said
    assert len(desk.last) == 1, "one message"


@pytest.mark.parametrize("name", ["/dashboard", "/pano", "/özet", "/OZET", "/Anasayfa"])
async def test_it_has_a_name_in_each_language(desk: Desk, name: str) -> None:
    assert "Nothing waits for you." in await desk.says("author", name)


async def test_what_waits_is_each_persons_own(desk: Desk) -> None:
    number, _ = await desk.submitted()
    assert "waits for your approval" in await desk.says("approver", "/home")
    assert f"approve {number}" in lines_of(desk), "the way to the card, where the yes is given"
    said = await desk.says("author", "/home")
    assert "Nothing waits for you." in said
    assert "*Planned*" not in said
    assert "Planned" in said and "waiting for approval" in said
    assert f"approve {number}" not in lines_of(desk)
    await review.approve(
        desk.house.core, desk.house.approver, number,
        (await compose.look_at(desk.house.core, number)).submission,
    )  # fmt: skip
    assert "Nothing waits for you." in await desk.says("approver", "/home")


async def test_who_has_said_yes_already_is_not_waited_for(desk: Desk) -> None:
    object.__setattr__(desk.house.core.policy, "approvals_required", 2)
    number, asked = await desk.submitted()
    await desk.taps("approver", f"approve {number} {asked}")
    said = await desk.says("approver", "/home")
    assert "Nothing waits for you." in said and "waiting for approval" in said
    assert "waits for your approval" in await desk.says("owner", "/home")


async def test_what_was_sent_back_stands_before_other_drafts(desk: Desk) -> None:
    number, asked = await desk.submitted()
    await review.reject(desk.house.core, desk.house.approver, number, "The date is wrong", asked)
    other = await desk.written("The bus is late")
    said = await desk.says("author", "/home")
    assert said.index("sent back to you") < said.index("your draft")
    assert f"open {number}" in lines_of(desk) and f"open {other}" in lines_of(desk)
    assert "Water" not in await desk.says("owner", "/home"), "drafts are their author's"


async def test_what_was_asked_about_again_since_was_not_sent_back_last(desk: Desk) -> None:
    number, asked = await desk.submitted()
    await review.reject(desk.house.core, desk.house.approver, number, "The date is wrong", asked)
    desk.house.now += timedelta(minutes=1)
    await desk.taps("author", f"submit {number}")
    await desk.says("author", f"/takeback {number}")
    said = await desk.says("author", "/home")
    assert "your draft" in said and "sent back to you" not in said


async def test_the_planned_come_in_the_order_in_which_they_go_out(desk: Desk) -> None:
    numbers = []
    for days in (3, 1, 2):
        number = await desk.house.draft(f"In {days} days")
        numbers.append(number)
        at = desk.house.now + timedelta(days=days)
        await becomes(desk.house, number, status=BroadcastStatus.SCHEDULED, scheduled_at=at)
    said = await desk.says("owner", "/home")
    places = [said.index(f"In {days} days") for days in (1, 2, 3)]
    assert places == sorted(places)
    assert f"cancel {numbers[0]}" in lines_of(desk)


@pytest.mark.parametrize(
    ("status", "more", "author", "approver"),
    [
        (BroadcastStatus.SENDING, {}, {"pause", "cancel"}, {"pause", "cancel"}),
        (BroadcastStatus.WATCHING, {}, {"cancel"}, {"resume", "cancel"}),
        (BroadcastStatus.WAITING, {}, {"cancel"}, {"cancel"}),
        (BroadcastStatus.PAUSED, {}, {"correct", "cancel"}, {"resume", "cancel"}),
    ],
)
async def test_a_running_one_has_the_buttons_that_would_act_for_this_person(
    desk: Desk, status: BroadcastStatus, more: dict[str, object], author: set[str],
    approver: set[str],
) -> None:  # fmt: skip
    number = await desk.house.approved()
    await becomes(
        desk.house, number, status=status, launched_at=desk.house.now,
        pause_reason="content" if status == BroadcastStatus.PAUSED else "",
    )  # fmt: skip
    for user, acts in (("author", author), ("approver", approver)):
        said = await desk.says(user, "/home")
        assert "Nothing is running." not in said
        own = {line.split()[0] for line in lines_of(desk) if line.endswith(f" {number}")}
        assert own - {"status"} == acts, user
    assert "Nothing is on its way." not in await desk.says("author", "/status")


async def test_progress_and_result_are_numbers_that_add_up(house: House, desk: Desk) -> None:
    number = await desk.house.approved()
    await becomes(desk.house, number, status=BroadcastStatus.COMPLETED,
                  launched_at=house.now, completed_at=house.now)  # fmt: skip
    said = await desk.says("owner", "/home")
    assert "Last result" in said and "sent to 0 of 0" in said
    assert f"report {number}" in lines_of(desk)


async def test_what_is_late_waits_for_whoever_may_start_it(desk: Desk) -> None:
    number, _ = await desk.submitted()
    await becomes(desk.house, number, status=BroadcastStatus.LATE, scheduled_at=desk.house.now)
    assert "its time has passed" in await desk.says("approver", "/home")
    assert f"sendnow {number}" in lines_of(desk)
    await desk.says("author", "/home")
    assert f"sendnow {number}" not in lines_of(desk), "they wrote it"


async def test_a_standing_halt_comes_first_with_the_way_to_lift_it_for_whom_it_works(
    desk: Desk,
) -> None:
    assert "halt" in (await desk.says("author", "/home"), lines_of(desk))[1]
    await desk.says("approver", "/halt")
    said = await desk.says("author", "/home")
    assert said.startswith("🛑 Murat has stopped everything")
    assert not any(line.startswith(("lift", "halt")) for line in lines_of(desk))
    assert (await desk.says("approver", "/home")).startswith("🛑 Everything is stopped")
    assert any(line.startswith("lift") for line in lines_of(desk))


async def test_refreshing_edits_the_message_and_typing_posts_a_new_one(desk: Desk) -> None:
    await desk.says("owner", "/home")
    assert not desk.last[0].replaces
    await desk.press("owner", "Refresh")
    assert desk.last[0].replaces
    assert desk.last[0].track is None or not desk.last[0].track[0].startswith(CARD)


async def test_looking_changes_nothing_that_stands_open(desk: Desk) -> None:
    number = await desk.written()
    before = (await compose.get(desk.house.core, number)).version
    await dashboard.of(desk.house.core, desk.house.author, await dashboard.house(desk.house.core))
    assert (await compose.get(desk.house.core, number)).version == before


@pytest.mark.parametrize("language", ["en", "tr"])
async def test_however_much_there_is_slacks_limits_hold(desk: Desk, language: str) -> None:
    house = desk.house
    async with house.store.write() as session:
        for status in BroadcastStatus:
            for n in range(30):
                content = {"text": {"text": f"{n} " + "🎉ş" * 60, "entities": []}}
                session.add(
                    Broadcast(
                        author_id=house.author.admin_id or 0, content=content, audience={},
                        status=status, created_at=house.now, launched_at=house.now,
                        completed_at=house.now, pause_reason="x" * 4000,
                    )
                )  # fmt: skip
    seen = await dashboard.of(house.core, house.author, await dashboard.house(house.core))
    blocks = home_view.drawn(speech(language), house.author, seen, "/broadcast")
    assert len(blocks) <= home_view.BLOCKS
    assert count_characters(blocks) <= home_view.VIEW_CHARACTERS
    buttons = [e for block in blocks if block["type"] == "actions" for e in block["elements"]]
    assert all(len(e["text"]["text"]) <= 75 for e in buttons)
    assert len({e["action_id"] for e in buttons}) == len(buttons)
    heads = [block["text"]["text"] for block in blocks if block["type"] == "header"]
    assert len(heads) == 5


async def test_a_count_that_takes_long_is_not_repeated_for_each_look() -> None:
    counted, times = Counted(), []

    async def slow() -> int:
        from asyncio import sleep

        times.append(1)
        await sleep(1.0)
        return len(times)

    from asyncio import gather

    assert set(await gather(*(counted.get("a", slow) for _ in range(50)))) == {1}


async def test_a_count_that_fails_is_asked_again() -> None:
    counted = Counted()

    async def broken() -> int:
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        await counted.get("a", broken)

    async def fine() -> int:
        return 3

    assert await counted.get("a", fine) == 3


async def test_a_button_of_an_old_home_answers_in_a_sentence(desk: Desk) -> None:
    number = await desk.house.approved()
    await becomes(desk.house, number, status=BroadcastStatus.SENDING, launched_at=desk.house.now)
    await desk.says("approver", "/home")
    assert f"pause {number}" in lines_of(desk)
    await control.cancel(desk.house.core, desk.house.approver, number)
    said = await desk.taps("approver", f"pause {number}")
    assert "cancelled" in said
    assert "Nothing is running." in await desk.says("approver", "/home")
