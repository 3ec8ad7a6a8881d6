"""Brings every update to whom it is for: a console or an account's channel. Callbacks come in here too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

import channels
from bot import dispatch, frontends
from bot.frontends import Console, Given, KeepFor
from bot.settings import Account
from broadcast.account_key import AccountKey
from broadcast.callback import Callback, CallbackAnswer
from broadcast.channel import Lane, Said, Thorough
from broadcast.context import Core
from broadcast.language import channel_label
from broadcast.outcome import Receipt
from broadcast.services import failed_opt_out, receipts, team
from broadcast.store.inbox_turns import Kept
from broadcast.store.storage_errors import is_storage_trouble

log = structlog.get_logger()
Update = dict[str, Any]


class Switchboard:
    """Knows the open consoles and accounts by the key under which their updates are kept."""

    def __init__(self, core: Core, accounts: Mapping[AccountKey, Account]) -> None:
        self._core, self._accounts = core, accounts
        self._unheard = failed_opt_out.Unheard(core)
        self.consoles: list[Console] = []

    async def open(self, given: Given) -> None:
        """Open every console that is configured. Raises what a console raises whose token is
        refused."""
        for name in reversed(frontends.available()):
            console = await frontends.load(name).build(given)
            if console is not None:
                self.consoles.append(console)
                await console.open()
        for _, identity in await team.conversations(self._core):
            for console in self.consoles:
                if console.name == identity.frontend:
                    console.team.add(identity.user_id)
        lines = "\n".join(console.invite_line for console in self.consoles)
        for console in self.consoles:
            console.invite_line = lines

    async def close(self) -> None:
        for console in self.consoles:
            await console.close()

    @property
    def connected(self) -> dict[str, bool]:
        """Whether each console's platform can reach us, where that can be told."""
        states = {console.name: console.connected for console in self.consoles}
        return {name: state for name, state in states.items() if state is not None}

    @property
    def how_to_claim(self) -> str:
        """How the first owner uses a claim code, a line each; `{code}` stands for it."""
        lines = (f"  {channel_label(one.name)}: {one.claim_line}" for one in self.consoles)
        return "\n".join(lines)

    def elsewhere(self, channel: str, account: str) -> str | None:
        """Return the address of the console on this platform when it is not at this account, empty
        while it is not known; else None."""
        found = next((one for one in self.consoles if one.name == channel), None)
        return None if found is None or found.key == (channel, account) else found.address

    # What arrives

    async def handle(self, source: str, update: Update) -> Said | None:
        """Act on it; what is said about it goes on beside that."""
        key = AccountKey.read(source)
        console, channel = self._console(key), self._core.channels.get(key)
        if console is not None and (channel is None or await console.wants(update)):
            return await console.feed(update)
        if channel is None:
            log.warning("update_of_a_closed_account", source=source)
            return None
        said = await channel.receive(update)
        if console is not None:
            await console.greet(update)
        return said

    async def answer(self, callback: Callback, keep: KeepFor) -> CallbackAnswer | None:
        """Verify a platform's callback and have it kept before it is answered, else the platform
        brings it again; it is handled afterwards."""
        account = self._accounts.get(AccountKey(callback.channel, callback.account))
        spec = channels.load(account.channel) if account is not None else None
        if account is None or spec is None or spec.answer is None:
            return None
        answer: CallbackAnswer = spec.answer(account.config, callback)
        try:
            await keep(account.key, list(answer.keep))
        except Exception as error:
            if not is_storage_trouble(error):
                raise
            return CallbackAnswer(503, "cannot be kept now\n")
        return answer

    async def note_trouble(self, row: Kept, error: Exception, given_up: bool) -> bool:
        """Send nothing more to whom a failed update may be a refusal of, and remember it."""
        key = AccountKey.read(row.source)
        if key not in self._core.channels:
            return False  # a console's: nobody subscribes there
        if row.lane != Lane.LEAVING and not failed_opt_out.may_leave(row.payload):
            return False
        spec = channels.load(key.channel)
        names = spec.names(row.payload)
        phones = tuple(filter(None, map(spec.phone, names)))
        whose = failed_opt_out.Whose(*key, names, phones)
        await self._unheard.mark(row.inbox_id)
        try:
            await self._unheard.hold(whose, row.event_id)
        finally:
            if given_up:
                await self._unheard.tell(whose, type(error).__name__)
        return True

    # How it is sorted

    def lane(self, source: str, update: Update, thorough: Thorough) -> Lane:
        """Put who leaves and what the team does before everything else."""
        key = AccountKey.read(source)
        if self._by_team(key, update):
            return Lane.TEAM
        account = self._accounts.get(key)
        return channels.load(account.channel).lane(update, thorough) if account else Lane.PEOPLE

    def order_key(self, source: str, update: Update) -> str:
        """Name whose an update is: theirs stay in order. The emergency brake waits for nothing else
        its puller has asked for."""
        key = AccountKey.read(source)
        whose = f"{source}:{self._who(key, update)}"
        return f"{whose} halt" if self._is_halt(key, update) else whose

    def receipts(self, source: str, update: Update) -> list[Receipt] | None:
        """Read what an update says of our deliveries, if it says nothing else."""
        key = AccountKey.read(source)
        if key not in self._core.channels:
            return None
        return channels.load(key.channel).receipts(update)

    async def settle(self, source: str, told: list[Receipt]) -> None:
        await receipts.apply_receipts(self._core, *AccountKey.read(source), told)

    def _console(self, key: AccountKey) -> Console | None:
        return next((console for console in self.consoles if console.key == key), None)

    def _who(self, key: AccountKey, update: Update) -> str:
        console = self._console(key)
        whose = console.order_key(update) if console is not None else None
        if whose is not None:
            return whose
        try:
            return channels.load(key.channel).order_key(update)
        except LookupError:  # kept for a console that is not set up any more
            return ""

    def _by_team(self, key: AccountKey, update: Update) -> bool:
        """Whether an admin did it, as far as can be told without asking the database."""
        console = self._console(key)
        return console is not None and self._who(key, update) in console.team

    def _is_halt(self, key: AccountKey, update: Update) -> bool:
        console = self._console(key)
        if console is None or not self._by_team(key, update):
            return False
        return dispatch.named((console.command(update).split() or [""])[0]) == "halt"
