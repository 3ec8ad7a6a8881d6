"""Windows in Slack: what is left open in words, what is refused in the window, what comes twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from broadcast.models import Admin, Role
from broadcast.services import compose, review
from broadcast.services import team as people
from broadcast.states import BroadcastStatus
from tests.contract.desk import SlackDesk, offered, sees, slack, texts, until
from tests.contract.office import ANNA, TEXT, Team, opened


async def form(user: SlackDesk) -> Any:
    async def look() -> Any:
        view = await user.do("modal")
        return view if view and view["callback_id"] == "form" else None

    return await until("a form", look)


async def text_of(team: Team, number: int) -> str:
    row = await compose.get(team.house.core, number)
    return compose.message_of(row).text.text


async def too_late(team: Team) -> None:
    """The next window comes after Slack's three seconds."""
    slow = {"kind": "latency", "method": "views.open", "seconds": 3.4, "count": 1}
    await team.sandbox.do("faults", channel="slack", **slow)


# What stands open


async def test_a_closed_window_leaves_no_question_a_later_message_would_answer(team: Team) -> None:
    anna = slack(team.approver)
    number, _ = await team.submitted()
    for command in (f"reject {number}", f"content {number}", f"schedule {number}"):
        await anna.types(command)
        await form(anna)
        await anna.do("close")
    await anna.types(f"button {number}")
    await form(anna)
    await anna.do("close")
    await anna.do("say", text="See you at lunch - https://example.org")
    await sees(anna, "I keep this: “See you at lunch")
    assert await team.status(number) == BroadcastStatus.IN_REVIEW
    assert await text_of(team, number) == TEXT


async def test_where_no_window_opened_the_question_can_be_answered_in_words(team: Team) -> None:
    anna = slack(team.approver)
    number, _ = await team.submitted()
    await too_late(team)
    await anna.press(f"reject {number}")
    await sees(anna, r"could not open the window in time[^$]*Why\?")
    await anna.do("say", text="The date is wrong")
    await team.becomes(number, BroadcastStatus.DRAFT)
    made = await review.decisions(team.house.core, number)
    assert made[-1][0].reason == "The date is wrong"


async def test_a_window_opened_after_all_closes_the_question_in_words(team: Team) -> None:
    anna = slack(team.approver)
    number, _ = await team.submitted()
    await too_late(team)
    await anna.press(f"reject {number}")
    await sees(anna, "could not open the window in time")
    await anna.types(f"reject {number}")
    await form(anna)
    await anna.do("close")
    await anna.do("say", text="See you at lunch")
    await sees(anna, "I keep this: “See you at lunch")
    assert await team.status(number) == BroadcastStatus.IN_REVIEW


# What is refused in the window


async def test_a_reason_longer_than_a_card_holds_cannot_be_sent(team: Team) -> None:
    anna = slack(team.approver)
    number, _ = await team.submitted()
    await anna.press(f"reject {number}")
    await form(anna)
    sent = await anna.do("submit", values={"reason": "x" * (review.REASON_CHARACTERS + 1)})
    assert not sent["acked"] and sent["refused"], "Slack itself says so, beside the field"
    await anna.submit(reason="x" * review.REASON_CHARACTERS)
    await team.becomes(number, BroadcastStatus.DRAFT)


async def test_a_rejection_that_came_too_late_says_so_and_keeps_the_reason(team: Team) -> None:
    anna = slack(team.approver)
    number, approve = await team.submitted()
    await anna.press(f"reject {number}")
    await form(anna)
    await team.other.presses(approve)
    await team.becomes(number, BroadcastStatus.HOLDING)
    refused = await anna.submit(reason="The date is wrong")
    assert "was faster" in refused["errors"]["reason"]
    assert "The date is wrong" in str((await form(anna))["state"])
    assert await team.status(number) == BroadcastStatus.HOLDING


async def test_what_is_rejected_is_what_was_looked_at(team: Team) -> None:
    anna = slack(team.approver)
    number, _ = await team.submitted()
    await anna.press(f"reject {number}")
    await form(anna)
    await team.author.types(f"button {number} Map - https://example.org")
    await team.becomes(number, BroadcastStatus.DRAFT)
    await team.author.types(f"submit {number}")
    await team.becomes(number, BroadcastStatus.IN_REVIEW)
    refused = await anna.submit(reason="There is no map")
    assert "changed after you saw it" in refused["errors"]["reason"]
    assert await team.status(number) == BroadcastStatus.IN_REVIEW


async def test_who_may_no_longer_reject_is_told_in_the_window(team: Team) -> None:
    anna = slack(team.approver)
    number, _ = await team.submitted()
    await anna.press(f"reject {number}")
    await form(anna)
    found = await people.who(team.house.core, "slack", ANNA)
    assert found is not None
    async with team.house.core.store.write() as session:
        (await session.get_one(Admin, found[0].admin_id)).role = Role.AUTHOR
    refused = await anna.submit(reason="The date is wrong")
    assert "role does not allow" in refused["errors"]["reason"]
    assert await team.status(number) == BroadcastStatus.IN_REVIEW


async def test_an_older_window_does_not_overwrite_a_newer_change(team: Team) -> None:
    ece, anna = slack(team.author), slack(team.approver)
    number = await team.composed()
    for line, field in (
        ("content", {"Message": "Mine"}),
        ("button", {"Buttons": "A - https://a.b"}),
    ):
        await ece.types(f"{line} {number}")
        await form(ece)
        await anna.types(f"content {number}")
        await form(anna)
        await anna.submit(Message=f"Hers, after {line}")
        await until("hers", lambda line=line: _is(team, number, f"Hers, after {line}"))
        refused = await ece.submit(**field)
        (said,) = refused["errors"].values()
        assert f"Anna Walker changed #{number} after you opened this" in said
        typed = str((await form(ece))["state"])
        assert next(iter(field.values())) in typed or "Mine" in typed
        await ece.do("close", everything=True)
        assert await text_of(team, number) == f"Hers, after {line}"
    await ece.types(f"content {number}")
    await form(ece)
    await ece.submit(Message="Mine at last")
    await until("mine", lambda: _is(team, number, "Mine at last"))


async def test_a_message_sent_meanwhile_is_not_overwritten_by_ones_own_window(team: Team) -> None:
    ece = slack(team.author)
    number = await team.composed()
    await ece.types(f"content {number}")
    await form(ece)
    await ece.do("say", text="From the phone")
    await ece.press("place 1 replace")
    await until("the newer one", lambda: _is(team, number, "From the phone"))
    refused = await ece.submit(Message="From the window")
    assert f"You changed #{number} yourself" in str(refused["errors"])
    assert await text_of(team, number) == "From the phone"


async def _is(team: Team, number: int, text: str) -> bool:
    return await text_of(team, number) == text


# What comes twice


async def test_a_form_that_comes_again_changes_nothing_on_the_screen(tmp_path: Path) -> None:
    async with opened(tmp_path, "slack", hold=30, signed=True) as team:
        ece = slack(team.author)
        await ece.types("new")
        await form(ece)
        lost = {"kind": "drop_after", "method": "envelope", "count": 1}
        later = {"kind": "latency", "method": "envelope", "seconds": 1.5, "skip": 1, "count": 1}
        await team.sandbox.do("faults", channel="slack", **lost)
        await team.sandbox.do("faults", channel="slack", **later)
        await ece.submit(Message=TEXT)
        await offered(ece, "submit 1")
        shown = await ece.do("modal")
        assert TEXT in "\n".join(texts(shown["blocks"])), "the preview stays where it was"
        await ece.types("drafts")
        await sees(ece, "You have 1 draft")
