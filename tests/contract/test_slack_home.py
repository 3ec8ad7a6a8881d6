"""App Home: five facts for each person, kept true while they look at it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.frontends.slack import home
from broadcast.models import Admin, Broadcast, Role
from broadcast.services import control
from broadcast.services import team as people
from broadcast.states import BroadcastStatus
from tests.contract.desk import SlackDesk, TelegramDesk, sees, texts, until
from tests.contract.office import ANNA, AYSE, ECE, JONAS, MERT, TEXT, Team, desk, opened


@pytest.fixture
async def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Team]:
    monkeypatch.setattr(home, "ROUND_SECONDS", 0.2)
    monkeypatch.setattr(home, "APART_SECONDS", 0.05)
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

    await shows(ece, f"#{number} {TEXT} · waiting for approval")
    await ece.do("close")
    pressed = await ece.do("press", home=True, value=f"status {number}")
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
        await shows(one, f"#{number} {TEXT} · waits for your approval")
    await team.approver.press(approve)
    await shows(mert, f"#{number} {TEXT} · about to start")
    await shows(mert, "waits for your approval", there=False)
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
    await shows(ece, "From the tram · your draft")
    await phone.types("delete 1 now")
    await shows(ece, "From the tram", there=False)


async def test_a_page_slack_does_not_take_now_is_shown_later(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "LATER_SECONDS", 0.2)
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
    await shows(mert, "Nothing is planned.")
    found = await people.who(team.house.core, "slack", MERT)
    assert found is not None
    await team.approver.types(f"remove {found[0].admin_id} now")
    await shows(mert, "ask an admin here for an invitation")
    await shows(mert, "Nothing is planned.", there=False)


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
    view = await until("her Home", lambda: ece.do("home"))
    shown = "\n".join(texts(view["blocks"]))
    assert len(view["blocks"]) <= 100
    heads = ["Waits for you", "Running", "Planned", "Last result", "Subscribers"]
    places = [shown.index(f"\n{head}\n") for head in heads]
    assert places == sorted(places)
    assert "… and 55 more: /broadcast drafts" in shown, "hers; what she wrote herself is planned"
    assert "… and 55 more: /broadcast status" in shown, "what runs"
    assert "… and 115 more: /broadcast status" in shown, "what is asked about, and what is planned"


# A Home that is old


async def stale(team: Team) -> int:
    """A broadcast that Anna's and Mert's Home say is running; Slack takes no newer Home."""
    number, approve = await team.submitted()
    for name in (ANNA, MERT):
        await SlackDesk(team.sandbox, name).do("open_home")
        await shows(SlackDesk(team.sandbox, name), "waits for your approval")
    await team.approver.press(approve)
    for name in (ANNA, MERT):
        await shows(SlackDesk(team.sandbox, name), "· about to start")
    away = {"method": "views.publish", "kind": "error", "status": 500}
    await team.sandbox.do("faults", channel="slack", **away)
    return number


async def modal(user: SlackDesk, pattern: str) -> None:
    async def look() -> bool:
        view = await user.do("modal")
        return bool(view) and pattern in "\n".join(texts(view["blocks"]))

    await until(f"a window with {pattern!r}", look)


async def test_a_button_of_an_old_home_is_answered_in_a_sentence_and_the_home_is_mended(
    team: Team,
) -> None:
    number = await stale(team)
    await control.cancel(team.house.core, await ece_of(team), number)
    anna = SlackDesk(team.sandbox, ANNA)
    await shows(anna, "· about to start")
    await team.sandbox.do("faults", "DELETE")
    await anna.do("press", home=True, value=f"cancel {number}")
    await modal(anna, "cancelled")
    await shows(anna, TEXT, there=False)


async def test_who_was_removed_and_presses_on_an_old_home_is_told_and_sees_nothing_any_more(
    team: Team,
) -> None:
    number = await stale(team)
    mert = SlackDesk(team.sandbox, MERT)
    found = await people.who(team.house.core, "slack", MERT)
    assert found is not None
    await team.approver.types(f"remove {found[0].admin_id} now")
    await sees(team.approver, "no longer in the team")
    await shows(mert, "· about to start")
    await team.sandbox.do("faults", "DELETE")
    await mert.do("press", home=True, value=f"cancel {number}")
    await modal(mert, "ask an admin here for an invitation")
    await shows(mert, "ask an admin here for an invitation")
    await shows(mert, TEXT, there=False)
    assert await team.status(number) == BroadcastStatus.HOLDING


async def test_who_has_another_role_now_has_other_buttons(team: Team) -> None:
    mert = SlackDesk(team.sandbox, MERT)
    await mert.do("open_home")
    number, _ = await team.submitted()
    await shows(mert, "waits for your approval")
    found = await people.who(team.house.core, "slack", MERT)
    assert found is not None
    await team.author.types(f"role {found[0].admin_id} author now")
    await shows(mert, "waits for your approval", there=False)
    await shows(mert, f"#{number} {TEXT} · waiting for approval")


async def test_somebody_without_a_role_we_know_sees_nothing_of_the_house(team: Team) -> None:
    mert = SlackDesk(team.sandbox, MERT)
    await team.composed()
    found = await people.who(team.house.core, "slack", MERT)
    assert found is not None
    async with team.house.core.store.write() as session:
        admin = await session.merge(found[0])
        admin.role = "guest"
    assert "guest" not in set(Role)
    await mert.do("open_home")
    await shows(mert, "ask an admin here for an invitation")
    await shows(mert, "Subscribers", there=False)


async def test_after_a_new_installation_it_is_shown_again_though_nothing_changed(
    team: Team,
) -> None:
    anna = SlackDesk(team.sandbox, ANNA)
    await anna.do("open_home")
    await shows(anna, "Nothing waits for you.")
    assert (await anna.do("open_home"))["view"], "it stands there already"
    await anna.do("open_home", blank=True)
    await until("her Home", lambda: anna.do("home"))
    await shows(anna, "Nothing waits for you.")


async def test_a_home_opened_before_we_started_is_mended_too(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "RARELY_SECONDS", 0.2)
    anna = SlackDesk(team.sandbox, ANNA)
    number, _ = await team.submitted()
    await until("her Home", lambda: anna.do("home"))
    await shows(anna, f"#{number} {TEXT}")


async def ece_of(team: Team) -> Admin:
    found = await people.who(team.house.core, "slack", ECE)
    assert found is not None
    return found[0]
