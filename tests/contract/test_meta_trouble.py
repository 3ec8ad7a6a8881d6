"""When Meta says no in the middle: windows that close late, caps, what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from bot.handlers import missed as missing
from bot.handlers import retry as retrying
from bot.handlers import template, window
from broadcast.account_key import AccountKey
from broadcast.clock import steady_unix
from broadcast.errors import Invalid
from broadcast.language import speech
from broadcast.message import Message, RichText
from broadcast.outcome import Reason
from broadcast.services import compose, retry
from broadcast.states import BroadcastStatus as S
from broadcast.states import DeliveryStatus as D
from broadcast.store import retry as stored_retry
from tests.contract.stage import Stage
from tests.contract.whatsapp import PROMO, TEMPLATED, USE
from tests.scenario.turns import turn

ADA, BEN, CAN = 1_000_000_001, 1_000_000_002, 1_000_000_003


async def only(made: Stage, number: int) -> Any:
    """The one delivery, once it is planned: its id, status and reason."""
    query = "SELECT delivery_id, status, reason FROM delivery WHERE broadcast_id = :b"
    rows = await made.until(lambda: made.ask(query, b=number))
    (row,) = rows
    return row


async def tries(made: Stage, number: int) -> list[tuple[D, str]]:
    async with made.core.store.read() as session:
        return await stored_retry.earlier_attempts(session, (await only(made, number)).delivery_id)


# A window that closed between planning and sending


@pytest.mark.parametrize("when", ["answer", "webhook"])
async def test_who_is_outside_after_all_gets_the_template_once(made: Stage, when: str) -> None:
    await made.joined("whatsapp", ADA)
    await made.do("whatsapp", "reporting", code=131047, when=when)
    await made.do("whatsapp", "advance", seconds=90_000)  # theirs has closed, we do not know it
    number = await made.approved(TEMPLATED)

    async def arrived() -> bool:
        return bool(await made.got("whatsapp", "yeni sergi"))

    await made.until(arrived)
    await made.became(number, S.COMPLETED)
    await made.do("whatsapp", "redeliver", count=50)
    await made.settled(number, D.READ)
    assert await made.got("whatsapp", "yeni sergi") == {str(ADA): 1}
    assert await made.got("whatsapp", "Freely") == {}
    kept = D.DEFERRED if when == "answer" else D.FAILED
    assert await tries(made, number) == [(kept, Reason.OUTSIDE_WINDOW)]
    begun = await made.ask("SELECT count(*) FROM begun")
    assert begun[0][0] == 1, "it counts against the daily limit"


@pytest.mark.parametrize("when", ["answer", "webhook"])
async def test_without_a_template_they_wait_and_get_it_when_they_write(
    made: Stage, when: str
) -> None:
    await made.joined("whatsapp", ADA)
    await made.do("whatsapp", "reporting", code=131047, when=when)
    await made.do("whatsapp", "advance", seconds=90_000)
    number = await made.approved("Freely", outside="wait")

    async def waits() -> bool:
        return bool((await only(made, number)).status == D.WAITING)

    await made.until(waits)
    await made.became(number, S.WAITING)
    await made.do("whatsapp", "say", person=ADA, text="good morning")
    await made.became(number, S.COMPLETED)
    await made.do("whatsapp", "redeliver", count=50)
    await made.settled(number, D.READ)
    assert await made.got("whatsapp", "Freely") == {str(ADA): 1}


async def test_the_late_template_keeps_to_the_daily_limit(made: Stage) -> None:
    for person in (ADA, BEN, CAN):
        await made.joined("whatsapp", person)
    await made.do("whatsapp", "reporting", code=131047, when="answer")
    await made.do("whatsapp", "advance", seconds=90_000)
    able = made.core.channels["whatsapp", "default"]
    able.capabilities = type(able.capabilities)(
        **{f: getattr(able.capabilities, f) for f in able.capabilities.__dataclass_fields__}
        | {"people_per_day": 2}
    )
    number = await made.approved(TEMPLATED, overflow="cut")
    await made.became(number, S.COMPLETED)
    ends = sorted(row[1] or "" for row in (await made.rows(number)).values())
    assert ends == ["", "", Reason.OVER_BUDGET]
    assert sum((await made.got("whatsapp", "yeni sergi")).values()) == 2


async def test_who_waits_under_an_old_number_gets_it_when_writing_from_the_new_one(
    made: Stage,
) -> None:
    for person in (ADA, BEN):
        await made.joined("whatsapp", person)
    await made.close_windows("whatsapp")
    number = await made.approved("Patience", outside="wait")
    await made.became(number, S.WAITING)
    for person in (ADA, BEN):
        await made.do("whatsapp", "change_number", person=person)

    async def moved() -> bool:
        rows = await made.ask("SELECT count(*) FROM consent_event WHERE kind = 'moved'")
        return bool(rows[0][0] == 2)

    await made.until(moved)
    assert await made.got("whatsapp", "Patience") == {}, "to move is not to write"
    await made.do("whatsapp", "say", person=ADA, text="my new number")
    await made.do("whatsapp", "say", person=BEN, text="STOP")
    await made.became(number, S.COMPLETED)
    assert await made.got("whatsapp", "Patience") == {str(ADA): 1}
    ends = sorted(row[1] or "" for row in (await made.rows(number)).values())
    assert ends == ["", Reason.OPTED_OUT]


# Meta's cap on marketing for one person


@pytest.mark.parametrize("when", ["answer", "webhook"])
async def test_who_is_capped_is_left_alone_for_a_day_and_told_about(made: Stage, when: str) -> None:
    await made.joined("whatsapp", ADA)
    await made.close_windows("whatsapp")
    fault = {"kind": "code", "code": 131049, "when": when, "count": 1}
    await made.do("whatsapp", "faults", method="*messages", **fault)
    number = await made.approved(TEMPLATED)

    async def capped() -> bool:
        row = await only(made, number)
        return (row.status, row.reason) == (D.FAILED, Reason.CAPPED)

    await made.until(capped)
    await made.became(number, S.COMPLETED)
    _, approver = await made.admins()
    for words in ("", "failed", "capped"):
        asked = turn(made, approver, "retry", f"{number} {words}")  # type: ignore[arg-type]
        (reply,) = await retrying.try_again(asked)
        said = reply.text.text
        assert "WhatsApp allows no further marketing message to 1 person before" in said, words
        assert not [b for row in reply.buttons for b in row if b.command.startswith("retry")]
    assert await retry.offers(made.core, number) == []
    later = await made.approved(TEMPLATED)  # the platform would take it by now
    await made.became(later, S.COMPLETED)
    assert (await only(made, later)).reason == Reason.CAPPED
    assert await made.got("whatsapp", "yeni sergi") == {}
    a_day_later = {"now": steady_unix() - 1}
    await made.change("UPDATE delivery SET due_at = :now", **a_day_later)
    await made.change("UPDATE address SET capped_until = :now", **a_day_later)
    assert await retry.retry(made.core, approver, number, frozenset(retry.TEMPORARY)) == 1
    await made.became(number, S.COMPLETED)
    await made.settled(number, D.READ)
    assert await made.got("whatsapp", "yeni sergi") == {str(ADA): 1}


async def test_who_is_capped_still_gets_what_is_no_marketing(made: Stage) -> None:
    await made.joined("whatsapp", ADA)
    await made.close_windows("whatsapp")
    await made.do("whatsapp", "templates", create=PROMO | {"name": "bill", "category": "UTILITY"})
    await made.core.channels["whatsapp", "default"].list_templates()  # type: ignore[attr-defined]
    await made.do("whatsapp", "faults", method="*messages", kind="code", code=131049, count=1)
    await made.became(await made.approved(TEMPLATED), S.COMPLETED)
    bill = USE.model_copy(update={"name": "bill"})
    await made.became(
        await made.approved(Message(text=RichText(text="Freely"), templates=(bill,))), S.COMPLETED
    )
    assert await made.got("whatsapp", "yeni sergi") == {str(ADA): 1}


async def test_who_is_capped_on_whatsapp_gets_it_on_telegram_and_not_from_another_number(
    made: Stage,
) -> None:
    await made.joined("whatsapp", ADA)
    await made.joined("telegram", ADA)
    await made.change(
        """INSERT INTO address (subscriber_id, channel, account, value, consent, suppressed)
        SELECT subscriber_id, 'whatsapp', 'second', value, consent, '' FROM address
        WHERE channel = 'whatsapp'"""
    )
    await made.change("UPDATE address SET subscriber_id = (SELECT min(subscriber_id) FROM address)")
    await made.change("UPDATE subscriber SET preferred = 'whatsapp'")
    first = made.core.channels["whatsapp", "default"]
    made.core.channels = {
        AccountKey("whatsapp", "default"): first, AccountKey("whatsapp", "second"): first,
        AccountKey("telegram", "default"): made.core.channels["telegram", "default"],
    }  # fmt: skip
    made.house.pacers[AccountKey("whatsapp", "second")] = made.house.pacers["whatsapp", "default"]
    await made.close_windows("whatsapp")
    await made.do("whatsapp", "faults", kind="code", code=131049, method="*messages")
    number = await made.approved(TEMPLATED)
    await made.became(number, S.COMPLETED)
    lanes = await made.ask(
        """SELECT l.channel || ':' || l.account, d.reason FROM delivery d
        JOIN lane l ON l.lane_id = d.lane_id WHERE d.broadcast_id = :b""",
        b=number,
    )
    assert dict(map(tuple, lanes)) == {
        "whatsapp:default": Reason.CAPPED, "telegram:default": None,
    }  # fmt: skip
    assert await made.got("telegram", "Freely") == {str(ADA): 1}


# What nobody knows, and what is missing


async def test_a_code_nobody_knows_ends_that_delivery_and_is_shown_with_its_words(
    made: Stage,
) -> None:
    for person in (ADA, BEN):
        await made.joined("whatsapp", person)
    await made.do("whatsapp", "faults", kind="code", code=139999, method="messages", person=ADA)
    number = await made.approved("To two")
    await made.became(number, S.COMPLETED)
    ends = sorted(row[1] or "" for row in (await made.rows(number)).values())
    assert ends == ["", Reason.REJECTED]
    _, approver = await made.admins()
    asked = turn(made, approver, "missed", str(number))  # type: ignore[arg-type]
    (reply,) = await missing.show(asked)
    (kept,) = await made.ask("SELECT detail FROM delivery WHERE status = 30")
    assert kept.detail and kept.detail in reply.text.text


async def test_values_a_template_needs_are_asked_for_and_missing_ones_found(made: Stage) -> None:
    await made.joined("whatsapp", ADA)
    await made.change("UPDATE subscriber SET name = ''")
    author, _ = await made.admins()
    number = (await compose.new(made.core, author)).broadcast_id or 0
    await compose.set_message(
        made.core, author, number, Message(text=RichText(text="Water is off"))
    )
    where = f"{number}:whatsapp:promo:tr"

    def asked(command: str, words: str) -> Any:
        return turn(made, author, command, words)  # type: ignore[arg-type]

    async def problems() -> list[str]:
        found = (await compose.look_at(made.core, number)).problems
        return [speech("en").say(one.template, **one.values).text for one in found]

    async with made.core.store.write() as session:
        session.add(asked("outside", "").identity)
    text_, *_ = await window.outside(asked("outside", f"{number} whatsapp promo tr"))
    assert "{{first_name}}" in text_.text.text
    with pytest.raises(Invalid, match="needs"):
        await window.take_values(asked("values", ""), where, "one\ntwo")
    await window.take_values(asked("values", ""), where, "{name}")
    (problem,) = await problems()
    assert "1 of them have no name" in problem
    await window.take_values(asked("values", ""), where, "dear reader")
    assert await problems() == []
    await made.do("whatsapp", "templates", name="promo", language="tr", do="pause")

    async def known() -> bool:
        return bool(await problems())

    await made.until(known)
    assert "does not let" in (await problems())[0]


@pytest.mark.parametrize("channel", ["whatsapp", "messenger"])
async def test_whoever_asked_for_a_template_hears_what_became_of_it(
    made: Stage, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.messenger.adapter._LOOK_SECONDS", 0.1)
    author, _ = await made.admins()
    await made.do(channel, "pace", review_seconds=3600)
    await made.joined("telegram", BEN)
    asked = turn(made, author, "templates", "")  # type: ignore[arg-type]
    asked.identity.conversation = str(BEN)
    async with made.core.store.write() as session:
        session.add(asked.identity)
    (reply,) = await template.take(asked, channel, "news tr utility\nYarın su yok, saat {{hour}}.")
    assert "I will tell you" in reply.text.text
    await made.do(
        channel, "templates", name="news", language="tr", do="reject", reason="ABUSIVE_CONTENT"
    )

    async def told() -> bool:
        return bool(await made.got("telegram", "forbids"))

    await made.until(told)
