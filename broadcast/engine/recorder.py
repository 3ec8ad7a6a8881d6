"""The books of one fan-out: what it has to write, and what it may claim next.

Both happen in one transaction, at looks that all fan-outs share, so that their commits are one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from broadcast.clock import steady_unix
from broadcast.context import Core, Event
from broadcast.engine.claim_buffer import Stock
from broadcast.engine.outcome_table import put_back
from broadcast.states import DeliveryStatus
from broadcast.store.deliveries import Batch, Claimed, Ledger, Lost, Result, Sent, Wish

log = structlog.get_logger()
_TICK_SECONDS = 0.02  # looks happen on the ticks of one clock: fan-outs that write meet there
_REST_SECONDS = 1.0  # at most, while nothing can be claimed: others may put something back
_OTHERS_SECONDS = 0.25  # between looks whether planning or another account adds something
_STORAGE_PAUSE_SECONDS = 1.0


class Books:
    """`in_flight` says how many calls are not answered; `feed` gets what was claimed."""

    def __init__(
        self, core: Core, ledger: Ledger, wish: Wish, stock: Stock,
        in_flight: Callable[[], int], feed: Callable[[list[Claimed]], None],
    ) -> None:  # fmt: skip
        self._core, self._ledger, self._wish, self._stock = core, ledger, wish, stock
        self._in_flight, self._feed = in_flight, feed
        self._sent: list[Sent] = []
        self._results: list[Result] = []
        self._look = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._expected = False  # a look is on its way for what was noted
        self._rest_until = 0.0  # Unix seconds: nothing can be claimed before
        self._resting = False  # the latest look found nothing to claim yet
        self._closing = False
        self._lost: Lost | None = None

    def note(self, made: Sent | Result) -> None:
        """Write it at the next look."""
        if type(made) is Sent:
            self._sent.append(made)
        else:
            assert isinstance(made, Result)
            self._note_other(made)
        if not self._expected:
            self._expected = True
            latest = asyncio.get_running_loop().time() + self._stock.look_seconds
            self._look_at(latest - latest % _TICK_SECONDS)

    def _note_other(self, made: Result) -> None:
        self._results.append(made)
        if made.status == DeliveryStatus.PLANNED:
            self._rest_until = 0.0
        elif made.due_at is not None:
            self._rest_until = min(self._rest_until, made.due_at)

    def hurry(self) -> None:
        """Look now."""
        self._look.set()

    def close(self) -> None:
        """Claim nothing more."""
        self._closing = True
        self._look.set()

    async def keep(self) -> bool:
        """Until nothing is left to send (true), or everything is written after `close` (false).

        Raises Lost, with everything written, when another process has taken over.
        """
        self._look.set()
        while True:
            await self._look.wait()
            self._look.clear()
            self._forget_timer()
            if await self._look_once():
                return True
            if self._closing and not (self._in_flight() or self._sent or self._results):
                break
            if self._resting:  # also one that ends this very moment: it must be looked at again
                rest = max(self._rest_until - steady_unix(), 0.0)
                self._look_at(asyncio.get_running_loop().time() + rest)
        if self._lost:
            raise self._lost
        return False

    async def _look_once(self) -> bool:
        """Write and restock. True when nothing is left at all."""
        self._resting = not self._closing and self._rest_until > steady_unix()
        size = 0 if self._closing or self._resting else self._stock.wanted
        before, batch = self._wish.after, await self._exchange(size)
        if batch is None or not size:
            return False
        self._wish = self._wish._replace(after=batch.reached)
        if self._closing:  # meanwhile: what a claim has committed is put back, never dropped
            for item in batch.claimed:
                self.note(put_back(item))
        elif batch.reached != before:
            self._feed(batch.claimed)
            if not batch.claimed:  # all of them had left: no result will make us look again
                self._look.set()
        elif before:
            self._wish = self._wish._replace(after=0)  # round again, for those put back
            self._look.set()
        else:
            return await self._rest()
        return False

    async def _exchange(self, size: int) -> Batch | None:
        """Results stay in memory until the disk has them, however long that takes."""
        sent, results = self._sent, self._results
        self._sent, self._results = [], []
        try:
            wish = self._wish._replace(size=size, now=steady_unix())
            return await self._ledger.exchange(sent, results, wish)
        except Lost as lost:
            if (
                self._lost is None
            ):  # once: what is in flight is waited for, not looked at in a circle
                self._lost = lost
                self.close()
        except (SQLAlchemyError, OSError) as error:
            self._sent, self._results = sent + self._sent, results + self._results
            log.error(
                "storage_trouble", broadcast_id=self._wish.broadcast_id, error=str(error)[:200]
            )
            await self._core.tell(Event("storage", self._wish.broadcast_id, type(error).__name__))
            await asyncio.sleep(_STORAGE_PAUSE_SECONDS)
            self._look.set()
        return None

    async def _rest(self) -> bool:
        """Nothing can be claimed now. True: and nothing ever will be."""
        left, due, final = await self._ledger.left(self._wish)
        self._resting = True
        now = steady_unix()
        if left or not final:
            wait = max(self._stock.look_seconds, due - now) if left else _OTHERS_SECONDS
            self._rest_until = now + min(wait, _REST_SECONDS)
            return False
        self._rest_until = now + _REST_SECONDS
        return not (self._in_flight() or len(self._stock) or self._sent or self._results)

    def _look_at(self, at: float) -> None:
        """`at` by the event loop's clock; an earlier look stays."""
        if self._timer is not None:
            if self._timer_at <= at:
                return
            self._timer.cancel()
        self._timer_at = at
        self._timer = asyncio.get_running_loop().call_at(at, self._look.set)

    def _forget_timer(self) -> None:
        self._expected = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
