"""An account of Meta's in trouble: allowances that run out, bad news, tokens that end."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest

from bot.views import review_card
from broadcast.errors import CannotDo
from broadcast.language import speech
from broadcast.message import Message
from broadcast.services import compose, control
from broadcast.states import BroadcastStatus as S
from broadcast.states import DeliveryStatus as D
from sandbox.server import running
from tests.contract.stage import Stage, stage
from tests.contract.whatsapp import TEMPLATED

ADA, BEN, CAN = 1_000_000_001, 1_000_000_002, 1_000_000_003


# An allowance that runs out


TIGHT: dict[str, tuple[str, dict[str, int], dict[str, int]]] = {
    "whatsapp": ("app", {"calls_per_hour": 70}, {"calls_per_hour": 0}),  # 4; 22 are used
    "messenger": ("limits", {"per_engaged": 3}, {"per_engaged": 400}),  # 80006; 20 of 60 are used
}


@pytest.mark.parametrize("channel", TIGHT)
async def test_near_the_end_of_its_allowance_an_account_rests_before_it_is_refused(
    channel: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels._kit.graph.usage._REST_SECONDS", 0.5)
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
        told = review_card.pause_words(speech(language), row.pause_reason)
        assert "{" not in told and "news:" not in told
    assert (await compose.get(made.core, other)).status in {S.SENDING, S.COMPLETED}
    await made.sandbox.do("faults", "DELETE")
    await made.became(other, S.COMPLETED)
    _, approver = await made.admins()
    await control.resume(made.core, approver, number)
    await made.became(number, S.COMPLETED)
    assert await made.got("whatsapp", "On WhatsApp") == {str(ADA): 1}


async def test_a_payment_that_is_missed_only_afterwards_stops_the_rest_and_says_what_to_do(
    tmp_path: Path,
) -> None:
    async with (
        running(people=60) as sandbox,
        stage(sandbox, tmp_path, "whatsapp", whatsapp="rate_per_second = 4") as made,
    ):
        people = [ADA + n for n in range(20)]
        people = [
            p for p in people if (await made.do("whatsapp", "contact", person=p))["on_whatsapp"]
        ]
        for person in people:
            await made.joined("whatsapp", person)

        async def welcomed() -> bool:
            return len(await made.got("whatsapp", "Welcome")) == len(people)

        await made.until(welcomed)
        fault = {"kind": "code", "code": 131042, "when": "webhook", "count": 1}
        await made.do("whatsapp", "faults", method="messages", **fault)
        number = await made.approved("Unpaid")
        await made.became(number, S.PAUSED)
        why = (await compose.get(made.core, number)).pause_reason
        assert "payment" in review_card.pause_words(speech("en"), why)
        assert sum((await made.got("whatsapp", "Unpaid")).values()) < len(people) - 1
        _, approver = await made.admins()
        await control.resume(made.core, approver, number)
        await made.became(number, S.COMPLETED)
        rows = (await made.rows(number)).values()
        assert len([1 for status, _ in rows if status == D.FAILED]) == 1


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
    assert "Spam" in review_card.pause_words(
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
            why = review_card.pause_words(
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
