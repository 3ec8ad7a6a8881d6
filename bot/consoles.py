"""The consoles of one house: which there are, and how their events reach them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

from aiohttp import web
from pydantic import SecretStr

import channels
from bot import dispatch
from bot.chat import Frontend
from bot.frontends.telegram.frontend import TelegramFrontend
from bot.frontends.telegram.updates import command_of
from bot.settings import Account, Settings
from broadcast.context import Core
from broadcast.engine.intake import last_kept
from broadcast.engine.pacing import Pacer
from broadcast.language import channel_label
from broadcast.ports import Said
from broadcast.services import platform_wait, team

_PROGRESS_SHARE = 0.02  # of a token's allowance that subscribers need as well
CONSOLE = "console"  # the name of the account whose token is only the team's
SLACK_SOURCE = f"slack:{CONSOLE}"
SLACK_PATH = "/slack/events"
KeepFrom = Callable[[str, list[tuple[str, dict[str, object]]]], Awaitable[None]]


class Consoles:
    """`keep(source, events)` stores what Slack sends; `accounts` gains the console's own bot."""

    def __init__(
        self,
        core: Core,
        settings: Settings,
        accounts: dict[str, Account],
        pacers: dict[tuple[str, str], Pacer],
        keep: KeepFrom,
    ) -> None:
        self._core, self._settings = core, settings
        self._accounts, self._pacers, self._keep = accounts, pacers, keep
        self._telegram: TelegramFrontend | None = None
        self._telegram_source = ""
        self._telling: set[asyncio.Task[None]] = set()
        self._slack: Any = None  # a SlackFrontend; its library is loaded only where it is used

    @property
    def frontends(self) -> list[Frontend]:
        return [one for one in (self._telegram, self._slack) if one is not None]

    @property
    def connected(self) -> dict[str, bool]:
        """Whether the platform can bring us what people do, by console, where we can tell."""
        return {} if self._slack is None else {self._slack.name: self._slack.connected}

    async def open(self) -> None:
        """Raises what a console raises whose token is refused."""
        await self._open_telegram()
        if self._settings.slack.configured:
            await self._open_slack()
        for _, identity in await team.conversations(self._core):
            for one in self.frontends:
                if one.name == identity.frontend:
                    one.team.add(identity.user_id)
        lines = "\n".join(one.invite_line for one in self.frontends)
        for one in self.frontends:
            one.invite_line = lines

    async def _open_telegram(self) -> None:
        """On the bot that has a token for it, else on the first bot of the subscribers."""
        bots = [a for a in self._accounts.values() if a.channel == "telegram"]
        if not bots:
            return
        progress = 0.0
        own = next((a for a in bots if a.config.admin_token.get_secret_value()), None)
        if own is not None:
            token = own.config.admin_token
            config = own.config.model_copy(update={"token": token, "webhook_secret": SecretStr("")})
            account = Account("telegram", CONSOLE, config)
            self._accounts[account.source] = account
            pacer = Pacer(config.rate_per_second)
            pacer.on_close = partial(self.told_to_wait, "telegram", CONSOLE)
        else:
            account = bots[0]
            pacer = self._pacers[(account.channel, account.name)]
            progress = pacer.rate * _PROGRESS_SHARE
        self._telegram_source = account.source
        self._telegram = TelegramFrontend(
            self._core, account.config.token.get_secret_value(), account.config.api_url, pacer,
            account.source, progress,
        )  # fmt: skip
        await self._telegram.open()

    async def _open_slack(self) -> None:
        from bot.frontends.slack.frontend import SlackFrontend

        config = self._settings.slack
        self._slack = SlackFrontend(
            self._core, partial(self._keep, SLACK_SOURCE),
            bot_token=config.bot_token.get_secret_value(),
            app_token=config.app_token.get_secret_value(),
            signing_secret=config.signing_secret.get_secret_value(),
            channel=config.channel, api_url=config.api_url, command=config.command,
            since=await last_kept(self._core, SLACK_SOURCE),
            told_to_wait=partial(self.told_to_wait, "slack", CONSOLE),
        )  # fmt: skip
        await self._slack.open()

    def told_to_wait(self, platform: str, account: str, seconds: float) -> None:
        """Returns at once; who has to know is told, beside whatever hit the wall."""
        telling = asyncio.create_task(
            platform_wait.told_to_wait(self._core, platform, account, seconds)
        )
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    def elsewhere(self, channel: str, account: str) -> str | None:
        """The address of the console on this platform when it is not at this account, empty while
        it is not known; else None."""
        source = f"{channel}:{account}"
        if self._telegram is None or channel != "telegram" or source == self._telegram_source:
            return None
        return self._telegram.address

    async def takes(self, source: str, update: dict[str, Any]) -> bool:
        """Whether an update is a console's. One Telegram token may serve subscribers too: the
        console says which updates are its own."""
        if source == SLACK_SOURCE:
            return True
        if self._telegram is None or source != self._telegram_source:
            return False
        return source.endswith(f":{CONSOLE}") or await self._telegram.wants(update)

    async def handle(self, source: str, update: dict[str, Any]) -> Said | None:
        """One that `takes` took: done when this returns, and the answer is on its way."""
        console = self._slack if source == SLACK_SOURCE else self._telegram
        return await console.feed(update) if console is not None else None

    def of_team(self, source: str, update: dict[str, Any]) -> bool:
        """Whether an admin did it, as far as can be told without asking the database."""
        if source == SLACK_SOURCE:
            from bot.frontends.slack.event import user_of

            return self._slack is not None and user_of(update["body"]) in self._slack.team
        if self._telegram is None or source != self._telegram_source:
            return False
        return channels.load("telegram").order_key(update) in self._telegram.team

    async def greet(self, source: str, update: dict[str, Any]) -> None:
        """After a subscribers' update of a shared token: an admin may want the console as well."""
        if self._telegram is not None and source == self._telegram_source:
            await self._telegram.greet(update)

    def is_halt(self, source: str, update: dict[str, Any]) -> bool:
        """Whether somebody of the team pulls the emergency brake: that waits for nothing else they
        have asked for."""
        if not self.of_team(source, update):
            return False
        if source == SLACK_SOURCE:
            from bot.frontends.slack.event import Kind
            from bot.frontends.slack.intake import line

            said = line(Kind(update["kind"]), update["body"])
        else:
            said = command_of(update)
        return dispatch.named((said.split() or [""])[0]) == "halt"

    def order_key(self, source: str, update: dict[str, Any]) -> str | None:
        """Whose an update is, where only a console can tell."""
        if source != SLACK_SOURCE:
            return None
        from bot.frontends.slack.event import user_of

        return f"{source}:{user_of(update['body'])}"

    def routes(self) -> list[web.RouteDef]:
        """What a console adds to our public HTTP."""
        if self._slack is None or self._slack.socket_mode:
            return []
        return [web.post(SLACK_PATH, self._slack.on_http)]

    def tasks(self) -> list[Coroutine[Any, Any, None]]:
        """What has to run as long as the house does."""
        if self._slack is None or not self._slack.socket_mode:
            return []
        return [self._slack.run()]

    @property
    def how_to_claim(self) -> str:
        """How the first owner uses a claim code, a line each; `{code}` stands for it."""
        return "\n".join(f"  {channel_label(one.name)}: {one.claim_line}" for one in self.frontends)

    async def close(self) -> None:
        for one in self.frontends:
            await one.close()
