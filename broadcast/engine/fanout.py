"""One broadcast on one account: claim, gate, send, record. Truth before speed, then speed."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from time import time

import structlog
from sqlalchemy.exc import SQLAlchemyError

from broadcast.clock import steady_unix
from broadcast.core import Core, Event
from broadcast.engine.pacing import Pacer
from broadcast.machine import DeliveryStatus
from broadcast.message import Message
from broadcast.ports import (
    Accepted,
    Channel,
    Deferred,
    Envelope,
    Outcome,
    Reason,
    Refused,
    Scope,
    Uncertain,
)
from broadcast.store.ledger import Claimed, Ledger, Lost, Result, Sent

log = structlog.get_logger()
_FLUSH_SECONDS = 0.05
_CLAIM_SECONDS = 0.05  # of sending ahead: consent stays fresh, and little is uncertain after a kill
_CLAIM_MOST = 500
_STORAGE_PAUSE_SECONDS = 1.0


class Ending(StrEnum):
    """Why a fan-out returned."""

    DONE = "done"
    STOPPED = "stopped"
    TROUBLE = "trouble"  # the account cannot go on: an admin must act


def _unseen(_: DeliveryStatus, __: str | None) -> None:
    return None


class Fanout:
    """Sends what is open until nothing is, or until `stop()`. `tally` counts results as they come.

    `up_to`: the last delivery_id to send (0: all). `saw` is told how every try ended.
    """

    def __init__(
        self, core: Core, ledger: Ledger, channel: Channel, pacer: Pacer, broadcast_id: int,
        message: Message, *, up_to: int = 0,
        saw: Callable[[DeliveryStatus, str | None], None] = _unseen,
    ) -> None:  # fmt: skip
        self._up_to, self._saw = up_to, saw
        self._core, self._ledger, self._channel, self._pacer = core, ledger, channel, pacer
        self._broadcast_id, self._message = broadcast_id, message
        self._sent: list[Sent] = []
        self._results: list[Result] = []
        self._in_flight: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(channel.capabilities.concurrency)
        self._stop = asyncio.Event()
        self._cost = channel.cost(message)
        self._setbacks = 0
        self.trouble: Refused | None = None
        self.tally: Counter[DeliveryStatus] = Counter()

    def stop(self) -> None:
        """Begin nothing more; what is in flight finishes and is recorded."""
        self._stop.set()

    @property
    def in_flight(self) -> int:
        """Requests that have left, or are just leaving, without an answer yet."""
        return len(self._in_flight)

    async def run(self) -> Ending:
        flusher = asyncio.create_task(self._flush_forever())
        walker = asyncio.create_task(self._walk())
        stopper = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({walker, stopper}, return_when=asyncio.FIRST_COMPLETED)
            walker.cancel()
            finished = (await asyncio.gather(walker, return_exceptions=True))[0]
            if self._in_flight:
                await asyncio.wait(self._in_flight)
            if isinstance(finished, Exception):
                raise finished
        finally:
            stopper.cancel()
            flusher.cancel()
            await asyncio.gather(flusher, return_exceptions=True)
            await self._flush_until_done()
        if self.trouble:
            return Ending.TROUBLE
        return Ending.STOPPED if self._stop.is_set() else Ending.DONE

    async def _walk(self) -> None:
        """Walk the open deliveries by id, one claim ahead; go round again for those put back."""
        after = 0
        ahead: asyncio.Task[tuple[list[Claimed], int]] | None = None
        try:
            while True:
                ahead = ahead or asyncio.create_task(self._claim(after))
                batch, reached = await asyncio.shield(ahead)
                ahead = None
                if batch or reached != after:
                    after = reached
                    ahead = asyncio.create_task(self._claim(after))
                    await self._dispatch(batch)
                elif after == 0 and await self._nothing_left():
                    return
                else:
                    after = 0
        finally:
            if ahead is not None:  # a claim that commits is dispatched or put back, never dropped
                batch, _ = await ahead
                self._put_back(batch)

    async def _claim(self, after: int) -> tuple[list[Claimed], int]:
        rate = self._pacer.rate
        size = min(_CLAIM_MOST, max(1, int(rate * _CLAIM_SECONDS))) if rate else _CLAIM_MOST
        account = (self._channel.name, self._channel.account)
        while not self._stop.is_set():
            try:
                batch, reached, skipped = await self._ledger.claim(
                    self._broadcast_id, account, after, size, steady_unix(), self._up_to
                )
            except (SQLAlchemyError, OSError) as error:
                await self._storage_trouble(error)
                continue
            self.tally[DeliveryStatus.SKIPPED] += skipped
            return batch, reached
        return [], after

    async def _dispatch(self, batch: list[Claimed]) -> None:
        position = 0
        try:
            for item in batch:
                await self._slots.acquire()
                try:
                    await self._pacer.bulk_turn(self._cost)
                except asyncio.CancelledError:
                    self._slots.release()
                    raise
                if (
                    self._stop.is_set()
                ):  # whoever stopped us has been told how many are on their way
                    self._slots.release()
                    break
                if not await self._may_send():
                    self._slots.release()
                    raise Lost
                position += 1
                if item.address_id in self._core.revoked:
                    self._slots.release()
                    self._settle(item, Refused(Reason.OPTED_OUT))
                    continue
                task = asyncio.create_task(self._send(item))
                self._in_flight.add(task)
                task.add_done_callback(self._in_flight.discard)
        finally:
            self._put_back(batch[position:])

    async def _may_send(self) -> bool:
        """Asked before each: a process that was frozen may have been succeeded meanwhile."""
        return self._core.lease.held or await self._core.lease.regained()

    async def _send(self, item: Claimed) -> None:
        envelope = Envelope(item.delivery_id, item.address, self._message, item.attempt)
        if not self._core.lease.held:  # frozen between the turn and here
            self._slots.release()
            self._put_back([item])
            return
        try:
            outcome = await self._channel.send(envelope)
        except Exception as error:
            log.exception("adapter_raised", delivery_id=item.delivery_id)
            outcome = Uncertain(f"{Reason.BUG.value}: {type(error).__name__}")
        finally:
            self._slots.release()
        self._settle(item, outcome)

    def _settle(self, item: Claimed, outcome: Outcome) -> None:
        """The one table: what an outcome makes of a delivery."""
        result = Result(item.delivery_id, item.address_id, DeliveryStatus.SENT, item.attempt)
        match outcome:
            case Accepted():
                self._setbacks = 0
                self._sent.append(Sent(item.delivery_id, time(), ",".join(outcome.receipt_ids)))
                if outcome.media_handles:
                    asyncio.get_running_loop().create_task(self._remember(outcome.media_handles))
                return
            case Deferred(scope=Scope.ACCOUNT):
                self._setbacks += not self._pacer.closed  # a hundred in flight are one setback
                self._pacer.close_for(outcome.retry_after or _backoff(self._setbacks))
                result.status, result.attempt = DeliveryStatus.PLANNED, item.attempt - 1
            case Deferred():
                self._defer(result, outcome)
            case Refused(scope=Scope.ACCOUNT):
                result.status, result.attempt = DeliveryStatus.PLANNED, item.attempt - 1
                self.trouble = self.trouble or outcome
                self.stop()
            case Refused(new_address=moved) if moved:
                result.status, result.new_address = DeliveryStatus.PLANNED, moved
            case Refused(reason=Reason.OPTED_OUT):
                result.status, result.reason = DeliveryStatus.SKIPPED, Reason.OPTED_OUT.value
            case Refused():
                result.status, result.reason = DeliveryStatus.FAILED, outcome.reason.value
                result.detail = outcome.detail
                result.suppress = outcome.reason.value if outcome.suppress else ""
            case Uncertain():
                result.status, result.reason = DeliveryStatus.UNCERTAIN, Reason.NO_ANSWER.value
                result.detail = outcome.detail
        self._results.append(result)
        self._saw(result.status, result.reason)

    def _defer(self, result: Result, outcome: Deferred) -> None:
        result.reason, result.detail = outcome.reason.value, outcome.detail
        if result.attempt >= self._core.policy.max_attempts:
            result.status, result.reason = DeliveryStatus.FAILED, Reason.TOO_MANY_ATTEMPTS.value
        else:
            result.status = DeliveryStatus.DEFERRED
            result.due_at = steady_unix() + (outcome.retry_after or _backoff(result.attempt))

    def _put_back(self, items: list[Claimed]) -> None:
        """Claimed but never sent: open again, as if untouched."""
        self._results += [
            Result(i.delivery_id, i.address_id, DeliveryStatus.PLANNED, i.attempt - 1)
            for i in items
        ]

    async def _nothing_left(self) -> bool:
        if self._in_flight:
            await asyncio.wait(set(self._in_flight), return_when=asyncio.FIRST_COMPLETED)
            return False
        await self._flush_until_done()
        left, due = await self._ledger.next_due(self._broadcast_id, self._up_to)
        if left and due is not None:
            await asyncio.sleep(min(1.0, max(0.02, due - steady_unix())) if due else 0.0)
        return left == 0

    async def _remember(self, handles: dict[int, str]) -> None:
        from broadcast.services import library

        await library.remember_handles(
            self._core, f"{self._channel.name}:{self._channel.account}", handles
        )

    async def _flush_forever(self) -> None:
        while True:
            await asyncio.sleep(_FLUSH_SECONDS)
            await self._flush_until_done()

    async def _flush_until_done(self) -> None:
        """Results are kept in memory until the disk has them, however long that takes."""
        while self._results or self._sent:
            sent, self._sent = self._sent, []
            batch, self._results = self._results, []
            try:
                await asyncio.shield(asyncio.ensure_future(self._ledger.record(sent, batch)))
            except (SQLAlchemyError, OSError) as error:
                self._sent, self._results = sent + self._sent, batch + self._results
                await self._storage_trouble(error)
                continue
            except asyncio.CancelledError:
                # The shielded commit goes on; writing the same results twice changes nothing.
                self._sent, self._results = sent + self._sent, batch + self._results
                raise
            self.tally.update(r.status for r in batch)
            self.tally[DeliveryStatus.SENT] += len(sent)

    async def _storage_trouble(self, error: Exception) -> None:
        log.error("storage_trouble", broadcast_id=self._broadcast_id, error=str(error)[:200])
        await self._core.tell(Event("storage", self._broadcast_id, type(error).__name__))
        await asyncio.sleep(_STORAGE_PAUSE_SECONDS)


def _backoff(attempt: int) -> float:
    """Seconds: 1, 2, 4 … 60, with jitter so that a crowd does not return together."""
    return float(min(60.0, 2.0 ** (attempt - 1)) * random.uniform(0.75, 1.25))
