"""One sender per database: a lease whose fence grows with every owner, timed by steady clocks only.

A wall clock may jump, so no expiry is stored. The owner writes a beat every RENEW_SECONDS; whoever
wants the lease watches, and takes it when no beat came for LEASE_SECONDS. The owner counts from
before its last beat and stops _MARGIN_SECONDS earlier, also when it was frozen meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import socket
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from broadcast.clock import steady, steady_unix
from broadcast.models import Lease
from broadcast.store.instance import Copied, Mark, new_instance
from broadcast.store.session import Store

log = structlog.get_logger()
LEASE_SECONDS = 10.0
RENEW_SECONDS = 2.0
_MARGIN_SECONDS = 2.0
_LOOK_SECONDS = 0.25


class Taken(Exception):
    """Another living process owns this database; `owner` is host:pid."""

    def __init__(self, owner: str) -> None:
        super().__init__(owner)
        self.owner = owner


class Hold:
    """The lease as its owner has it. `held` is asked before everything that leaves this process."""

    def __init__(
        self, store: Store | None, fence: int, until: float, mark: Mark | None = None,
        clock_went_back: float = 0.0,
    ) -> None:  # fmt: skip
        self._store, self.fence, self._until, self._mark = store, fence, until, mark
        self.clock_went_back = clock_went_back  # seconds, between the last owner's beat and us
        self._lost = False

    @property
    def held(self) -> bool:
        """Whether nobody else can have taken over yet."""
        return not self._lost and steady() < self._until

    @property
    def lost(self) -> bool:
        """Somebody else has taken over: never to come back."""
        return self._lost

    async def regained(self) -> bool:
        """Wait, after a freeze or a blocked disk, until the lease is ours again; False: lost."""
        while not self.held and not self._lost:
            await asyncio.sleep(_LOOK_SECONDS)
        return self.held

    async def keep(self) -> None:
        """Beat until the lease is lost, then return: the caller must stop."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                if not await self.renew():
                    return
            except (SQLAlchemyError, OSError) as error:
                log.warning("lease_not_renewed", error=type(error).__name__)

    async def renew(self) -> bool:
        """Prolong it; False when somebody else has taken over. Raises what the disk raises."""
        if self._store is None:
            return True
        begun = steady()
        async with self._store.write() as session:
            lease = await session.get(Lease, 1)
            if lease is None or lease.fence != self.fence:
                self._lost = True
                return False
            lease.beat += 1
            lease.seen_at = steady_unix()
            beat = lease.beat
        self._until = begun + LEASE_SECONDS - _MARGIN_SECONDS
        if self._mark is not None:
            self._mark.note(beat)
        return True

    async def give_back(self, *, badly: bool = False) -> None:
        """Let the next process start at once; `badly`: it is to say that this one broke."""
        if self._store is None:
            return
        self._until = -math.inf
        with contextlib.suppress(SQLAlchemyError, OSError):
            async with self._store.write() as session:
                lease = await session.get(Lease, 1)
                if lease is not None and lease.fence == self.fence:
                    lease.pid = 0
                    lease.ended_badly = int(badly)


NOT_NEEDED = Hold(None, 0, math.inf)  # for tests and tools that have the database to themselves


@dataclass(frozen=True)
class _Seen:
    """A lease row at one look."""

    fence: int
    beat: int
    host: str
    pid: int
    process: str

    @property
    def owner(self) -> str:
        return f"{self.host}:{self.pid}"

    def here(self) -> bool:
        """Whether its owner is certainly a process of this machine, running or frozen."""
        return bool(self.process) and _process(self.pid) == self.process

    def lives(self) -> bool:
        """Whether its owner may still be there: false only when that is certain."""
        here = _process(os.getpid())
        if not self.pid or (self.pid == os.getpid() and self.process == here):
            return False
        if not self.process or _place(self.process) != _place(here):
            return True  # another machine, or another container on it: we cannot see
        return _process(self.pid) == self.process


async def take(store: Store) -> Hold:
    """Become the owner. Raises Taken while another owner lives, instance.Copied for a copy.

    An owner of this machine whose process is gone is succeeded at once; any other when it has not
    been heard of for LEASE_SECONDS.
    """
    mark = Mark.beside(store.url)
    seen = await _look(store)
    if seen is not None and seen.lives():
        seen = await _watch(store, seen)
    begun = steady()
    async with store.write() as session:
        lease = await session.get(Lease, 1)
        if lease is None:
            lease = Lease(lease_id=1)
            session.add(lease)
        elif seen is None or (lease.fence, lease.beat) != (seen.fence, seen.beat):
            raise Taken(f"{lease.host}:{lease.pid}")
        if mark is not None:
            mark.check(lease.instance, lease.beat)
        if not lease.instance:
            lease.instance = new_instance()
            if mark is not None:  # before the commit: without its file it would be a copy
                mark.instance = lease.instance
                mark.write(0)
        if lease.pid or lease.ended_badly:
            _note_the_end(lease)
        lease.fence += 1
        lease.beat += 1
        lease.host, lease.pid = socket.gethostname(), os.getpid()
        lease.process = _process(lease.pid)
        went_back = max(0.0, lease.seen_at - steady_unix())
        lease.seen_at = steady_unix()
    if mark is not None:
        mark.instance = lease.instance
        mark.note(lease.beat)
    return Hold(store, lease.fence, begun + LEASE_SECONDS - _MARGIN_SECONDS, mark, went_back)


def _note_the_end(lease: Lease) -> None:
    """The last owner was killed or broke: the owners of the house are to hear since when."""
    lease.untold_since = lease.untold_since if lease.untold else lease.seen_at
    lease.untold_until = steady_unix()
    lease.untold += 1
    lease.ended_badly = 0


async def check_own(store: Store) -> None:
    """Look, without taking anything. Raises instance.Copied for a copy."""
    mark = Mark.beside(store.url)
    async with store.read() as session:
        lease = await session.get(Lease, 1)
    if mark is not None and lease is not None:
        mark.check(lease.instance, lease.beat)


async def check_unused(store: Store) -> None:
    """Look whether somebody is at work on this file, or on the one that lay here before. Raises
    Taken; waits a few seconds where that is not plain."""
    mark = Mark.beside(store.url)
    seen, beaten = await _look(store), mark.read() if mark is not None else b""
    lives = seen is not None and seen.lives()
    own = await _is_own(store)
    if seen is not None and lives and own and seen.here():
        raise Taken(seen.owner)
    if not lives and (own or mark is None or not mark.beats()):
        return
    until = steady() + (LEASE_SECONDS if own else 2 * RENEW_SECONDS)
    while steady() < until:
        await asyncio.sleep(_LOOK_SECONDS)
        now = await _look(store)
        if now is not None and not now.pid and own:
            return  # given back meanwhile
        if now != seen or (mark is not None and mark.read() != beaten):
            raise Taken(now.owner if now is not None and now.pid else "on this machine")


async def _is_own(store: Store) -> bool:
    try:
        await check_own(store)
    except Copied:
        return False
    return True


async def adopt(store: Store) -> None:
    """A copy becomes this installation's own database. Its former owner keeps its own file."""
    mark = Mark.beside(store.url)
    async with store.write() as session:
        lease = await session.get(Lease, 1)
        if lease is None:
            lease = Lease(lease_id=1)
            session.add(lease)
        lease.instance = new_instance()
        lease.fence += 1
        lease.beat += 1
        lease.pid = lease.ended_badly = lease.untold = 0
        if mark is not None:
            mark.instance = lease.instance
            mark.write(0)


async def _look(store: Store) -> _Seen | None:
    async with store.read() as session:
        lease = await session.get(Lease, 1)
    if lease is None:
        return None
    return _Seen(lease.fence, lease.beat, lease.host, lease.pid, lease.process)


async def _watch(store: Store, first: _Seen) -> _Seen:
    """The row once its owner is known to be gone. Raises Taken at the first sign of life."""
    until = steady() + LEASE_SECONDS
    while steady() < until and first.lives():
        await asyncio.sleep(_LOOK_SECONDS)
        now = await _look(store)
        if now is not None and not now.pid:
            return now  # given back meanwhile
        if now is None or (now.fence, now.beat) != (first.fence, first.beat):
            raise Taken(now.owner if now else first.owner)
    return first


def _process(pid: int) -> str:
    """`boot/pid namespace/start time`: names a process for ever, unlike its number; "" if unknown."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        space = os.readlink("/proc/self/ns/pid")
        # The name in parentheses may hold spaces; the start time is the 20th field after it.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (OSError, ValueError):
        return ""
    if fields[0] in {"Z", "X"}:
        return ""  # dead, only not yet buried
    return f"{boot}/{space}/{fields[19]}"


def _place(process: str) -> str:
    return process.rpartition("/")[0]
