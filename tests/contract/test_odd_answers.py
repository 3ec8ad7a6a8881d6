"""Well-formed answers that no documentation shows: nothing ends in a traceback, nothing is taken for
what it does not say, and a success is one however it is spelled."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from importlib import import_module
from typing import Any

import pytest
import telegram
from aiogram.exceptions import ClientDecodeError
from slack_sdk.errors import SlackApiError
from telegram.error import TelegramError

import channels
from bot import town
from bot.frontends import slack_doctor
from bot.frontends.slack_api import client, not_said
from bot.frontends.telegram_odd import OddAnswer, readable
from bot.sections import SlackSettings
from broadcast.engine.pacing import Pacer
from broadcast.heard import Answer
from broadcast.message import Message, RichText
from broadcast.outcome import Accepted, Deferred, Outcome, Refused, Scope, Uncertain
from broadcast.ports import Check, Envelope
from channels._kit.closed import ChannelClosed
from channels.telegram import receiver
from channels.telegram.config import Config
from channels.telegram.receiver import TelegramReceiver
from tests.contract.odd import NOT_OURS, PAGE, Odd, odd

TOKEN = "7000:odd-token"
BOM = b"\xef\xbb\xbf"
ME = {"id": 7000, "is_bot": True, "first_name": "Town", "username": "town_bot"}
SENT = {"message_id": 7, "date": 1, "chat": {"id": 1, "type": "private"}, "text": "x"}
NO_RESULT = (None, [], {}, "x", 0, {"username": None}, {"username": 7}, [None])
META = ("whatsapp", "messenger")


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Odd]:
    monkeypatch.setattr(receiver, "_FIRST_PAUSE_SECONDS", 0.01)
    async with odd() as made:
        yield made


async def nothing(*_: Any, **__: Any) -> Any:
    return []


def a_bot(server: Odd) -> Any:
    config = Config(token=TOKEN, api_url=server.url)  # type: ignore[arg-type]
    return channels.load("telegram").build(
        config, account="default", pace=Pacer(0), find_media=nothing, hear=nothing, report=nothing
    )


def section(channel: str, url: str) -> Any:
    start = f"TELLAL_{channel.upper()}__"
    given = {
        name.removeprefix(start).lower(): value
        for name, value in town.platforms(url).items()
        if name.startswith(start)
    }
    given["api_url"] = url
    return import_module(f"channels.{channel}.config").Config.model_validate(given)


def meta(channel: str, server: Odd) -> Any:
    return channels.load(channel).build(
        section(channel, server.url), account="default", pace=Pacer(0), find_media=nothing,
        hear=nothing, report=nothing, alert=nothing, language="en",
    )  # fmt: skip


async def sent(channel: Any, address: str = "905321234567") -> Outcome:
    outcome: Outcome = await channel.send(Envelope(1, address, Message(text=RichText(text="x"))))
    return outcome


# A success, however it is spelled

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


META_YES = {
    "whatsapp": b'{"messages": [{"id": "wamid.7"}], "messaging_product": "whatsapp"}',
    "messenger": b'{"message_id" : "wamid.7" , "recipient_id" : "1"}',
}


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


# The channel opens, whatever it is told of itself

ODD_SELVES = [{"ok": True, "result": result} for result in NO_RESULT] + [
    {"ok": True},
    {"ok": True, "result": {"id": 7000, "first_name": "no is_bot"}},
    {"ok": False},
    {"ok": False, "error_code": None, "description": None, "parameters": "x"},
    {"ok": False, "error_code": 500, "description": ["x"], "parameters": {"retry_after": "x"}},
]


@pytest.mark.parametrize("status", [200, 404, 502])
async def test_a_bot_opens_whatever_get_me_says(server: Odd, status: int) -> None:
    for body in (*ODD_SELVES, *NOT_OURS):
        server.says("getMe", body, status)
        channel = a_bot(server)
        await channel.open()
        assert channel.username == ""
        await channel.close()


async def test_a_bot_learns_its_name_without_the_rest_of_it(server: Odd) -> None:
    server.says("getMe", {"ok": True, "result": {"username": "town_bot"}})
    channel = a_bot(server)
    await channel.open()
    assert channel.link("x") == "https://t.me/town_bot?start=x"
    await channel.close()


@pytest.mark.parametrize("code", [401, 404])
async def test_only_the_bot_api_says_that_a_token_is_not_known(server: Odd, code: int) -> None:
    server.says("getMe", {"ok": False, "error_code": code, "description": "Unauthorized"}, code)
    with pytest.raises(ChannelClosed, match="does not know this bot token"):
        await a_bot(server).open()


MANAGEMENT = [
    {}, {"data": None}, {"data": {}}, {"data": "x"}, {"data": [None, 7, "x", []]},
    {"data": [], "paging": "x"}, {"data": [], "paging": {"next": "x", "cursors": None}},
    {"data": [{}], "paging": {"next": "x", "cursors": {"after": "same"}}},
    {"data": [{"components": "x", "quality_score": [], "name": None, "language": 7}]},
    {"data": [{"components": [None, {"type": "BODY", "text": None}]}]},
    {"error": None}, {"error": []}, {"error": "x"}, {"error": {"code": "x", "error_data": 7}},
    {"display_phone_number": [], "throughput": None, "status": None, "verified_name": {}},
]  # fmt: skip


@pytest.mark.parametrize("channel", META)
@pytest.mark.parametrize("status", [200, 400, 502])
async def test_an_account_of_metas_opens_whatever_it_is_told(
    server: Odd, channel: str, status: int
) -> None:
    server.usual = (status, b"")
    for body in (*MANAGEMENT, *NOT_OURS):
        await opens(meta(channel, server), channel, server, body, status)


async def opens(made: Any, channel: str, server: Odd, body: object, status: int) -> None:
    for path in (
        "message_templates",
        "messenger_profile",
        section(channel, server.url).messages_path,
    ):
        server.says(path.rpartition("/")[2], body, status)
    if channel == "whatsapp":
        server.says(section(channel, server.url).phone_number_id, body, status)
    async with asyncio.timeout(10):
        await made.open()
        await made.close()


# What listens


class Kept:
    """What a receiver keeps, and what it says of itself."""

    def __init__(self) -> None:
        self.updates: list[str] = []
        self.alerts: list[str] = []

    async def keep(self, updates: Any) -> None:
        self.updates += [name for name, _ in updates]

    async def alert(self, event: Any) -> None:
        self.alerts.append(event.template)


@contextlib.asynccontextmanager
async def receiving(server: Odd) -> AsyncIterator[Kept]:
    kept = Kept()
    listens = TelegramReceiver(token=TOKEN, api_url=server.url, keep=kept.keep, alert=kept.alert)
    running = asyncio.create_task(listens.run())
    try:
        yield kept
        assert not running.done(), "it goes on"
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def asked(server: Odd, method: str, times: int) -> None:
    async with asyncio.timeout(20):
        while server.asked[method] < times:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"ok": False, "error_code": 404, "description": "Not Found"}, 404),
        ({"ok": True, "result": None}, 200),
        ({"ok": True, "result": []}, 200),
        ({"ok": True, "result": {"url": None}}, 200),
        (b"[]", 200),
        (PAGE, 404),
    ],
)
async def test_a_server_that_does_not_tell_of_webhooks_is_polled(
    server: Odd, body: object, status: int
) -> None:
    server.says("getMe", {"ok": True, "result": ME})
    server.says("getWebhookInfo", body, status)
    server.says("getUpdates", {"ok": True, "result": [{"update_id": 1, "message": {}}]})
    async with receiving(server) as kept:
        async with asyncio.timeout(10):
            while not kept.updates:
                await asyncio.sleep(0.01)
    assert not kept.alerts


@pytest.mark.parametrize(
    "body",
    [
        {"ok": True, "result": None}, {"ok": True, "result": {}}, {"ok": True},
        {"ok": True, "result": [None, 7, {}, {"update_id": None}, {"update_id": True}]},
        {"ok": False, "error_code": None, "description": None, "parameters": []},
        {"ok": False, "error_code": [], "parameters": {"retry_after": "soon"}}, *NOT_OURS,
    ],
)  # fmt: skip
async def test_polls_that_cannot_be_read_are_asked_again(server: Odd, body: object) -> None:
    server.says("getMe", {"ok": True, "result": ME})
    server.says("getWebhookInfo", {"ok": True, "result": {"url": ""}})
    server.says("getUpdates", body)
    async with receiving(server):
        await asked(server, "getUpdates", 2)


async def test_one_update_without_an_id_does_not_hold_up_the_others(server: Odd) -> None:
    server.says("getUpdates", {"ok": True, "result": [{"x": 1}, None, {"update_id": 5}]})
    async with receiving(server) as kept:
        await asked(server, "getUpdates", 1)
        async with asyncio.timeout(10):
            while not kept.updates:
                await asyncio.sleep(0.01)
    assert kept.updates[0] == "5"


async def test_a_method_that_is_missing_is_no_token_that_is_not_known(server: Odd) -> None:
    server.says("getMe", {"ok": True, "result": ME})
    server.says("getUpdates", {"ok": False, "error_code": 404, "description": "Not Found"}, 404)
    async with receiving(server):
        await asked(server, "getUpdates", 1)
        await asked(server, "getMe", 1)


async def test_a_server_that_holds_no_poll_is_not_asked_without_a_pause(server: Odd) -> None:
    server.says("getUpdates", {"ok": True, "result": []})
    loop = asyncio.get_running_loop()
    async with receiving(server):
        await asked(server, "getUpdates", 1)
        begun = loop.time()
        await asked(server, "getUpdates", 5)
    assert loop.time() - begun > 2.0, "0.2, 0.5, 1 and 1 s"


PERSON = {"id": 5, "is_bot": False, "first_name": "Ann", "language_code": "en"}
STOP = {
    "message_id": 9, "date": 1, "chat": {"id": 5, "type": "private", "first_name": "Ann"},
    "from": PERSON, "text": "STOP",
}  # fmt: skip
ODD_DETAILS: list[dict[str, Any]] = [
    {"forward_origin": {"type": "hidden_user", "date": 1422450181}},
    {"external_reply": {"origin": {"type": "user"}, "story": {}}},
    {"reply_to_message": {**STOP, "chat": None}},
    {"reply_to_message": {**STOP, "forward_origin": {"type": "tomorrows"}}},
    {"entities": [{"type": "bold"}]},
    {"quote": None, "link_preview_options": "x", "sender_boost_count": "many"},
    {"chat": {"id": 5, "type": "private", "photo": "x"}},
]


@pytest.mark.parametrize("detail", ODD_DETAILS)
async def test_a_stop_is_heard_whatever_else_the_update_holds(
    server: Odd, detail: dict[str, Any]
) -> None:
    heard = []

    async def hear(inbound: Any) -> list[Any]:
        heard.append((inbound.address, inbound.text, inbound.name))
        return []

    server.says("getMe", {"ok": True, "result": ME})
    config = Config(token=TOKEN, api_url=server.url)  # type: ignore[arg-type]
    channel: Any = channels.load("telegram").build(
        config, account="default", pace=Pacer(0), find_media=nothing, hear=hear, report=nothing
    )
    await channel.open()
    await channel.receive({"update_id": 3, "message": {**STOP, **detail}})
    assert heard == [("5", "STOP", "Ann")]
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


# Slack

SLACK_CALLS: dict[str, dict[str, Any]] = {
    "auth.test": {}, "chat.postMessage": {"channel": "C1", "text": "x"},
    "conversations.history": {"channel": "C1"}, "conversations.info": {"channel": "C1"},
    "conversations.open": {"users": "U1"}, "conversations.replies": {"channel": "C1", "ts": "1"},
    "files.getUploadURLExternal": {"filename": "x", "length": 1}, "files.info": {"file": "F1"},
    "users.info": {"user": "U1"}, "usergroups.list": {},
    "views.open": {"trigger_id": "1", "view": {"type": "home", "blocks": [{"type": "divider"}]}},
}  # fmt: skip


async def slack_call(server: Odd, method: str) -> Any:
    slack = client("xoxb-1", server.url)
    return await slack.api_call(method, json=SLACK_CALLS[method])


@pytest.mark.parametrize("method", SLACK_CALLS)
@pytest.mark.parametrize("status", [200, 502])
async def test_slacks_odd_answers_are_refusals(server: Odd, method: str, status: int) -> None:
    for body in (*NOT_OURS, b'{"ok":true}', b'{"ok":false}', b'{"ok":false,"error":[]}',
                 b'{"ok":true,"ts":7,"channel":[],"messages":null,"view":"x","user":null}'):  # fmt: skip
        server.says(method, body, status)
        with pytest.raises(SlackApiError) as refused:
            await slack_call(server, method)
        said = not_said(refused.value)
        assert said.unsure or said.forever


@pytest.mark.parametrize("before", [b"", BOM, b" \r\n"])
async def test_slacks_yes(server: Odd, before: bytes) -> None:
    server.says("chat.postMessage", before + b'{ "ts" : "1.2", "channel": "C1", "ok" : true }')
    assert (await slack_call(server, "chat.postMessage"))["ts"] == "1.2"


@pytest.mark.parametrize("body", [*NOT_OURS, b'{"ok":true}', b'{"ok":true,"channel":null}'])
async def test_slacks_doctor_says_what_it_knew(server: Odd, body: bytes) -> None:
    server.says(
        "auth.test", {"ok": True, "team_id": "T1", "user_id": "U1", "user": "t", "team": "T"}
    )
    server.says("apps.connections.open", body)
    server.says("conversations.info", body)
    settings = SlackSettings.model_validate(
        {"api_url": server.url, "bot_token": "xoxb-1", "app_token": "xapp-1", "channel": "C1"}
    )
    checks = {check.name: check for check in await slack_doctor.diagnose(settings)}
    assert checks["slack bot"].ok
    assert not checks["slack socket"].ok
    assert not checks["slack channel"].ok


# The doctor


def by_name(checks: list[Check]) -> dict[str, Check]:
    assert all(check.mend for check in checks if not check.ok)
    assert all(TOKEN not in repr(check) for check in checks)
    return {check.name: check for check in checks}


@pytest.mark.parametrize("body", NOT_OURS)
async def test_telegrams_doctor_says_what_it_knew(server: Odd, body: bytes) -> None:
    server.says("getMe", {"ok": True, "result": ME})
    server.says("getWebhookInfo", body)
    config = Config(token=TOKEN, api_url=server.url)  # type: ignore[arg-type]
    checks = by_name(await import_module("channels.telegram.doctor").diagnose(config))
    assert checks["telegram bot"].ok and "@town_bot" in checks["telegram bot"].found
    assert not checks["telegram api"].ok


@pytest.mark.parametrize("body", [*ODD_SELVES, *NOT_OURS])
async def test_telegrams_doctor_survives_any_self(server: Odd, body: object) -> None:
    server.says("getMe", body)
    config = Config(token=TOKEN, api_url=server.url)  # type: ignore[arg-type]
    checks = by_name(await import_module("channels.telegram.doctor").diagnose(config))
    assert not all(check.ok for check in checks.values())


@pytest.mark.parametrize("channel", META)
async def test_metas_doctor_survives_any_answer(server: Odd, channel: str) -> None:
    for body in (*MANAGEMENT, *NOT_OURS):
        await survives(server, channel, body)


async def survives(server: Odd, channel: str, body: object) -> None:
    config = section(channel, server.url)
    name = config.phone_number_id if channel == "whatsapp" else config.page_id
    good = {"name": "Town", "verified_name": "Town", "status": "CONNECTED"}
    server.says(name, good)
    server.says("debug_token", body)
    server.says("subscribed_apps", body)
    checks = by_name(await import_module(f"channels.{channel}.doctor").diagnose(config))
    first = checks[f"{channel} {'number' if channel == 'whatsapp' else 'page'}"]
    assert first.ok and "Town" in first.found
