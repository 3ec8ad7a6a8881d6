"""Moves broadcasts through their life: due times, holds, fan-outs, completion. One per process."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from broadcast.core import Core, Event
from broadcast.engine.fanout import Ending, Fanout
from broadcast.engine.pacing import Pacer
from broadcast.machine import BroadcastStatus, DeliveryStatus
from broadcast.models import Broadcast, UncertainPolicy
from broadcast.services import compose, control
from broadcast.services.record import load, move, note
from broadcast.store import lease
from broadcast.store.ledger import Ledger, Lost

log = structlog.get_logger()
_TICK_SECONDS = 0.5
_PROGRESS_SECONDS = 2.0
_AWAITED = (BroadcastStatus.SCHEDULED, BroadcastStatus.HOLDING, BroadcastStatus.SENDING)


class Runner:
    """`pacers` maps (channel, account) to the account's one limiter."""

    def __init__(self, core: Core, ledger: Ledger, pacers: dict[tuple[str, str], Pacer]) -> None:
        self._core, self._ledger, self._pacers = core, ledger, pacers
        self._running: dict[int, asyncio.Task[None]] = {}
        self._fanouts: dict[int, list[Fanout]] = {}

    async def run(self) -> None:
        """Until cancelled; then what is in flight is finished and recorded."""
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._core.wake.wait(), _TICK_SECONDS)
                self._core.wake.clear()
                try:
                    await self._tick()
                except (SQLAlchemyError, OSError) as error:
                    log.error("storage_trouble", error=str(error)[:200])
        finally:
            for broadcast_id in list(self._fanouts):
                self._halt(broadcast_id)
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _halt(self, broadcast_id: int) -> None:
        for fanout in self._fanouts.get(broadcast_id, []):
            fanout.stop()

    async def _tick(self) -> None:
        async with self._core.store.read() as session:
            rows = list(
                await session.scalars(select(Broadcast).where(col(Broadcast.status).in_(_AWAITED)))
            )
        sending = {r.broadcast_id or 0 for r in rows if r.status == BroadcastStatus.SENDING}
        for broadcast_id in set(self._running) - sending:
            self._halt(broadcast_id)
        for row in rows:
            if row.status == BroadcastStatus.SENDING:
                self._start(row.broadcast_id or 0)
            else:
                await self._consider(row)

    async def _consider(self, row: Broadcast) -> None:
        """A hold that ran out, or a scheduled time that came."""
        now = self._core.clock()
        due = row.hold_until if row.status == BroadcastStatus.HOLDING else row.scheduled_at
        if due is None or due > now:
            return
        late = timedelta(seconds=self._core.policy.late_after_seconds)
        async with self._core.store.write() as session:
            fresh = await load(session, row.broadcast_id or 0)
            if fresh.version != row.version:
                return
            if now - due > late:
                move(
                    fresh,
                    BroadcastStatus.LATE
                    if fresh.status == BroadcastStatus.SCHEDULED
                    else BroadcastStatus.DRAFT,
                )
                note(self._core, session, "late", broadcast_id=row.broadcast_id)
            elif compose.fingerprint(fresh) != fresh.approved_digest:
                fresh.status, fresh.approved_digest = BroadcastStatus.DRAFT, ""
                fresh.version += 1
                note(self._core, session, "approval_voided", broadcast_id=row.broadcast_id)
            else:
                move(fresh, BroadcastStatus.SENDING)
                fresh.launched_at = now
                note(self._core, session, "launched", broadcast_id=row.broadcast_id)
        self._core.wake.set()
        await self._core.tell(Event("changed", row.broadcast_id or 0))

    def _start(self, broadcast_id: int) -> None:
        if broadcast_id in self._running:
            return
        task = asyncio.create_task(self._send(broadcast_id))
        self._running[broadcast_id] = task
        task.add_done_callback(lambda _: self._forget(broadcast_id))

    def _forget(self, broadcast_id: int) -> None:
        self._running.pop(broadcast_id, None)
        self._fanouts.pop(broadcast_id, None)
        self._core.wake.set()

    async def _send(self, broadcast_id: int) -> None:
        try:
            row = await compose.get(self._core, broadcast_id)
            if not row.planning_done:
                await self._ledger.plan(
                    broadcast_id, row.audience, compose.open_accounts(self._core)
                )
            message = compose.message_of(row)
            fanouts = [
                Fanout(self._core, self._ledger, channel, self._pacers[key], broadcast_id, message)
                for key, channel in self._core.channels.items()
            ]
            self._fanouts[broadcast_id] = fanouts
            progress = asyncio.create_task(self._progress(broadcast_id))
            try:
                endings = await asyncio.gather(*(fanout.run() for fanout in fanouts))
            finally:
                progress.cancel()
            await self._conclude(broadcast_id, fanouts, endings)
        except Lost:
            log.error("lease_lost", broadcast_id=broadcast_id)
        except Exception:
            log.exception("broadcast_stopped", broadcast_id=broadcast_id)
            await asyncio.sleep(1.0)

    async def _progress(self, broadcast_id: int) -> None:
        while True:
            await asyncio.sleep(_PROGRESS_SECONDS)
            await self._core.tell(Event("progress", broadcast_id))

    async def _conclude(
        self, broadcast_id: int, fanouts: list[Fanout], endings: list[Ending]
    ) -> None:
        trouble = next((f.trouble for f in fanouts if f.trouble), None)
        if trouble is not None:
            row = await compose.get(self._core, broadcast_id)
            if row.status == BroadcastStatus.SENDING:
                why = f"{trouble.reason.value}: {trouble.detail}"
                await control.pause(self._core, None, broadcast_id, why)
                await self._core.tell(Event("trouble", broadcast_id, why))
            return
        if all(ending == Ending.DONE for ending in endings):
            await self._complete(broadcast_id)

    async def _complete(self, broadcast_id: int) -> None:
        """Only the rows can say that it is finished."""
        counts = Counter(await self._ledger.prove(broadcast_id))
        if any(counts[s] for s in DeliveryStatus if s < DeliveryStatus.UNCERTAIN):
            return
        row = await compose.get(self._core, broadcast_id)
        resend = row.uncertain_policy == UncertainPolicy.RESEND
        if resend and counts[DeliveryStatus.UNCERTAIN]:
            async with self._core.store.write() as session:
                fresh = await load(session, broadcast_id)
                fresh.uncertain_policy = UncertainPolicy.ASK  # once: never in a circle
            await self._ledger.settle_uncertain(broadcast_id)
            return
        async with self._core.store.write() as session:
            fresh = await load(session, broadcast_id)
            if fresh.status != BroadcastStatus.SENDING:
                return
            move(fresh, BroadcastStatus.COMPLETED)
            fresh.completed_at = self._core.clock()
            note(self._core, session, "completed", broadcast_id=broadcast_id)
        await self._core.tell(Event("changed", broadcast_id))


async def keep_lease(core: Core, fence: int) -> None:
    """Renew until it is lost, then return: the caller must stop sending."""
    while True:
        await asyncio.sleep(lease.RENEW_SECONDS)
        with contextlib.suppress(SQLAlchemyError, OSError):
            if not await lease.renew(core.store, core.clock, fence):
                return
