"""The emergency brake at both consoles, and an admin's commands on a token shared with subscribers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select

from bot import command_names, dispatch
from bot.chat import Reply
from bot.handlers.turn import Turn
from broadcast.language import languages
from broadcast.models import Address, ConsentEvent, ConsentStatus, Role, Subscriber
from broadcast.services import report
from broadcast.states import BroadcastStatus
from tests.contract.desk import offered, sees, until
from tests.contract.office import AYSE, PEOPLE, Team, opened

S = BroadcastStatus


@pytest.fixture(params=["telegram", "slack"])
def console(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def team(console: str, tmp_path: Path) -> AsyncIterator[Team]:
    async with opened(tmp_path, console, hold=0, rate=4) as made:
        yield made


async def running(team: Team) -> int:
    """One that some people have and most do not."""
    number, approve = await team.submitted()
    await team.approver.press(approve)
    await team.becomes(number, S.SENDING)

    async def some() -> bool:
        return (await report.sums(team.house.core, number)).sent >= 2

    await until("the first ones have it", some)
    return number


async def stopped(team: Team, number: int) -> int:
    """How many have it, once nothing is on its way any more; nobody more gets it."""

    async def still() -> bool:
        counts = await team.house.ledger.counts(number)
        return not any(n for status, n in counts.items() if status.name == "IN_FLIGHT")

    await until("nothing in flight", still)
    return (await report.sums(team.house.core, number)).sent


async def test_a_halt_stops_what_runs_tells_the_team_and_any_of_its_buttons_goes_on(
    team: Team,
) -> None:
    number = await running(team)
    await team.author.types("halt")
    await sees(team.author, "Everything is stopped, on every channel")
    had = await stopped(team, number)
    await sees(team.other, "has stopped everything")
    await offered(team.other, "lift ")
    await sees(team.approver, "Status: stopped")
    await team.author.types("status")
    await sees(team.author, f"sent to {had} of {PEOPLE}")
    assert await stopped(team, number) == had < PEOPLE
    await team.other.press("lift ")
    await sees(team.author, "lets everything go on")
    await team.becomes(number, S.COMPLETED)
    assert await team.received() == PEOPLE


async def test_the_brake_is_a_button_where_it_is_needed(team: Team) -> None:
    await running(team)
    await team.author.press("halt")
    await sees(team.author, "Everything is stopped, on every channel")


async def test_a_halt_waits_for_nothing_else_its_person_has_asked_for(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await running(team)
    begun, go = asyncio.Event(), asyncio.Event()

    async def hangs(turn: Turn) -> list[Reply]:
        begun.set()
        await go.wait()
        return [Reply(turn.speech.say("You have no drafts."))]

    slow = replace(dispatch._BY_NAME["drafts"], handler=hangs)
    monkeypatch.setitem(dispatch._BY_NAME, "drafts", slow)
    await team.author.types("drafts")
    await begun.wait()
    await team.author.types("halt")

    async def halted() -> bool:
        return team.house.core.brake.halted is not None

    await until("the halt", halted)
    go.set()
    await sees(team.author, "Everything is stopped, on every channel")
    assert await stopped(team, number) < PEOPLE


async def test_a_cancel_stops_before_it_asks_and_no_goes_on(team: Team) -> None:
    number = await running(team)
    await team.author.types("cancel")
    await sees(team.author, "It is paused until you answer")
    assert await team.status(number) == S.PAUSED
    had = await stopped(team, number)
    await team.author.press(f"keep {number}")
    await team.becomes(number, S.SENDING)
    await team.author.press(f"cancel {number}")
    await team.becomes(number, S.PAUSED)
    await team.author.press(f"cancel {number} now")
    await team.becomes(number, S.CANCELLED)
    assert had <= await stopped(team, number) < PEOPLE


async def test_a_bare_stop_while_something_runs_asks_which_was_meant(team: Team) -> None:
    await running(team)
    if team.author.name == "telegram":
        await team.sandbox.do("say", person=AYSE, text="STOP")
    else:
        await team.author.types("stop")
    await sees(team.author, "What shall I stop\\?")
    await team.author.press("stop broadcast")
    await sees(team.author, "Everything is stopped, on every channel")


async def test_commands_have_names_in_every_language(team: Team) -> None:
    for typed, words in (
        ("durum", "Nothing is on its way"),
        ("yardım zamanla", "Sets when broadcast 3 goes out"),
        ("taslaklar", "You have no drafts"),
        ("İPTAL", "Nothing is on its way"),
    ):
        await team.author.types(typed)
        await sees(team.author, words)


async def test_who_writes_to_us_while_everything_is_stopped_is_answered(team: Team) -> None:
    number = await running(team)
    await team.author.types("halt")
    await sees(team.author, "Everything is stopped, on every channel")
    await stopped(team, number)
    person = (await team.sandbox.do("people", "GET", offset=0, count=1))["people"][0]["id"]
    await team.sandbox.do("say", person=person, text="STOP")

    async def answered() -> bool:
        chat = await team.sandbox.do("chat", "GET", person=person)
        return any(
            "You will not receive anything more" in m.get("text", "") for m in chat["messages"]
        )

    await until("an answer to STOP", answered)


# One token for the team and the people


async def consents(team: Team) -> list[str]:
    async with team.house.core.store.read() as session:
        found = await session.scalars(select(Address).where(Address.value == str(AYSE)))
        return [row.consent for row in found]


async def left(team: Team) -> list[str]:
    async with team.house.core.store.read() as session:
        found = await session.scalars(select(ConsentEvent))
        return [row.kind for row in found if row.kind == "opt_out"]


@pytest.mark.parametrize("language", languages())
async def test_every_command_as_the_menu_sends_it_is_answered_and_nobody_is_opted_out(
    tmp_path: Path, language: str
) -> None:
    """Bare, as Telegram's own menu does, by an admin who is a subscriber as well."""
    async with opened(tmp_path, "telegram", hold=0, rate=2) as team:
        async with team.house.core.store.write() as session:
            person = Subscriber(name="Ayşe", created_at=team.house.core.clock())
            session.add(person)
            await session.flush()
            session.add(
                Address(
                    subscriber_id=person.subscriber_id or 0, channel="telegram", value=str(AYSE),
                    consent=ConsentStatus.OPTED_IN,
                )
            )  # fmt: skip
        await running(team)
        for row in dispatch.listed(Role.OWNER):
            before = len(await team.author.screen())
            await team.author.types(command_names.in_menu(row.name, language))

            async def answered(before: int = before) -> bool:
                return len(await team.author.screen()) > before

            await until(f"an answer to {row.name}", answered)
        assert await consents(team) == [ConsentStatus.OPTED_IN]
        assert await left(team) == []
        screen = "\n".join(await team.author.screen())
        assert "You will not receive anything more from us" not in screen
        assert "Shall *Tellal* stop writing" not in screen
