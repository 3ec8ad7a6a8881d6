"""When: buttons for the usual moments, for a day and an hour, or the same typed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from bot.chat import Button, Reply, Rows
from bot.handlers import difference, form
from bot.handlers.preview import show
from bot.handlers.turn import Turn
from broadcast.errors import Invalid
from broadcast.language import N_
from broadcast.services import compose, schedule


async def when(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    if "at" in turn.values:
        return await _keep(turn, broadcast_id, form.moment_of(turn), form.seen(turn))
    text = turn.rest()
    if not text:
        return await _offer(turn, broadcast_id)
    return await take_time(turn, broadcast_id, text)


async def take_time(turn: Turn, broadcast_id: int, text: str) -> list[Reply]:
    if text == "now":
        return await _keep(turn, broadcast_id, None)
    if text == "day":
        return [_days(turn, broadcast_id)]
    at = schedule.parse(text, turn.admin.timezone, turn.core.clock())
    if isinstance(at, datetime):
        return await _keep(turn, broadcast_id, at)
    return [_hours(turn, broadcast_id, at)]


async def _keep(turn: Turn, broadcast_id: int, at: datetime | None, seen: str = "") -> list[Reply]:
    await schedule.set_time(turn.core, turn.admin, broadcast_id, at, seen)
    await turn.focus(broadcast_id)
    return await show(turn, broadcast_id, replaces=True)


async def _offer(turn: Turn, broadcast_id: int) -> list[Reply]:
    row = await compose.get(turn.core, broadcast_id)
    compose.may_edit(turn.admin, row)
    await turn.ask(broadcast_id, f"time:{broadcast_id}")
    speech, zone = turn.speech, turn.admin.timezone
    usual = [(N_("As soon as it is approved"), "now"), *schedule.offers(turn.core.clock(), zone)]
    buttons = [Button(speech.plain(label), _line(broadcast_id, what)) for label, what in usual]
    buttons.append(Button(speech.plain("Another day…"), _line(broadcast_id, "day")))
    rows = (*((one,) for one in buttons), _back(turn, broadcast_id))
    text = speech.say("When should it go out? Or write it: `2026-12-01 09:00` ({zone})", zone=zone)
    text = difference.warning(speech, row, zone) + text
    return [Reply(text, rows, form=form.moment(turn, row))]


def _days(turn: Turn, broadcast_id: int) -> Reply:
    buttons = [
        Button(turn.speech.day(day), _line(broadcast_id, day.isoformat()))
        for day in schedule.days(turn.core.clock(), turn.admin.timezone)
    ]
    rows = (*_grid(buttons, 2), _back(turn, broadcast_id))
    return Reply(turn.speech.say("On which day?"), rows, replaces=True)


def _hours(turn: Turn, broadcast_id: int, day: date) -> Reply:
    found = schedule.hours(day, turn.core.clock(), turn.admin.timezone)
    if not found:
        raise Invalid(N_("That time has passed. Please give one in the future."))
    buttons = [Button(hour, _line(broadcast_id, f"{day.isoformat()} {hour}")) for hour in found]
    other = Button(turn.speech.plain("Another day…"), _line(broadcast_id, "day"))
    text = turn.speech.say(
        "{day}: at what time? Or write it: `{example}` ({zone})",
        day=turn.speech.day(day), example=f"{day.isoformat()} 09:30", zone=turn.admin.timezone,
    )  # fmt: skip
    return Reply(text, (*_grid(buttons, 4), (other,), _back(turn, broadcast_id)), replaces=True)


def _line(broadcast_id: int, what: str) -> str:
    return f"schedule {broadcast_id} {what}"


def _back(turn: Turn, broadcast_id: int) -> tuple[Button]:
    return (Button(turn.speech.plain("Back"), f"open {broadcast_id}"),)


def _grid(buttons: Sequence[Button], wide: int) -> Rows:
    return tuple(tuple(buttons[at : at + wide]) for at in range(0, len(buttons), wide))
