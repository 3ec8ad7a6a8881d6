"""When it goes out: a moment in the author's zone, or buttons for the usual ones."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from broadcast import timezone as zones
from broadcast.context import Core
from broadcast.errors import Invalid
from broadcast.language import N_
from broadcast.models import Admin, Broadcast
from broadcast.services import compose
from broadcast.wording import moment

DAYS_OFFERED = 14
_HOURS = range(7, 23)
_MINUTES = re.compile(r"\+(\d{1,4})")
_EXACT = re.compile(r"=(\d{4}-\d\d-\d\dT\d\d:\d\d)Z")
_FAR = timedelta(days=366)
_ROLLED = timedelta(days=300)  # a day without a year that has just passed: hardly the next one
UNREAD = N_("I read times like `tomorrow 9:00`, `02.12. 09:00` or `Friday 18:30`.")
_WHICH = N_("That can be read in two ways. Which do you mean?")
TWICE = N_("The clocks are set back that night, so that hour comes twice. Which one?")
_SKIPPED = N_("The clocks change that night and skip that hour. Which do you mean?")
_LONG = N_("That is more than a year away. Is that what you mean?")
_OVER = N_("That time has passed. Do you mean one of these?")
_TOMORROW = N_("That hour has passed today, so I take it as tomorrow.")
_TODAY = N_("I take it as today.")


@dataclass(frozen=True, slots=True)
class Understood:
    """What was meant: one of `options`, moments in UTC or days still without an hour; none: as soon
    as it is approved. `asks`: the person has to say which, or that it is so. `why`: a catalog
    sentence, of what is asked or of what was taken for granted."""

    options: tuple[datetime | date, ...] = ()
    asks: bool = False
    why: str = ""


def understand(text: str, timezone: str, now: datetime) -> Understood:
    """What an admin in this zone means by what they typed, or by a button's line: `+60` is minutes
    from now, `=2026-12-01T09:00Z` that very moment, asked about already. Raises Invalid for what
    cannot be read."""
    if wait := _MINUTES.fullmatch(text.strip()):
        return Understood((now + timedelta(minutes=int(wait[1])),))
    if exact := _EXACT.fullmatch(text.strip()):
        return _agreed(exact[1], timezone, now)
    zone = zones.zone(timezone)
    readings = moment.read(text, now.astimezone(zone))
    if not readings:
        raise Invalid(UNREAD)
    try:
        if len(readings) > 1:
            return _either(readings, timezone, now)
        return _one(readings[0], timezone, now)
    except OverflowError:  # the first and the last day there are
        raise Invalid(UNREAD) from None


def exact(at: datetime) -> str:
    """The line of a button for a moment that was asked about."""
    return f"={at.astimezone(UTC):%Y-%m-%dT%H:%M}Z"


def _agreed(written: str, timezone: str, now: datetime) -> Understood:
    try:
        at = datetime.fromisoformat(written).replace(tzinfo=UTC)
    except ValueError:
        raise Invalid(UNREAD) from None
    if at > now:
        return Understood((at,))
    return _passed(at.astimezone(zones.zone(timezone)), now)


def is_far(at: datetime, now: datetime) -> bool:
    """Whether it is so far away that it may be a slip."""
    return at - now > _FAR


def far(at: datetime) -> Understood:
    return Understood((at,), asks=True, why=_LONG)


def _one(reading: moment.Reading, timezone: str, now: datetime) -> Understood:
    if reading.now:
        return Understood()
    if reading.after is not None:
        at = now + reading.after
        return far(at) if is_far(at, now) else Understood((at,))
    local, why = now.astimezone(zones.zone(timezone)), ""
    day, hour = reading.day, reading.hour
    if hour is None:
        return _a_day(reading, local.date())
    if day is None:
        passed = hour <= local.time()
        day, why = local.date() + timedelta(days=passed), _TOMORROW if passed else _TODAY
    return _at(day, hour, reading.guessed, why, local, now)


def _a_day(reading: moment.Reading, today: date) -> Understood:
    assert reading.day is not None
    if reading.day < today:
        return Understood(_next_years(reading.day, today), asks=True, why=_OVER)
    if reading.guessed and reading.day - today > _ROLLED:
        return Understood((reading.day,), asks=True, why=_OVER)
    return Understood((reading.day,))


def _at(
    day: date, hour: time, guessed: bool, why: str, local: datetime, now: datetime
) -> Understood:
    assert isinstance(local.tzinfo, ZoneInfo)
    found = _instants(day, hour, local.tzinfo)
    if not found:
        near = [_shifted(day, hour, local.tzinfo, by) for by in (-1, 1)]
        return Understood(tuple(at for at in near if at > now), asks=True, why=_SKIPPED)
    if len(found) > 1 and found[0] > now:
        return Understood(found, asks=True, why=TWICE)
    at = found[-1]
    if at <= now:
        return _passed(at.astimezone(local.tzinfo), now)
    if is_far(at, now):
        return far(at)
    if guessed and at - now > _ROLLED:
        return Understood((at,), asks=True, why=_OVER)
    return Understood((at,), why=why)


def _instants(day: date, hour: time, zone: ZoneInfo) -> tuple[datetime, ...]:
    """In UTC: none for an hour the clocks skip that day, two for one that comes twice."""
    both = [datetime.combine(day, hour, zone).replace(fold=fold) for fold in (0, 1)]
    utc = dict.fromkeys(at.astimezone(UTC) for at in both)
    return tuple(
        at for at in utc if at.astimezone(zone).replace(tzinfo=None, fold=0) == _bare(both[0])
    )


def _bare(at: datetime) -> datetime:
    return at.replace(tzinfo=None, fold=0)


def _shifted(day: date, hour: time, zone: ZoneInfo, by: int) -> datetime:
    """An hour before or after one that the clocks skip."""
    bare = datetime.combine(day, hour) + timedelta(hours=by)
    return bare.replace(tzinfo=zone).astimezone(UTC)


def _passed(local: datetime, now: datetime) -> Understood:
    """The same hour today or tomorrow, and the same day of next year."""
    zone, hour, today = local.tzinfo, local.time(), now.astimezone(local.tzinfo).date()
    days = [today, today + timedelta(days=1), *_next_years(local.date(), today)]
    found = [datetime.combine(day, hour, zone).astimezone(UTC) for day in days]
    return Understood(tuple(dict.fromkeys(at for at in found if at > now)), asks=True, why=_OVER)


def _next_years(day: date, today: date) -> tuple[date, ...]:
    """The next such day, where it is not a leap day."""
    for year in (today.year, today.year + 1):
        with contextlib.suppress(ValueError):
            if (found := day.replace(year=year)) >= today:
                return (found,)
    return ()


def _either(readings: tuple[moment.Reading, ...], timezone: str, now: datetime) -> Understood:
    """Those still to come, to choose from; asked also where only one is."""
    found: list[datetime | date] = []
    zone = zones.zone(timezone)
    for reading in readings:
        day, hour = reading.day, reading.hour
        if hour is None and day is not None:
            found += [day] if day >= now.astimezone(zone).date() else []
        elif hour is not None:
            one = _one(reading, timezone, now)
            found += [] if one.why == _OVER else one.options[:1]
    if not found:
        return _one(readings[0], timezone, now)
    return Understood(tuple(dict.fromkeys(found)), asks=True, why=_WHICH)


def in_future(at: datetime, now: datetime) -> datetime:
    """The moment itself. Raises Invalid for the past."""
    if at <= now:
        raise Invalid(N_("That time has passed. Please give one in the future."))
    return at


def offers(now: datetime, timezone: str) -> list[tuple[str, str]]:
    """The usual moments, as (catalog sentence, what `understand` reads)."""
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
