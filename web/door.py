"""The public door: deadlines, sizes and places, before anything of a request is believed.

A connection has so long for a head, from its first byte, and so long for its body; silent, it is idle. Only so many may be open at once, and
of one peer fewer. When every place is taken, whoever has kept us waiting longest gives way. Bodies
above a small size share a budget, so that slow ones cannot fill the memory; when it is used up, the
slowest of those gives way, so that they do not keep out the large ones of a platform either.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

log = structlog.get_logger()
MAX_BODY = 2**22
SMALL_BODY = 2**16
IDLE_SECONDS = 75.0
_CLOSE = {"Connection": "close"}
# Nobody comes from these over the internet (RFC 1918, 6598, 3927, 4193, 4291).
_OWN = tuple(map(ipaddress.ip_network, (
    "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
    "169.254.0.0/16", "::1/128", "fc00::/7", "fe80::/10",
)))  # fmt: skip
_GRACE_SECONDS = 1.0  # a platform's body is here by then; before, it gives way to nobody
_LINGER_SECONDS = 1.0  # for a refusal to be read by who is still sending


@dataclass(frozen=True, slots=True)
class Limits:
    """`connections` at once, of which `per_peer` of one address that is not of the house's own
    network (0: any number); `large_bytes` of bodies above SMALL_BODY at once."""

    connections: int = 256
    per_peer: int = 32
    head_seconds: float = 10.0
    body_seconds: float = 15.0
    large_bytes: int = 2**24


class Door:
    """Makes the protocol of each connection (`loop.create_server` calls it) and counts them."""

    def __init__(self, server: web.Server, limits: Limits) -> None:
        self._server, self.limits = server, limits
        self._peers: Counter[str] = Counter()
        self._open: dict[Guarded, None] = {}
        self._waiting: dict[Guarded, None] = {}  # for bytes of theirs; the longest first
        self._reading: dict[Guarded, tuple[int, float]] = {}  # large bodies: size, since when
        self._sweeping: asyncio.TimerHandle | None = None
        self.refused = 0  # connections and bodies, since the start

    def __call__(self) -> Guarded:
        return Guarded(self, self._server)

    def enter(self, one: Guarded, peer: str) -> bool:
        """Whether it may stay; another may have to leave for it."""
        bound = 0 if _speaks_for_many(peer) else self.limits.per_peer
        full = bound and self._peers[peer] >= bound
        if not full and len(self._open) >= self.limits.connections:
            oldest = next(iter(self._waiting), None)
            full = oldest is None
            if oldest is not None:
                oldest.end()
        if full:
            self._refuse("connection")
            return False
        self._open[one] = None
        self._peers[peer] += 1
        if self._sweeping is None:
            self._look_again()
        return True

    def _look_again(self) -> None:
        pause = min(1.0, self.limits.head_seconds / 4)
        self._sweeping = asyncio.get_running_loop().call_later(pause, self._sweep)

    def _sweep(self) -> None:
        """Let go whose time for a head is over. One look for all: a timer each costs more."""
        now = monotonic()
        for one in [one for one in self._open if one.due and one.due < now]:
            one.end()
        self._sweeping = None
        if self._open:
            self._look_again()

    def leave(self, one: Guarded, peer: str) -> None:
        self._waiting.pop(one, None)
        if one in self._open:
            del self._open[one]
            self._peers[peer] -= 1
            if not self._peers[peer]:
                del self._peers[peer]

    def waits(self, one: Guarded) -> None:
        """For bytes of theirs, from now on."""
        self._waiting.pop(one, None)
        if one in self._open:
            self._waiting[one] = None

    def works(self, one: Guarded) -> None:
        """It has all bytes it needs: it is not the one to give way."""
        self._waiting.pop(one, None)

    @contextmanager
    def room(self, one: Guarded, size: int) -> Iterator[None]:
        """Of the budget, for a body of this size. Raises HTTPServiceUnavailable."""
        if size <= SMALL_BODY:
            yield
            return
        if not self._make_room(size):
            self._refuse("large body")
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "5", **_CLOSE})
        self._reading[one] = size, monotonic()
        try:
            yield
        finally:
            self._reading.pop(one, None)

    def _make_room(self, size: int) -> bool:
        """Whether there is any; who has been at it for long may have to leave for it."""
        free = self.limits.large_bytes - sum(held for held, _ in self._reading.values())
        slow = []
        for other, (held, since) in self._reading.items():  # the longest first
            if free >= size or monotonic() - since < _GRACE_SECONDS:
                break
            free += held
            slow.append(other)
        if free < size:
            return False
        for other in slow:
            del self._reading[other]
            other.end()
        return True

    def _refuse(self, what: str) -> None:
        self.refused += 1
        if self.refused & (self.refused - 1) == 0:  # the 1st, 2nd, 4th, 8th …
            log.warning("door_refused", what=what, so_far=self.refused)


class Guarded(web.RequestHandler):
    """One connection, with its deadlines."""

    def __init__(self, door: Door, server: web.Server) -> None:
        super().__init__(
            server, loop=asyncio.get_running_loop(), access_log=None,  # type: ignore[arg-type]
            keepalive_timeout=IDLE_SECONDS, lingering_time=_LINGER_SECONDS, auto_decompress=False,
        )  # fmt: skip
        self._door, self._peer = door, ""
        self.due = (
            0.0  # when its head has to be there, or its first byte; 0: aiohttp looks after it
        )
        self._begun = self._busy = self._turned_away = False  # begun: some of a head is here

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._peer = str((transport.get_extra_info("peername") or ("",))[0])
        if not self._door.enter(self, self._peer):
            self._turned_away = True
            transport.abort()  # type: ignore[attr-defined]
            return
        super().connection_made(transport)
        self._door.waits(self)
        self.due = monotonic() + IDLE_SECONDS

    def data_received(self, data: bytes) -> None:
        if self._turned_away:
            return
        if data and not self._busy and not self._begun:  # aiohttp also calls this with nothing
            self._begun = True
            self.due = monotonic() + self._door.limits.head_seconds
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._door.leave(self, self._peer)
        if not self._turned_away:
            super().connection_lost(exc)

    def end(self) -> None:
        """Close it now, whatever it was about."""
        self._door.leave(self, self._peer)
        if self.transport is not None:
            self.transport.abort()

    async def read(self, request: web.Request) -> None:
        """The whole body, or the refusal it deserves."""
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise web.HTTPBadRequest(text="no encoded bodies\n", headers=_CLOSE)
        if request.body_exists and not request.content.is_eof():
            self._door.waits(self)
            size = request.content_length
            if size is not None and size > MAX_BODY:
                raise web.HTTPRequestEntityTooLarge(MAX_BODY, size, headers=_CLOSE)
            with self._door.room(self, MAX_BODY if size is None else size):
                try:
                    async with asyncio.timeout(self._door.limits.body_seconds):
                        await request.read()
                except TimeoutError:
                    raise web.HTTPRequestTimeout(headers=_CLOSE) from None
        self._door.works(self)

    async def handle(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """A request whose head has come: read, and answered."""
        self.due, self._begun, self._busy = 0.0, False, True
        try:
            await self.read(request)
            return await handler(request)
        finally:
            self._busy = False
            self._door.waits(self)


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Reads the whole body within its bounds, then lets the handler have it; nothing is stored on
    the way."""
    connection = request.protocol
    if isinstance(connection, Guarded):
        response = await connection.handle(request, handler)
    else:
        response = await handler(request)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _speaks_for_many(peer: str) -> bool:
    """This machine, or one of the house's own network: a proxy there, or the gateway of a container,
    brings everybody under one address."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return True  # a local socket has no address
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in _OWN)
