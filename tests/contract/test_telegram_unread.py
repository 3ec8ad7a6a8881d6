"""A refusal in an update that the library cannot read: Telegram may change before we do."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram import Bot

from broadcast.inbound import Inbound, InboundKind
from channels.telegram.conversation import Conversation, Unread

Json = dict[str, Any]
AYSE: Json = {"id": 7, "is_bot": False, "first_name": "Ayşe", "language_code": "tr"}
HERE: Json = {"id": 7, "type": "private", "first_name": "Ayşe"}
NEWER: Json = {"forward_origin": {"type": "of_next_year", "date": 1}}


class Pace:
    def close_for(self, seconds: float) -> None: ...

    async def reply_turn(self, person: str) -> None: ...


async def heard(update: Json) -> list[Inbound]:
    found: list[Inbound] = []

    async def hear(inbound: Inbound) -> list[Any]:
        found.append(inbound)
        return []

    async def report(receipts: list[Any]) -> None: ...

    bot = Bot("123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    try:
        talk = Conversation(bot, "default", Pace(), hear, report)  # type: ignore[arg-type]
        await talk.receive({"update_id": 9} | update)
    finally:
        await bot.session.close()
    return found


def message(text: str, **more: Any) -> Json:
    return {"message_id": 5, "date": 1, "chat": HERE, "from": AYSE, "text": text} | NEWER | more


@pytest.mark.parametrize(
    ("update", "kind", "words"),
    [
        ({"message": message("STOP")}, InboundKind.TEXT, "STOP"),
        ({"message": message("/stop@bot")}, InboundKind.COMMAND, "stop"),
        ({"message": {**message(""), "text": None, "caption": "İptal", "photo": "odd"}}, InboundKind.TEXT, "İptal"),
        ({"message": message("/start poster")}, InboundKind.START, "poster"),
        ({"edited_message": message("STOP")}, InboundKind.EDITED, "STOP"),
        (
            {"callback_query": {"id": "q", "from": AYSE, "chat_instance": "1", "data": "s:out",
                                "message": message("Welcome")}},
            InboundKind.CHOICE, "out",
        ),
        ({"callback_query": {"id": "q", "from": {"id": 7}, "data": "s:out"}}, InboundKind.CHOICE, "out"),
        (
            {"my_chat_member": {"chat": HERE, "from": AYSE, "date": 1, "old_chat_member": {},
                                "new_chat_member": {"status": "kicked", "user": AYSE}}},
            InboundKind.BLOCKED, "",
        ),
    ],
)  # fmt: skip
async def test_it_is_heard(update: Json, kind: InboundKind, words: str) -> None:
    (one,) = await heard(update)
    assert (one.kind, one.address, one.event_id) == (kind, "7", "9")
    assert words in {one.text, one.payload}


@pytest.mark.parametrize(
    "update",
    [
        {"message": message("STOP", chat={"id": -5, "type": "group", "title": "x"})},
        {"message": message("STOP", **{"from": AYSE | {"is_bot": True}})},
        {"message": message("Thank you", chat=None)},
        {"message": message("", sticker="of next year")},
        {"message": "STOP"},
        {"callback_query": {"id": "q", "from": AYSE, "data": "a:approve"}},
        {"of_next_year": {"from": AYSE}},
    ],
)
async def test_what_nobody_said_to_us_alone_is_not(update: Json) -> None:
    assert await heard(update) == []


@pytest.mark.parametrize(
    "odd",
    [
        {"date": "yesterday"}, {"date": None}, {"date": 10**20}, {"message_id": None},
        {"from": {"id": 7, "is_bot": False}}, {"from": {"id": 7, "first_name": "Ayşe"}},
        {"from": AYSE | {"language_code": 5}}, {"from": AYSE | {"first_name": None}},
        {"entities": "none"}, {"link_preview_options": []},
    ],
    ids=str,
)  # fmt: skip
async def test_a_refusal_is_heard_whatever_is_odd_beside_it(odd: Json) -> None:
    (found,) = await heard({"message": message("STOP") | odd})
    assert (found.kind, found.text, found.address) == (InboundKind.TEXT, "STOP", "7")


@pytest.mark.parametrize(
    "update",
    [
        {"message": message("STOP", chat=None)},
        {"message": message("STOP", chat={"id": "7"}, **{"from": {"id": None}})},
        {"message": {key: value for key, value in message("STOP").items() if key != "from"}},
        {"message": message("STOP", chat={"id": 7, "type": ["private"]})},
        {"my_chat_member": {"new_chat_member": {"status": "kicked"}}},
    ],
)
async def test_a_refusal_that_cannot_be_read_at_all_is_not_taken_for_heard(update: Json) -> None:
    with pytest.raises(Unread):
        await heard(update)


@pytest.mark.parametrize(
    "more",
    [
        {"text": None, "caption": "STOP", "media_of_next_year": {"file_id": "x"}},
        {"text": None, "caption": "STOP", "paid_media": {"star_count": 1, "paid_media": []}},
        {"media_group_id": "1"},
    ],
)
async def test_a_refusal_beside_what_is_newer_than_us_is_heard(more: Json) -> None:
    whole = {k: v for k, v in (message("STOP") | more).items() if k not in NEWER and v is not None}
    (one,) = await heard({"message": whole})
    assert one.text == "STOP"


async def test_but_one_said_in_a_group_is_nothing_to_us() -> None:
    group = {"id": -5, "type": "supergroup"}
    assert await heard({"message": message("STOP", chat=group, date="of next year")}) == []
