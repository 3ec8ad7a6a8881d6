"""When: buttons for the usual moments, or a day and an hour in the author's zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.chat import Button, Reply
from bot.handlers import form
from bot.handlers.compose import show
from bot.handlers.turn import Turn
from broadcast.services import compose, schedule


async def when(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    if "at" in turn.values:
        at = form.moment_of(turn)
        await schedule.set_time(turn.core, turn.admin, broadcast_id, at)
        return await show(turn, broadcast_id, replaces=True)
    text = turn.rest()
    if not text:
        return await _offer(turn, broadcast_id)
    return await take_time(turn, broadcast_id, text)


async def take_time(turn: Turn, broadcast_id: int, text: str) -> list[Reply]:
    at: datetime | None = None
    if text != "now":
        at = schedule.parse(text, turn.admin.timezone, turn.core.clock())
    await schedule.set_time(turn.core, turn.admin, broadcast_id, at)
    await turn.focus(broadcast_id)
    return await show(turn, broadcast_id, replaces=True)


async def _offer(turn: Turn, broadcast_id: int) -> list[Reply]:
    row = await compose.get(turn.core, broadcast_id)
    await turn.focus(broadcast_id, f"time:{broadcast_id}")
    zone = turn.admin.timezone
    speech = turn.speech
    now = Button(speech.plain("As soon as it is approved"), f"schedule {broadcast_id} now")
    usual = tuple(
        (Button(speech.plain(label), f"schedule {broadcast_id} {_written(at, zone)}"),)
        for label, at in schedule.offers(turn.core.clock(), zone)
    )
    text = speech.say("When should it go out? Or write it: `2026-12-01 09:00` ({zone})", zone=zone)
    return [Reply(text, ((now,), *usual), form=form.moment(turn, row))]


def _written(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
