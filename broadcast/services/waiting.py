"""A platform makes us wait: who has to know, and until when. Acting goes on; only saying waits."""

from __future__ import annotations

from datetime import datetime, timedelta

from broadcast.core import Core, Event
from broadcast.language import N_, Speech, channel_label
from broadcast.message import RichText

LONG_SECONDS = 60.0  # shorter waits end before anybody could have read of them
DEFAULT = "default"
_WAITS = N_(
    "⏳ {platform} takes nothing from us until {time}, in {duration}. What you and subscribers ask for "
    "is done at once; only messages and answers there wait."
)
Key = tuple[str, str]  # platform, account


async def told_to_wait(core: Core, platform: str, account: str, seconds: float) -> None:
    """The platform said so. The team is told once of each long wait."""
    if seconds < LONG_SECONDS:
        return
    key, until = (platform, account), core.clock() + timedelta(seconds=seconds)
    known = core.waits.get(key)
    if known is not None and until <= known + timedelta(seconds=LONG_SECONDS):
        return
    core.waits[key] = until
    await core.tell(Event("waits", detail=platform))


def now(core: Core) -> dict[Key, datetime]:
    """The long waits that have not passed."""
    at = core.clock()
    for key in [key for key, until in core.waits.items() if until <= at]:
        del core.waits[key]
    return dict(core.waits)


def words(core: Core, speech: Speech, key: Key, until: datetime, timezone: str) -> RichText:
    """One of them, for somebody in this time zone."""
    platform, account = key
    label = channel_label(platform)
    if account not in {DEFAULT, "console"}:
        label = f"{label} ({account})"
    left = max(0.0, (until - core.clock()).total_seconds())
    return speech.say(
        _WAITS, platform=label, time=speech.moment(until, timezone), duration=speech.duration(left)
    )
