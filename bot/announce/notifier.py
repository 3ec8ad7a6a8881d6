"""Tells the people concerned: cards, hold, progress and reports, wherever admins are.

Never in the way of the engine: `tell` only marks what changed; one task a broadcast shows it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.announce.live_messages import Board, Note, Place
from bot.announce.presenter import Scene
from bot.chat import Button, Frontend, Reply
from bot.handlers.member import role_words
from bot.per_person import log_and_go_on
from broadcast.context import Core, Event
from broadcast.errors import CannotDo
from broadcast.language import N_, speech
from broadcast.models import Admin, AdminIdentity, Posted, Role
from broadcast.services import brake, compose, pending_notices, platform_wait, report, review, team
from broadcast.states import BroadcastStatus

log = structlog.get_logger()
LOOK_SECONDS = 2.0  # between two looks at one broadcast that is or was sent
HOLD_STEP_SECONDS = 5.0
# Kinds of message that say what it says, or what could be done about it
_HELD = ("card:", "was:", "trouble:", "wants:", "void:", "returned:", "again:")
_OWNERS: set[Role] | None = {Role.OWNER}
STORAGE_QUIET_SECONDS = 600.0
# What the platform tells of it may come by the thousand a second, also after it has ended.
_TOLD_OF = frozenset({
    BroadcastStatus.SENDING, BroadcastStatus.PAUSED, BroadcastStatus.WAITING,
    BroadcastStatus.COMPLETED,
})  # fmt: skip


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


class Notifier:
    """`Notifier(core, frontends).tell` is what the core tells its events to."""

    def __init__(self, core: Core, frontends: Sequence[Frontend]) -> None:
        self._core = core
        self._frontends = {frontend.name: frontend for frontend in frontends}
        self._board = Board(core, self._frontends, self._place_closed, self._settled)
        self._queued: dict[int, int] = {}  # the last notice the board was given, by broadcast
        self._again: set[int] = set()  # looked at while a message was on its way, which it missed
        self._house_told = 0  # the last notice of the house it was given
        self._dirty: dict[int, asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._writing: set[asyncio.Task[None]] = (
            set()
        )  # what is shown is struck off, also at the end
        self._speeds: dict[int, dict[int, _Speed]] = {}  # by broadcast and lane
        self._storage_told = 0.0
        self._showing = 0

    async def tell(self, event: Event) -> None:
        """Returns at once; telling people never delays or fails what it is about."""
        if event.kind == "storage":
            if monotonic() - self._storage_told > STORAGE_QUIET_SECONDS or not self._storage_told:
                self._storage_told = monotonic()
                self._spawn(self._alarm(_STORAGE, {"detail": event.detail}, None))
        elif event.kind == "account":
            self._spawn(self._tell_of_the_house())
            self._pages_changed()  # who is of the team, and what they may
        elif event.kind == "brake":
            self._spawn(self._brake_was_used())
        elif event.kind == "waits":
            self._spawn(self._tell_of_waits(event.detail))
        elif event.kind == "console":
            self._board.again(event.detail)
        elif event.kind == "here":
            self._board.opened(*event.detail.split(" ", 1))
        elif event.kind == "placed":
            self._board.moved(event.broadcast_id, *event.detail.split(" ", 1))
            self._ring(event.broadcast_id)
        elif event.broadcast_id:
            self._ring(event.broadcast_id)
            self._pages_changed()

    def _pages_changed(self) -> None:
        for frontend in self._frontends.values():
            frontend.changed()

    async def _brake_was_used(self) -> None:
        """Everything was stopped, or goes on: each card says so."""
        await brake.refresh(self._core)
        for row in await brake.stopped_broadcasts(self._core):
            self._ring(row.broadcast_id or 0)
        self._pages_changed()

    def _ring(self, number: int) -> None:
        known = self._dirty.get(number)
        if known is None:
            known = self._dirty[number] = asyncio.Event()
            self._spawn(self._follow(number, known))
        known.set()

    async def catch_up(self) -> None:
        """After a start: show what is on its way, and whatever somebody has still to be told; what
        was posted before is only edited."""
        await brake.refresh(self._core)
        running = [row.broadcast_id or 0 for row in await report.current(self._core)]
        for number in dict.fromkeys([*running, *await pending_notices.owed(self._core)]):
            self._board.inherit(number)
            await self.tell(Event("changed", number))
        await self.tell(Event("account"))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._board.close()
        await asyncio.gather(*self._writing, return_exceptions=True)

    async def settled(self) -> None:
        """Wait until everything told so far has been shown (tests, shutdown)."""
        while self._showing or any(changed.is_set() for changed in self._dirty.values()):
            await asyncio.sleep(0.01)
        await self._board.settled()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _follow(self, number: int, changed: asyncio.Event) -> None:
        """Look at a broadcast whenever it changed, at most once per LOOK_SECONDS once it runs."""
        try:
            while True:
                changed.clear()
                self._showing += 1
                status = await self._show_safely(number)
                self._showing -= 1
                pause = HOLD_STEP_SECONDS if status == BroadcastStatus.HOLDING else 60.0
                if status in _TOLD_OF:
                    await asyncio.sleep(LOOK_SECONDS)
                try:
                    async with asyncio.timeout(pause):
                        await changed.wait()
                except TimeoutError:
                    if status != BroadcastStatus.HOLDING and not changed.is_set():
                        return
        finally:
            self._dirty.pop(number, None)
            self._speeds.pop(number, None)
            self._board.forget(number)

    async def _show_safely(self, number: int) -> BroadcastStatus | None:
        try:
            return await self._show(number)
        except CannotDo:
            await self._told(number, 1 << 62)  # it is not there any more
            return None
        except Exception:
            log.exception("notify_failed", broadcast_id=number)
            return None

    async def _show(self, number: int) -> BroadcastStatus:
        if self._board.owes(number):
            self._again.add(number)
        owed = await pending_notices.latest(self._core, number)
        people = await team.conversations(self._core)
        scene = await self._scene(number)
        own = [
            _own_place(admin, identity)
            for admin, identity in people
            if identity.frontend in self._frontends
        ]
        shared = self._shared()
        places = [*shared, *own]
        # What is not posted yet would come late, and as it was. Asked before what is: in between
        # it may become posted.
        coming = [self._board.coming(place, number) for place in places]
        posted = await self._board.posted(number)
        for place, soon in zip(places, coming, strict=True):
            there = [
                row.kind for row in posted if (row.frontend, row.conversation) == place.address
            ]
            told_there = place.admin is None or not self._shares(place)
            with log_and_go_on("notify_place_failed", frontend=place.frontend, broadcast_id=number):
                for note in scene.notes(place, list(dict.fromkeys([*there, *soon])), told_there):
                    self._board.show(place, number, note)
        await self._take_back(number, posted, {place.address for place in places}, scene)
        self._queued[number] = owed
        self._settled(number)
        if scene.launched and scene.status == BroadcastStatus.IN_REVIEW:
            return BroadcastStatus.PAUSED  # a correction waits: as much may be told of it
        return scene.status

    async def _take_back(
        self, number: int, posted: list[Posted], ours: set[tuple[str, str]], scene: Scene
    ) -> None:
        """Cards with whoever is not of the team any more show nothing that could be pressed."""
        left = [
            row
            for row in posted
            if row.kind.startswith(_HELD) and (row.frontend, row.conversation) not in ours
        ]
        if not left:
            return
        languages = await team.former(self._core)
        for row in left:
            language = languages.get((row.frontend, row.conversation))
            if language is not None and row.frontend in self._frontends:
                zone = self._core.policy.timezone
                place = Place(row.frontend, row.conversation, language, zone, outside=True)
                self._board.show(place, number, Note(row.kind, scene.taken_back(place)))

    def _settled(self, number: int) -> None:
        """A message about it was posted, edited or given up: perhaps it was the last."""
        if self._board.owes(number):
            return
        if number in self._again:
            self._again.discard(number)
            self._ring(number)
        elif self._queued.get(number):
            task = asyncio.create_task(self._told(number, self._queued.pop(number)))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    async def _told(self, number: int, up_to: int) -> None:
        with contextlib.suppress(SQLAlchemyError, OSError):  # else it is told again
            await pending_notices.shown(self._core, number, up_to)

    async def _tell_of_the_house(self) -> None:
        rows = await pending_notices.of_the_house(self._core)
        fresh = [row for row in rows if (row.notice_id or 0) > self._house_told]
        if not fresh:
            return
        self._house_told = fresh[-1].notice_id or 0
        for row in fresh:
            await self._say_of_the_house(pending_notices.read(row))
        self._queued[pending_notices.OF_THE_HOUSE] = self._house_told
        self._settled(pending_notices.OF_THE_HOUSE)

    async def _tell_of_waits(self, platform: str) -> None:
        """On a console that can still say something; who has none hears it when theirs can."""
        waits = {
            key: at
            for key, at in platform_wait.now_waiting(self._core).items()
            if key[0] == platform
        }
        people: dict[int, list[tuple[Admin, AdminIdentity]]] = {}
        for admin, identity in await team.conversations(self._core):
            if identity.frontend in self._frontends:
                people.setdefault(admin.admin_id or 0, []).append((admin, identity))
        for own in people.values():
            able = [one for one in own if self._can_speak(one[1].frontend)]
            for admin, identity in able or own:
                for key, until in waits.items():
                    text = platform_wait.words(
                        self._core, speech(admin.language), key, until, admin.timezone
                    )
                    place = Place(
                        identity.frontend, identity.conversation, admin.language, admin.timezone,
                        admin,
                    )  # fmt: skip
                    self._board.show(place, 0, Note("", Reply(text)))

    def _can_speak(self, frontend: str) -> bool:
        return self._frontends[frontend].closed_seconds < platform_wait.LONG_SECONDS

    def _shared(self) -> list[Place]:
        policy = self._core.policy
        return [
            Place(frontend.name, frontend.shared, policy.language, policy.timezone)
            for frontend in self._frontends.values()
            if frontend.shared
        ]

    def _shares(self, place: Place) -> bool:
        return bool(self._frontends[place.frontend].shared)

    async def _scene(self, number: int) -> Scene:
        at = self._core.clock()
        # In this order: of a decision made in between the card shows nothing yet, and what made it
        # tells us again. The other way it would belong to a round that never was.
        made = await review.decisions(self._core, number)
        look = await compose.look_at(self._core, number)
        row = look.broadcast
        if row.launched_at is None:
            return Scene(self._core, look, made, at, report.NOTHING)
        sums = await report.sums(self._core, number)
        rate, eta = self._pace(number, await report.lanes(self._core, number))
        scene = Scene(self._core, look, made, at, sums, rate, eta)
        if not scene.ended:
            return scene
        reasons = await report.reasons(self._core, number)
        return Scene(self._core, look, made, at, sums, rate, eta, reasons)

    def _pace(self, number: int, lanes: dict[int, tuple[int, int]]) -> tuple[float, float]:
        """(deliveries a second, seconds that are left): the slowest account that moves decides."""
        speeds = self._speeds.setdefault(number, {})
        rates = {
            lane: speeds.setdefault(lane, _Speed()).seen(ended)
            for lane, (_, ended) in lanes.items()
        }
        left = [(lanes[lane][0] - lanes[lane][1]) / rate for lane, rate in rates.items() if rate]
        return sum(rates.values()), max(left, default=0.0)

    async def _alarm(
        self, sentence: str, values: dict[str, Any], roles: set[Role] | None = _OWNERS
    ) -> None:
        """To every one of these, alone; None: the whole team."""
        told = pending_notices.Told(sentence, values)
        for admin, identity in await team.conversations(self._core, roles):
            self._tell_one(told, _own_place(admin, identity))

    async def _say_of_the_house(self, told: pending_notices.Told) -> None:
        """To whom it concerns: the owners, one admin, or somebody who is of the team no more."""
        if told.place is not None:
            frontend, conversation, language = told.place
            there = Place(
                frontend, conversation, language, self._core.policy.timezone, outside=True
            )  # fmt: skip
            self._tell_one(told, there)
            return
        only = told.only is not None
        roles, also = (None, None) if only else (_OWNERS, told.also)
        for admin, identity in await team.conversations(self._core, roles, also):
            if not only and admin.admin_id in told.but:
                continue
            if not only or admin.admin_id == told.only:
                self._tell_one(told, _own_place(admin, identity))

    def _tell_one(self, told: pending_notices.Told, place: Place) -> None:
        if place.frontend not in self._frontends:
            return
        with log_and_go_on("alarm_failed", frontend=place.frontend):
            words = speech(place.language)
            said = {name: role_words(words, str(told.values[name])) for name in told.words}
            if span := told.values.get("span"):
                since, until = map(datetime.fromisoformat, span)
                said["span"] = words.span(since, until, place.timezone)
            text = words.say(told.sentence, **{**told.values, **said})
            if not told.calm:
                text = words.say("⚠️ {problem}", problem=text)
            rows = tuple((Button(words.plain(label), line),) for label, line in told.buttons)
            self._board.show(place, 0, Note("", Reply(text, rows)))

    async def _place_closed(self, conversation: str, why: str) -> None:
        self._spawn(self._alarm(_CLOSED, {"channel": conversation, "why": why}))


def _own_place(admin: Admin, identity: AdminIdentity) -> Place:
    return Place(
        identity.frontend, identity.conversation, admin.language, admin.timezone, admin
    )  # fmt: skip


_STORAGE = N_(
    "I cannot write to the database ({detail}). Is the disk full? Sending waits, and what you write "
    "to me waits too; nothing is lost."
)
_CLOSED = N_(
    "I cannot write to the channel {channel} ({why}). Is the bot a member there? Cards do not "
    "arrive; /status shows what waits."
)
