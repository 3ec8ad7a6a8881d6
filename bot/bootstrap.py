"""The composition root: settings become a running house. Knows everything, known by nobody."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from sqlalchemy.exc import OperationalError, SQLAlchemyError

import channels
from bot import logs, metrics, misplaced_command
from bot.announce.first_steps import FirstSteps
from bot.announce.notifier import Notifier
from bot.announce.platform_waits import PlatformWaits
from bot.frontends import Given
from bot.heartbeat import Heartbeat
from bot.settings import DEFAULT, Account, Settings, SettingsError, load
from bot.switchboard import Switchboard
from broadcast import consent_words
from broadcast.account_key import AccountKey
from broadcast.channel import Renewable
from broadcast.context import Core, Event, Policy
from broadcast.engine import gc_tuning
from broadcast.engine.intake import Intake, News
from broadcast.engine.pacing import Pacer
from broadcast.engine.runner import Runner
from broadcast.errors import CannotDo
from broadcast.input_limits import Bounds
from broadcast.language import N_
from broadcast.safety import Limits
from broadcast.services import adoption, code, failed_opt_out, media, receipts, team, unclean_start
from broadcast.services import house_rules as choices
from broadcast.services.account_news import take_account_event
from broadcast.services.set_aside import set_aside
from broadcast.store import file_modes, lease, retention
from broadcast.store.deliveries import Ledger
from broadcast.store.migrate import upgrade
from broadcast.store.session import Store
from web import door, server

log = structlog.get_logger()
_AGAIN_SECONDS = 30.0


def policy_of(settings: Settings) -> Policy:
    return Policy(
        approvals_required=settings.approvals_required,
        allow_self_approval=settings.allow_self_approval,
        reapprove_growth_percent=settings.reapprove_growth_percent,
        reapprove_growth_people=settings.reapprove_growth_people,
        undo_hold_seconds=settings.undo_hold_seconds,
        language=settings.language,
        timezone=settings.timezone,
        sender_name=settings.sender_name,
        privacy_url=settings.privacy_url,
        contact=settings.contact,
        late_after_seconds=settings.late_after_seconds,
        limits=Limits(**settings.safety.model_dump()),
        canary=settings.canary,
        canary_wait_seconds=settings.canary_wait_seconds,
    )


def media_folder(database_url: str) -> Path:
    """Files live beside the SQLite file they belong to."""
    _, _, path = database_url.partition(":///")
    return Path(path).parent / "media" if path else Path("media")


class CannotListen(Exception):
    """Nobody may listen there. `of`: which of the settings it is, `METRICS_` or empty."""

    def __init__(self, of: str, host: str, port: int, error: Exception) -> None:
        super().__init__(type(error).__name__)
        self.of, self.host, self.port, self.error = of, host, port, error


class House:
    """Everything of one process, opened in order and closed in reverse."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.core = Core(
            Store(settings.database_url),
            policy_of(settings),
            media_folder=media_folder(settings.database_url),
            refresh=self._refresh,
            given=frozenset(settings.model_fields_set),
        )
        self.ledger = Ledger(self.core.store)
        self.pacers: dict[AccountKey, Pacer] = {}
        self.accounts = {account.key: account for account in settings.accounts()}
        self.told_to_wait = PlatformWaits(self.core)
        to = self.switchboard = Switchboard(self.core, self.accounts)
        self.intake = Intake(
            self.core, to.handle, to.order_key, News(to.receipts, to.settle), to.lane, Bounds(),
            to.note_trouble, partial(set_aside, self.core),
        )  # fmt: skip
        self.tasks: list[asyncio.Task[Any]] = []
        self.keeping: asyncio.Task[None] | None = None
        self.telling: asyncio.Task[None] | None = None
        self.web: list[web.AppRunner] = []

    async def open(self) -> None:
        await upgrade(self.settings.database_url)
        file_modes.tighten(file_modes.media_files(self.core.media_folder))
        consent_words.prepare()  # before anybody waits for an answer
        self.core.lease = await lease.take(self.core.store)
        self.keeping = asyncio.create_task(self.core.lease.keep())  # also while opening is slow
        self.ledger.fence = self.core.lease.fence
        if uncertain := await self.ledger.recover(self.core.lease.clock_went_back):
            log.warning("recovered", uncertain=uncertain)
            await unclean_start.note_uncertain(self.core, uncertain)
        await choices.recall(self.core)
        for account in self.accounts.values():
            await self._open_channel(account)
        await self._appoint_owners()  # the consoles draw the menus of those who are admins by now
        await self._open_consoles()
        self.notifier = Notifier(self.core, self.switchboard.consoles)
        self.first_steps = FirstSteps(self.core, self.switchboard.consoles)
        self.core.tell = self._tell
        await self.notifier.catch_up()
        await failed_opt_out.forget_answered(self.core)
        self._spawn(self.first_steps.run())
        self._spawn(self.intake.run())
        self.runner = Runner(self.core, self.ledger, self.pacers)
        self._spawn(self.runner.run())
        self._spawn(retention.keep(self.core))
        await self._open_web()
        for account in self.accounts.values():
            self._receive(account)
        for console in self.switchboard.consoles:
            for work in console.tasks():
                self._spawn(work)
        if self.settings.heartbeat.url.get_secret_value():
            self._spawn(Heartbeat(self.settings.heartbeat, self._works).run())
        if wait := await self._tell_of_the_start():
            self.telling = asyncio.create_task(self._tell_later(wait))
        gc_tuning.freeze_loaded()

    async def _tell(self, event: Event) -> None:
        if event.kind == "house":
            await choices.recall(self.core)
        await self.notifier.tell(event)
        await self.first_steps.tell(event)

    async def _works(self) -> bool:
        """The lease was renewed a few seconds ago, so the database takes what is written; and every
        part goes on."""
        return self.core.lease.held and not any(task.done() for task in self.tasks)

    async def _tell_of_the_start(self) -> float:
        """What the owners have to hear of the last end; the seconds until it is to be told again."""
        try:
            return await unclean_start.tell_owners(self.core)
        except (SQLAlchemyError, OSError) as error:
            log.warning("start_not_told", error=type(error).__name__)
            return _AGAIN_SECONDS

    async def _tell_later(self, wait: float) -> None:
        while wait:
            await asyncio.sleep(wait)
            wait = await self._tell_of_the_start()

    async def _open_channel(self, account: Account) -> None:
        key = account.key
        pacer = self.pacers[key] = Pacer(account.config.rate_per_second)
        pacer.on_close = partial(self.told_to_wait, *key)
        channel = channels.load(account.channel).build(
            account.config, account=account.name, pace=pacer,
            find_media=partial(media.find, self.core, str(key)),
            hear=partial(misplaced_command.hear, self.core, self.switchboard.elsewhere),
            report=partial(receipts.apply_receipts, self.core, *key),
            alert=partial(take_account_event, self.core, *key), language=self.settings.language,
        )  # fmt: skip
        self.core.senders[key] = account.config.sender
        self.core.channels[key] = channel  # before opening: close() closes what is half open
        await channel.open()

    async def _open_consoles(self) -> None:
        given = Given(
            self.core, self.settings, self.accounts, self.pacers, self._keep, self.told_to_wait
        )
        await self.switchboard.open(given)
        for console in self.switchboard.consoles:
            if console.own is not None:
                self.accounts[console.own.key] = console.own

    async def _keep(self, key: AccountKey, events: list[tuple[str, dict[str, object]]]) -> None:
        await self.intake.keep(str(key), events)

    async def _refresh(self) -> None:
        """The settings as they are written now: an open account goes on with its new token."""
        try:
            fresh = await asyncio.to_thread(load)
        except SettingsError as wrong:
            raise CannotDo(N_("The settings cannot be read: {why}"), why=str(wrong)) from None
        for account in fresh.accounts():
            known = self.accounts.get(account.key)
            channel = self.core.channels.get(account.key)
            if known is None or known.config == account.config:
                continue
            if isinstance(channel, Renewable):
                self.accounts[account.key] = account
                channel.renew(account.config)
                log.info("account_renewed", channel=account.channel, account=account.name)

    async def _open_web(self) -> None:
        async def numbers() -> bytes:
            return await metrics.gather(
                self.core, self.pacers, self.runner.put_off(), self.intake.waiting,
                self.switchboard.connected, self.intake.surplus,
            )  # fmt: skip

        http = self.settings.http
        token = http.metrics_token.get_secret_value()
        if metrics.open_to_all(http):
            log.warning(
                "metrics_open_to_all", host=http.metrics_host, port=http.metrics_port,
                hint="Set TELLAL_HTTP__METRICS_TOKEN, or TELLAL_HTTP__METRICS_HOST to 127.0.0.1.",
            )  # fmt: skip
        if http.metrics_port:
            watching = server.watching(ready=self._works, metrics=numbers, token=token)
            await self._listen(watching, "METRICS_", http.metrics_host, http.metrics_port)
        app = server.build(
            ready=self._works, metrics=numbers, token=token,
            webhook=partial(self.switchboard.answer, keep=self._keep),
            routes=[one for console in self.switchboard.consoles for one in console.routes()],
        )  # fmt: skip
        limits = door.Limits(http.connections, http.connections_per_peer)
        await self._listen(app, "", http.host, http.port, limits)

    async def _listen(
        self, app: web.Application, of: str, host: str, port: int, limits: door.Limits | None = None
    ) -> None:
        try:
            self.web.append(await server.serve(app, host, port, *([limits] if limits else [])))
        except (OSError, ValueError) as error:  # ValueError: no name of a machine at all
            raise CannotListen(of, host, port, error) from None

    def _receive(self, account: Account) -> None:
        """Make the platform bring this account's updates."""
        spec = channels.load(account.channel)
        if spec.receiver is None:
            return
        public = self.settings.http.public_url
        path = f"/webhooks/{account.channel}"
        path += "" if account.name == DEFAULT else f"/{account.name}"
        receiver = spec.receiver(
            account.config, keep=partial(self._keep, account.key),
            callback_url=public + path if public else "",
            alert=partial(take_account_event, self.core, *account.key),
        )  # fmt: skip
        self._spawn(receiver.run())

    async def _appoint_owners(self) -> None:
        """The first ones need not be told of each other, in chats that they have not opened yet."""
        news = await code.has_owner(self.core)
        for owner in filter(None, self.settings.owners.split(",")):
            frontend, _, user_id = owner.strip().partition(":")
            await team.appoint(self.core, frontend, user_id, news=news)

    def _spawn(self, coroutine: Any) -> None:
        self.tasks.append(asyncio.create_task(coroutine))

    async def close(self, *, badly: bool = False) -> None:
        """`badly`: something broke, and the owners are to hear of it."""
        for beside in (self.keeping, self.telling):
            if beside is not None:
                beside.cancel()
        for task in reversed(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for listener in self.web:
            await listener.cleanup()
        with contextlib.suppress(AttributeError):  # closed before everything was open
            await self.notifier.close()
        await self.switchboard.close()
        for channel in self.core.channels.values():
            await channel.close()
        await self.core.lease.give_back(badly=badly)
        await self.core.store.close()


async def _is_unused(store: Store) -> bool:
    """True, or raises lease.Taken."""
    file = file_modes.database_file(store.url)
    if file is None or file.exists():
        await lease.check_unused(store)
    return True


async def adopt(settings: Settings, *, unpacked: bool = False) -> int:
    """`tellal db adopt`: how many broadcasts wait for a word now. `unpacked` a moment ago, nobody
    can be at work on it. Raises lease.Taken."""
    logs.configure(least=logging.WARNING)
    core = Core(Store(settings.database_url), policy_of(settings))
    try:
        looked = unpacked
        with contextlib.suppress(OperationalError):  # of an earlier version: looked at below
            looked = looked or await _is_unused(core.store)
        await upgrade(settings.database_url)
        if not looked:
            await _is_unused(core.store)
        return await adoption.adopt(core)
    finally:
        await core.store.close()
