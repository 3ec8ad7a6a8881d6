"""The Telegram console against a tiny Bot API: native updates in, real requests out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from bot.frontends.telegram import TelegramFrontend
from broadcast.engine.pacing import Pacer
from broadcast.models import AdminIdentity
from broadcast.services import compose, library, team
from tests.scenario.house import House

AUTHOR, STRANGER = 77, 99
Json = dict[str, Any]


@dataclass
class BotApi:
    """Answers like Telegram and remembers what was asked; `refuse` maps a method to an error."""

    asked: list[tuple[str, Json]] = field(default_factory=list)
    refuse: dict[str, list[tuple[int, Json]]] = field(default_factory=dict)
    files: int = 0

    async def handle(self, request: web.Request) -> web.Response:
        if request.path.startswith("/file/"):
            return web.Response(body=b"bytes of " + request.path.encode())
        method = request.path.rsplit("/", 1)[1]
        form = await request.post()
        body = {k: _loaded(v) for k, v in form.items()}
        self.asked.append((method, body))
        if self.refuse.get(method):
            code, answer = self.refuse[method].pop(0)
            return web.json_response({"ok": False, "error_code": code, **answer}, status=code)
        return web.json_response({"ok": True, "result": self.result(method, body)})

    def result(self, method: str, body: Json) -> Any:
        if method == "getMe":
            return {"id": 1, "is_bot": True, "first_name": "Tellal", "username": "tellal_bot"}
        if method == "getFile":
            return {"file_id": body["file_id"], "file_unique_id": "u", "file_path": "photo.jpg"}
        if method in {"setMyCommands", "answerCallbackQuery"}:
            return True
        message = {"message_id": len(self.asked), "date": 1, "chat": {"id": 5, "type": "private"}}
        if method == "sendMediaGroup":
            return [message | {"message_id": 500 + i} for i in range(len(body["media"]))]
        return message

    def said(self, method: str = "sendMessage") -> list[Json]:
        return [body for name, body in self.asked if name == method]

    def texts(self) -> str:
        return "\n".join(str(body.get("text", "")) for _, body in self.asked)


def _loaded(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in "[{":
        return json.loads(value)
    return value if isinstance(value, str) else "file"


@pytest.fixture
async def api() -> AsyncIterator[tuple[BotApi, str]]:
    made = BotApi()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    yield made, f"http://{host}:{port}"
    await runner.cleanup()


@pytest.fixture
async def console(house: House, api: tuple[BotApi, str]) -> AsyncIterator[TelegramFrontend]:
    async with house.store.write() as session:
        session.add(
            AdminIdentity(
                frontend="telegram",
                user_id=str(AUTHOR),
                admin_id=house.author.admin_id or 0,
                conversation=str(AUTHOR),
            )
        )
    made = TelegramFrontend(house.core, "1:TOKEN", api[1], Pacer(0), "telegram:default")
    await made.open()
    yield made
    await made.close()


_ids = iter(range(1, 10_000))


def wrote(user: int = AUTHOR, kind: str = "message", **body: Any) -> Json:
    number = next(_ids)
    person = {"id": user, "is_bot": False, "first_name": "Ayşe", "language_code": "en"}
    chat = {"id": user, "type": "private", "first_name": "Ayşe"}
    message = {"message_id": number, "date": 1, "from": person, "chat": chat, **body}
    if "text" in body and body["text"].startswith("/"):
        length = len(body["text"].split()[0])
        message.setdefault("entities", [{"type": "bot_command", "offset": 0, "length": length}])
    return {"update_id": number, kind: message}


def pressed(data: str, message_id: int = 3, user: int = AUTHOR) -> Json:
    base = wrote(user)["message"] | {"message_id": message_id, "text": "card"}
    query = {"id": "q1", "from": base["from"], "message": base, "chat_instance": "c", "data": data}
    return {"update_id": next(_ids), "callback_query": query}


async def draft(house: House) -> compose.Broadcast:
    return (await compose.drafts(house.core, house.author))[0]


async def test_formatting_comes_and_goes_in_utf16(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    await console.feed(wrote(text="/new"))
    bold = {"type": "bold", "offset": 3, "length": 5}
    await console.feed(wrote(text="🚰 Water off", entities=[bold]))
    message = compose.message_of(await draft(house))
    kept = message.text.entities[0]
    assert message.text.text[kept.offset : kept.offset + kept.length] == "Water"
    shown = next(b for b in api[0].said() if b["text"] == "🚰 Water off")
    assert shown["entities"] == [bold]
    assert "parse_mode" not in shown
    card = api[0].said()[-1]
    data = [b["callback_data"] for row in card["reply_markup"]["inline_keyboard"] for b in row]
    assert f"a:submit {(await draft(house)).broadcast_id}" in data
    assert all(len(d.encode()) <= 64 for d in data)


async def test_a_photo_is_kept_with_its_bytes_and_its_handle(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    await console.feed(wrote(text="/new"))
    sizes = [
        {"file_id": f"F{n}", "file_unique_id": "u", "width": n, "height": n, "file_size": 9}
        for n in (1, 2)
    ]
    await console.feed(wrote(photo=sizes, caption="Look"))
    message = compose.message_of(await draft(house))
    stored = await library.find(house.core, "telegram:default", message.media[0].media_id)
    assert stored.handle == "F2"
    assert stored.path
    assert api[0].said("sendPhoto")[0]["photo"] == "F2"
    assert api[0].said("sendPhoto")[0]["caption"] == "Look"


async def test_an_album_is_one_message(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    await console.feed(wrote(text="/new"))
    for n in range(3):
        size = {"file_id": f"A{n}", "file_unique_id": "u", "width": 1, "height": 1, "file_size": 9}
        caption = {"caption": "Three"} if n == 0 else {}
        await console.feed(wrote(photo=[size], media_group_id="g", **caption))
    async with asyncio.timeout(10):
        while not api[0].said("sendMediaGroup"):
            await asyncio.sleep(0.05)
    message = compose.message_of(await draft(house))
    assert len(message.media) == 3
    assert message.text.text == "Three"


async def test_a_button_edits_its_message_and_is_acknowledged(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    number = await house.draft()
    await console.feed(pressed(f"a:submit {number}", message_id=42))
    assert api[0].said("editMessageText")[0]["message_id"] == "42"
    assert api[0].said("answerCallbackQuery")
    await console.feed(pressed(f"a:submit {number}", message_id=42))
    assert "no longer possible" in api[0].said("answerCallbackQuery")[1]["text"]


async def test_a_stranger_is_not_answered(
    console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    before = len(api[0].said())
    await console.feed(wrote(STRANGER, text="/status"))
    await console.feed(wrote(STRANGER, text="/start"))
    size = {"file_id": "X", "file_unique_id": "u", "width": 1, "height": 1}
    await console.feed(wrote(STRANGER, photo=[size]))
    assert len(api[0].said()) == before
    assert not api[0].said("getFile")


async def test_an_invitation_link_works(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    code = await team.claim_code(house.core)
    update = wrote(STRANGER, text=f"/start claim-{code}")
    assert await console.wants(update)
    await console.feed(update)
    assert "Welcome" in api[0].texts()
    await console.feed(wrote(STRANGER, text="/invite author"))
    assert "https://t.me/tellal_bot?start=invite-" in api[0].texts()


@pytest.mark.parametrize(
    ("update", "ours"),
    [
        (wrote(text="/new"), True),
        (wrote(text="hello"), True),
        (wrote(kind="edited_message", text="hello"), True),
        (wrote(text="/start"), False),
        (wrote(text="/start newsletter"), False),
        (wrote(text="/stop"), False),
        (wrote(text="STOP"), False),
        (wrote(STRANGER, text="/new"), False),
        (wrote(STRANGER, text="/start invite-abc"), True),
        (pressed("a:status"), True),
        (pressed("s:join"), False),
        ({"update_id": 1, "my_chat_member": {"from": {"id": AUTHOR}}}, False),
    ],
)
async def test_one_token_is_divided(console: TelegramFrontend, update: Json, ours: bool) -> None:
    assert await console.wants(update) is ours


async def test_a_throttle_is_waited_out_and_an_unknown_method_is_no_trouble(
    console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    throttle = {
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    api[0].refuse["sendMessage"] = [(429, throttle)]
    api[0].refuse["setMyCommands"] = [(404, {"description": "Not Found"})] * 3
    await console.feed(wrote(text="/status"))
    assert len(api[0].said()) == 2
    assert api[0].said()[0] == api[0].said()[1]


async def test_the_same_text_again_is_no_error(
    console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    from bot.chat import Reply
    from broadcast.message import RichText

    same = {"description": "Bad Request: message is not modified: it is exactly the same"}
    api[0].refuse["editMessageText"] = [(400, same)]
    await console.edit("77", "5", Reply(RichText(text="x")), "en")
