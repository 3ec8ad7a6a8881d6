"""A tiny Bot API that answers well and remembers what was asked, and native updates to feed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.frontends.telegram.frontend import TelegramFrontend

AUTHOR, STRANGER = 77, 99
Json = dict[str, Any]


@dataclass
class BotApi:
    """Answers like Telegram and remembers what was asked; `refuse` maps a method to an error."""

    asked: list[tuple[str, Json]] = field(default_factory=list)
    refuse: dict[str, list[tuple[int, Json]]] = field(default_factory=dict)

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
            return {
                "file_id": body["file_id"],
                "file_unique_id": "u",
                "file_path": f"{body['file_id']}.jpg",
            }
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


@asynccontextmanager
async def serving(made: BotApi) -> AsyncIterator[str]:
    """The address it answers at."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


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


def photo(file: str, user: int = AUTHOR, kind: str = "message", **body: Any) -> Json:
    """A photo somebody sent; `file` names its bytes."""
    size = {"file_id": file, "file_unique_id": file, "width": 1, "height": 1, "file_size": 9}
    return wrote(user, kind, photo=[size], **body)


async def fed(console: TelegramFrontend, update: Json) -> None:
    """Hand a console an update, and wait until it has answered."""
    if (said := await console.feed(update)) is not None:
        await said
