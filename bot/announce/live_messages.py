"""Messages of ours that stay true: posted once, edited in place, tried again when refused.

Every place has a queue of its own, so a slow or silent console holds up no other.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import monotonic

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from bot.chat import Frontend, NotSaid, Reply
from broadcast.context import Core, Event
from broadcast.language import N_
from broadcast.models import Admin, Posted
from broadcast.services import account_news, console_messages

log = structlog.get_logger()
LONGEST_PAUSE_SECONDS = 60.0
CLOSED_SECONDS = 600.0  # a place that refuses for good is tried again this much later
ODD_FAILURES = 5  # errors no frontend should raise: not tried for ever
ANEW_SECONDS = 60.0  # a message that cannot be edited is posted anew no more often than this
_NOT_SHOWN = N_(
    "I could not show a message about *#{id}* in {place}: it was refused there ({why}). Nothing was "
    "sent or lost; /status shows how it stands."
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is told: one admin's own chat, or (`admin` None) a channel all share;
    `outside`: the chat of somebody who is not of the team."""

    frontend: str
    conversation: str
    language: str
    timezone: str
    admin: Admin | None = None
    outside: bool = False

    @property
    def address(self) -> tuple[str, str]:
        return self.frontend, self.conversation


@dataclass(frozen=True, slots=True)
class Note:
    """What one message shows now. `kind` names it, so that it is edited later and not repeated.

    `once`: never edited. `under`: the kind of message in whose thread it goes, where there are
    threads. `passing`: progress, of which another follows in a moment. `last`: it is only edited, and
    then forgotten. Without a `kind` it is only said.
    """

    kind: str
    reply: Reply
    once: bool = False
    under: str = ""
    passing: bool = False
    last: bool = False


@dataclass(slots=True)
class _Want:
    number: int
    note: Note
    language: str
    not_before: float = 0.0
    failures: int = 0


Closed = Callable[[str, str], Awaitable[None]]
Done = Callable[[int], None]


class _Meter:
    """Progress shown by one console, all its places together."""

    def __init__(self, per_second: float) -> None:
        self._seconds = 1.0 / per_second if per_second else 0.0
        self._next = 0.0

    def wait(self) -> float:
        """Seconds until another may be shown; else it is taken."""
        now = monotonic()
        if (wait := self._next - now) > 0:
            return wait
        self._next = now + self._seconds
        return 0.0


class Board:
    """`show` says how a message should look; the board makes it so. `closed` is told (conversation,
    why) when a shared place refuses everything, `done` (number) whenever a message is settled."""

    def __init__(
        self, core: Core, frontends: Mapping[str, Frontend], closed: Closed, done: Done
    ) -> None:
        self._core, self._frontends, self._closed, self._done = core, frontends, closed, done
        self._walls: dict[tuple[str, str], _Wall] = {}
        self._meters: dict[str, _Meter] = {}
        self._inherited: set[int] = set()

    def inherit(self, number: int) -> None:
        """An earlier process may have said something about it, and ended before it kept that."""
        self._inherited.add(number)

    async def posted(self, number: int) -> list[Posted]:
        """Every message there is about one broadcast."""
        async with self._core.store.read() as session:
            found = await session.scalars(
                select(Posted).where(Posted.broadcast_id == number).order_by(col(Posted.posted_id))
            )
            return list(found)

    def coming(self, place: Place, number: int) -> list[str]:
        """Kinds of message that are wanted there and not posted yet."""
        wall = self._walls.get(place.address)
        return wall.coming(number) if wall is not None else []

    def moved(self, number: int, frontend: str, conversation: str) -> None:
        """Another message there is its card now, or the same one was drawn by somebody else."""
        if (wall := self._walls.get((frontend, conversation))) is not None:
            wall.moved(number)

    def show(self, place: Place, number: int, note: Note) -> None:
        """Returns at once. What was asked for before under the same kind and not yet shown is
        skipped: only the latest matters."""
        wall = self._walls.get(place.address)
        if wall is None:
            frontend = self._frontends[place.frontend]
            closed = None if place.admin or place.outside else self._closed
            meter = self._meters.setdefault(frontend.name, _Meter(frontend.progress_per_second))
            wall = _Wall(self._core, frontend, place, closed, self._done, self._inherited, meter)
            self._walls[place.address] = wall
        wall.want(number, note, place.language)

    def again(self, frontend: str) -> None:
        """It can be reached again: what failed there is tried at once."""
        for (name, _), wall in self._walls.items():
            if name == frontend:
                wall.again()

    def opened(self, frontend: str, conversation: str) -> None:
        """Somebody wrote there, so it takes messages, whatever it did before."""
        if (wall := self._walls.get((frontend, conversation))) is not None:
            wall.opened()

    def owes(self, number: int) -> bool:
        """Whether a message about it is still to be posted or edited somewhere."""
        return any(wall.owes(number) for wall in self._walls.values())

    def forget(self, number: int) -> None:
        """It has ended: what was shown about it need not be remembered."""
        for wall in self._walls.values():
            wall.forget(number)

    async def settled(self) -> None:
        """Wait until everything is shown that is not being tried again later."""
        while any(wall.busy for wall in self._walls.values()):
            await asyncio.sleep(0.01)

    async def close(self) -> None:
        for wall in self._walls.values():
            wall.task.cancel()
        tasks = [wall.task for wall in self._walls.values()]
        await asyncio.gather(*tasks, return_exceptions=True)


class _Wall:
    """One place: what hangs there, and what shall."""

    def __init__(
        self, core: Core, frontend: Frontend, place: Place, closed: Closed | None, done: Done,
        inherited: set[int], meter: _Meter,
    ) -> None:  # fmt: skip
        self._meter = meter
        self._core, self._frontend, self._on_closed, self._done = core, frontend, closed, done
        self._inherited = inherited
        self._conversation = place.conversation
        self._wants: dict[tuple[int, str], _Want] = {}
        self._ids: dict[tuple[int, str], str] = {}
        self._shown: dict[tuple[int, str], tuple[str, Reply]] = {}  # in which message
        self._anew: dict[tuple[int, str], float] = {}
        self._lost: dict[tuple[int, str], str] = {}  # messages that cannot be edited any more
        self._edited: dict[tuple[int, str], float] = {}
        self._bell = asyncio.Event()
        self._closed_until = self._paused_until = 0.0
        self._sayings = 0
        self.task = asyncio.create_task(self._work())

    @property
    def busy(self) -> bool:
        return any(not want.failures for want in self._wants.values())

    def owes(self, number: int) -> bool:
        return any(about == number for about, _ in self._wants)

    def coming(self, number: int) -> list[str]:
        return [kind for wanted, kind in self._wants if wanted == number]

    def moved(self, number: int) -> None:
        for book in (self._ids, self._shown):
            for key in [key for key in book if key[0] == number]:
                del book[key]

    def _shows(self, key: tuple[int, str], reply: Reply) -> bool:
        return self._shown.get(key) == (self._ids.get(key, ""), reply)

    def want(self, number: int, note: Note, language: str) -> None:
        if monotonic() < self._closed_until:
            return
        kind = note.kind
        if not kind:
            self._sayings += 1
            kind = f"said:{self._sayings}"
        key = number, kind
        if (wanted := self._wants.get(key)) is not None:
            if wanted.note.passing and not note.passing and not wanted.failures:
                wanted.not_before = 0.0
            wanted.note = note
        elif not self._shows(key, note.reply) and not (note.once and key in self._ids):
            self._wants[key] = _Want(number, note, language)
        self._bell.set()

    def again(self) -> None:
        for want in self._wants.values():
            want.not_before = 0.0
        self._bell.set()

    def opened(self) -> None:
        self._closed_until = 0.0
        self.again()

    def forget(self, number: int) -> None:
        for book in (self._ids, self._shown, self._edited, self._anew, self._lost):
            for key in [key for key in book if key[0] == number and key not in self._wants]:
                del book[key]

    async def _work(self) -> None:
        while True:
            self._bell.clear()
            now = monotonic()
            waits = {key: max(w.not_before, self._paused_until) for key, w in self._wants.items()}
            due = next((key for key, at in waits.items() if at <= now), None)
            if due is not None:
                await self._try(due, self._wants[due])
                continue
            pause = min(waits.values()) - now if waits else None
            try:
                await asyncio.wait_for(self._bell.wait(), pause)
            except TimeoutError:
                continue

    async def _try(self, key: tuple[int, str], want: _Want) -> None:
        note = want.note
        try:
            pause = await self._hang(key, note, want.language)
        except NotSaid as no:
            pause = await self._refused(key, want, no)
        except Exception as error:
            # No traceback: a platform's request carries its token.
            log.warning(
                "notify_failed", frontend=self._frontend.name, error=type(error).__name__,
                broadcast_id=want.number,
            )  # fmt: skip
            want.failures += 1
            pause = 0.0 if want.failures > ODD_FAILURES else _backoff(want.failures)
        if pause:
            want.not_before = monotonic() + pause
        elif self._wants.get(key) is want and want.note is note:
            del self._wants[key]
            self._done(want.number)

    async def _hang(self, key: tuple[int, str], note: Note, language: str) -> float:
        """Post or edit; or the seconds to wait before."""
        message_id = await self._find(key) if note.kind else ""
        if not message_id:
            return 0.0 if note.last else await self._post(key, note, language)
        if note.once or (self._shows(key, note.reply) and not note.last):
            return 0.0
        if note.passing and self._lost.get(key) == message_id:
            return 0.0
        wait = self._edited.get(key, 0.0) + self._frontend.edit_seconds - monotonic()
        shown = self._shown.get(key)
        if wait <= 0 and note.passing and shown and shown[1].buttons == note.reply.buttons:
            wait = self._meter.wait()  # what can be pressed is shown at once
        if wait > 0:
            return wait
        self._edited[key] = monotonic()
        try:
            await self._frontend.edit(self._conversation, message_id, note.reply, language)
        except NotSaid as no:
            if not no.lost or note.last:
                raise
            return await self._replace(key, note, language)
        if note.last:
            await self._forget(key, message_id)
        else:
            self._shown[key] = message_id, note.reply
            self._edited[key] = monotonic()
        return 0.0

    async def _post(self, key: tuple[int, str], note: Note, language: str) -> float:
        above = key[0], note.under
        thread = await self._find(above) if note.under else ""
        if not thread and above in self._wants:  # it is not there yet, or not known to be
            return max(0.1, self._wants[above].not_before - monotonic())
        name = f"{key[0] if note.kind else self._core.run}:{key[1]}"
        if key in self._anew:
            name = f"{name}:{self._anew[key]}"
        made = await self._frontend.post(
            self._conversation, note.reply, language, thread=thread, key=name,
            look=key[0] in self._inherited,
        )  # fmt: skip
        if note.kind:
            await self._remember(key, made)
            self._shown[key] = made, note.reply
            self._edited[key] = monotonic()
        return 0.0

    async def _replace(self, key: tuple[int, str], note: Note, language: str) -> float:
        """It cannot be edited any more: another takes its place, and not for mere progress. What
        stands of the old one is told to say so (`scene`), as far as the platform lets us."""
        self._lost[key] = self._ids.get(key, "")
        since = monotonic() - self._anew.get(key, -ANEW_SECONDS)
        if note.passing or since < ANEW_SECONDS:
            return 0.0 if note.passing else ANEW_SECONDS - since
        self._anew[key] = monotonic()
        log.info("card_posted_anew", broadcast_id=key[0], frontend=self._frontend.name)
        pause = await self._post(key, note, language)
        about = f"{self._frontend.name} {self._conversation}"
        await self._core.tell(Event("placed", key[0], about))
        return pause

    async def _forget(self, key: tuple[int, str], message_id: str) -> None:
        for book in (self._ids, self._shown, self._edited):
            book.pop(key, None)
        with contextlib.suppress(SQLAlchemyError):  # else it is said once more
            await console_messages.forget(self._core, *key, self._frontend.name, message_id)

    async def _find(self, key: tuple[int, str]) -> str:
        if key not in self._ids:
            for row in await console_messages.find(self._core, *key):
                if (row.frontend, row.conversation) == (self._frontend.name, self._conversation):
                    self._ids[key] = row.message_id
        return self._ids.get(key, "")

    async def _remember(self, key: tuple[int, str], message_id: str) -> None:
        self._ids[key] = message_id
        number, kind = key
        try:
            await console_messages.place(
                self._core, number, kind, self._frontend.name, self._conversation, message_id
            )
        except SQLAlchemyError:
            log.warning("posted_not_kept", broadcast_id=number, kind=kind)

    async def _refused(self, key: tuple[int, str], want: _Want, no: NotSaid) -> float:
        """Seconds until the next try; 0: none."""
        if not no.forever:
            want.failures += 1
            if no.retry_after:  # it concerns every message there
                self._paused_until = monotonic() + no.retry_after
            return no.retry_after or _backoff(want.failures)
        if not no.gone and want.note.last:
            await self._forget(key, self._ids.get(key, ""))
            return 0.0
        if not no.gone:
            log.warning("notify_refused", frontend=self._frontend.name, kind=key[1], why=str(no))
            if want.note.kind:  # a card nobody sees is a broadcast nobody decides
                values = {
                    "id": want.number,
                    "place": self._frontend.name.capitalize(),
                    "why": str(no),
                }
                await account_news.tell_owners(self._core, _NOT_SHOWN, values)
            return 0.0
        if not self._closed_until:
            log.warning("notify_place_closed", frontend=self._frontend.name, why=str(no))
            if self._on_closed is not None:
                await self._on_closed(self._conversation, str(no))
        self._closed_until = monotonic() + CLOSED_SECONDS
        given_up = {number for number, _ in self._wants}
        self._wants.clear()
        for number in given_up:
            self._done(number)
        return 0.0


def _backoff(failures: int) -> float:
    return min(LONGEST_PAUSE_SECONDS, 2.0 ** min(failures, 6))
