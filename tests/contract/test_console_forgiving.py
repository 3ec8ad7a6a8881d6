"""What a console forgives, and how little one broadcast asks of people, wherever they sit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.bootstrap import House
from broadcast.message import EntityKind
from broadcast.services import compose
from broadcast.services import team as people
from broadcast.states import BroadcastStatus
from tests.contract.desk import Desk, SlackDesk, TelegramDesk, offered, sees, until
from tests.contract.office import PEOPLE, TEXT, Team, opened


@pytest.fixture(params=["telegram", "slack"])
def console(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def team(console: str, tmp_path: Path) -> AsyncIterator[Team]:
    async with opened(tmp_path, console, hold=0) as made:
        yield made


async def tells(team: Team, text: str, **more: Any) -> None:
    """The author writes to the bot, as to anybody."""
    desk = team.author
    if isinstance(desk, TelegramDesk):
        await team.sandbox.do("say", person=desk.person, text=text, **more)
    else:
        assert isinstance(desk, SlackDesk)
        await desk.do("say", text=text, **more)


async def words(team: Team, number: int) -> str:
    row = await compose.get(team.house.core, number)
    return compose.message_of(row).text.text


class Counted:
    """A desk that counts what its person does: messages they send, buttons they tap."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.messages, self.taps = desk, 0, 0

    async def types(self, line: str) -> None:
        self.messages += 1
        await self.desk.types(line)

    async def press(self, command: str) -> None:
        self.taps += 1
        await self.desk.press(command)


async def test_one_broadcast_is_a_message_and_a_tap_and_one_tap_of_the_approver(team: Team) -> None:
    author, approver = Counted(team.author), Counted(team.approver)
    await author.types(f"new {TEXT}")
    line = await offered(team.author, "submit")
    await author.press(line)
    await approver.press(await offered(team.approver, f"approve {line.split()[1]}"))
    await team.becomes(int(line.split()[1]), BroadcastStatus.COMPLETED)
    assert await team.received() == PEOPLE
    assert (author.messages, author.taps) == (1, 1)
    assert (approver.messages, approver.taps) == (0, 1)


async def test_asked_for_its_message_it_is_two_messages_and_a_tap(team: Team) -> None:
    author = Counted(team.author)
    await author.types("new")
    author.messages += 1
    await team.author.writes(TEXT)
    line = await offered(team.author, "submit")
    await author.press(line)
    await team.approver.press(await offered(team.approver, f"approve {line.split()[1]}"))
    await team.becomes(int(line.split()[1]), BroadcastStatus.COMPLETED)
    assert (author.messages, author.taps) == (2, 1)


async def test_text_first_is_a_message_and_two_taps(team: Team) -> None:
    author = Counted(team.author)
    author.messages += 1
    await tells(team, TEXT)
    await author.press(await offered(team.author, "place 1 make"))
    line = await offered(team.author, "submit")
    await author.press(line)
    await team.becomes(int(line.split()[1]), BroadcastStatus.IN_REVIEW)
    assert author.messages + author.taps == 3


async def test_an_answer_to_a_rejection_changes_nothing_but_by_a_button(team: Team) -> None:
    number, _ = await team.submitted()
    await team.approver.rejects(number, "The date is wrong")
    await sees(team.author, "The date is wrong")
    await tells(team, "ok will do")
    await sees(team.author, "I keep this: “ok will do”")
    assert await words(team, number) == TEXT
    await team.author.press("place 1 nothing")
    await sees(team.author, "Then it was nothing")
    assert await words(team, number) == TEXT


async def test_beside_a_draft_it_is_asked_and_what_was_replaced_is_put_back(team: Team) -> None:
    number = await team.composed()
    await tells(team, "oh, and bring a blanket")
    await sees(team.author, "has its message already[^$]*bring a blanket")
    assert await words(team, number) == TEXT
    await team.author.press("place 1 replace")
    await sees(team.author, "What was there before is saved")
    assert await words(team, number) == "oh, and bring a blanket"
    await team.author.press(f"putback {number} 1")
    await sees(team.author, "has its earlier message again")
    assert await words(team, number) == TEXT


async def test_the_question_survives_a_restart_and_a_second_delivery(
    console: str, tmp_path: Path
) -> None:
    async with opened(tmp_path, console) as team:
        number = await team.composed()
        await tells(team, "and a blanket")
        line = await offered(team.author, "place 1 add")
        await team.house.close()
        again = House(team.house.settings)
        await again.open()

        async def there() -> bool:
            return again.switchboard.connected.get(console, True)

        try:
            await until("the console", there)
            await team.author.press(line)
            await sees(team.author, "It is added to")
            await team.author.again()
            await team.author.types("drafts")
            await sees(team.author, "You have 1 draft")
            row = await compose.get(again.core, number)
        finally:
            await again.close()
        assert compose.message_of(row).text.text == f"{TEXT}\n\nand a blanket"


async def test_what_is_behind_new_keeps_its_formatting(team: Team) -> None:
    desk = team.author
    if isinstance(desk, TelegramDesk):
        text = "/new 🏊 Pool party"
        marks = [
            {"type": "bot_command", "offset": 0, "length": 4},
            {"type": "bold", "offset": 8, "length": 4},
        ]
        await tells(team, text, entities=marks)
    else:
        await desk.types("new 🏊 *Pool* party")
    line = await offered(desk, "submit")
    row = await compose.get(team.house.core, int(line.split()[1]))
    message = compose.message_of(row)
    assert message.text.text == "🏊 Pool party"
    (bold,) = message.text.entities
    assert (bold.kind, bold.offset, bold.length) == (EntityKind.BOLD, 2, 4)


async def test_a_sent_one_is_found_on_the_shelf_and_used_again(team: Team) -> None:
    number, approve = await team.submitted()
    await team.approver.press(approve)
    await team.becomes(number, BroadcastStatus.COMPLETED)
    await team.author.types("shelf water")
    await team.author.press(f"open {number}")
    await team.author.press(f"reuse {number}")
    await sees(team.author, f"#{number + 1} is a copy of #{number}")
    desk = team.author
    user = str(desk.person) if isinstance(desk, TelegramDesk) else getattr(desk, "user", "")
    found = await people.who(team.house.core, desk.name, user)
    assert found is not None
    assert len(await compose.drafts(team.house.core, found[0])) == 1
    assert await words(team, number + 1) == TEXT


async def test_a_scheduled_one_is_taken_back(team: Team) -> None:
    number = await team.composed()
    await team.author.types(f"schedule {number} 2099-01-02 09:00")
    await team.author.press(f"schedule {number} =")
    await team.author.press(f"submit {number}")
    await team.approver.press(await offered(team.approver, f"approve {number}"))
    await team.becomes(number, BroadcastStatus.SCHEDULED)
    await team.author.types(f"status {number}")
    await team.author.press(f"takeback {number}")
    await sees(team.author, "is a draft again")
    await sees(team.approver, "took it back. It does not go out unless")
    assert await team.status(number) == BroadcastStatus.DRAFT
