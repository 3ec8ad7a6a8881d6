"""One bot as the core sees it: composed of sending, conversation and the rules of content."""

from __future__ import annotations

import asyncio
import contextlib
from itertools import chain, repeat

import aiohttp
import structlog
from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramNotFound
from aiogram.types import BotCommand, BotCommandScopeAllPrivateChats

from broadcast.channel import (
    Capabilities,
    Envelope,
    FindMedia,
    Hear,
    Pace,
    Problem,
    Report,
    Said,
    Shown,
)
from broadcast.inbound import Answer
from broadcast.language import N_, languages, speech
from broadcast.lenient_json import a_dict, a_string
from broadcast.message import Message
from broadcast.outcome import Outcome
from broadcast.way_out import AS_BUTTON, AS_WORDS, LEAVE, LEAVE_WORD, is_added
from channels._kit.errors import ChannelClosed
from channels.telegram import problem
from channels.telegram.config import Config
from channels.telegram.content import METHODS
from channels.telegram.conversation import Conversation
from channels.telegram.seen import seen
from channels.telegram.sending import Sender
from channels.telegram.session import Session
from channels.telegram.webhook import code_of

log = structlog.get_logger()
COMMANDS = {
    "start": N_("Subscribe"),
    "stop": N_("Leave"),
    "last": N_("What did I miss?"),
    "language": N_("Change the language"),
    "help": N_("Help"),
}


class TelegramChannel:
    """`send` returns outcomes and never raises for a no of Telegram's."""

    name = "telegram"

    def __init__(
        self, config: Config, *, account: str, pace: Pace, find_media: FindMedia, hear: Hear,
        report: Report, language: str = "en",
    ) -> None:  # fmt: skip
        self.account, self._language = account, language
        self.capabilities = Capabilities(
            rate_per_second=config.rate_per_second,
            concurrency=100,
            max_text=problem.MAX_TEXT,
            max_caption=problem.MAX_CAPTION,
            max_album=problem.MAX_ALBUM,
            media=frozenset(kind.value for kind in METHODS),
        )
        self.bot = Bot(config.token.get_secret_value(), session=Session(config.api_url))
        self._sender = Sender(self.bot, find_media, paid=config.paid_broadcast, language=language)
        self._conversation = Conversation(self.bot, account, pace, hear, report)
        self.username = ""
        self.missing_methods: list[str] = []
        self._learning: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Learn who we are. Raises ChannelClosed when Telegram does not know the token.

        No network yet is no reason to stop: deliveries wait, the receiver keeps asking.
        """
        await self._sender.open()
        try:
            known = await self._learn()
        except ChannelClosed:
            await self.close()
            raise
        if known:
            await self._set_commands()
        else:
            self._learning = asyncio.create_task(self._learn_later())

    async def _learn(self) -> bool:
        """Whether Telegram has told our name."""
        try:
            answer = await self._sender.ask("getMe")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            log.error("bot_unreachable", account=self.account, error=type(error).__name__)
            return False
        if not answer["ok"] and code_of(answer) in {401, 404}:
            raise ChannelClosed(
                N_(
                    "Telegram does not know this bot token. Copy it again from @BotFather into "
                    "TELLAL_TELEGRAM__TOKEN."
                )
            )
        self.username = a_string(a_dict(answer.get("result")).get("username"))
        if not self.username:
            log.error("bot_unnamed", account=self.account, code=code_of(answer))
        return bool(self.username)

    async def _learn_later(self) -> None:
        """A token that turns out to be refused is for the receiver to tell of."""
        with contextlib.suppress(ChannelClosed):
            for pause in chain((1, 2, 4, 8, 15, 30), repeat(60)):
                await asyncio.sleep(pause)
                if await self._learn():
                    log.info("bot_reached", account=self.account)
                    await self._set_commands()
                    return

    async def _set_commands(self) -> None:
        """The menu beside the text field, in every language we speak."""
        try:
            for code in ("", *languages()):
                said = speech(code or "en")
                commands = [
                    BotCommand(command=name, description=said.plain(words))
                    for name, words in COMMANDS.items()
                ]
                await self.bot.set_my_commands(
                    commands, scope=BotCommandScopeAllPrivateChats(), language_code=code or None
                )
        except TelegramNotFound:
            self.missing_methods.append("setMyCommands")
            log.warning("method_missing", method="setMyCommands", account=self.account)
        except AiogramError as error:
            log.warning("menu_not_set", account=self.account, error=type(error).__name__)

    async def close(self) -> None:
        if self._learning is not None:
            self._learning.cancel()
        await self._conversation.close()
        await self.bot.session.close()

    def link(self, payload: str) -> str:
        """Opens the bot and hands it `payload` (64 of A-Z a-z 0-9 _ - at most)."""
        return f"https://t.me/{self.username}?start={payload}"

    def invitation(self, code: str, word: str) -> str:
        if not self.username:
            return ""
        return self.link(code) if code else f"https://t.me/{self.username}"

    def check(self, message: Message) -> list[Problem]:
        return problem.problems_of(message, self._language)

    def changes(self, message: Message) -> list[Problem]:
        return problem.changes_of(message)

    def way_out(self, message: Message) -> Problem | None:
        if not is_added(message):
            return None
        said = speech(self._language)
        if len(message.media) > 1:
            return Problem(AS_WORDS, {"words": said.plain(LEAVE_WORD)})
        return Problem(AS_BUTTON, {"label": said.plain(LEAVE)})

    def shown(self, envelope: Envelope) -> tuple[Shown, ...]:
        """What a person gets, read back from what would be sent."""
        message = envelope.message
        if message.is_empty:
            return ()
        files = {item.media_id: str(item.media_id) for item in message.media}
        return (seen(message, self._sender.fields(message, files)),)

    def cost(self, message: Message) -> int:
        """Whether Telegram counts an album's items one by one is unsure: assume it does."""
        return max(1, len(message.media))

    async def send(self, envelope: Envelope) -> Outcome:
        return await self._sender.send(envelope)

    async def reply(self, address: str, answer: Answer) -> None:
        await self._conversation.say(int(address), answer)

    async def receive(self, update: dict[str, object]) -> Said | None:
        return await self._conversation.receive(update)
