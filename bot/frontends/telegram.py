"""The admin console on Telegram, with python-telegram-bot: updates in, replies out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import structlog
import telegram
from sqlalchemy.exc import SQLAlchemyError
from telegram.error import BadRequest, RetryAfter, TelegramError
from telegram.ext import Application, ApplicationBuilder, BaseRateLimiter, TypeHandler

from bot import dispatch
from bot.chat import Actor, Reply, Request
from bot.frontends.telegram_content import Content
from bot.frontends.telegram_markup import PREFIX, keyboard, to_entities
from bot.handlers.team import CODE_PREFIXES
from broadcast.consent import says_stop
from broadcast.core import Core
from broadcast.errors import CannotDo
from broadcast.language import speech
from broadcast.message import Message
from broadcast.models import Role
from broadcast.ports import Pace
from broadcast.services import posted, team

log = structlog.get_logger()
ALBUM_WAIT_SECONDS = 0.7
RETRIES = 4
LONGEST_WAIT_SECONDS = 60.0
# These go to the subscribers' side even for an admin: admins are usually subscribers too.
_SUBSCRIBER_COMMANDS = frozenset({"start", "stop"})


class _Turns(BaseRateLimiter[int]):
    """Every message of the console takes a reply turn of the token's one limiter."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Any:
        chat = data.get("chat_id")
        for left in range(RETRIES, -1, -1):
            if chat is not None and endpoint.startswith(("send", "edit", "copy")):
                await self._pace.reply_turn(str(chat))
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as wait:
                seconds = _seconds(wait)
                self._pace.close_for(seconds)
                if not left or seconds > LONGEST_WAIT_SECONDS:
                    raise
                await asyncio.sleep(seconds + 0.1)
        return None


class TelegramFrontend:
    """`source` names the bot, `telegram:console` being one for the team alone. Where it serves
    subscribers too, `wants` divides the updates, and files known to one are known to the other."""

    name = "telegram"

    def __init__(self, core: Core, token: str, api_url: str, pace: Pace, source: str) -> None:
        self._core = core
        base = api_url.rstrip("/")
        self._app: Application[Any, Any, Any, Any, Any, Any] = (
            ApplicationBuilder()
            .token(token)
            .base_url(f"{base}/bot")
            .base_file_url(f"{base}/file/bot")
            .updater(None)
            .rate_limiter(_Turns(pace))
            .build()
        )
        self._bot: telegram.Bot = self._app.bot
        self._content = Content(core, self._bot, source)
        self._albums: dict[str, list[telegram.Message]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._menus: dict[str, tuple[str, str]] = {}
        self._app.add_handler(TypeHandler(telegram.Update, self._on_update))

    async def open(self) -> None:
        await self._app.initialize()
        self._spawn(self._all_menus())

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._app.shutdown()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # What is ours

    async def wants(self, raw: dict[str, Any]) -> bool:
        """Whether an update of a shared token is the console's."""
        if callback := raw.get("callback_query"):
            return str(callback.get("data", "")).startswith(PREFIX)
        message = raw.get("message") or raw.get("edited_message")
        if not message or message.get("chat", {}).get("type", "private") != "private":
            return False
        command, arguments = _command_line(str(message.get("text", "")))
        if command == "start" and arguments.startswith(CODE_PREFIXES):
            return True
        if command in _SUBSCRIBER_COMMANDS:
            return False
        user = str(message.get("from", {}).get("id", ""))
        known = await team.who(self._core, self.name, user)
        # A bare STOP opts out at once, from anybody, unless it answers a question of ours.
        stops = says_stop(str(message.get("text", "")))
        return known is not None and not (stops and not known[1].asking)

    async def feed(self, raw: dict[str, Any]) -> None:
        """Handle one native update; returns when it is answered (albums: collected)."""
        update = telegram.Update.de_json(raw, self._bot)
        if update is not None:
            await self._app.process_update(update)

    async def _on_update(self, update: telegram.Update, _: Any) -> None:
        if update.callback_query is not None:
            await self._on_button(update, update.callback_query)
            return
        message = update.message or update.edited_message
        if message is None or message.from_user is None:
            return
        if message.chat.type != "private":
            return
        edited = update.edited_message is not None
        if message.media_group_id and not edited:
            self._collect(update, message)
            return
        await self._on_message(update, [message], edited)

    def _collect(self, update: telegram.Update, message: telegram.Message) -> None:
        """The parts of an album come one by one, without a sign of which is the last."""
        group = f"{message.chat_id}:{message.media_group_id}"
        if group in self._albums:
            self._albums[group].append(message)
            return
        self._albums[group] = [message]
        self._spawn(self._album(update, group))

    async def _album(self, update: telegram.Update, group: str) -> None:
        seen = 0
        while seen != len(self._albums[group]):
            seen = len(self._albums[group])
            await asyncio.sleep(ALBUM_WAIT_SECONDS)
        parts = sorted(self._albums.pop(group), key=lambda m: m.message_id)
        try:
            await self._on_message(update, parts, edited=False)
        except Exception:
            log.exception("album_failed")

    async def _on_message(
        self, update: telegram.Update, messages: list[telegram.Message], edited: bool
    ) -> None:
        message = messages[0]
        if await self._is_stranger(message):
            return
        command, arguments = _command_line(message.text or "")
        if edited and command:
            return  # a command is done once; correcting its text is not doing it again
        request = self._request(update, str(message.chat_id), command, arguments)
        if not command:
            content = await self._read(request, messages, edited)
            if content is None:
                return
            request = replace(
                request, content=content, edited=edited, message_id=str(message.message_id)
            )
        await self._answer(request, None)

    async def _read(
        self, request: Request, messages: list[telegram.Message], edited: bool
    ) -> Message | None:
        """The content, or None after saying why it could not be kept."""
        only_text = edited and bool(messages[0].media_group_id)
        known = await team.who(self._core, self.name, request.actor.user_id)
        words = speech(known[0].language if known else self._core.policy.language)
        try:
            return await self._content.read(messages, only_text=only_text)
        except CannotDo as refusal:
            text = words.say(refusal.template, **refusal.values)
        except (OSError, SQLAlchemyError):
            log.exception("content_not_kept")
            text = words.say("I could not keep that message. Please send it again later.")
        await self.post(request.conversation, Reply(text), words.language)
        return None

    async def _is_stranger(self, message: telegram.Message) -> bool:
        """Someone who is no admin and brings no code: not even their files are fetched."""
        command, _ = _command_line(message.text or "")
        if command in {"start", "join"} or message.from_user is None:
            return message.from_user is None
        return await team.who(self._core, self.name, str(message.from_user.id)) is None

    async def _on_button(self, update: telegram.Update, query: telegram.CallbackQuery) -> None:
        line = (query.data or "").removeprefix(PREFIX)
        command, _, arguments = line.partition(" ")
        chat = query.message.chat.id if query.message else query.from_user.id
        pressed = str(query.message.message_id) if query.message else None
        request = self._request(update, str(chat), command, arguments)
        notice = ""
        try:
            notice = await self._answer(request, pressed)
        finally:
            await self._acknowledge(query, notice)

    async def _acknowledge(self, query: telegram.CallbackQuery, notice: str) -> None:
        try:
            await query.answer(text=notice[:200] or None)
        except TelegramError as error:
            log.info("callback_not_answered", error=str(error))

    def _request(self, update: telegram.Update, chat: str, command: str, arguments: str) -> Request:
        user = update.effective_user
        assert user is not None
        actor = Actor(self.name, str(user.id), user.full_name, user.language_code or "")
        return Request(
            actor,
            chat,
            command,
            arguments,
            event_id=f"{self._bot.id}:{update.update_id}",
            join_link=f"https://t.me/{self._bot.username}?start={{code}}",
        )

    # What we say

    async def _answer(self, request: Request, pressed: str | None) -> str:
        """Say every reply; the first that replaces edits the pressed message. Returns the notice."""
        replies = await dispatch.handle(self._core, request)
        known = await team.who(self._core, self.name, request.actor.user_id)
        language = known[0].language if known else ""
        notice = ""
        for reply in replies:
            notice = notice or reply.notice
            try:
                if reply.replaces and pressed is not None:
                    shown = await self._replace(request.conversation, pressed, reply, language)
                    pressed = None
                else:
                    shown = await self.post(request.conversation, reply, language)
                if reply.track is not None:
                    await self._track(reply.track, request.conversation, shown)
            except (TelegramError, CannotDo) as error:
                log.warning("reply_failed", error=str(error))
                await self._say_failed(request.conversation, language, str(error))
        if known:
            await self._menu(request.conversation, known[0].language, known[0].role)
        return notice

    async def _say_failed(self, chat: str, language: str, detail: str) -> None:
        words = speech(language)
        text = words.say("Telegram did not take that message: {detail}", detail=detail)
        try:
            await self.post(chat, Reply(text), language)
        except TelegramError as error:
            log.warning("reply_failed", error=str(error))

    async def post(self, conversation: str, reply: Reply, language: str) -> str:
        """Content first, exactly as a subscriber sees it, then our own words."""
        message_id = ""
        if reply.content is not None:
            message_id = await self._content.show(conversation, reply.content)
        if reply.text.text:
            sent = await self._bot.send_message(
                conversation,
                reply.text.text,
                entities=to_entities(reply.text),
                reply_markup=keyboard(reply.buttons),
                link_preview_options=telegram.LinkPreviewOptions(is_disabled=True),
            )
            message_id = str(sent.message_id)
        return message_id

    async def edit(self, conversation: str, message_id: str, reply: Reply, language: str) -> None:
        try:
            await self._bot.edit_message_text(
                reply.text.text,
                chat_id=conversation,
                message_id=int(message_id),
                entities=to_entities(reply.text),
                reply_markup=keyboard(reply.buttons),
                link_preview_options=telegram.LinkPreviewOptions(is_disabled=True),
            )
        except BadRequest as error:
            if "not modified" not in str(error).lower():
                raise

    async def _replace(self, chat: str, message_id: str, reply: Reply, language: str) -> str:
        """Edit the pressed message; where Telegram will not, say it anew."""
        try:
            await self.edit(chat, message_id, reply, language)
        except BadRequest:
            return await self.post(chat, reply, language)
        return message_id

    async def _track(self, track: tuple[str, int], chat: str, message_id: str) -> None:
        kind, number = track
        known = await posted.find(self._core, number, kind)
        if (self.name, chat, message_id) not in {
            (row.frontend, row.conversation, row.message_id) for row in known
        }:
            await posted.remember(self._core, number, kind, self.name, chat, message_id)

    # The command menu

    async def _all_menus(self) -> None:
        for admin, identity in await team.conversations(self._core):
            if identity.frontend == self.name:
                await self._menu(identity.conversation, admin.language, admin.role)

    async def _menu(self, chat: str, language: str, role: str) -> None:
        """Only in this admin's chat and language: subscribers never see the console's commands."""
        if self._menus.get(chat) == (language, role):
            return
        words = speech(language)
        commands = [
            telegram.BotCommand(row.name, words.plain(row.description)[:256])
            for row in dispatch.listed(Role(role))
        ]
        try:
            await self._bot.set_my_commands(commands, scope=telegram.BotCommandScopeChat(int(chat)))
            self._menus[chat] = (language, role)
        except (TelegramError, ValueError) as error:
            self._menus[chat] = (language, role)  # a convenience: not tried at every message
            log.info("no_command_menu", chat=chat, error=str(error))


def _seconds(wait: RetryAfter) -> float:
    after = wait.retry_after
    return float(after if isinstance(after, int) else after.total_seconds())


def _command_line(text: str) -> tuple[str, str]:
    """`/approve@bot 42 d1f3` as ("approve", "42 d1f3"); ("", "") for anything else."""
    if not text.startswith("/") or len(text) < 2 or not text[1].isalpha():
        return "", ""
    head, _, rest = text[1:].partition(" ")
    head, newline, more = head.partition("\n")
    return head.split("@")[0].lower(), (more + " " + rest if newline else rest).strip()
