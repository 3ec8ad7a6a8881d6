"""One sender per database: a lease row with a fencing number that grows with each new owner."""

from __future__ import annotations

import os
import socket
from datetime import timedelta

from broadcast.clock import Clock
from broadcast.models import Lease
from broadcast.store.session import Store

LEASE_SECONDS = 10.0
RENEW_SECONDS = 2.0


class Taken(Exception):
    """Another living process owns this database; `owner` is host:pid."""

    def __init__(self, owner: str) -> None:
        super().__init__(owner)
        self.owner = owner


async def take(store: Store, clock: Clock) -> int:
    """Become the owner and return the fence. Raises Taken while another owner lives.

    An owner of this host whose process is gone is succeeded at once; any other when it expires.
    """
    host, pid, now = socket.gethostname(), os.getpid(), clock()
    async with store.write() as session:
        lease = await session.get(Lease, 1)
        if lease is None:
            lease = Lease(lease_id=1, expires_at=now)
            session.add(lease)
        dead = lease.host == host and not _alive(lease.pid)
        if lease.pid and lease.pid != pid and lease.expires_at > now and not dead:
            raise Taken(f"{lease.host}:{lease.pid}")
        lease.fence += 1
        lease.host, lease.pid = host, pid
        lease.expires_at = now + timedelta(seconds=LEASE_SECONDS)
        return lease.fence


async def renew(store: Store, clock: Clock, fence: int) -> bool:
    """Prolong the lease; False when somebody else has taken over."""
    async with store.write() as session:
        lease = await session.get(Lease, 1)
        if lease is None or lease.fence != fence:
            return False
        lease.expires_at = clock() + timedelta(seconds=LEASE_SECONDS)
        return True


async def give_back(store: Store, fence: int) -> None:
    """Let the next process start at once."""
    async with store.write() as session:
        lease = await session.get(Lease, 1)
        if lease is not None and lease.fence == fence:
            lease.pid = 0


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
