"""WhatsApp and Messenger in the whole house: joining, leaving, sending, what comes back later."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from broadcast.message import Message, RichText, TemplateUse
from broadcast.outcome import Reason
from broadcast.services import compose, control
from broadcast.states import BroadcastStatus as S
from broadcast.states import DeliveryStatus as D
from sandbox.server import running
from tests.contract.stage import Stage, stage
from tests.contract.whatsapp import PROMO

ADA, BEN, CAN, DORA = (1_000_000_000 + n for n in (1, 2, 3, 4))
META = ("whatsapp", "messenger")


@pytest.fixture
async def everywhere(tmp_path: Path) -> AsyncIterator[Stage]:
    async with (
        running(people=300) as sandbox,
        stage(sandbox, tmp_path, "telegram", *META) as made,
    ):
        yield made


async def address(made: Stage, channel: str, person: int) -> str:
    """Where we write to somebody."""
    contact = await made.do(channel, "contact", person=person)
    return str(contact["user_id" if channel == "whatsapp" else "psid"])


async def test_one_approval_reaches_people_on_all_three_channels(everywhere: Stage) -> None:
    places = (("telegram", ADA), ("whatsapp", BEN), ("messenger", CAN))
    for channel, person in places:
        await everywhere.joined(channel, person)
    number = await everywhere.approved("Water is off")
    await everywhere.became(number, S.COMPLETED)
    await everywhere.settled(number, D.SENT, D.READ)

    async def all_read() -> bool:
        rows = await everywhere.rows(number)
        ends = {name.partition(":")[0]: status for name, (status, _) in rows.items()}
        return ends == {"telegram": D.SENT, "whatsapp": D.READ, "messenger": D.READ}

    await everywhere.until(all_read)
    for channel, person in places:
        assert await everywhere.got(channel, "Water is off") == {str(person): 1}
    for channel, person in places[1:]:
        shown = (await everywhere.do(channel, "chat", person=person))["messages"][-1]
        assert (shown["text"], shown["status"]) == ("Water is off", "read")


async def test_people_join_and_leave_in_each_platforms_own_ways(everywhere: Stage) -> None:
    do = everywhere.do

    async def stands(channel: str, person: int, consent: str) -> None:
        wanted = await address(everywhere, channel, person)

        async def so() -> bool:
            return wanted in await everywhere.consents(channel, consent)

        await everywhere.until(so)

    async def asked(channel: str, person: int) -> None:
        async def shown() -> bool:
            bubbles = (await do(channel, "chat", person=person))["messages"]
            return bool(bubbles) and bubbles[-1]["from_business"]

        await everywhere.until(shown)

    await do("whatsapp", "say", person=ADA, text="hello")
    await asked("whatsapp", ADA)
    await do("messenger", "start", person=ADA, ref="poster")
    await asked("messenger", ADA)
    for channel in META:
        assert await everywhere.consents(channel) == set(), "to write is not to agree"
        await do(channel, "press", person=ADA, data="s:in")
        await stands(channel, ADA, "opted_in")
    rows = await everywhere.ask(
        "SELECT source, wording <> '' FROM consent_event WHERE kind = 'opt_in' AND channel = 'messenger'"
    )
    assert [tuple(row) for row in rows] == [("poster", 1)]

    number = await everywhere.approved("Concert tonight")
    await everywhere.became(number, S.COMPLETED)
    for channel in META:  # the button under every announcement
        await do(channel, "press", person=ADA, data="s:out")
        await stands(channel, ADA, "opted_out")
        await do(channel, "say", person=ADA, text="what time is the concert?")
        await asked(channel, ADA)
        await stands(channel, ADA, "opted_out")

    await everywhere.joined("whatsapp", BEN)
    await do("whatsapp", "stop", person=BEN)
    ben = await address(everywhere, "whatsapp", BEN)

    async def suppressed() -> str:
        sql = "SELECT suppressed FROM address WHERE value = :value"
        return str((await everywhere.ask(sql, value=ben))[0][0])

    async def stopped() -> bool:
        return await suppressed() == Reason.PLATFORM_STOP

    async def free() -> bool:
        return not await suppressed()

    await everywhere.until(stopped)
    await do("whatsapp", "resume", person=BEN)
    await everywhere.until(free)
    await do("whatsapp", "say", person=BEN, text="İPTAL")
    await stands("whatsapp", BEN, "opted_out")
    await do("whatsapp", "advance", seconds=2)  # another moment, so not the same notice again
    await do("whatsapp", "stop", person=BEN)
    await everywhere.until(stopped)
    await do("whatsapp", "resume", person=BEN)
    await everywhere.until(free)
    await stands("whatsapp", BEN, "opted_out")  # the platform's word does not undo theirs
    await everywhere.joined("telegram", DORA)
    number = await everywhere.approved("Only one hears this")
    await everywhere.became(number, S.COMPLETED)
    assert list(await everywhere.rows(number)) == [f"telegram:{DORA}"]


async def test_outside_the_window_people_are_left_out_waited_for_or_get_a_template(
    everywhere: Stage,
) -> None:
    for channel, person in zip(META, (ADA, BEN), strict=True):
        await everywhere.joined(channel, person)
    await everywhere.do("whatsapp", "templates", create=PROMO)
    await everywhere.close_windows(*META)

    number = await everywhere.approved("Skipped")
    await everywhere.became(number, S.COMPLETED)
    rows = await everywhere.rows(number)
    assert set(rows.values()) == {(D.SKIPPED, Reason.OUTSIDE_WINDOW)}

    number = await everywhere.approved("Waited for", outside="wait")
    await everywhere.became(number, S.WAITING)
    for channel, person in zip(META, (ADA, BEN), strict=True):
        assert await everywhere.got(channel, "Waited for") == {}
        await everywhere.do(channel, "say", person=person, text="good morning")
    await everywhere.became(number, S.COMPLETED)
    await everywhere.settled(number, D.READ)
    for channel, person in zip(META, (ADA, BEN), strict=True):
        assert await everywhere.got(channel, "Waited for") == {str(person): 1}

    await everywhere.close_windows("whatsapp")
    use = TemplateUse(
        channel="whatsapp", name="promo", language="tr", parameters=(("first_name", "{name}"),)
    )
    words = Message(text=RichText(text="For Messenger"), templates=(use,))
    number = await everywhere.approved(words)
    await everywhere.became(number, S.COMPLETED)
    await everywhere.settled(number, D.READ)
    assert list(await everywhere.got("whatsapp", "yeni sergi")) == [str(ADA)]
    assert await everywhere.got("messenger", "For Messenger") == {str(BEN): 1}


async def test_a_window_that_closes_on_the_way_still_lets_the_next_channel_take_over(
    everywhere: Stage,
) -> None:
    await everywhere.joined("whatsapp", ADA)
    await everywhere.joined("telegram", ADA)
    await everywhere.change(
        "UPDATE address SET subscriber_id = (SELECT min(subscriber_id) FROM subscriber)"
    )
    await everywhere.change("UPDATE subscriber SET preferred = 'whatsapp'")
    fault = {"kind": "code", "method": "messages", "code": 131026, "when": "webhook"}
    await everywhere.do("whatsapp", "faults", **fault)
    number = await everywhere.approved("By whatever way")

    async def arrived() -> bool:
        return bool(await everywhere.got("telegram", "By whatever way"))

    await everywhere.until(arrived)
    await everywhere.became(number, S.COMPLETED)
    ends = {name.partition(":")[0]: end for name, end in (await everywhere.rows(number)).items()}
    assert ends == {"whatsapp": (D.SKIPPED, Reason.UNREACHABLE), "telegram": (D.SENT, None)}


async def test_an_answer_that_got_lost_is_settled_by_the_status_that_names_our_delivery(
    everywhere: Stage,
) -> None:
    await everywhere.joined("whatsapp", ADA)
    await everywhere.do("whatsapp", "webhook", paused=True)
    await everywhere.do("whatsapp", "faults", kind="drop_after", method="messages", count=1)
    number = await everywhere.approved("Once only")
    await everywhere.became(number, S.COMPLETED)
    await everywhere.settled(number, D.UNCERTAIN)
    await everywhere.do("whatsapp", "webhook", paused=False)
    await everywhere.settled(number, D.READ)
    assert await everywhere.got("whatsapp", "Once only") == {str(ADA): 1}


async def test_what_meta_did_not_sign_changes_nothing(everywhere: Stage) -> None:
    await everywhere.joined("whatsapp", ADA)
    await everywhere.joined("messenger", ADA)
    before = await everywhere.ask("SELECT count(*) FROM inbox")
    base = everywhere.house.settings.http.public_url
    stop = b'{"object":"page","entry":[{"id":"600000000000006","messaging":[{}]}]}'
    async with aiohttp.ClientSession() as client:
        for channel in META:
            url = f"{base}/webhooks/{channel}"
            for headers in ({}, {"X-Hub-Signature-256": "sha256=00"}, {"X-Hub-Signature-256": "é"}):
                async with client.post(url, data=stop, headers=headers) as answer:
                    assert answer.status == 403
            async with client.post(url, data=b"x" * 10 * 2**20) as answer:
                assert answer.status == 413
            async with client.get(url, params={"hub.mode": "subscribe"}) as answer:
                assert answer.status == 403
    for channel in META:
        for body in ("[]", "7", '{"entry": 5}', '{"entry": [{"changes": [3]}]}', "{}"):
            await everywhere.do(channel, "post", body=body)
        cut = '{"object": "page", "entry": [{"id": "60000'
        assert (await everywhere.do(channel, "post", body=cut))["answered"] is False
        odd = (
            '{"entry": [{"id": "600000000000006", "messaging": [{"sender": {"id": 5}, "message": 7},'
            ' {"delivery": {"watermark": "x"}}], "changes": [{"field": "messages", "value": {'
            '"statuses": [{"status": "poem"}, 4, {"status": "failed", "biz_opaque_callback_data": "77"'
            '}], "messages": [{"from": "1", "type": 3}, null]}}, {"field": "colours", "value": 3}]}]}'
        )
        assert (await everywhere.do(channel, "post", body=odd))["answered"] is True

    async def worked_off() -> bool:
        rows = await everywhere.ask("SELECT count(*) FROM inbox WHERE NOT handled")
        return not rows[0][0]

    await everywhere.until(worked_off)
    assert (await everywhere.ask("SELECT count(*) FROM inbox"))[0][0] <= before[0][0] + 12
    for channel in META:
        assert await everywhere.consents(channel) == {await address(everywhere, channel, ADA)}
        await everywhere.do(channel, "say", person=ADA, text="still here")
    number = await everywhere.approved("Still works")
    await everywhere.became(number, S.COMPLETED)
    await everywhere.settled(number, D.READ)


async def test_duplicates_and_disorder_settle_to_the_same(everywhere: Stage) -> None:
    for channel in META:
        manner = {"duplicates": 0.5, "disorder": 0.5, "disorder_seconds": 0.2}
        await everywhere.do(channel, "webhook", **manner)
        for person in (ADA, BEN, CAN):
            await everywhere.do(channel, "say", person=person, text="JOIN")

        async def three(name: str = channel) -> bool:
            return len(await everywhere.consents(name)) == 3

        await everywhere.until(three)
    number = await everywhere.approved("In any order")
    await everywhere.became(number, S.COMPLETED)
    rows = await everywhere.settled(number, D.READ)
    for channel in META:
        await everywhere.do(channel, "redeliver", count=100)
    assert await everywhere.settled(number, D.READ) == rows
    joins = await everywhere.ask("SELECT count(*) FROM consent_event WHERE kind = 'opt_in'")
    assert joins[0][0] == 6
    for channel in META:
        counts = await everywhere.got(channel, "In any order")
        assert counts == {str(person): 1 for person in (ADA, BEN, CAN)}


async def test_a_new_number_brings_consent_along_and_a_stop_too(everywhere: Stage) -> None:
    for person in (ADA, BEN):
        await everywhere.joined("whatsapp", person)
    old = await address(everywhere, "whatsapp", ADA)
    await everywhere.do("whatsapp", "say", person=ADA, text="STOP")

    async def left() -> bool:
        return old in await everywhere.consents("whatsapp", "opted_out")

    await everywhere.until(left)
    for person in (ADA, BEN):
        await everywhere.do("whatsapp", "change_number", person=person)
    new = await address(everywhere, "whatsapp", ADA)
    assert new != old

    async def carried() -> bool:
        return new in await everywhere.consents("whatsapp", "opted_out")

    await everywhere.until(carried)
    await everywhere.do("whatsapp", "say", person=BEN, text="my new number")
    await everywhere.do("whatsapp", "say", person=ADA, text="me too")
    number = await everywhere.approved("To the new number")
    await everywhere.became(number, S.COMPLETED)
    assert await everywhere.got("whatsapp", "To the new number") == {str(BEN): 1}
    assert len(await everywhere.ask("SELECT subscriber_id FROM subscriber")) == 2


async def test_a_token_that_ends_in_the_middle_pauses_and_nothing_is_lost_or_doubled(
    tmp_path: Path,
) -> None:
    people = [1_000_000_010 + n for n in range(15)]
    async with running(people=300) as sandbox:
        slow = "rate_per_second = 5"
        async with stage(sandbox, tmp_path, "telegram", "whatsapp", whatsapp=slow) as made:
            there = []
            for person in people:
                if (await made.do("whatsapp", "contact", person=person))["on_whatsapp"]:
                    await made.do("whatsapp", "say", person=person, text="JOIN")
                    there.append(person)

            async def all_in() -> bool:
                return len(await made.consents("whatsapp")) == len(there)

            await made.until(all_in)
            number = await made.approved("Token")

            async def some() -> bool:
                return len(await made.got("whatsapp", "Token")) >= 3

            await made.until(some)
            await made.do("whatsapp", "tokens", token="EAAsandboxWhatsApp", gone=463)
            await made.became(number, S.PAUSED)
            assert "authorization" in (await compose.get(made.core, number)).pause_reason
        await sandbox.do("tokens", channel="whatsapp", token="EAAnew")
        new = 'access_token = "EAAnew"'
        async with stage(sandbox, tmp_path, "telegram", "whatsapp", whatsapp=new) as made:
            _, approver = await made.admins()
            await control.resume(made.core, approver, number)
            await made.became(number, S.COMPLETED)
            await made.settled(number, D.READ)
            assert await made.got("whatsapp", "Token") == {str(person): 1 for person in there}
