"""Moves broadcasts through their life: due times, holds, fan-outs, completion. One per process."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from functools import partial
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.account_key import AccountKey
from broadcast.channel import AccountEvent
from broadcast.clock import steady, steady_unix
from broadcast.context import Core, Event
from broadcast.engine import waits
from broadcast.engine.account_run import Part, Run
from broadcast.engine.circuit_breaker import Guard
from broadcast.engine.daily_allowance import Budgets
from broadcast.engine.fanout import Ending
from broadcast.engine.pacing import Pacer
from broadcast.engine.template_check import Proof
from broadcast.engine.waits import Awaited, Waits
from broadcast.errors import TooLate
from broadcast.language import N_
from broadcast.models import Broadcast, UncertainPolicy
from broadcast.outcome import Reason
from broadcast.services import (
    account_news,
    approval_standing,
    brake,
    compose,
    control,
    doubt,
    failed_opt_out,
    reach,
    review,
    safety,
    templates,
    window,
)
from broadcast.services.audit import append_audit, change_status, load_broadcast
from broadcast.services.templates import Key
from broadcast.states import BroadcastStatus, DeliveryStatus
from broadcast.store import completion, retry
from broadcast.store.deliveries import Ledger, Lost

log = structlog.get_logger()
_BROKEN = N_(
    "Something is wrong with broadcast {id}, and it is our fault ({error}). I keep trying; the others "
    "go on. Please show the log to whoever runs me."
)
_TICK_SECONDS = 0.5
_PROGRESS_SECONDS = 2.0
_LISTEN_SECONDS, _LISTEN_STEP_SECONDS = 5.0, 0.05
_AFTER_ERROR_SECONDS = 1.0
_EXPIRE_SECONDS = 600.0
_S = BroadcastStatus


class Runner:
    """`pacers` maps (channel, account) to the account's one limiter."""

    def __init__(self, core: Core, ledger: Ledger, pacers: dict[AccountKey, Pacer]) -> None:
        self._core, self._ledger, self._pacers = core, ledger, pacers
        self._running: dict[int, asyncio.Task[None]] = {}
        self._parts: dict[int, list[Part]] = {}
        self._proofs: dict[int, Proof] = {}
        self._heard: dict[tuple[int, Key], AccountEvent] = {}
        self._halted: set[int] = set()
        self._guards: dict[int, Guard] = {}
        self._budgets = Budgets(core)
        self._waits = Waits(core)
        self._owned_up: set[int] = set()
        self._listens: dict[int, float] = {}  # since when, by broadcast that is due
        core.halt, core.note_account_event = self.halt, self.note_account_event
        core.brake.stop = lambda: sum(map(self.halt, [*self._running]))
        ledger.revoked = core.revoked

    async def run(self) -> None:
        """Until cancelled; then what is in flight is finished and recorded."""
        look_for_cancelled, ask_again, forget_at, trouble = True, True, 0.0, False
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_TICK_SECONDS):  # wait_for may swallow a cancel
                        await self._core.wake.wait()
                look_for_cancelled |= self._core.wake.is_set()
                self._core.wake.clear()
                try:
                    if look_for_cancelled:
                        await self._sweep_left_open()
                        look_for_cancelled = False
                    if ask_again:
                        await review.ask_of_earlier_versions(self._core)
                        ask_again = False
                    if steady_unix() >= forget_at:
                        await doubt.expire(self._core)
                        await failed_opt_out.forget_answered(self._core)
                        forget_at = steady_unix() + _EXPIRE_SECONDS
                    await self._tick()
                    if trouble:
                        log.info("storage_back")
                    trouble = False
                except (SQLAlchemyError, OSError) as error:
                    trouble = True
                    log.error("storage_trouble", error=str(error)[:200])
                except Exception:  # without the runner nothing would move any more
                    log.exception("look_failed")
        finally:
            self._core.brake.stop()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    def put_off(self) -> dict[int, int]:
        """Tries that have to be repeated, by running broadcast, since it was started or resumed."""
        return {broadcast_id: guard.put_off for broadcast_id, guard in self._guards.items()}

    def halt(self, broadcast_id: int) -> int:
        """Nothing of it leaves from now on. Returns how many are on their way already."""
        self._halted.add(broadcast_id)
        parts = self._parts.get(broadcast_id, [])
        for part in parts:
            part.stop()
        return sum(part.in_flight for part in parts)

    def note_account_event(self, broadcast_id: int, key: Key, event: AccountEvent) -> None:
        """News of a template on one account: that part waits until we have looked."""
        if (proof := self._proofs.get(broadcast_id)) is not None:
            proof.note_account_event(key, event)
        else:  # between two stretches: for the next
            self._heard[broadcast_id, key] = event

    async def _tick(self) -> None:
        rows = await waits.awaited(self._core.store)
        if await brake.is_held(self._core):
            self._core.brake.stop()
            self._waits.stood_still(rows)
            return
        sending = {row.broadcast_id for row in rows if row.status == _S.SENDING}
        for broadcast_id in set(self._parts) - sending:
            self.halt(broadcast_id)
        self._waits.forget_all_but(rows)
        known = {row.broadcast_id for row in rows}
        self._owned_up &= known
        self._heard = {one: event for one, event in self._heard.items() if one[0] in known}
        for row in rows:
            if row.broadcast_id in self._running:
                continue
            if row.status == _S.SENDING:
                self._start(row.broadcast_id, self._send(row.broadcast_id))
            elif self._waits.over(row):
                self._start(row.broadcast_id, self._move_on(row))

    async def _move_on(self, row: Awaited) -> None:
        async with self._alone(row.broadcast_id):
            match row.status:
                case _S.WATCHING:
                    await safety.end_watch(self._core, row.broadcast_id)
                case _S.WAITING:
                    await window.expire(self._core, row.broadcast_id, row.version)
                case _:
                    await self._launch(row)

    @contextlib.asynccontextmanager
    async def _alone(self, broadcast_id: int) -> AsyncIterator[None]:
        """One broadcast's failure stays its own: it is tried again later, the others go on."""
        try:
            yield
            return
        except TooLate:  # an admin was faster: the next look sees what they made of it
            log.info("moved_meanwhile")
        except Lost:
            log.error("lease_lost")
        except (SQLAlchemyError, OSError) as error:
            log.error("storage_trouble", error=str(error)[:200])
        except Exception as error:
            log.exception("broadcast_stopped")
            await self._own_up(broadcast_id, error)
        await asyncio.sleep(_AFTER_ERROR_SECONDS)

    async def _own_up(self, broadcast_id: int, error: Exception) -> None:
        """Say once that it cannot go on because of us. No call of it is on its way any more."""
        # Who broke may have left some results unwritten: nobody can say how those calls ended.
        with contextlib.suppress(SQLAlchemyError, OSError):
            await self._ledger.recover(broadcast_id=broadcast_id)
        await self._tell_once(broadcast_id, _BROKEN, {"error": type(error).__name__})

    async def _tell_of(self, broadcast_id: int, sentence: str, values: dict[str, object]) -> None:
        await account_news.tell_owners(self._core, sentence, {"id": broadcast_id, **values})

    async def _tell_once(self, broadcast_id: int, sentence: str, values: dict[str, object]) -> None:
        if broadcast_id not in self._owned_up:
            self._owned_up.add(broadcast_id)
            await self._tell_of(broadcast_id, sentence, values)

    async def _launch(self, row: Awaited) -> None:
        """A hold that ran out, or a scheduled time that came: its approvals are counted anew."""
        if await self._must_listen_first(row.broadcast_id):
            return
        late = self._waits.late(row)
        seen = await compose.get(self._core, row.broadcast_id)
        unseen = {} if late else await templates.look_again(self._core, compose.message_of(seen))
        async with self._core.store.read() as session:
            mark = await safety.consent_mark(session)  # whoever joins later was not counted
        people = await reach.people(self._core, seen.audience)
        async with self._core.store.write() as session:
            fresh = await load_broadcast(session, row.broadcast_id)
            if fresh.version != row.version or await brake.standing_halt(session) is not None:
                return
            if late:
                change_status(fresh, _S.LATE)
                append_audit(self._core, session, "late", broadcast_id=row.broadcast_id)
            elif why := await approval_standing.objection(
                self._core, session, fresh, people, unseen
            ):
                await review.ask_again(self._core, session, fresh, people, why)
            else:
                await self._begin(session, fresh, mark)
        self._core.wake.set()
        await self._core.tell(Event("changed", row.broadcast_id))

    async def _must_listen_first(self, broadcast_id: int) -> bool:
        """What the team has said already is heard before anything leaves: a cancel, a removal. Not
        for ever: what cannot be handled holds nothing back."""
        since = self._listens.setdefault(broadcast_id, steady())
        if steady() - since < _LISTEN_SECONDS and await waits.team_waits(self._core.store):
            await asyncio.sleep(_LISTEN_STEP_SECONDS)
            return True
        del self._listens[broadcast_id]
        return False

    async def _begin(self, session: AsyncSession, row: Broadcast, mark: int) -> None:
        now = self._core.clock()
        change_status(row, _S.SENDING)
        row.launched_at, row.launched_as = now, row.submission
        row.expires_at = window.expiry(row.audience, now)
        row.consent_mark = mark
        safety.fix_canary(self._core, row)
        append_audit(self._core, session, "launched", broadcast_id=row.broadcast_id)

    def _start(self, broadcast_id: int, work: Coroutine[Any, Any, None]) -> None:
        if broadcast_id in self._running:
            work.close()
            return
        with structlog.contextvars.bound_contextvars(broadcast_id=broadcast_id):
            task = asyncio.create_task(work)
        self._running[broadcast_id] = task
        task.add_done_callback(lambda _: self._forget(broadcast_id))

    def _forget(self, broadcast_id: int) -> None:
        self._running.pop(broadcast_id, None)
        self._parts.pop(broadcast_id, None)
        self._proofs.pop(broadcast_id, None)
        self._guards.pop(broadcast_id, None)
        self._core.wake.set()

    async def _send(self, broadcast_id: int) -> None:
        self._halted.discard(broadcast_id)
        async with self._alone(broadcast_id):
            row = await compose.get(self._core, broadcast_id)
            if row.status == _S.SENDING and await self._is_as_approved(row):
                await self._fan_out(row)
            if (await compose.get(self._core, broadcast_id)).status == _S.CANCELLED:
                await completion.skip_open(self._core.store, broadcast_id)
                await self._core.tell(Event("changed", broadcast_id))

    async def _is_as_approved(self, row: Broadcast) -> bool:
        """Looked at whenever sending begins or goes on; else it pauses. Templates are each part's."""
        async with self._core.store.read() as session:
            why = await approval_standing.content_changed(self._core, session, row)
        if why is not None:
            await self._stop_itself(
                row.broadcast_id or 0,
                account_news.as_pause_reason(AccountEvent(why.sentence, why.values)),
            )
        return why is None

    async def _fan_out(self, row: Broadcast) -> None:
        """Sending begins with the first chunk that is planned."""
        planning = asyncio.create_task(self._plan(row))
        try:
            if safety.canary_of(self._core, row).number and not row.canary_passed:
                await planning  # who the first few are shows when all are known
            await self._fan_out_planned(row, planning)
        finally:
            planning.cancel()  # a chunk that was begun is committed all the same
            await asyncio.gather(planning, return_exceptions=True)

    async def _plan(self, row: Broadcast) -> None:
        if not row.planning_done:
            accounts = await approval_standing.approved_accounts(self._core, row)
            await self._ledger.plan(row.broadcast_id or 0, row.audience, accounts)

    async def _fan_out_planned(self, row: Broadcast, planning: asyncio.Task[None]) -> None:
        broadcast_id = row.broadcast_id or 0
        if closed := await self._ledger.closed_lanes(broadcast_id, self._core.channels):
            why = f"{Reason.ACCOUNT_CLOSED.value}: {', '.join(closed)}"
            await self._stop_itself(broadcast_id, why)
            return
        up_to = await safety.bound(self._core, broadcast_id)
        guard = Guard(self._core, row, lambda: self.halt(broadcast_id))
        resumed = await self._ledger.reached(broadcast_id, row.content_version)
        budgets = {
            channel.name: await self._budgets.of(channel.name)
            for channel in self._core.channels.values()
            if channel.capabilities.people_per_day
        }
        run = Run(self._core, self._ledger, self._pacers, row, guard, budgets, up_to, resumed)
        if broadcast_id in self._halted or brake.is_pulled(
            self._core
        ):  # while it was being planned
            return
        proven = templates.accounts(self._core, compose.message_of(row))
        parts = {key: run.part(key, shut=key in proven) for key in self._core.channels}
        proof = Proof(
            self._core, row, {key: parts[key] for key in proven},
            partial(self._tell_of, broadcast_id), lambda: self.halt(broadcast_id),
        )  # fmt: skip
        for key in proven:
            if (event := self._heard.pop((broadcast_id, key), None)) is not None:
                proof.note_account_event(key, event)
        self._parts[broadcast_id], self._guards[broadcast_id] = [*parts.values()], guard
        self._proofs[broadcast_id] = proof
        beside = [asyncio.create_task(self._progress(broadcast_id, guard))]
        if proven:
            beside.append(asyncio.create_task(proof.keep()))
        try:
            endings = await self._run_all(broadcast_id, [*parts.values()], planning)
        finally:
            for task in beside:
                task.cancel()
        why = guard.reason or proof.reason
        await self._conclude(broadcast_id, [*parts.values()], endings, why, up_to)

    async def _run_all(
        self, broadcast_id: int, parts: list[Part], planning: asyncio.Task[None]
    ) -> list[Ending]:
        """The first that ends stops the others. It broke, or cannot go on: they would wait for what
        it has left. Or nothing was left anywhere: what is opened in its lane now would wait for it.
        """
        runs = [asyncio.create_task(part.run()) for part in parts]
        left: set[asyncio.Task[Any]] = {planning, *runs}
        while left:
            ended, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
            if any(run is not planning or run.cancelled() or run.exception() for run in ended):
                self.halt(broadcast_id)
                planning.cancel()
        endings = await asyncio.gather(*runs, return_exceptions=True)
        for ending in endings:
            if isinstance(ending, BaseException):
                raise ending
        if not planning.cancelled():
            planning.result()
        return [ending for ending in endings if isinstance(ending, Ending)]

    async def _progress(self, broadcast_id: int, guard: Guard) -> None:
        while True:
            await asyncio.sleep(_PROGRESS_SECONDS)
            with contextlib.suppress(SQLAlchemyError, OSError):
                await guard.count_those_who_left()
            await self._core.tell(Event("progress", broadcast_id))

    async def _conclude(
        self, broadcast_id: int, parts: list[Part], endings: list[Ending], why: str, up_to: int
    ) -> None:
        trouble = next((part.trouble for part in parts if part.trouble), None)
        why = account_news.trouble_words(trouble) if trouble else why
        if why:
            await self._stop_itself(broadcast_id, why)
        elif Ending.DONE in endings:  # else an admin, or our own end, stopped it
            if up_to:
                await safety.begin_watch(self._core, broadcast_id)
            else:
                await self._complete(broadcast_id)

    async def _stop_itself(self, broadcast_id: int, why: str) -> None:
        with contextlib.suppress(TooLate):  # an admin was faster
            await control.pause(self._core, None, broadcast_id, why)
            await self._core.tell(Event("trouble", broadcast_id, why))

    async def _complete(self, broadcast_id: int) -> None:
        """Only the rows can say that it is finished."""
        counts = Counter(await self._ledger.prove(broadcast_id))
        waiting = counts.pop(DeliveryStatus.WAITING, 0)
        if any(counts[s] for s in DeliveryStatus if s < DeliveryStatus.UNCERTAIN):
            return
        async with self._core.store.write() as session:
            row = await load_broadcast(session, broadcast_id)
            if row.status != _S.SENDING or await completion.any_open(session, broadcast_id):
                return  # somebody opened one again since they were counted
            if row.uncertain_policy == UncertainPolicy.RESEND and counts[DeliveryStatus.UNCERTAIN]:
                row.uncertain_policy = UncertainPolicy.ASK  # once: never in a circle
                await retry.resend_uncertain(session, broadcast_id, steady_unix())
                return
            if waiting:
                change_status(row, _S.WAITING)
                append_audit(self._core, session, "waiting", broadcast_id=broadcast_id)
            else:
                change_status(row, _S.COMPLETED)
                if row.completed_at is None:  # else it went on for a newcomer, and ended before
                    row.completed_at = self._core.clock()
                    append_audit(self._core, session, "completed", broadcast_id=broadcast_id)
        await self._core.tell(Event("changed", broadcast_id))

    async def _sweep_left_open(self) -> None:
        for broadcast_id in await completion.left_open(self._core.store):
            self._start(broadcast_id, self._send(broadcast_id))
