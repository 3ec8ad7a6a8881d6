"""The composition root: settings become a running house. Knows everything, known by nobody."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web

import channels
from bot import metrics
from bot.frontends.telegram import TelegramFrontend
from bot.notify import Notifier
from bot.settings import Settings
from broadcast.core import Core, Policy
from broadcast.engine import memory
from broadcast.engine.pacing import Pacer
from broadcast.engine.runner import Runner, keep_lease
from broadcast.ports import Answer, Channel, Inbound, StoredMedia
from broadcast.services import library, subscribe, team
from broadcast.store import lease
from broadcast.store.inbox import Intake
from broadcast.store.ledger import Ledger
from broadcast.store.session import Store
from broadcast.store.upgrade import upgrade
from web import server

log = structlog.get_logger()
KEY = ("telegram", "default")
CONSOLE = "telegram:console"
SUBSCRIBERS = "telegram:default"


def policy_of(settings: Settings) -> Policy:
    return Policy(
        approvals_required=settings.approvals_required,
        allow_self_approval=settings.allow_self_approval,
        undo_hold_seconds=settings.undo_hold_seconds,
        language=settings.language,
        timezone=settings.timezone,
        sender_name=settings.sender_name,
        privacy_url=settings.privacy_url,
    )


def media_folder(database_url: str) -> Path:
    """Files live beside the SQLite file they belong to."""
    _, _, path = database_url.partition(":///")
    return Path(path).parent / "media" if path else Path("media")


class House:
    """Everything of one process, opened in order and closed in reverse."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.core = Core(
            Store(settings.database_url),
            policy_of(settings),
            media_folder=media_folder(settings.database_url),
        )
        self.ledger = Ledger(self.core.store)
        self.pacers: dict[tuple[str, str], Pacer] = {}
        self.intake = Intake(self.core, self._handle, _person)
        self.tasks: list[asyncio.Task[Any]] = []
        self.web: web.AppRunner | None = None

    async def open(self) -> None:
        await upgrade(self.settings.database_url)
        self.ledger.fence = await lease.take(self.core.store, self.core.clock)
        if uncertain := await self.ledger.recover():
            log.warning("recovered", uncertain=uncertain)
        await self._open_telegram()
        self._spawn(self.intake.run())
        self._spawn(Runner(self.core, self.ledger, self.pacers).run())
        await self._open_web()
        await self._welcome_owner()
        memory.settle()

    async def _open_telegram(self) -> None:
        config = self.settings.telegram
        assert config is not None
        spec = channels.load("telegram")
        pacer = self.pacers[KEY] = Pacer(config.rate_per_second)
        self.channel: Channel = spec.build(
            config, account=KEY[1], pace=pacer, find_media=self._find_media, hear=self._hear
        )
        await self.channel.open()
        self.core.channels[KEY] = self.channel
        own_token = config.admin_token.get_secret_value()
        token = config.token.get_secret_value()
        self.console = TelegramFrontend(
            self.core,
            own_token or token,
            config.api_url,
            Pacer(config.rate_per_second) if own_token else pacer,
            not own_token,
        )
        await self.console.open()
        self.notifier = Notifier(self.core, [self.console])
        self.core.tell = self.notifier.tell
        await self.notifier.catch_up()
        self._receive(token, SUBSCRIBERS)
        if own_token:
            self._receive(own_token, CONSOLE)

    async def _open_web(self) -> None:
        """Health and numbers. Webhooks are not wired yet: updates come by long polling."""

        async def ready() -> bool:
            return not any(task.done() for task in self.tasks)

        async def numbers() -> bytes:
            return await metrics.gather(self.core)

        app = server.build(ready=ready, metrics=numbers, webhooks={})
        self.web = await server.serve(app, self.settings.http.host, self.settings.http.port)

    def _receive(self, token: str, source: str) -> None:
        spec = channels.load("telegram")
        assert spec.receiver is not None and self.settings.telegram is not None

        async def keep(updates: list[tuple[str, dict[str, object]]]) -> None:
            await self.intake.keep(source, updates)

        self._spawn(
            spec.receiver(token=token, api_url=self.settings.telegram.api_url, keep=keep).run()
        )

    async def _handle(self, source: str, update: dict[str, Any]) -> None:
        """One token serves both: the console says which updates are its own."""
        if source == CONSOLE or await self.console.wants(update):
            await self.console.feed(update)
        else:
            await self.channel.receive(update)

    async def _hear(self, inbound: Inbound) -> list[Answer]:
        return await subscribe.hear(self.core, inbound)

    async def _find_media(self, media_id: int) -> StoredMedia:
        return await library.find(self.core, SUBSCRIBERS, media_id)

    async def _welcome_owner(self) -> None:
        for owner in filter(None, self.settings.owners.split(",")):
            frontend, _, user_id = owner.strip().partition(":")
            await team.appoint(self.core, frontend, user_id)
        if code := await team.claim_code(self.core):
            print(f"No owner yet. Send this to your bot: /start claim-{code}", flush=True)  # noqa: T201

    def _spawn(self, coroutine: Any) -> None:
        self.tasks.append(asyncio.create_task(coroutine))

    async def close(self) -> None:
        for task in reversed(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        if self.web is not None:
            await self.web.cleanup()
        with contextlib.suppress(AttributeError):  # closed before everything was open
            await self.notifier.close()
            await self.console.close()
        for channel in self.core.channels.values():
            await channel.close()
        await lease.give_back(self.core.store, self.ledger.fence)
        await self.core.store.close()


def _person(update: dict[str, Any]) -> str:
    """Whose update it is: theirs stay in order."""
    for body in update.values():
        if isinstance(body, dict) and isinstance(sender := body.get("from"), dict):
            return str(sender.get("id"))
    return ""


def _quiet_logs() -> None:
    """Tracebacks without local variables: they would print tokens and message bodies."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )


async def run(settings: Settings) -> int:
    """Run until told to stop. Returns the exit code."""
    _quiet_logs()
    if settings.telegram is None:
        print("No channel is set up. Set TELLAL_TELEGRAM__TOKEN to your bot's token.")  # noqa: T201
        return 2
    house = House(settings)
    try:
        await house.open()
    except lease.Taken as taken:
        print(  # noqa: T201
            f"Another Tellal ({taken.owner}) is already using this database. "
            "Stop it first; nothing was changed."
        )
        await house.core.store.close()
        return 1
    except OSError:
        await house.close()
        return 1
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    lost = asyncio.create_task(keep_lease(house.core, house.ledger.fence))
    stopping = asyncio.create_task(stop.wait())
    print("Tellal is running. Press Ctrl+C to stop.", flush=True)  # noqa: T201
    await asyncio.wait({lost, stopping, *house.tasks}, return_when=asyncio.FIRST_COMPLETED)
    failed = next((t for t in house.tasks if t.done() and t.exception()), None)
    if lost.done():
        print("Another Tellal has taken over this database: this one stops sending.")  # noqa: T201
    if failed:
        print(f"Stopped: {failed.exception()}")  # noqa: T201
    lost.cancel()
    stopping.cancel()
    await house.close()
    return 1 if failed or not stop.is_set() else 0
