"""A word to the owners after every start that followed an end nobody wished for.

One that dies again and again says so once in a while, with how often, not every time.
"""

from __future__ import annotations

from datetime import UTC, datetime

from broadcast.clock import steady_unix
from broadcast.context import Core, Event
from broadcast.language import N_
from broadcast.models import Lease
from broadcast.services import brake, pending_notices

QUIET_SECONDS = 600.0
_ONCE = N_("I was not running: {span}. Nothing was on its way then. I go on now.")
_ONCE_UNCERTAIN = N_(
    "I was not running: {span}. Messages on their way then: {n}. Whether those arrived nobody can know, "
    "so they count as uncertain and are not sent again by themselves. I go on with the rest."
)
_OFTEN = N_(
    "I had to restart {times} times: {span}. Messages on their way then: {n}; those count as "
    "uncertain and are not sent again by themselves. I go on with the rest. Somebody should "
    "look at the machine."
)

_HALTED = N_(
    "I was not running: {span}. Messages on their way then: {n}; those count as uncertain. Everything is "
    "still stopped by {name}: nothing goes out until {name} or an owner lets it go on."
)
_HALTED_OFTEN = N_(
    "I had to start anew {times} times: {span}. Messages on their way then: {n}; those count as "
    "uncertain. Everything is still stopped by {name}: nothing goes out until {name} or an owner lets it "
    "go on. Somebody should look at the machine."
)


async def note_uncertain(core: Core, uncertain: int) -> None:
    """So many messages were on their way when the last process ended."""
    async with core.store.write() as session:
        lease = await session.get(Lease, 1)
        if lease is not None and lease.untold:
            lease.untold_uncertain += uncertain


async def tell_owners(core: Core) -> float:
    """Tell the owners what they have not heard yet. Returns 0, or the seconds until they may be told
    again. Raises what the storage raises; then nothing was told."""
    now = steady_unix()
    async with core.store.write() as session:
        lease = await session.get(Lease, 1)
        if lease is None or not lease.untold:
            return 0.0
        wait = lease.told_at + QUIET_SECONDS - now
        if 0 < wait <= QUIET_SECONDS:  # a clock that was set back keeps nobody waiting
            return wait
        often, n = lease.untold > 1, lease.untold_uncertain
        sentence = _OFTEN if often else _ONCE_UNCERTAIN if n else _ONCE
        if halted := await brake.standing_halt(session):
            sentence = _HALTED_OFTEN if often else _HALTED
        span = [_iso(lease.untold_since), _iso(max(lease.untold_since, lease.untold_until))]
        values = {"span": span, "n": n, "times": lease.untold}
        values |= {"name": halted.name} if halted else {}
        pending_notices.add(session, pending_notices.Told(sentence, values))
        lease.untold = lease.untold_uncertain = 0
        lease.told_at = now
    await core.tell(Event("account"))
    return 0.0


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
