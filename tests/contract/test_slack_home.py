"""App Home: what waits for a person, kept true while they look at it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.frontends import slack_home
from broadcast.models import Broadcast
from broadcast.services import team as people
from tests.contract.desk import SlackDesk, TelegramDesk, sees, texts, until
from tests.contract.office import ANNA, AYSE, ECE, JONAS, MERT, TEXT, Team, desk, opened


@pytest.fixture
async def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Team]:
    monkeypatch.setattr(slack_home, "ROUND_SECONDS", 0.2)
    monkeypatch.setattr(slack_home, "APART_SECONDS", 0.05)
    async with opened(tmp_path, "slack", hold=30) as made:
        yield made


async def shows(user: SlackDesk, words: str, *, there: bool = True) -> None:
    async def look() -> bool:
        return (words in "\n".join(texts((await user.do("home"))["blocks"]))) is there

    await until(f"{words!r} {'' if there else 'not '}on the Home tab", look)


async def test_home_lists_what_waits_and_follows_what_is_done(team: Team) -> None:
    ece = desk(team)
    number = await team.composed()
    opened_ = await ece.do("open_home")
    assert f"#{number} {TEXT}" in "\n".join(texts(opened_["view"]["blocks"]))
    await ece.press(f"submit {number}")

    await shows(ece, "Waiting for approval")
    await ece.do("close")
    pressed = await ece.do("press", home=True, value=f"open {number}")
    assert pressed["acked"]

    async def sheet() -> Any:
        view = await ece.do("modal")
        return view and view["callback_id"] == "sheet"

    await until("what it is", sheet)


async def test_others_who_have_it_open_see_what_changes_without_doing_anything(team: Team) -> None:
    anna, mert = SlackDesk(team.sandbox, ANNA), SlackDesk(team.sandbox, MERT)
    await anna.do("open_home")
    await mert.do("open_home")
    number, approve = await team.submitted()
    for one in (anna, mert):
        await shows(one, f"#{number} {TEXT} · waiting for approval")
    await team.approver.press(approve)
    await shows(mert, f"#{number} {TEXT} · about to start")
    await shows(mert, "waiting for approval", there=False)
    await team.author.types(f"cancel {number} now")
    await shows(mert, TEXT, there=False)


async def test_what_is_written_on_the_phone_is_among_the_drafts_in_slack(team: Team) -> None:
    ece, phone = desk(team), TelegramDesk(team.sandbox, AYSE)
    await ece.types("link")
    code = (await sees(ece, r"start=(link-\w{8})"))[1]
    await phone.types(f"start {code}")
    await phone.press(f"link {code.removeprefix('link-')} yes")
    await ece.press("link yes")
    await sees(phone, "Done: you are Ece")
    await ece.do("open_home")
    await phone.types("new")
    await phone.writes("From the tram")
    await shows(ece, "From the tram · a draft")
    await phone.types("delete 1 now")
    await shows(ece, "From the tram", there=False)


async def test_a_page_slack_does_not_take_now_is_shown_later(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slack_home, "LATER_SECONDS", 0.2)
    anna = SlackDesk(team.sandbox, ANNA)
    await anna.do("open_home")
    fault = {"method": "views.publish", "count": 1, "kind": "error", "status": 500}
    await team.sandbox.do("faults", channel="slack", **fault)
    number, _ = await team.submitted()
    await shows(anna, f"#{number} {TEXT}")


async def test_who_is_removed_sees_nothing_of_it_any_more(team: Team) -> None:
    mert = SlackDesk(team.sandbox, MERT)
    await team.composed()
    await mert.do("open_home")
    await shows(mert, "What shall we do?")
    found = await people.who(team.house.core, "slack", MERT)
    assert found is not None
    await team.approver.types(f"remove {found[0].admin_id} now")
    await shows(mert, "ask an admin here for an invitation")
    await shows(mert, "What shall we do?", there=False)


async def test_a_stranger_finds_one_kind_sentence_there_until_they_are_invited(
    team: Team,
) -> None:
    jonas = SlackDesk(team.sandbox, JONAS)
    number, _ = await team.submitted()
    await jonas.do("open_home")
    await shows(jonas, "ask an admin here for an invitation")
    await shows(jonas, f"#{number}", there=False)
    await team.author.types("invite approver")
    code = (await sees(team.author, r"invite-[\w-]+"))[0]
    await jonas.types(f"join {code}")
    await sees(jonas, "Welcome, Jonas Weber")
    await jonas.do("open_home")
    await shows(jonas, f"#{number} {TEXT}")


async def test_more_than_fits_is_said_with_the_command_that_shows_it_and_the_urgent_come_first(
    team: Team,
) -> None:
    ece = desk(team)
    found = await people.who(team.house.core, "slack", ECE)
    assert found is not None
    async with team.house.core.store.write() as session:
        for status in ("in_review", "scheduled", "sending", "draft"):
            for n in range(60):
                content = {"text": {"text": f"{status} {n} " + "ş" * 60, "entities": []}}
                session.add(
                    Broadcast(
                        author_id=found[0].admin_id or 0, content=content, audience={},
                        status=status, created_at=team.house.core.clock(),
                    )
                )  # fmt: skip
    await ece.do("open_home")
    shown = "\n".join(texts((await ece.do("home"))["blocks"]))
    heads = ["Waiting for approval", "Running", "Scheduled", "Your drafts"]
    places = [shown.index(head) for head in heads]
    assert places == sorted(places)
    assert shown.count("… and 50 more: /broadcast status") == 3
    assert "… and 50 more: /broadcast drafts" in shown
    assert "What shall we do?" in shown, "and every command as a button"
