"""When: buttons for the usual moments, for a day and an hour, or the same typed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from bot.chat import Button, Reply, Rows
from bot.handlers.preview import show
from bot.handlers.turn import Turn
from bot.views import changes, forms
from broadcast.errors import Invalid
from broadcast.language import N_
from broadcast.message import RichText
from broadcast.services import compose, schedule


async def set_time(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    if "at" in turn.values:
        at = forms.moment_of(turn)
        if at is not None and schedule.is_far(at, turn.core.clock()):
            return [await _ask(turn, broadcast_id, schedule.far(at))]
        return await _keep(turn, broadcast_id, at, forms.seen(turn))
    text = turn.rest()
    if not text:
        return await _offer(turn, broadcast_id)
    return await take_time(turn, broadcast_id, text)


async def take_time(turn: Turn, broadcast_id: int, text: str) -> list[Reply]:
    """A moment in words, or what a button says. The question stays open until it is understood."""
    if text == "now":
        return await _keep(turn, broadcast_id, None)
    if text == "day":
        return [_days(turn, broadcast_id)]
    row = await compose.get(turn.core, broadcast_id)
    compose.may_edit(turn.admin, row)
    try:
        meant = schedule.understand(text, turn.admin.timezone, turn.core.clock())
    except Invalid as no:
        unread = turn.speech.say(no.template, **no.values)
        return [await _asked(turn, broadcast_id, unread, _usual(turn, broadcast_id))]
    if meant.asks:
        return [await _ask(turn, broadcast_id, meant)]
    if not meant.options:
        return await _keep(turn, broadcast_id, None)
    at = meant.options[0]
    if not isinstance(at, datetime):
        return [_hours(turn, broadcast_id, at)]
    note = [Reply(turn.speech.say(meant.why))] if meant.why else []
    return [*note, *await _keep(turn, broadcast_id, at)]


def question_time(turn: Turn, broadcast_id: int) -> list[Reply]:
    """What a form says of when, where it is kept already and may be a slip."""
    at = forms.moment_of(turn)
    if at is None or not schedule.is_far(at, turn.core.clock()):
        return []
    why = turn.speech.say(schedule.far(at).why)
    change = Button(turn.speech.plain("Change time"), f"schedule {broadcast_id}")
    return [Reply(why, ((change,),))]


async def _ask(turn: Turn, broadcast_id: int, meant: schedule.Understood) -> Reply:
    """Which of them, or whether that one is meant, with a way to say another."""
    twice = meant.why == schedule.TWICE
    buttons = [Button(*_option(turn, broadcast_id, one, offset=twice)) for one in meant.options]
    other = Button(turn.speech.plain("Another day…"), _line(broadcast_id, "day"))
    rows = (*((one,) for one in buttons), (other,))
    return await _asked(turn, broadcast_id, turn.speech.say(meant.why), rows)


async def _asked(turn: Turn, broadcast_id: int, text: RichText, rows: Rows) -> Reply:
    """Words answer it too, also where a form began it: nothing else is open there."""
    await turn.focus(turn.identity.draft_id, f"time:{broadcast_id}")
    return Reply(text, (*rows, _back(turn, broadcast_id)))


def _option(
    turn: Turn, broadcast_id: int, one: datetime | date, *, offset: bool
) -> tuple[str, str]:
    if isinstance(one, datetime):
        label = turn.speech.moment(one, turn.admin.timezone, offset=offset)
        return label, _line(broadcast_id, schedule.exact(one))
    at = datetime.combine(one, time(12), UTC)
    return turn.speech.date(at, "UTC"), _line(broadcast_id, f"{one.isoformat()}")


async def _keep(turn: Turn, broadcast_id: int, at: datetime | None, seen: str = "") -> list[Reply]:
    await schedule.set_time(turn.core, turn.admin, broadcast_id, at, seen)
    await turn.focus(broadcast_id)
    return await show(turn, broadcast_id, replaces=True)


async def _offer(turn: Turn, broadcast_id: int) -> list[Reply]:
    row = await compose.get(turn.core, broadcast_id)
    compose.may_edit(turn.admin, row)
    await turn.ask(broadcast_id, f"time:{broadcast_id}")
    speech, zone = turn.speech, turn.admin.timezone
    text = speech.say(
        "When should it go out? Or write it, like `tomorrow 9:00` ({zone})", zone=zone
    )
    text = changes.warning(speech, row, zone) + text
    rows = (*_usual(turn, broadcast_id), _back(turn, broadcast_id))
    return [Reply(text, rows, form=forms.moment(turn, row))]


def _usual(turn: Turn, broadcast_id: int) -> Rows:
    """A button for each of the usual moments."""
    plain, zone = turn.speech.plain, turn.admin.timezone
    usual = [(N_("As soon as it is approved"), "now"), *schedule.offers(turn.core.clock(), zone)]
    buttons = [Button(plain(label), _line(broadcast_id, what)) for label, what in usual]
    buttons.append(Button(plain("Another day…"), _line(broadcast_id, "day")))
    return tuple((one,) for one in buttons)


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
