"""Sending through aiogram's Bot. The hot path skips what nobody reads: models, forms, validation.

Figures: shared facts, performance section 2 (a raw post is four times a `bot.send_message`).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import structlog
from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramAPIError, TelegramRetryAfter
from aiogram.types import (
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MessageEntity,
)
from yarl import URL

from broadcast.language import N_, languages, speech
from broadcast.message import Message
from broadcast.ports import (
    Accepted,
    Answer,
    Capabilities,
    Deferred,
    Envelope,
    FindMedia,
    Hear,
    Outcome,
    Pace,
    Problem,
    Reason,
    Uncertain,
)
from channels.telegram import callbacks, content, outcome
from channels.telegram.config import Config
from channels.telegram.markup import to_telegram

log = structlog.get_logger()
_SECONDS = aiohttp.ClientTimeout(total=30, sock_connect=10)
_JSON = {"Content-Type": "application/json"}
_REPLY_TRIES = 4
COMMANDS = {
    "start": N_("Subscribe"),
    "stop": N_("Leave"),
    "language": N_("Change the language"),
    "help": N_("Help"),
}


class _Session(AiohttpSession):
    """aiogram's session with room for a broadcast and no cookies."""

    def __init__(self, api: TelegramAPIServer, limit: int) -> None:
        super().__init__(api=api, limit=limit)

    async def create_session(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=self._connector_type(**self._connector_init),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=_SECONDS,
            )
            self._should_reset_connector = False
        return self._session


@dataclass
class _Rendered:
    """One message made ready: per recipient only the chat id is put in front of `tail`."""

    message: Message  # kept alive: the cache goes by identity
    method: str
    url: URL
    tail: bytes = b""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class TelegramChannel:
    """One bot. `send` returns outcomes and never raises for a no of Telegram's."""

    name = "telegram"

    def __init__(
        self, config: Config, *, account: str, pace: Pace, find_media: FindMedia, hear: Hear
    ) -> None:
        self.account = account
        self.capabilities = Capabilities(
            rate_per_second=config.rate_per_second,
            concurrency=100,
            max_album=content.MAX_ALBUM,
            media=frozenset(k.value for k in content._METHODS),
        )
        self._config, self._pace, self._find_media = config, pace, find_media
        token = config.token.get_secret_value()
        session = _Session(TelegramAPIServer.from_base(config.api_url), limit=110)
        self.bot = Bot(token, session=session)
        self._dispatcher: Dispatcher = callbacks.dispatcher(hear, self.answer)
        self._rendered: dict[int, _Rendered] = {}
        self.username = ""
        self.missing_methods: list[str] = []

    async def open(self) -> None:
        """Learn who we are. A refused token or no network is reported, not fatal."""
        self._client = await self.bot.session.create_session()  # type: ignore[attr-defined]
        try:
            self.username = (await self.bot.me()).username or ""
        except TelegramAPIError as error:
            log.error("bot_unreachable", account=self.account, error=type(error).__name__)
            return
        try:
            await self._set_commands()
        except TelegramAPIError as error:
            self.missing_methods.append("setMyCommands")
            log.warning("method_refused", method="setMyCommands", error=error.message)

    async def _set_commands(self) -> None:
        for code in ("", *languages()):
            said = speech(code or "en")
            commands = [
                BotCommand(command=name, description=said.plain(words))
                for name, words in COMMANDS.items()
            ]
            await self.bot.set_my_commands(commands, language_code=code or None)

    async def close(self) -> None:
        await self.bot.session.close()

    def link(self, payload: str) -> str:
        return f"https://t.me/{self.username}?start={payload}"

    def check(self, message: Message) -> list[Problem]:
        return content.problems_of(message)

    def cost(self, message: Message) -> int:
        return max(1, len(message.media))

    async def send(self, envelope: Envelope) -> Outcome:
        made = self._rendered.get(id(envelope.message)) or self._render(envelope.message)
        if not made.tail:
            async with made.lock:  # the first one uploads, the others wait for its handle
                if not made.tail and (first := await self._prepare(made, envelope)):
                    return first
        body = b'{"chat_id":' + envelope.address.encode() + made.tail
        return await self._post(made, body, _JSON)

    def _render(self, message: Message) -> _Rendered:
        method = content.method_of(message)
        url = URL(self.bot.session.api.api_url(self.bot.token, method), encoded=True)
        made = _Rendered(message, method, url)
        if len(self._rendered) > 64:
            self._rendered.clear()
        self._rendered[id(message)] = made
        return made

    async def _prepare(self, made: _Rendered, envelope: Envelope) -> Outcome | None:
        """Fill in the tail; when a file has no handle yet, this send uploads it."""
        stored = [await self._find_media(item.media_id) for item in made.message.media]
        handles = {s.media.media_id: s.handle for s in stored if s.handle}
        if len(handles) < len(stored):
            form = aiohttp.FormData()
            names = dict(handles)
            for item in stored:
                if item.handle:
                    continue
                if item.path is None:
                    return outcome.read(
                        400, {"ok": False, "description": "wrong file identifier"}, made.method
                    )
                name = f"file{item.media.media_id}"
                names[item.media.media_id] = f"attach://{name}"
                data = await asyncio.to_thread(Path(item.path).read_bytes)
                form.add_field(name, data, filename=item.media.filename or name)
            fields = content.fields_of(made.message, names) | {"chat_id": envelope.address}
            for key, value in fields.items():
                form.add_field(
                    key, value if isinstance(value, str) else orjson.dumps(value).decode()
                )
            learned: dict[int, str] = {}
            result = await self._post(made, form, None, learned)
            if not isinstance(result, Accepted):
                return result
            self._fill(made, handles | learned)
            return Accepted(result.receipt_ids, learned)
        self._fill(made, handles)
        return None

    def _fill(self, made: _Rendered, files: dict[int, str]) -> None:
        fields = content.fields_of(made.message, files)
        if self._config.paid_broadcast:
            fields["allow_paid_broadcast"] = True
        made.tail = b"," + orjson.dumps(fields)[1:]

    async def _post(
        self, made: _Rendered, body: Any, headers: dict[str, str] | None,
        learned: dict[int, str] | None = None,
    ) -> Outcome:  # fmt: skip
        try:
            async with self._client.post(made.url, data=body, headers=headers) as answer:
                status, raw = answer.status, await answer.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return Deferred(Reason.UNAVAILABLE, detail=type(error).__name__)  # nothing left us
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return Uncertain(type(error).__name__)
        try:
            answered = orjson.loads(raw)
        except orjson.JSONDecodeError:
            answered = None
        if status == 200 and isinstance(answered, dict) and answered.get("ok"):
            return _accepted(answered.get("result"), made.message, learned)
        return outcome.read(status, answered if isinstance(answered, dict) else None, made.method)

    async def reply(self, address: str, answer: Answer) -> None:
        await self.answer(int(address), answer, None)

    async def answer(self, chat_id: int, answer: Answer, replaces: int | None) -> None:
        """Say something to one person; `replaces` is the message to edit, when there is one."""
        rows = [
            [InlineKeyboardButton(text=c.label, callback_data=f"s:{c.data}") for c in row]
            for row in answer.choices
        ]
        parts: dict[str, Any] = {
            "text": answer.text.text,
            "entities": [MessageEntity(**e) for e in to_telegram(answer.text)],
            "reply_markup": InlineKeyboardMarkup(inline_keyboard=rows) if rows else None,
            "parse_mode": None,
        }
        for _ in range(_REPLY_TRIES):
            try:
                if replaces and answer.replaces:
                    await self.bot.edit_message_text(chat_id=chat_id, message_id=replaces, **parts)
                else:
                    await self._pace.reply_turn(str(chat_id))
                    await self.bot.send_message(chat_id, **parts)
                return
            except TelegramRetryAfter as error:
                self._pace.close_for(error.retry_after)
                await asyncio.sleep(error.retry_after)
            except TelegramAPIError as error:
                if replaces and "not modified" not in error.message:
                    replaces = None
                    continue
                log.info("reply_refused", error=error.message)
                return

    async def receive(self, update: dict[str, object]) -> None:
        try:
            await self._dispatcher.feed_raw_update(self.bot, update)
        except Exception:
            log.exception("update_failed", update_id=update.get("update_id"))


def _accepted(result: Any, message: Message, learned: dict[int, str] | None) -> Accepted:
    sent = result if isinstance(result, list) else [result]
    if learned is not None:
        for item, made in zip(message.media, sent, strict=False):
            learned[item.media_id] = _file_id(made.get(item.kind.value))
    return Accepted(tuple(str(m["message_id"]) for m in sent))


def _file_id(value: Any) -> str:
    """A photo comes in several sizes; the last is the largest."""
    return str((value[-1] if isinstance(value, list) else value)["file_id"])
