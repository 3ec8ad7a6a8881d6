"""Well-formed answers that no documentation shows: nothing is taken for what it does not say, and a
success is one however it is spelled."""

from __future__ import annotations

from typing import Any

import pytest
import telegram
from aiogram.exceptions import ClientDecodeError
from telegram.error import TelegramError

from bot.frontends.telegram.odd_answers import OddAnswer, readable
from broadcast.inbound import Answer
from broadcast.message import RichText
from broadcast.outcome import Accepted, Deferred, Refused, Scope, Uncertain
from tests.contract.odd import (
    BOM,
    ME,
    META,
    META_YES,
    NO_RESULT,
    NOT_OURS,
    SENT,
    Odd,
    a_bot,
    meta,
    sent,
)

SPELLED = (
    b'{"ok":true,"result":{"message_id":7}}',
    b'{"ok": true, "result": {"message_id": 7}}',
    b'{"result":{"message_id":7},"ok":true}',
    BOM + b'{"ok":true,"result":{"message_id":7}}',
    b' \r\n\t{ "description" : "x" , "ok" : true , "result" : { "message_id" : 7 } } \n',
    b'{"ok":true,"result":{"message_id":7,"half":"\\ud83d","nan":NaN}}',
)


@pytest.mark.parametrize("body", SPELLED)
@pytest.mark.parametrize("status", [200, 201])
async def test_telegrams_yes(server: Odd, body: bytes, status: int) -> None:
    server.says("getMe", {"ok": True, "result": ME})
    server.says("sendMessage", body, status)
    channel = a_bot(server)
    await channel.open()
    assert await sent(channel) == Accepted(("7",))
    await channel.close()


@pytest.mark.parametrize("result", NO_RESULT)
async def test_telegrams_yes_to_nothing_we_know(server: Odd, result: object) -> None:
    server.says("sendMessage", {"ok": True, "result": result})
    channel = a_bot(server)
    await channel.open()
    assert await sent(channel) == Accepted(())
    await channel.close()


async def test_what_is_no_yes_of_telegrams(server: Odd) -> None:
    channel = a_bot(server)
    await channel.open()
    for body in NOT_OURS:
        server.says("sendMessage", body)
        assert isinstance(await sent(channel), Uncertain), body
    await channel.close()


@pytest.mark.parametrize("channel", META)
@pytest.mark.parametrize("before", [b"", BOM, b" \n\t"])
@pytest.mark.parametrize("status", [200, 201])
async def test_metas_yes(server: Odd, channel: str, before: bytes, status: int) -> None:
    made = meta(channel, server)
    await made.open()
    server.says("messages", before + META_YES[channel], status)
    assert await sent(made) == Accepted(("wamid.7",))
    await made.close()


@pytest.mark.parametrize("channel", META)
async def test_what_is_no_yes_of_metas(server: Odd, channel: str) -> None:
    made = meta(channel, server)
    await made.open()
    for body in (
        *NOT_OURS, b'{"messages":null}', b'{"messages":[]}', b'{"messages":[null]}',
        b'{"messages":[{"id":null}]}', b'{"message_id":null}', b'{"message_id":{}}',
        b'{"error":null}', b'{"messages":{"id":"x"}}',
    ):  # fmt: skip
        server.says("messages", body)
        assert isinstance(await sent(made), Uncertain), body
    await made.close()


@pytest.mark.parametrize("channel", META)
async def test_an_error_that_comes_as_a_200_is_one(server: Odd, channel: str) -> None:
    made = meta(channel, server)
    await made.open()
    server.says("messages", {"error": {"code": 190, "message": "The token has expired"}})
    said = await sent(made)
    assert isinstance(said, Refused) and said.scope is Scope.ACCOUNT
    await made.close()


@pytest.mark.parametrize("wait", ["soon", None, [], {}, True, -5, 1e99])
async def test_a_throttle_that_does_not_say_for_how_long(server: Odd, wait: object) -> None:
    body = {"ok": False, "error_code": 429, "parameters": {"retry_after": wait}}
    server.says("sendMessage", body, 429)
    channel = a_bot(server)
    await channel.open()
    said = await sent(channel)
    assert isinstance(said, Deferred) and said.scope is Scope.ACCOUNT
    assert 1.0 <= said.retry_after < 1e12
    await channel.close()


# What is said to people


@pytest.mark.parametrize("result", [None, {}, [], "x", {"message_id": 7}, {**SENT, "chat": None}])
async def test_a_reply_that_was_taken_is_not_said_again_and_the_next_follows(
    server: Odd, result: object
) -> None:
    server.says("sendMessage", {"ok": True, "result": result})
    channel = a_bot(server)
    await channel.open()
    for words in ("one", "two"):
        await channel.reply("1", Answer(RichText(text=words)))
    assert server.asked["sendMessage"] == 2
    await channel.close()


@pytest.mark.parametrize(
    "body", [{"ok": False}, {"ok": False, "error_code": 500}, {"ok": False, "description": 7}]
)
async def test_a_refusal_without_words_is_one(server: Odd, body: object) -> None:
    server.says("sendMessage", body, 500)
    channel = a_bot(server)
    await channel.open()
    session = channel.bot.session
    with pytest.raises(Exception) as refused:  # noqa: PT011 - one of aiogram's, and nothing else
        session.check_response(channel.bot, _a_method(), 500, "{}")
    assert isinstance(refused.value, ClientDecodeError)
    with pytest.raises(Exception, match="HTTP 500") as refused:
        session.check_response(channel.bot, _a_method(), 500, '{"ok":false}')
    assert type(refused.value).__module__.startswith("aiogram")
    await channel.close()


def _a_method() -> Any:
    from aiogram.methods import SendMessage

    return SendMessage(chat_id=1, text="x")


@pytest.mark.parametrize(
    "result", [{"message_id": 7}, {**SENT, "date": None}, {**SENT, "chat": []}]
)
def test_a_consoles_message_is_known_by_its_number_at_least(result: object) -> None:
    shown = readable("sendMessage", {"chat_id": "501"}, result)
    assert shown["message_id"] == 7
    assert telegram.Message.de_json(shown, None) is not None


@pytest.mark.parametrize("method", ["sendMessage", "editMessageText", "getMe", "getFile"])
@pytest.mark.parametrize("result", [None, {}, [], "x", {"message_id": "7"}])
def test_what_a_console_cannot_read_is_an_error_of_the_librarys_kind(
    method: str, result: object
) -> None:
    with pytest.raises(OddAnswer):
        readable(method, {}, result)
    assert issubclass(OddAnswer, TelegramError)
