"""How an admin is spoken to: their language, and the zone their times are in."""

from __future__ import annotations

from bot.chat import Button, Reply
from bot.handlers.turn import Turn
from broadcast import timezone as zones
from broadcast.language import languages, speech
from broadcast.services import team
from broadcast.services.subscribe import LANGUAGE_NAMES

ASKING = "zone"


async def language(turn: Turn) -> list[Reply]:
    wanted = turn.request.arguments.strip().lower()
    if wanted in languages():
        await team.set_language(turn.core, turn.admin.admin_id or 0, wanted)
        name = LANGUAGE_NAMES.get(wanted, wanted)
        text = speech(wanted).say("I speak {language} with you now.", language=name)
        return [Reply(text, replaces=True)]
    buttons = tuple(
        Button(LANGUAGE_NAMES.get(code, code), f"language {code}") for code in languages()
    )
    zone = Button(turn.speech.plain("Time zone: {zone}", zone=turn.admin.timezone), "timezone")
    return [Reply(turn.speech.say("Which language?"), (buttons, (zone,)))]


async def timezone(turn: Turn) -> list[Reply]:
    if wanted := turn.request.arguments.strip():
        return await take_zone(turn, wanted)
    await turn.focus(turn.identity.draft_id, ASKING)
    speech = turn.speech
    text = speech.say(
        "Your time zone is {zone}; it is {time} there. Press another, or write a city like "
        "`Istanbul`.",
        zone=turn.admin.timezone, time=_clock(turn, turn.admin.timezone),
    )  # fmt: skip
    return [Reply(text, _buttons(turn, [z for z in zones.USUAL if z != turn.admin.timezone]))]


async def take_zone(turn: Turn, text: str) -> list[Reply]:
    zone = zones.find(text)
    say = turn.speech.say
    if not zone:
        words = say("I do not know that city. Please write a large one nearby, like `Istanbul`.")
        return [Reply(words, _buttons(turn, zones.near(text)))]
    await team.set_timezone(turn.core, turn.admin.admin_id or 0, zone)
    await turn.focus(turn.identity.draft_id)
    words = say(
        "Your times are those of {zone} now: it is {time}.", zone=zone, time=_clock(turn, zone)
    )
    return [Reply(words, replaces=True)]


def _buttons(turn: Turn, found: list[str]) -> tuple[tuple[Button, ...], ...]:
    made = [
        Button(f"{turn.speech.city(zone)} {_clock(turn, zone)}", f"timezone {zone}")
        for zone in found
    ]
    return tuple(tuple(made[at : at + 2]) for at in range(0, len(made), 2))


def _clock(turn: Turn, zone: str) -> str:
    """What the time is there: the quickest way to recognise one's own zone."""
    return f"{turn.core.clock().astimezone(zones.zone(zone)):%H:%M}"
