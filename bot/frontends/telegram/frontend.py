"""The admin console on Telegram, with python-telegram-bot: updates in, replies out."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import structlog
import telegram
from aiohttp import web
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application, ApplicationBuilder, ExtBot

from bot import command_names, dispatch, pasted_code
from bot.chat import ConsoleClosed, NotSaid, Reply
from bot.frontends.telegram.content import Content
from bot.frontends.telegram.markup import PREFIX
from bot.frontends.telegram.menu import Menus
from bot.frontends.telegram.odd_answers import Requests
from bot.frontends.telegram.pace import NOBODY_WAITS, ReplyTurns
from bot.frontends.telegram.replies import Voice, not_said
from bot.frontends.telegram.updates import Desk, command_line, command_of
from bot.handlers import admin_stop
from bot.handlers.linking import LINK_PREFIX
from bot.handlers.team import CODE_PREFIXES
from bot.settings import Account
from broadcast.channel import Pace, Said
from broadcast.context import Core
from broadcast.errors import CannotDo
from broadcast.language import N_, speech
from broadcast.lenient_json import a_dict, a_text
from broadcast.models import AdminIdentity
from broadcast.services import admin_links
from broadcast.store.storage_errors import is_storage_trouble

log = structlog.get_logger()
_LONGEST_PAUSE_SECONDS = 30.0
_LONG_SECONDS = 5.0


class TelegramFrontend:
    """The team's bot. Where its account serves subscribers too, `wants` divides the updates, and files
    known to one are known to the other."""

    name = "telegram"
    shared = ""  # each admin is told alone
    edit_seconds = 2.0
    claim_line = "/start claim-{code}"
    invite_line = ""  # known once Telegram has told the bot's name

    connected = None  # updates are asked for: a silence may be nobody writing

    def __init__(
        self, core: Core, account: Account, pace: Pace, progress_per_second: float = 0.0
    ) -> None:
        self._core, self.progress_per_second = core, progress_per_second
        self.key, self.own = account.key, None
        token, base = account.config.token.get_secret_value(), account.config.api_url.rstrip("/")
        self._app: Application[Any, Any, Any, Any, Any, Any] = (
            ApplicationBuilder()
            .token(token)
            .base_url(f"{base}/bot")
            .base_file_url(f"{base}/file/bot")
            .request(Requests(base))
            .updater(None)
            .rate_limiter(ReplyTurns(pace))
            .build()
        )
        self._bot: ExtBot[Any] = self._app.bot
        content = Content(core, self._bot, str(self.key))
        self._voice = Voice(core, self._bot, content, self.name)
        self._menus = Menus(core, self._bot, self.name)
        self._tasks: set[asyncio.Task[None]] = set()
        self._ready = asyncio.Event()
        self._desk = Desk(
            core, content, self._voice, self.name, token.partition(":")[0],
            lambda: self.invite_line, lambda chat: self._spawn(self._menus.refresh(chat)),
            self._ready,
        )  # fmt: skip
        self._pace = pace

    async def open(self) -> None:
        """Learn who we are. Raises ConsoleClosed when Telegram does not know the token.

        No network yet is no reason to stop: updates wait until there is one.
        """
        try:
            await self._initialize()
        except TelegramError as error:
            log.error("console_unreachable", error=type(error).__name__)
            self._spawn(self._initialize_later())

    async def _initialize(self) -> None:
        try:
            await self._app.initialize()
        except InvalidToken:  # its own words hold the token
            raise ConsoleClosed(
                N_(
                    "Telegram does not know the console's bot token. Copy it again from @BotFather "
                    "into your settings."
                )
            ) from None
        self.invite_line = self.invite_line or self.link("{code}")
        self.claim_line = f"/start claim-{{code}} ({self.link('claim-{code}')})"
        self._ready.set()
        self._spawn(self._menus.refresh())

    async def _initialize_later(self) -> None:
        pause = 1.0
        while not self._ready.is_set():
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE_SECONDS, 2 * pause)
            try:
                await self._initialize()
                log.info("console_reached")
            except (TelegramError, ConsoleClosed) as error:
                log.error("console_unreachable", error=type(error).__name__)

    async def close(self) -> None:
        await self._desk.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._app.shutdown()

    def link(self, payload: str) -> str:
        """Opens this bot and hands it `payload`."""
        return f"https://t.me/{self._bot.username}?start={payload}"

    @property
    def address(self) -> str:
        """Where this bot is found; empty until Telegram has told its name."""
        return f"https://t.me/{self._bot.username}" if self._ready.is_set() else ""

    async def post(
        self, conversation: str, reply: Reply, language: str, *, thread: str = "", key: str = "",
        look: bool = False,
    ) -> str:  # fmt: skip
        self._refuse_while_closed()
        try:
            return await self._voice.post(conversation, reply, language, thread)
        except (TelegramError, CannotDo) as error:
            raise not_said(error) from None

    async def edit(self, conversation: str, message_id: str, reply: Reply, language: str) -> None:
        self._refuse_while_closed()
        try:
            await self._voice.edit(conversation, message_id, reply, NOBODY_WAITS)
        except TelegramError as error:
            raise not_said(error) from None

    def _refuse_while_closed(self) -> None:
        """What would be said after a long wait is said anew then, as things stand."""
        if self.closed_seconds > _LONG_SECONDS:
            raise NotSaid("throttled", retry_after=self.closed_seconds)

    @property
    def closed_seconds(self) -> float:
        """How long Telegram still wants us to wait before we say more."""
        return self._pace.closed_seconds

    @property
    def team(self) -> set[str]:
        """Ids of those who were admins when we last looked."""
        return self._desk.team

    def changed(self) -> None:
        """No page here lists broadcasts."""

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def routes(self) -> list[web.RouteDef]:
        """None: the account's channel receives."""
        return []

    def tasks(self) -> list[Coroutine[Any, Any, None]]:
        return []

    def order_key(self, raw: dict[str, Any]) -> None:
        """None: the account's channel tells whose an update is."""

    def command(self, raw: dict[str, Any]) -> str:
        return command_of(raw)

    # What is ours

    async def wants(self, raw: dict[str, Any]) -> bool:
        """Whether an update of a shared token is the console's."""
        if callback := a_dict(raw.get("callback_query")):
            return a_text(callback.get("data")).startswith(PREFIX)
        message = a_dict(raw.get("message")) or a_dict(raw.get("edited_message"))
        if not message or a_dict(message.get("chat")).get("type", "private") != "private":
            return False
        command, arguments = command_line(a_text(message.get("text")))
        code = pasted_code.code(arguments) if command == "start" else ""
        if code.startswith(LINK_PREFIX):  # or where they read of us
            return await admin_links.awaited(self._core, code.removeprefix(LINK_PREFIX))
        if code.startswith(CODE_PREFIXES):
            return True
        if command == "start":  # greeted besides
            return False
        known = await self._desk.known(a_text(a_dict(message.get("from")).get("id")))
        if known is None:  # subscribers have codes of their own
            return command == "link" and await admin_links.awaited(self._core, arguments)
        return await self._is_for_the_console(raw, message, known[1], command)

    async def _is_for_the_console(
        self, raw: dict[str, Any], message: dict[str, Any], by: AdminIdentity, command: str
    ) -> bool:
        """What an admin wrote. A command is a command; words that only leave the list are the
        subscribers', unless they answer a question of ours, or may mean what is being sent."""
        if command and command != "stop" and dispatch.named(command):
            return True
        if not admin_stop.would_leave(command_names.folded(command), a_text(message.get("text"))):
            return True
        if by.asking and not command:
            return True
        return await admin_stop.may_mean_broadcast(self._core) or await self._desk.acted(
            raw, by.user_id
        )

    async def greet(self, raw: dict[str, Any]) -> None:
        """An admin opens a bot that is also the subscribers': besides their welcome, the first
        card of the console, which they might not find otherwise."""
        message = a_dict(raw.get("message"))
        if command_line(a_text(message.get("text"))) == ("start", ""):
            user = a_text(a_dict(message.get("from")).get("id"))
            if await self._desk.known(user) is not None:
                await self.feed(raw)

    async def feed(self, raw: dict[str, Any]) -> Said | None:
        """Handle one native update; returns when what it asks for is done. What is said about it
        is on its way (the parts of an album are answered together, a little later)."""
        try:
            update = telegram.Update.de_json(raw, self._bot)
        except Exception as error:  # newer than this library, or no update at all
            log.warning("update_malformed", error=type(error).__name__)
            return await self._say_unreadable(raw)
        try:
            return await self._desk.on_update(update) if update is not None else None
        except Exception as error:
            if is_storage_trouble(error):
                raise  # it was not done
            _note(error)
            return None

    async def _say_unreadable(self, raw: dict[str, Any]) -> Said | None:
        user = a_text(a_dict(a_dict(raw.get("message")).get("from")).get("id"))
        if not (language := await self._desk.language(user)):
            return None
        text = speech(language).say("I cannot read that kind of message. Please send another.")
        return self._desk.say(user, [Reply(text)], language)


def _note(error: Exception) -> None:
    """The kind and the place only: what this library says about a request may hold the token."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-3:]]
    log.error("update_failed", error=type(error).__name__, where=where)
