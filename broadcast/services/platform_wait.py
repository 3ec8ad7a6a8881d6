"""A platform makes us wait: who has to know, and until when. Acting goes on; only saying waits."""

from __future__ import annotations

from datetime import datetime, timedelta

from broadcast.account_key import AccountKey
from broadcast.context import Core, Event, Wait
from broadcast.language import N_, Speech, channel_label
from broadcast.message import RichText

LONG_SECONDS = 60.0  # shorter waits end before anybody could have read of them
QUIET_SECONDS = 600.0
DEFAULT = "default"
_WAITS = N_(
    "⏳ {platform} takes nothing from us until {time}, in {duration}. What you and subscribers ask for "
    "is done at once; only messages and answers there wait."
)


async def told_to_wait(core: Core, platform: str, account: str, seconds: float) -> None:
    """The platform said so. The team is told once of each long wait, and not every minute of one
    that is made longer again and again."""
    if seconds < LONG_SECONDS:
        return
    key, now = AccountKey(platform, account), core.clock()
    until, known = now + timedelta(seconds=seconds), core.waits.get(key)
    quiet = timedelta(seconds=QUIET_SECONDS)
    if known is not None and now < known.told_at + quiet and until <= known.until + quiet:
        core.waits[key] = Wait(max(until, known.until), known.told_at)
        return
    core.waits[key] = Wait(until, now)
    await core.tell(Event("waits", detail=platform))


def now_waiting(core: Core) -> dict[AccountKey, datetime]:
    """The long waits that have not passed: until when."""
    at = core.clock()
    return {key: wait.until for key, wait in core.waits.items() if wait.until > at}


def words(core: Core, speech: Speech, key: AccountKey, until: datetime, timezone: str) -> RichText:
    """One of them, for somebody in this time zone."""
    platform, account = key
    label = channel_label(platform)
    if account not in {DEFAULT, "console"}:
        label = f"{label} ({account})"
    left = max(0.0, (until - core.clock()).total_seconds())
    return speech.say(
        _WAITS, platform=label, time=speech.moment(until, timezone), duration=speech.duration(left)
    )
