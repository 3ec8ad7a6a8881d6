"""When it goes out: a moment in the author's zone, or buttons for the usual ones."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from broadcast import timezone as zones
from broadcast.core import Core
from broadcast.errors import Invalid
from broadcast.language import N_
from broadcast.models import Admin, Broadcast
from broadcast.services import compose

DAYS_OFFERED = 14
_HOURS = range(7, 23)
_MOMENT = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:\s+(\d{1,2}:\d{2}))?")
_MINUTES = re.compile(r"\+(\d{1,4})")


def parse(text: str, timezone: str, now: datetime) -> datetime | date:
    """`2026-12-01 09:00` in the author's zone, as UTC; `+60`: minutes from now; a day without an
    hour is a date, still to be completed. Raises Invalid for the past and what is no time."""
    if wait := _MINUTES.fullmatch(text.strip()):
        return now + timedelta(minutes=int(wait[1]))
    found = _MOMENT.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError
        day = datetime.strptime(found[1], "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        if found[2] is None:
            return day
        hour = datetime.strptime(found[2], "%H:%M").time()  # noqa: DTZ007 - the zone follows
    except ValueError:
        raise Invalid(N_("I read times like `2026-12-01 09:00`.")) from None
    return in_future(_instant(day, hour, timezone), now)


def _instant(day: date, hour: time, timezone: str) -> datetime:
    """Raises Invalid for an hour that the clocks skip that day."""
    zone = zones.zone(timezone)
    try:
        at = datetime.combine(day, hour, zone).astimezone(UTC)
    except OverflowError:  # the first and the last day there are
        raise Invalid(N_("I read times like `2026-12-01 09:00`.")) from None
    if at.astimezone(zone).time() != hour:
        raise Invalid(N_("The clocks change that night and skip that hour. Please give another."))
    return at


def in_future(at: datetime, now: datetime) -> datetime:
    """The moment itself. Raises Invalid for the past."""
    if at <= now:
        raise Invalid(N_("That time has passed. Please give one in the future."))
    return at


def offers(now: datetime, timezone: str) -> list[tuple[str, str]]:
    """The usual moments, as (catalog sentence, what `parse` reads)."""
    local = now.astimezone(zones.zone(timezone))
    usual = [(N_("In 1 hour"), "+60")]
    if local.time() < time(19, 50):
        usual.append((N_("Tonight at 20:00"), f"{local:%Y-%m-%d} 20:00"))
    usual.append((N_("Tomorrow at 09:00"), f"{local + timedelta(days=1):%Y-%m-%d} 09:00"))
    return usual


def days(now: datetime, timezone: str) -> list[date]:
    """The days worth a button, today first while it has an hour left."""
    local = now.astimezone(zones.zone(timezone))
    first = local.date() + timedelta(days=local.hour >= _HOURS[-1])
    return [first + timedelta(days=more) for more in range(DAYS_OFFERED)]


def hours(day: date, now: datetime, timezone: str) -> list[str]:
    """The full hours of a day that are still to come, as `09:00`."""
    zone = zones.zone(timezone)
    whole = (datetime.combine(day, time(hour), zone) for hour in _HOURS)
    return [f"{at:%H:%M}" for at in whole if at > now]


async def set_time(
    core: Core, by: Admin, broadcast_id: int, at: datetime | None, seen: str = ""
) -> Broadcast:
    """Choose the moment (None: as soon as it is approved); a change voids an approval.

    `seen` as in `compose.rewrite`.
    """
    return await compose.edit(core, by, broadcast_id, "schedule", seen, scheduled_at=at)
