"""One broadcast on one account: claim, gate, send, record. Truth before speed, then speed.

A crew of workers sends what is in stock; the books write what came of it and restock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from enum import StrEnum
from time import monotonic

import structlog

from broadcast.account_key import AccountKey
from broadcast.channel import Channel, Envelope
from broadcast.clock import steady_unix
from broadcast.context import Core
from broadcast.engine.admission import Gate
from broadcast.engine.circuit_breaker import Lane
from broadcast.engine.claim_buffer import Stock
from broadcast.engine.daily_allowance import Budget
from broadcast.engine.doubt import Doubts
from broadcast.engine.outcome_table import backoff, put_back, result_of
from broadcast.engine.pacing import Pacer
from broadcast.engine.recorder import Books
from broadcast.message import Message
from broadcast.outcome import Accepted, Deferred, Outcome, Reason, Refused, Scope, Uncertain
from broadcast.states import DeliveryStatus
from broadcast.store.deliveries import LAST, Claimed, Ledger, Result, Wish
from broadcast.store.message_parts import arrived

log = structlog.get_logger()
_TOLD = frozenset({DeliveryStatus.FAILED, DeliveryStatus.UNCERTAIN})  # a line each in the log
_REVOKED = Refused(Reason.OPTED_OUT)


class Ending(StrEnum):
    """Why a fan-out returned."""

    DONE = "done"
    STOPPED = "stopped"
    TROUBLE = "trouble"  # the account cannot go on: an admin must act


class Fanout:
    """Sends what is open until nothing is, or until `stop()`.

    Nothing beyond the delivery `up_to` (0: no bound). `lane` is told how each try ended, and lets few
    begin until one has succeeded. `choice`: the audience's, about people outside a window or beyond
    the daily `budget`. `version`: of the broadcast's content, which is `message`.
    """

    def __init__(
        self, core: Core, ledger: Ledger, channel: Channel, pacer: Pacer, broadcast_id: int,
        message: Message, *, up_to: int = 0,
        lane: Lane | None = None, choice: Mapping[str, object] | None = None,
        budget: Budget | None = None, resumed: bool = False, version: int = 1,
    ) -> None:  # fmt: skip
        self._core, self._channel, self._pacer = core, channel, pacer
        self._message, self._lane = message, lane
        self._most, self._cost = channel.capabilities.concurrency, channel.cost(message)
        self._doubts = Doubts(resumed=resumed)
        self._gate = Gate(channel, message, choice or {}, budget)
        self._turns = pacer.turns(self._most, self._cost)
        self._stock = Stock(lambda: self._turns.rate, self._hurry)
        self._opened = lane is None or lane.opened
        self._admitted, self._ended_one = 0, asyncio.Event()  # until somebody has got it
        wish = Wish(
            broadcast_id, channel.name, channel.account, up_to=up_to or LAST,
            named=self._gate.named, awaits=self._gate.awaits,
            capped_after=self._gate.capped_after, content_version=version,
        )  # fmt: skip
        self._books = Books(
            core, ledger, wish, self._stock, in_flight=lambda: self.in_flight, feed=self._feed
        )
        self._paced = pacer.rate > 0
        self._workers: set[asyncio.Task[None]] = set()
        self._chores: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._setbacks = 0
        self.in_flight = 0  # calls begun and not answered
        self.trouble: Refused | None = None
        self._bug: BaseException | None = None

    def stop(self) -> None:
        """Begin nothing more; what is in flight finishes and is recorded."""
        if self._stopping:
            return
        self._stopping = True
        self._turns.close()
        self._ended_one.set()
        for item in self._stock.close():
            self._books.note(put_back(item))
        self._books.close()

    async def run(self) -> Ending:
        keeping = asyncio.ensure_future(self._books.keep())
        try:
            done = await asyncio.shield(keeping)
        except asyncio.CancelledError:
            self.stop()
            await keeping
            raise
        finally:
            self.stop()
        await asyncio.gather(*self._workers, *self._chores, return_exceptions=True)
        if self._bug is not None:
            raise self._bug
        if self.trouble:
            return Ending.TROUBLE
        return Ending.DONE if done else Ending.STOPPED

    def _hurry(self) -> None:
        self._books.hurry()

    def _feed(self, claimed: list[Claimed]) -> None:
        free = self._stock.add(claimed)
        for _ in range(min(free, self._most - len(self._workers))):
            worker = asyncio.create_task(self._work())
            self._workers.add(worker)
            worker.add_done_callback(self._worker_ended)

    def _worker_ended(self, worker: asyncio.Task[None]) -> None:
        """One that broke ends the fan-out: a bug must not leave the others waiting for ever."""
        self._workers.discard(worker)
        if not worker.cancelled() and (bug := worker.exception()) is not None:
            self._bug = self._bug or bug
            self.stop()

    async def _work(self) -> None:
        stock, turns, core = self._stock, self._turns, self._core
        revoked, lease = core.revoked, core.lease
        while True:
            if not self._opened and not await self._admit():
                return
            if not stock.reserve():
                self._dismiss()
                if not await stock.more():
                    return
                continue
            if not turns.at_once() and not await turns.wait():
                return
            item = stock.take()
            if item is None:  # stopped in this very moment
                turns.done()
                return
            if not lease.held and (not await lease.regained() or self._stopping):
                self._books.note(put_back(item))  # frozen, and succeeded or stopped meanwhile
                turns.done()
                self.stop()
                return
            left = item.address_id in revoked
            self.in_flight += 1
            try:
                outcome = _REVOKED if left else await self._call(item)
            finally:
                self.in_flight -= 1
                turns.done()
            self._settle(item, outcome)

    async def _admit(self) -> bool:
        """Until somebody has got it, few are on their way. False: stopped meanwhile."""
        assert self._lane is not None
        while not self._lane.room(self._admitted):
            if self._stopping:
                return False
            self._ended_one.clear()
            await self._ended_one.wait()
        self._admitted += 1
        return True

    def _dismiss(self) -> None:
        """One that was admitted is not on its way any more."""
        if not self._opened:
            self._admitted -= 1
            self._ended_one.set()

    async def _call(self, item: Claimed) -> Outcome:
        window_open = self._gate.window_open(item)
        if not window_open and (no := self._gate.refusal(item)) is not None:
            return no
        envelope = Envelope(
            item.delivery_id, item.address, self._message, item.attempt, window_open, item.name,
            arrived(item.receipt) if item.receipt else (),
        )  # fmt: skip
        begun = monotonic() if self._paced else 0.0
        try:
            outcome = await self._channel.send(envelope)
        except Exception as error:
            log.exception("adapter_raised", delivery_id=item.delivery_id)
            return Uncertain(f"{Reason.BUG.value}: {type(error).__name__}")
        if self._paced and isinstance(outcome, Accepted) and not outcome.media_handles:
            self._pacer.answered(monotonic() - begun)
        return outcome

    def _settle(self, item: Claimed, outcome: Outcome) -> None:
        if type(outcome) is not Accepted:
            outcome = self._doubts.weigh(item, outcome)
        most, waits = self._core.policy.max_attempts, self._gate.waits
        by_template = self._gate.by_template
        made = result_of(item, outcome, steady_unix(), most, waits=waits, by_template=by_template)
        if self._gate.counts:
            made = self._gate.counted(item, made)
        self._books.note(made)
        if isinstance(made, Result):
            self._heed(outcome)
            status, reason = made.status, made.reason
            if status in _TOLD:
                word = status.name.lower()
                log.info("delivery_ended", delivery_id=item.delivery_id, status=word, reason=reason)
        else:
            self._setbacks, status, reason = 0, DeliveryStatus.SENT, None
            if isinstance(outcome, Accepted) and outcome.media_handles:
                self._remember(outcome.media_handles)
        if self._lane is not None:
            if status is DeliveryStatus.SENT:
                self._lane.sent()
            else:
                self._lane.take_result(status, reason)
            if not self._opened:
                self._dismiss()
                self._opened = self._lane.opened

    def _heed(self, outcome: Outcome) -> None:
        """What concerns the account as a whole."""
        match outcome:
            case Deferred(scope=Scope.ACCOUNT):
                self._setbacks += not self._pacer.closed  # a hundred in flight are one setback
                wait = outcome.retry_after or backoff(self._setbacks)
                if outcome.reason is Reason.THROTTLED:
                    self._pacer.throttled(wait)
                else:
                    self._pacer.close_for(wait)
            case Refused(scope=Scope.ACCOUNT):
                self.trouble = self.trouble or outcome
                self.stop()

    def _remember(self, handles: dict[int, str]) -> None:
        from broadcast.services import media

        account = str(AccountKey(self._channel.name, self._channel.account))
        chore = asyncio.create_task(media.remember_handles(self._core, account, handles))
        self._chores.add(chore)
        chore.add_done_callback(self._chore_ended)

    def _chore_ended(self, chore: asyncio.Task[None]) -> None:
        """Without a handle the file is only uploaded once more."""
        self._chores.discard(chore)
        if not chore.cancelled() and (error := chore.exception()) is not None:
            log.warning("handles_not_kept", error=type(error).__name__)
