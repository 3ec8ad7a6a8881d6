"""When it goes out: a moment in the author's zone, or buttons for the usual ones."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from broadcast.core import Core
from broadcast.errors import Invalid
from broadcast.language import N_
from broadcast.models import Admin, Broadcast
from broadcast.services import compose


def parse(text: str, timezone: str, now: datetime) -> datetime:
    """`2026-12-01 09:00` in the author's zone, as UTC. Raises Invalid for the past."""
    try:
        local = datetime.strptime(text.strip(), "%Y-%m-%d %H:%M")  # noqa: DTZ007 - zone follows
    except ValueError:
        raise Invalid(N_("I read times like `2026-12-01 09:00`.")) from None
    return in_future(local.replace(tzinfo=ZoneInfo(timezone)).astimezone(now.tzinfo), now)


def in_future(at: datetime, now: datetime) -> datetime:
    """The moment itself. Raises Invalid for the past."""
    if at <= now:
        raise Invalid(N_("That time has passed. Please give one in the future."))
    return at


def offers(now: datetime, timezone: str) -> list[tuple[str, datetime]]:
    """The usual moments, as (catalog sentence, instant)."""
    local = now.astimezone(ZoneInfo(timezone))
    tonight = local.replace(hour=20, minute=0, second=0, microsecond=0)
    tomorrow = (local + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    usual = [(N_("In 1 hour"), local + timedelta(hours=1))]
    if tonight > local + timedelta(minutes=10):
        usual.append((N_("Tonight at 20:00"), tonight))
    usual.append((N_("Tomorrow at 09:00"), tomorrow))
    return [(label, at.astimezone(now.tzinfo)) for label, at in usual]


async def set_time(core: Core, by: Admin, broadcast_id: int, at: datetime | None) -> Broadcast:
    """Choose the moment (None: as soon as it is approved); a change voids an approval."""
    return await compose._edit(core, by, broadcast_id, "schedule", scheduled_at=at)
