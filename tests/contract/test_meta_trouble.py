"""When Meta says no in the middle: windows that close late, caps, allowances, tokens, bad news."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.handlers import card, window
from bot.handlers import report as reporting
from bot.handlers import retry as retrying
from broadcast.clock import steady_unix
from broadcast.errors import CannotDo, Invalid
from broadcast.language import speech
from broadcast.machine import BroadcastStatus as S
from broadcast.machine import DeliveryStatus as D
from broadcast.message import Message, RichText, TemplateUse
from broadcast.ports import Reason
from broadcast.services import compose, control, retry
from broadcast.store import attempt
from sandbox.server import running
from tests.contract.stage import Stage, stage
from tests.contract.whatsapp import PROMO
from tests.scenario.turns import turn

ADA, BEN, CAN = 1_000_000_001, 1_000_000_002, 1_000_000_003
USE = TemplateUse(
    channel="whatsapp", name="promo", language="tr", parameters=(("first_name", "{name}"),)
)
TEMPLATED = Message(text=RichText(text="Freely"), templates=(USE,))


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[Stage]:
    async with (
        running(people=300) as sandbox,
        stage(sandbox, tmp_path, "telegram", "whatsapp", "messenger") as stage_,
    ):
        await stage_.do("whatsapp", "templates", create=PROMO)
        yield stage_


async def only(made: Stage, number: int) -> Any:
    """The one delivery, once it is planned: its id, status and reason."""
    query = "SELECT delivery_id, status, reason FROM delivery WHERE broadcast_id = :b"
    rows = await made.until(lambda: made.ask(query, b=number))
    (row,) = rows
    return row


async def tries(made: Stage, number: int) -> list[tuple[D, str]]:
    async with made.core.store.read() as session:
        return await attempt.earlier(session, (await only(made, number)).delivery_id)


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
        (reply,) = await retrying.again(asked)
        said = reply.text.text
        assert "WhatsApp allows no further marketing message to 1 person before" in said, words
        assert not reply.buttons
    assert await retry.offers(made.core, number) == []
    await made.change("UPDATE delivery SET due_at = :now", now=steady_unix() - 1)  # a day later
    assert await retry.retry(made.core, approver, number, frozenset(retry.TEMPORARY)) == 1
    await made.became(number, S.COMPLETED)
    await made.settled(number, D.READ)
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
        ("whatsapp", "default"): first, ("whatsapp", "second"): first,
        ("telegram", "default"): made.core.channels["telegram", "default"],
    }  # fmt: skip
    made.house.pacers["whatsapp", "second"] = made.house.pacers["whatsapp", "default"]
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
    (reply,) = await reporting.missed(asked)
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
        found = (await compose.look(made.core, number)).problems
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


# An allowance that runs out


TIGHT: dict[str, tuple[str, dict[str, int], dict[str, int]]] = {
    "whatsapp": ("app", {"calls_per_hour": 70}, {"calls_per_hour": 0}),  # 4; 22 are used
    "messenger": ("limits", {"per_engaged": 3}, {"per_engaged": 400}),  # 80006; 20 of 60 are used
}


@pytest.mark.parametrize("channel", TIGHT)
async def test_near_the_end_of_its_allowance_an_account_rests_before_it_is_refused(
    channel: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels._kit.graph_usage._REST_SECONDS", 0.5)
    verb, tight, loose = TIGHT[channel]
    slow = {channel: "rate_per_second = 100"}
    async with running(people=50) as sandbox, stage(sandbox, tmp_path, channel, **slow) as made:
        people = [1_000_000_001 + n for n in range(40)]
        if channel == "whatsapp":
            people = [
                p for p in people if (await made.do(channel, "contact", person=p))["on_whatsapp"]
            ]
        people = people[:20]
        for person in people:
            await made.joined(channel, person)
        await made.do(channel, verb, **tight)
        for words in ("First", "Second", "Third"):
            number = await made.approved(words)
            await made.became(number, S.COMPLETED, S.SENDING)
            if words == "First":
                await made.became(number, S.COMPLETED)
        pacer = made.house.pacers[channel, "default"]

        async def rests() -> bool:
            return pacer.closed

        await made.until(rests)
        assert (await compose.get(made.core, number)).status == S.SENDING
        assert len(await made.got(channel, "Third")) < len(people)
        await made.do(channel, verb, **loose)
        await made.became(number, S.COMPLETED)
        for words in ("First", "Second", "Third"):
            assert await made.got(channel, words) == {str(person): 1 for person in people}
        told = await made.do(channel, "app" if verb == "app" else "page")
        assert told["refused"] in ({}, 0), "not once"


# Bad news of an account


async def going(made: Stage, channel: str, words: Message | str) -> int:
    """A broadcast that is being sent, and will not end by itself while the fault is there."""
    method = "sendMessage" if channel == "telegram" else "*messages"
    await made.do(channel, "faults", kind="latency", method=method, seconds=3)
    number = await made.approved(words)
    await made.became(number, S.SENDING)

    async def begun() -> bool:
        sql = "SELECT count(*) FROM delivery WHERE broadcast_id = :b AND status = 10"
        return bool((await made.ask(sql, b=number))[0][0])

    await made.until(begun)
    return number


async def tell_whatsapp(made: Stage, news: str) -> None:
    if news == "quality":
        await made.do("whatsapp", "quality", rating="RED")
    elif news == "account":
        info = {"violation_type": "SPAM"}
        await made.do("whatsapp", "account", event="ACCOUNT_VIOLATION", violation_info=info)
    else:
        await made.do("whatsapp", "templates", name="promo", language="tr", do="pause")


@pytest.mark.parametrize("news", ["quality", "account"])
async def test_bad_news_of_an_account_pauses_what_it_sends_and_nothing_else(
    made: Stage, news: str
) -> None:
    await made.joined("telegram", BEN)
    other = await going(made, "telegram", "On Telegram")
    await made.joined("whatsapp", ADA)
    number = await going(made, "whatsapp", "On WhatsApp")
    await tell_whatsapp(made, news)
    await made.became(number, S.PAUSED)
    row = await compose.get(made.core, number)
    for language in ("en", "tr"):
        told = card.pause_words(speech(language), row.pause_reason)
        assert "{" not in told and "news:" not in told
    assert (await compose.get(made.core, other)).status in {S.SENDING, S.COMPLETED}
    await made.sandbox.do("faults", "DELETE")
    await made.became(other, S.COMPLETED)
    _, approver = await made.admins()
    await control.resume(made.core, approver, number)
    await made.became(number, S.COMPLETED)
    assert await made.got("whatsapp", "On WhatsApp") == {str(ADA): 1}


async def test_news_of_another_number_or_account_of_the_app_pauses_nothing(made: Stage) -> None:
    await made.joined("whatsapp", ADA)
    number = await going(made, "whatsapp", "On WhatsApp")
    await made.do("whatsapp", "numbers", id="100000000000009", phone="15550009999")
    await made.do("whatsapp", "quality", number="100000000000009", rating="RED")
    value = {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SPAM"}}
    change = {"field": "account_update", "value": value}
    body = {
        "object": "whatsapp_business_account",
        "entry": [{"id": "299", "time": 1, "changes": [change]}],
    }
    await made.do("whatsapp", "post", body=json.dumps(body))
    await made.became(number, S.COMPLETED)
    paused = await made.ask("SELECT count(*) FROM audit WHERE action = 'paused'")
    assert paused[0][0] == 0


async def test_a_paused_template_pauses_only_what_uses_it(made: Stage) -> None:
    await made.joined("whatsapp", ADA)
    without = await going(made, "whatsapp", "Freely, without")
    using = await going(made, "whatsapp", TEMPLATED)
    await tell_whatsapp(made, "template")
    await made.became(using, S.PAUSED)
    assert (await compose.get(made.core, without)).status in {S.SENDING, S.COMPLETED}
    await made.became(without, S.COMPLETED)


async def test_a_page_under_enforcement_pauses_what_it_sends(made: Stage) -> None:
    await made.joined("messenger", ADA)
    await made.joined("telegram", BEN)
    other = await going(made, "telegram", "On Telegram")
    await made.change("UPDATE address SET consent = 'none' WHERE channel = 'telegram'")
    number = await going(made, "messenger", "On Messenger")
    facts = {"policy_enforcement": {"action": "block", "reason": "Spam"}}
    await made.do("messenger", "page", subscribed=["messages", "messaging_policy_enforcement"])
    await made.do(
        "messenger", "tell", field="messaging_policy_enforcement", person=ADA, facts=facts
    )
    await made.became(number, S.PAUSED)
    assert "Spam" in card.pause_words(
        speech("en"), (await compose.get(made.core, number)).pause_reason
    )
    await made.became(other, S.COMPLETED)


# A token that ends


async def test_a_new_token_is_taken_at_resume_without_a_restart(tmp_path: Path) -> None:
    people = [1_000_000_010 + n for n in range(8)]
    async with running(people=300) as sandbox:
        slow = {"whatsapp": "rate_per_second = 5", "messenger": "rate_per_second = 5"}
        async with stage(sandbox, tmp_path, "whatsapp", "messenger", **slow) as made:
            there: dict[str, list[int]] = {"whatsapp": [], "messenger": []}
            for person in people:
                if (await made.do("whatsapp", "contact", person=person))["on_whatsapp"]:
                    await made.joined("whatsapp", person)
                    there["whatsapp"].append(person)
                await made.joined("messenger", person + 100)
                there["messenger"].append(person + 100)
            number = await made.approved("Token")

            async def some() -> bool:
                return all([len(await made.got(name, "Token")) >= 2 for name in there])

            await made.until(some)
            tokens = {"whatsapp": "EAAsandboxWhatsApp", "messenger": "EAAsandboxMessenger"}
            for name, token in tokens.items():
                await made.do(name, "tokens", token=token, gone=463)
            await made.became(number, S.PAUSED)
            why = card.pause_words(
                speech("en"), (await compose.get(made.core, number)).pause_reason
            )
            assert "Session has expired" in why and "press Resume" in why
            written = (tmp_path / "tellal.toml").read_text()
            for name, token in tokens.items():
                await made.do(name, "tokens", token=f"EAAnew{name}")
                written = written.replace(token, f"EAAnew{name}")
            (tmp_path / "tellal.toml").write_text(written)
            _, approver = await made.admins()
            with contextlib.chdir(tmp_path):
                await control.resume(made.core, approver, number)
            await made.became(number, S.COMPLETED)
            await made.settled(number, D.READ)
            for name, reached in there.items():
                got = await made.got(name, "Token")
                assert got == {str(person): 1 for person in reached}
            await made.do("whatsapp", "say", person=people[0], text="hello?")

            async def answered() -> bool:
                return bool(await made.bubbles("whatsapp", people[0]))

            await made.until(answered)


async def test_settings_that_cannot_be_read_leave_it_paused_and_say_so(tmp_path: Path) -> None:
    async with (
        running(people=50) as sandbox,
        stage(sandbox, tmp_path, "messenger") as made,
    ):
        await made.joined("messenger", ADA)
        fault = {"kind": "code", "code": 190, "count": 1}
        await made.do("messenger", "faults", method="messages", **fault)
        number = await made.approved("Token")
        await made.became(number, S.PAUSED)
        _, approver = await made.admins()
        good = (tmp_path / "tellal.toml").read_text()
        with contextlib.chdir(tmp_path):
            (tmp_path / "tellal.toml").write_text("[messenger\n")
            with pytest.raises(CannotDo) as told:
                await control.resume(made.core, approver, number)
            assert "not valid TOML" in str(told.value.values["why"])
            assert (await compose.get(made.core, number)).status == S.PAUSED
            (tmp_path / "tellal.toml").write_text(good)
            await control.resume(made.core, approver, number)
        await made.became(number, S.COMPLETED)
        assert await made.got("messenger", "Token") == {str(ADA): 1}
