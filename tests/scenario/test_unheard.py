"""A refusal that we cannot carry out: the person gets nothing more, the team knows, it is not lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

import channels
from broadcast.channel import Lane
from broadcast.engine import intake
from broadcast.engine.intake import Intake
from broadcast.inbound import Inbound, InboundKind
from broadcast.input_limits import Bounds
from broadcast.models import Address, AddressAlias, ConsentEvent, Inbox, Notice, Subscriber
from broadcast.services import doubt, failed_opt_out, subscribe
from broadcast.services.failed_opt_out import Unheard, Whose
from broadcast.store.inbox_turns import Kept
from tests.scenario.house import House

IN, OUT = "opted_in", "opted_out"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = await House(tmp_path, sender_name="Town Hall").open()
    made.core.clock = lambda: made.now
    yield made
    await made.store.close()


async def hears(house: House, where: tuple[str, str], text: str) -> str:
    channel, value = where
    event = f"{value} {text} {house.now}"
    heard = Inbound(event, channel, "default", value, InboundKind.TEXT, text, "", "Ada", "en")
    return "\n".join(a.text.text for a in await subscribe.hear(house.core, heard))


async def stands(house: House) -> list[tuple[str, str, bool]]:
    async with house.store.read() as session:
        rows = await session.scalars(select(Address).order_by(Address.address_id))  # type: ignore[arg-type]
        return [(row.value, row.consent, row.asked_at is not None) for row in rows]


async def all_of(house: House, table: type[Any]) -> list[Any]:
    async with house.store.read() as session:
        return list(await session.scalars(select(table)))


class Desk:
    """The intake as the house has it; whoever's words are in `odd` cannot be handled."""

    def __init__(self, house: House) -> None:
        self.house, self.odd = house, {"STOP"}
        self.unheard = Unheard(house.core)
        self.handled: list[str] = []
        self.intake = Intake(
            house.core, self._handle, lambda _, update: str(update["from"]),
            lane=lambda _, update, __: Lane.LEAVING if update["text"] == "STOP" else Lane.PEOPLE,
            bounds=Bounds(), trouble=self._trouble,
        )  # fmt: skip

    async def _handle(self, _: str, update: dict[str, Any]) -> None:
        if update["text"] in self.odd:
            raise ValueError("odd")
        self.handled.append(f"{update['from']}:{update['text']}")
        await hears(self.house, ("telegram", update["from"]), update["text"])

    async def _trouble(self, row: Kept, error: Exception, given_up: bool) -> bool:
        if row.lane != Lane.LEAVING and not failed_opt_out.may_leave(row.payload):
            return False
        whose = Whose("telegram", "default", (row.payload["from"],))
        await self.unheard.mark(row.inbox_id)
        await self.unheard.hold(whose, row.event_id)
        if given_up:
            await self.unheard.tell(whose, type(error).__name__)
        return True

    async def keep(self, *said: tuple[str, str]) -> None:
        number = len(await all_of(self.house, Inbox))
        rows = [
            (str(n), {"from": who, "text": text}) for n, (who, text) in enumerate(said, number + 1)
        ]
        await self.intake.keep("telegram:default", rows)

    async def until(self, look: Callable[[], Awaitable[object]]) -> None:
        async with asyncio.timeout(20):
            while not await look():
                await asyncio.sleep(0.01)


@asynccontextmanager
async def running(desk: Desk) -> AsyncIterator[None]:
    task = asyncio.create_task(desk.intake.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def open_rows(house: House) -> list[Inbox]:
    return [row for row in await all_of(house, Inbox) if not row.handled]


async def test_they_get_nothing_from_the_first_failure_on(house: House) -> None:
    await hears(house, ("telegram", "7"), "JOIN")
    desk = Desk(house)
    await desk.keep(("7", "STOP"))

    async def held() -> bool:
        return await stands(house) == [("7", IN, True)] and house.core.revoked == {1}

    async with running(desk):
        await desk.until(held)
        async with house.store.read() as session:
            assert [row.event_id for row in await failed_opt_out.failed_updates(session)] == ["1"]


@pytest.mark.parametrize("words", ["STOP", "please stop texting me", "Stop?"])
async def test_given_up_it_stays_and_the_team_is_told_once(
    house: House, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setattr(intake, "_PAUSES", (0.0, 0.0))
    for who in ("7", "8", "9"):
        await hears(house, ("telegram", who), "JOIN")
    desk = Desk(house)
    desk.odd.add(words)
    await desk.keep(("7", words), ("8", words), ("9", "hello"))

    async def told() -> bool:
        return bool(await all_of(house, Notice)) and "9:hello" in desk.handled

    async with running(desk):
        await desk.until(told)
        await desk.keep(("8", "thank you"))  # who waits behind it does not wait for ever

        async def both() -> bool:
            return "8:thank you" in desk.handled and len(await open_rows(house)) == 2

        await desk.until(both)
    (notice,) = await all_of(house, Notice)
    assert notice.details["error"] == "ValueError"
    assert await stands(house) == [("7", IN, True), ("8", IN, True), ("9", IN, False)]

    again = Desk(house)  # the fault was mended, and we were started anew
    again.odd = set()
    async with running(again):

        async def done() -> bool:
            return not await open_rows(house)

        await again.until(done)
    if words != "Stop?":
        assert [consent for _, consent, _ in await stands(house)] == [OUT, OUT, IN]


async def test_what_is_no_refusal_is_let_go_as_before(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "_PAUSES", (0.0,))
    await hears(house, ("telegram", "7"), "JOIN")
    desk = Desk(house)
    desk.odd.add("thank you")
    await desk.keep(("7", "thank you"))

    async def done() -> bool:
        return not await open_rows(house)

    async with running(desk):
        await desk.until(done)
    assert await stands(house) == [("7", IN, False)]
    assert not await all_of(house, Notice)


async def test_those_that_fail_take_nobodys_place(house: House) -> None:
    """Thirty who cannot be handled at all, and one more who leaves while they are tried again."""
    for n in range(31):
        await hears(house, ("telegram", str(n)), "JOIN")
    desk = Desk(house)
    handle = desk._handle

    async def only_the_last(source: str, update: dict[str, Any]) -> None:
        desk.odd = set() if update["from"] == "30" else {"STOP"}
        await handle(source, update)

    desk.intake._handle = only_the_last  # type: ignore[assignment]
    await desk.keep(*((str(n), "STOP") for n in range(30)))

    async def held() -> bool:
        return all(asked for _, _, asked in (await stands(house))[:30])

    async with running(desk):
        await desk.until(held)
        await desk.keep(("30", "STOP"))

        async def left() -> bool:
            return (await stands(house))[30][1] == OUT

        await desk.until(left)


async def test_it_is_the_person_on_every_channel_and_by_every_name(house: House) -> None:
    async with house.store.write() as session:
        session.add(Subscriber(subscriber_id=1, phone="+5521987654321", created_at=house.now))
        session.add(Subscriber(subscriber_id=2, created_at=house.now))
        await session.flush()
        for n, (person, channel, value) in enumerate(
            [(1, "whatsapp", "5521987654321"), (1, "telegram", "7"), (2, "whatsapp", "BR.1")], 1
        ):
            session.add(
                Address(
                    address_id=n, subscriber_id=person, channel=channel, value=value, consent=IN
                )
            )
        await session.flush()
        session.add(AddressAlias(channel="whatsapp", alias="552111112222", address_id=3))
    held = Unheard(house.core)
    spec = channels.load("whatsapp")

    async def stop(**who: str) -> None:
        names = spec.names({"message": {"type": "text", "text": {"body": "STOP"}, **who}})
        phones = tuple(filter(None, map(spec.phone, names)))
        await held.hold(Whose("whatsapp", "default", names, phones), f"e{who}")

    await stop(**{"from": "552187654321"})  # as WhatsApp writes it
    assert [asked for *_, asked in await stands(house)] == [True, True, False]
    await stop(**{"from": "552111112222", "from_user_id": "BR.2"})
    assert [asked for *_, asked in await stands(house)] == [True, True, True]


async def test_who_is_not_known_at_all_is_kept_out_of_a_list(house: House) -> None:
    held = Unheard(house.core)
    async with house.store.write() as session:
        session.add(
            Inbox(inbox_id=5, source="whatsapp:default", event_id="e1", received_at=house.now)
        )
    await held.mark(5)
    for _ in range(2):
        await held.hold(Whose("whatsapp", "default", ("BR.9", "5521987654321")), "e1")
    assert await failed_opt_out.forget_answered(house.core) == 1, (
        "there is nothing left to do for them"
    )
    assert await stands(house) == [("BR.9", OUT, False)]
    assert [(row.kind, row.how) for row in await all_of(house, ConsentEvent)] == [
        ("opt_out", "unheard")
    ]


@pytest.mark.parametrize("answer", ["JOIN", "stay", "STOP", None])
async def test_what_they_say_since_is_the_last_word(house: House, answer: str | None) -> None:
    await hears(house, ("telegram", "7"), "JOIN")
    async with house.store.write() as session:
        session.add(
            Inbox(inbox_id=5, source="telegram:default", event_id="e5", received_at=house.now,
                  payload={"from": "7", "text": "STOP"}, lane=Lane.LEAVING, sender="7")
        )  # fmt: skip
    house.now += timedelta(seconds=1)
    held = Unheard(house.core)
    await held.mark(5)
    await held.hold(Whose("telegram", "default", ("7",)), "e5")
    assert await failed_opt_out.forget_answered(house.core) == 0
    if answer is None:
        house.now += timedelta(days=8)
        assert await doubt.expire(house.core) == 1
    else:
        house.now += timedelta(minutes=1)
        assert "stop writing" in await hears(house, ("telegram", "7"), "what?")
        await hears(house, ("telegram", "7"), answer)
    assert await failed_opt_out.forget_answered(house.core) == 1
    assert await stands(house) == [("7", OUT if answer in {"STOP", None} else IN, False)]
    (row,) = await all_of(house, Inbox)
    assert (row.handled, row.payload) == (True, {})


@pytest.mark.parametrize(
    ("channel", "update", "names"),
    [
        ("telegram", {"message": {"from": {"id": 7}, "text": "STOP"}}, ("7",)),
        ("telegram", {"message": "odd"}, ()),
        ("messenger", {"event": {"sender": {"id": "5"}}}, ("5",)),
        ("messenger", {"event": None}, ()),
        ("whatsapp", {"message": {"from": "49151", "from_user_id": "DE.1"}}, ("DE.1", "49151")),
        ("whatsapp", {"preference": {"wa_id": "+49151", "user_id": None}}, ("49151",)),
        ("whatsapp", {"message": []}, ()),
    ],
)
def test_whose_it_is_can_be_told_of_odd_updates_too(
    channel: str, update: dict[str, Any], names: tuple[str, ...]
) -> None:
    assert channels.load(channel).names(update) == names


@pytest.mark.parametrize(
    ("text", "may"), [("STOP", True), ("Dur?", True), ("hello", False), ("Thank you", False)]
)
def test_what_may_be_a_refusal_is_read_anywhere_but_in_a_language(text: str, may: bool) -> None:
    who = {"id": 7, "first_name": "Ada", "language_code": "no", "is_bot": False}
    message = {"from": who, "chat": {"id": 7, "type": "private"}, "odd": [[{"new": text}]]}
    assert failed_opt_out.may_leave({"update_id": 9, "message": message}) is may
    profile = {"profile": {"name": "Ada", "locale": "no"}}
    said = {"type": "text", "from": "49151", "text": {"body": text}}
    assert failed_opt_out.may_leave({"message": said, "contacts": [profile]}) is may
