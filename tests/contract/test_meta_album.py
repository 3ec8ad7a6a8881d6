"""Several files on platforms without albums: several messages, and nobody gets one of them twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.handlers import missed as missing
from broadcast.message import LinkButton, Message, RichText, TemplateUse
from broadcast.models import UncertainPolicy
from broadcast.outcome import Reason
from broadcast.services import compose, control, report, retry
from broadcast.states import BroadcastStatus as S
from broadcast.states import DeliveryStatus as D
from sandbox.server import running
from tests.contract.stage import Stage, stage
from tests.contract.whatsapp import PROMO
from tests.scenario.turns import turn

ADA, BEN = 1_000_000_001, 1_000_000_002
META = ("whatsapp", "messenger")
BUTTON = LinkButton(label="Read on", url="https://example.org/water")
WORDS = "Water is off"


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Stage]:
    """A house on WhatsApp and Messenger, with one person on each."""
    async with running(people=50) as sandbox, stage(sandbox, tmp_path, *META) as made:
        await made.joined("whatsapp", ADA)
        await made.joined("messenger", BEN)
        yield made


async def album(made: Stage) -> Message:
    media = (await made.file("photo"), await made.file("photo", "sea"))
    return Message(text=RichText(text=WORDS), media=media, buttons=((BUTTON,),))


async def seen(made: Stage, channel: str, person: int) -> list[tuple[str, str]]:
    """(what kind, its first line) of each message that arrived since the welcome."""
    bubbles = [b for b in (await made.bubbles(channel, person))[1:] if b["status"] != "failed"]
    return [(one["kind"], str(one["text"]).partition("\n")[0]) for one in bubbles]


WHATSAPP = [("image", ""), ("image", WORDS)]
MESSENGER = [("image", ""), ("image", ""), ("text", WORDS)]


async def test_an_album_becomes_messages_and_the_card_says_so(two: Stage) -> None:
    message = await album(two)
    number = await two.approved(message)
    look = await compose.look_at(two.core, await _draft(two, message))
    assert look.problems == []
    told = {c.template.split()[1]: c.values["n"] for c in look.changes if "n" in c.values}
    assert told == {"WhatsApp": 2, "Messenger": 3}
    await two.became(number, S.COMPLETED)
    await two.settled(number, D.READ)
    assert await seen(two, "whatsapp", ADA) == WHATSAPP
    assert await seen(two, "messenger", BEN) == MESSENGER
    last = (await two.bubbles("whatsapp", ADA))[-1]
    assert BUTTON.url in last["text"] and [b["id"] for b in last["buttons"]] == ["s:out"]
    last = (await two.bubbles("messenger", BEN))[-1]
    assert [b["url"] for b in last["buttons"]] == [BUTTON.url]
    assert [b["id"] for b in last["quick_replies"]] == ["s:out"]


async def _draft(made: Stage, message: Message) -> int:
    author, _ = await made.admins()
    row = await compose.new(made.core, author)
    await compose.set_message(made.core, author, row.broadcast_id or 0, message)
    return row.broadcast_id or 0


async def test_music_takes_no_words_so_they_follow(two: Stage) -> None:
    message = Message(text=RichText(text=WORDS), media=(await two.file("audio"),))
    number = await two.approved(message)
    await two.became(number, S.COMPLETED)
    await two.settled(number, D.READ)
    assert await seen(two, "whatsapp", ADA) == [("audio", ""), ("text", WORDS)]


STUMBLES: dict[str, dict[str, Any]] = {
    "not now": {"kind": "code", "code": 2},
    "account wide": {"kind": "error", "status": 429, "html": True},
}


@pytest.mark.parametrize("stumble", STUMBLES)
async def test_a_later_message_that_has_to_wait_does_not_repeat_the_first(
    two: Stage, stumble: str
) -> None:
    for channel in META:
        await two.do(channel, "faults", method="messages", skip=1, count=1, **STUMBLES[stumble])
    number = await two.approved(await album(two))
    await two.became(number, S.COMPLETED)
    await two.settled(number, D.READ)
    assert await seen(two, "whatsapp", ADA) == WHATSAPP
    assert await seen(two, "messenger", BEN) == MESSENGER


async def test_a_token_that_ends_between_two_messages_pauses_and_goes_on_behind_the_first(
    two: Stage,
) -> None:
    for channel in META:
        fault = {"kind": "code", "code": 190, "subcode": 463}
        await two.do(channel, "faults", method="messages", skip=1, count=1, **fault)
    number = await two.approved(await album(two))
    _, approver = await two.admins()
    assert not await _ends(two, number)
    await control.resume(two.core, approver, number)
    if not await _ends(two, number):  # one after the other
        await control.resume(two.core, approver, number)
    await two.settled(number, D.READ)
    assert await seen(two, "whatsapp", ADA) == WHATSAPP
    assert await seen(two, "messenger", BEN) == MESSENGER


async def _ends(made: Stage, number: int) -> bool:
    await made.became(number, S.PAUSED, S.COMPLETED)
    return (await compose.get(made.core, number)).status == S.COMPLETED


async def missed(made: Stage, number: int) -> str:
    _, approver = await made.admins()
    asked = turn(made, approver, "missed", str(number))  # type: ignore[arg-type]
    (reply,) = await missing.show(asked)
    return reply.text.text


async def test_when_the_second_is_not_answered_only_that_one_is_sent_again(two: Stage) -> None:
    for channel in META:
        await two.do(channel, "faults", kind="drop_before", method="messages", skip=1, count=1)
    number = await two.approved(await album(two))
    await two.became(number, S.COMPLETED)
    await two.settled(number, D.UNCERTAIN)
    assert (await missed(two, number)).count("a part of it arrived") == 2
    _, approver = await two.admins()
    assert await control.decide_uncertain(two.core, approver, number, UncertainPolicy.RESEND) == 2
    await two.became(number, S.COMPLETED)
    await two.settled(number, D.READ)
    assert await seen(two, "whatsapp", ADA) == WHATSAPP
    assert await seen(two, "messenger", BEN) == MESSENGER


async def test_a_lost_answer_of_the_second_is_settled_by_its_status(two: Stage) -> None:
    await two.do("whatsapp", "webhook", paused=True)
    await two.do("whatsapp", "faults", kind="drop_after", method="messages", skip=1, count=1)
    number = await two.approved(await album(two))
    await two.became(number, S.COMPLETED)
    ada = f"whatsapp:{await _user_id(two)}"
    assert (await two.rows(number))[ada] == (D.UNCERTAIN, Reason.NO_ANSWER)
    await two.do("whatsapp", "webhook", paused=False)
    await two.settled(number, D.READ)
    assert await seen(two, "whatsapp", ADA) == WHATSAPP


async def _user_id(made: Stage) -> str:
    return str((await made.do("whatsapp", "contact", person=ADA))["user_id"])


async def test_the_one_the_platform_could_not_deliver_is_the_only_one_tried_again(
    two: Stage,
) -> None:
    fault = {"kind": "code", "code": 131053, "when": "webhook", "count": 1}
    await two.do("whatsapp", "faults", method="messages", **fault)
    number = await two.approved(await album(two))
    await two.became(number, S.COMPLETED)
    ada = f"whatsapp:{await _user_id(two)}"

    async def failed() -> bool:
        return (await two.rows(number))[ada] == (D.FAILED, Reason.CONTENT)

    await two.until(failed)
    assert "a part of it arrived" in await missed(two, number)
    assert await seen(two, "whatsapp", ADA) == WHATSAPP[1:]
    await two.do("whatsapp", "redeliver", count=50)
    _, approver = await two.admins()
    again = await retry.retry(two.core, approver, number, frozenset({Reason.CONTENT.value}))
    assert again == 1
    await two.became(number, S.COMPLETED)
    await two.do("whatsapp", "redeliver", count=50)
    await two.settled(number, D.SENT, D.READ)
    assert await seen(two, "whatsapp", ADA) == [WHATSAPP[1], WHATSAPP[0]]
    assert (await report.sums(two.core, number)).sent == 2


async def test_who_has_a_part_is_not_handed_on_to_another_channel(two: Stage) -> None:
    await two.joined("messenger", ADA)
    await two.change("UPDATE subscriber SET preferred = 'whatsapp'")
    await two.change(
        """UPDATE address SET subscriber_id = (SELECT subscriber_id FROM address
        WHERE channel = 'whatsapp') WHERE address_id = (SELECT max(address_id) FROM address)"""
    )
    await two.do("whatsapp", "faults", kind="code", code=130403, method="messages", skip=1)
    number = await two.approved(await album(two))
    await two.became(number, S.COMPLETED)
    rows = await two.rows(number)
    assert rows[f"whatsapp:{await _user_id(two)}"] == (D.FAILED, Reason.BLOCKED)
    assert len(rows) == 2, "Ben on Messenger, and Ada not there as well"
    assert await seen(two, "whatsapp", ADA) == WHATSAPP[:1]


@pytest.mark.parametrize("when", ["answer", "webhook"])
async def test_an_album_for_a_closed_window_becomes_the_template_once(
    two: Stage, when: str
) -> None:
    await two.do("whatsapp", "templates", create=PROMO)
    await two.do("whatsapp", "reporting", code=131047, when=when)
    await two.do("whatsapp", "advance", seconds=90_000)
    values = (("first_name", "{name}"),)
    use = TemplateUse(channel="whatsapp", name="promo", language="tr", parameters=values)
    number = await two.approved((await album(two)).model_copy(update={"templates": (use,)}))

    async def arrived() -> bool:
        return bool(await two.got("whatsapp", "yeni sergi"))

    await two.until(arrived)
    for _ in range(3):
        await two.do("whatsapp", "redeliver", count=50)
    await two.became(number, S.COMPLETED)
    await two.settled(number, D.READ)
    await two.do("whatsapp", "redeliver", count=50)
    await two.settled(number, D.READ)
    assert await two.got("whatsapp", "yeni sergi") == {str(ADA): 1}
    assert await two.got("whatsapp", WORDS) == {}
