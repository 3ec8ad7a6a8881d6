"""Tells the people concerned: cards, hold, progress and reports, posted once and edited in place.

Never in the way of the engine: `tell` only marks what changed; one task a broadcast shows it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

import structlog
from sqlmodel import col, select

from bot.chat import Button, Frontend, Reply
from bot.handlers import card
from broadcast.core import Core, Event
from broadcast.errors import CannotDo
from broadcast.language import Speech, speech
from broadcast.machine import BroadcastStatus
from broadcast.message import RichText
from broadcast.models import Admin, AdminIdentity, Approval, Posted, Role
from broadcast.services import compose, posted, report, review, team

log = structlog.get_logger()
EDIT_SECONDS = 2.0
HOLD_STEP_SECONDS = 5.0
STORAGE_QUIET_SECONDS = 600.0
_DECIDERS = frozenset({Role.APPROVER, Role.OWNER})
_RUNNING = frozenset({BroadcastStatus.SENDING, BroadcastStatus.PAUSED})
Person = tuple[Admin, AdminIdentity]


@dataclass(slots=True)
class _Speed:
    """Rate between two looks, smoothed."""

    at: float = 0.0
    done: int = 0
    rate: float = 0.0

    def seen(self, done: int) -> float:
        now = monotonic()
        if self.at and now > self.at:
            fresh = max(0.0, (done - self.done) / (now - self.at))
            self.rate = fresh if not self.rate else 0.5 * self.rate + 0.5 * fresh
        self.at, self.done = now, done
        return self.rate


@dataclass(frozen=True, slots=True)
class _Scene:
    """One broadcast at one moment, and everyone who follows it."""

    look: compose.Look
    people: list[Person]
    round: str  # what was submitted, and how often: cards of an earlier round are closed
    at: datetime

    @property
    def number(self) -> int:
        return self.look.broadcast.broadcast_id or 0

    @property
    def status(self) -> BroadcastStatus:
        return BroadcastStatus(self.look.broadcast.status)

    def author(self) -> str:
        return card.author_name([admin for admin, _ in self.people], self.look.broadcast)


class Notifier:
    """`Notifier(core, frontends).tell` is what the core tells its events to."""

    def __init__(self, core: Core, frontends: list[Frontend]) -> None:
        self._core = core
        self._frontends = {frontend.name: frontend for frontend in frontends}
        self._dirty: dict[int, asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._speeds: dict[int, _Speed] = {}
        self._shown: dict[tuple[str, str, str], Reply] = {}
        self._storage_told = 0.0
        self._showing = 0

    async def tell(self, event: Event) -> None:
        """Returns at once; telling people never delays or fails what it is about."""
        if event.kind == "storage":
            if monotonic() - self._storage_told > STORAGE_QUIET_SECONDS or not self._storage_told:
                self._storage_told = monotonic()
                self._spawn(self._storage(event))
        elif event.kind == "account":
            self._spawn(self._account(event))
        elif event.broadcast_id:
            known = self._dirty.get(event.broadcast_id)
            if known is None:
                known = self._dirty[event.broadcast_id] = asyncio.Event()
                self._spawn(self._follow(event.broadcast_id, known))
            known.set()

    async def catch_up(self) -> None:
        """After a start: show whatever is on its way; what was posted before is only edited."""
        for row in await report.current(self._core):
            await self.tell(Event("changed", row.broadcast_id or 0))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def settled(self) -> None:
        """Wait until everything told so far has been shown (tests, shutdown)."""
        while self._showing or any(changed.is_set() for changed in self._dirty.values()):
            await asyncio.sleep(0.01)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _follow(self, number: int, changed: asyncio.Event) -> None:
        """Show a broadcast whenever it changed, at most once per EDIT_SECONDS while it runs."""
        try:
            while True:
                changed.clear()
                self._showing += 1
                status = await self._show_safely(number)
                self._showing -= 1
                pause = HOLD_STEP_SECONDS if status == BroadcastStatus.HOLDING else 60.0
                if status in _RUNNING:
                    await asyncio.sleep(EDIT_SECONDS)
                try:
                    async with asyncio.timeout(pause):
                        await changed.wait()
                except TimeoutError:
                    if status != BroadcastStatus.HOLDING and not changed.is_set():
                        return
        finally:
            self._dirty.pop(number, None)

    async def _show_safely(self, number: int) -> BroadcastStatus | None:
        try:
            return await self._show(number)
        except CannotDo:
            return None
        except Exception:
            log.exception("notify_failed", broadcast_id=number)
            return None

    async def _scene(self, number: int) -> _Scene:
        look = await compose.look(self._core, number)
        people = await team.conversations(self._core)
        made = await review.decisions(self._core, number)
        refused = sum(1 for approval, _ in made if not approval.approved)
        marker = f"{look.fingerprint[:8]}:{refused}"
        return _Scene(look, people, marker, self._core.clock())

    async def _show(self, number: int) -> BroadcastStatus:
        scene = await self._scene(number)
        if scene.status == BroadcastStatus.IN_REVIEW:
            await self._ask_approvers(scene)
        await self._close_reviews(scene)
        await self._update_cards(scene)
        if scene.status == BroadcastStatus.DRAFT:
            await self._returned(scene)
        elif scene.status not in {BroadcastStatus.IN_REVIEW, BroadcastStatus.APPROVED}:
            await self._run(scene)
        return scene.status

    def _deciders(self, scene: _Scene) -> list[Person]:
        author = scene.look.broadcast.author_id
        own = self._core.policy.allow_self_approval
        return [
            (admin, identity)
            for admin, identity in scene.people
            if admin.role in _DECIDERS and (own or admin.admin_id != author)
        ]

    def _followers(self, scene: _Scene) -> list[Person]:
        author = scene.look.broadcast.author_id
        return [p for p in scene.people if p[0].role in _DECIDERS or p[0].admin_id == author]

    async def _ask_approvers(self, scene: _Scene) -> None:
        kind = f"review:{scene.round}"
        there = {(p.frontend, p.conversation) for p in await self._posted(scene.number, kind)}
        for admin, identity in self._deciders(scene):
            if (identity.frontend, identity.conversation) in there:
                continue
            ask = card.review(
                self._core,
                speech(admin.language),
                scene.look,
                author=scene.author(),
                timezone=admin.timezone,
                own=admin.admin_id == scene.look.broadcast.author_id,
            )
            await self._post(identity, Reply(content=scene.look.message), admin.language)
            await self._put(scene.number, kind, (admin, identity), ask)

    async def _close_reviews(self, scene: _Scene) -> None:
        """Cards that no longer wait for anybody say who decided, or why they are void."""
        current = f"review:{scene.round}"
        waiting = scene.status == BroadcastStatus.IN_REVIEW
        made = await review.decisions(self._core, scene.number)
        by_place = {(i.frontend, i.conversation): (a, i) for a, i in scene.people}
        for row in await self._posted(scene.number, "review:"):
            person = by_place.get((row.frontend, row.conversation))
            if person is None or (waiting and row.kind == current):
                continue
            _, digest, refused = row.kind.split(":")
            words = speech(person[0].language)
            verdict = _verdict(words, made, digest, int(refused))
            if verdict is None and scene.status == BroadcastStatus.CANCELLED:
                verdict = words.say("It was cancelled.")
            verdict = verdict or words.say("It was changed and is no longer waiting.")
            await self._edit(row, card.decided(words, scene.look, verdict), person[0].language)

    async def _update_cards(self, scene: _Scene) -> None:
        """The author's own cards, once submitted, go on saying how it stands."""
        by_place = {(i.frontend, i.conversation): a for a, i in scene.people}
        for row in await self._posted(scene.number, "card"):
            admin = by_place.get((row.frontend, row.conversation))
            if admin is not None:
                words = speech(admin.language)
                shown = card.card(self._core, words, scene.look, timezone=admin.timezone)
                await self._edit(row, shown, admin.language)

    async def _returned(self, scene: _Scene) -> None:
        """Back with its author after a rejection: tell them why, once."""
        made = await review.decisions(self._core, scene.number)
        refused = [(approval, who) for approval, who in made if not approval.approved]
        if not made or made[-1][0].approved:
            return
        approval, who = refused[-1]
        number = scene.number
        for admin, identity in scene.people:
            if admin.admin_id != scene.look.broadcast.author_id:
                continue
            words = speech(admin.language)
            text = card.lines(
                card.title(words, scene.look.broadcast),
                words.say("{name} sent it back: {reason}", name=who.name, reason=approval.reason),
            )
            buttons = ((Button(words.plain("Go on writing"), f"open {number}"),),)
            kind = f"returned:{len(refused)}"
            await self._put(number, kind, (admin, identity), Reply(text, buttons), once=True)

    async def _run(self, scene: _Scene) -> None:
        """From the decision to the end: one message edited in place, then the report."""
        row, number = scene.look.broadcast, scene.number
        launched = row.launched_at is not None
        never_began = not launched and scene.status == BroadcastStatus.CANCELLED
        if never_began and not await self._posted(number, f"run:{scene.round}"):
            return
        sums = await report.sums(self._core, number)
        rate = self._speeds.setdefault(number, _Speed()).seen(sums.planned - sums.open)
        eta = sums.open / rate if rate else 0.0
        ended = scene.status in {
            BroadcastStatus.COMPLETED,
            BroadcastStatus.CANCELLED,
            BroadcastStatus.FAILED,
        }
        reasons = await report.reasons(self._core, number) if ended and launched else []
        for admin, identity in self._followers(scene):
            words = speech(admin.language)
            person = (admin, identity)
            if launched:
                shown = card.progress(words, row, sums, rate, eta)
            else:
                shown = self._before_launch(words, scene, admin.timezone)
            await self._put(number, f"run:{scene.round}", person, shown)
            if ended and launched:
                final = card.final(words, row, sums, reasons)
                await self._put(number, f"final:{scene.round}", person, final)
            if scene.status == BroadcastStatus.PAUSED and row.pause_reason:
                await self._trouble(scene, person)

    def _before_launch(self, words: Speech, scene: _Scene, timezone: str) -> Reply:
        row = scene.look.broadcast
        if scene.status == BroadcastStatus.HOLDING:
            left = (row.hold_until - scene.at).total_seconds() if row.hold_until else 0.0
            return card.hold(words, row, left)
        if scene.status == BroadcastStatus.SCHEDULED:
            return card.scheduled(words, row, timezone)
        if scene.status == BroadcastStatus.LATE:
            return card.late(words, row, timezone)
        text = words.say("It was cancelled before it started. Nobody received it.")
        return Reply(card.lines(card.title(words, row), text))

    async def _trouble(self, scene: _Scene, person: Person) -> None:
        row = scene.look.broadcast
        words = speech(person[0].language)
        text = card.lines(
            card.title(words, row),
            words.say(
                "⚠️ Sending paused itself: {reason}",
                reason=card.pause_words(words, row.pause_reason),
            ),
            words.say("Nothing is lost. When it is mended, press Resume."),
        )
        buttons = card.progress(words, row, _NO_SUMS, 0.0, 0.0).buttons
        kind = f"trouble:{row.version}"
        await self._put(scene.number, kind, person, Reply(text, buttons), once=True)

    async def _storage(self, event: Event) -> None:
        for admin, identity in await team.conversations(self._core, {Role.OWNER}):
            text = speech(admin.language).say(
                "⚠️ I cannot write to the database ({detail}). Is the disk full? "
                "Sending waits; nothing is lost.",
                detail=event.detail,
            )
            await self._post(identity, Reply(text), admin.language)

    async def _account(self, event: Event) -> None:
        for admin, identity in await team.conversations(self._core, {Role.OWNER}):
            words = speech(admin.language)
            text = words.say("⚠️ {problem}", problem=words.say(event.detail, **event.values))
            await self._post(identity, Reply(text), admin.language)

    async def _posted(self, number: int, kind: str) -> list[Posted]:
        """By kind, or by the beginning of one (`review:`)."""
        if not kind.endswith(":"):
            return await posted.find(self._core, number, kind)
        query = select(Posted).where(
            Posted.broadcast_id == number, col(Posted.kind).startswith(kind)
        )
        async with self._core.store.read() as session:
            return list(await session.scalars(query))

    async def _put(
        self, number: int, kind: str, person: Person, reply: Reply, *, once: bool = False
    ) -> None:
        """Post it, or edit the message posted earlier under the same kind."""
        admin, identity = person
        for row in await self._posted(number, kind):
            if (row.frontend, row.conversation) == (identity.frontend, identity.conversation):
                if not once:
                    await self._edit(row, reply, admin.language)
                return
        message_id = await self._post(identity, reply, admin.language)
        if message_id:
            await posted.remember(
                self._core, number, kind, identity.frontend, identity.conversation, message_id
            )
            self._shown[(identity.frontend, identity.conversation, message_id)] = reply

    async def _post(self, identity: AdminIdentity, reply: Reply, language: str) -> str:
        frontend = self._frontends.get(identity.frontend)
        if frontend is None:
            return ""
        try:
            return await frontend.post(identity.conversation, reply, language)
        except Exception as error:
            # No traceback: a platform's request carries its token.
            log.warning("notify_post_failed", frontend=identity.frontend, error=str(error))
            return ""

    async def _edit(self, row: Posted, reply: Reply, language: str) -> None:
        key = (row.frontend, row.conversation, row.message_id)
        frontend = self._frontends.get(row.frontend)
        if frontend is None or self._shown.get(key) == reply:
            return
        try:
            await frontend.edit(row.conversation, row.message_id, reply, language)
            self._shown[key] = reply
        except Exception as error:
            log.warning("notify_edit_failed", frontend=row.frontend, error=str(error))


_NO_SUMS = report.Sums(0, 0, 0, 0, 0, 0)


def _verdict(
    words: Speech, made: list[tuple[Approval, Admin]], digest: str, refused: int
) -> RichText | None:
    """Who decided about one round: `refused` rejections came before it."""
    before = 0
    for approval, who in made:
        if before == refused and approval.digest.startswith(digest):
            if approval.approved:
                return words.say("Approved by {name}.", name=who.name)
            return words.say("Sent back by {name}: {reason}", name=who.name, reason=approval.reason)
        before += not approval.approved
    return None
