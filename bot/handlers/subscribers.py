"""`/subscribers`: how many there are, who came and who went, as words and as a picture. Numbers only."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from bot.chat import Button, Reply
from bot.handlers.turn import Turn
from bot.views import moves, review_card
from broadcast import timezone as zones
from broadcast.language import Speech, channel_label
from broadcast.message import MediaKind, Message, RichText
from broadcast.services import media, subscribers
from broadcast.services.subscribe import LANGUAGE_NAMES
from broadcast.services.subscribers import LATELY, WEEKS, WITHIN, Figures, Group
from broadcast.store.subscribers import Moves

_LINKS = 8  # named links that are listed


async def show(turn: Turn) -> list[Reply]:
    """The picture, and under it the words."""
    found = await subscribers.figures(turn.core)
    share = (Button(turn.speech.plain("Share the link"), "share"),)
    text = words_of(turn.speech, found)
    if not any(week != Moves() for week in found.weeks):
        return [Reply(text, (share,))]
    picture = await asyncio.to_thread(_drawn, turn.speech, found, turn.admin.timezone)
    kept = await media.keep(turn.core, MediaKind.PHOTO, picture, filename="subscribers.png")
    return [Reply(text, (share,), content=Message(media=(kept,)))]


def words_of(words: Speech, found: Figures) -> RichText:
    """Every number of it; each line's parts add up to its sum."""
    say, number = words.say, words.number
    lately = moves.moves(words, found.lately)
    return review_card.lines(
        words.say_n("*{n} subscriber*", "*{n} subscribers*", found.people),
        say("{n} of them cannot be reached now.", n=number(found.unreachable))
        if found.unreachable
        else None,
        say("In the last {weeks} weeks: {moves}.", weeks=LATELY, moves=lately) if lately else None,
        *_channels(words, found),
        *_languages(words, found),
        *_links(words, found),
        *_after(words, found),
    )


def _groups(
    words: Speech, head: RichText, groups: Mapping[str, Group], label: object
) -> list[RichText]:
    name = label if callable(label) else str
    rows = []
    for key, one in groups.items():
        values = {"name": name(key), "now": words.number(one.now)}
        if moved := moves.moves(words, one.moves):
            rows.append(words.say("{name}: {now} ({moves})", **values, moves=moved))
        else:
            rows.append(words.say("{name}: {now}", **values))
    return [RichText(text=" "), head, *rows] if rows else []


def _channels(words: Speech, found: Figures) -> list[RichText]:
    lines = _groups(words, words.say("*By channel*"), found.channels, channel_label)
    if found.several > 0:
        lines.append(
            words.say(
                "Some are on several channels: {n} more addresses than people.",
                n=words.number(found.several),
            )
        )
    return lines


def _languages(words: Speech, found: Figures) -> list[RichText]:
    return _groups(
        words, words.say("*By language*"), found.languages,
        lambda code: LANGUAGE_NAMES.get(code, code),
    )  # fmt: skip


def _links(words: Speech, found: Figures) -> list[RichText]:
    opened = [(row, came) for row, came in found.came if came.opened]
    rows = [
        words.say(
            "{name}: {moves}", name=review_card.quoted(row.name), moves=moves.by_link(words, came)
        )
        for row, came in opened[:_LINKS]
    ]
    head = words.say("*By link*, since it was made")
    return [RichText(text=" "), head, *rows] if rows else []


def _after(words: Speech, found: Figures) -> list[RichText]:
    rows = [
        words.say(
            "{title}: {left} of {received}",
            title=review_card.title(words, one.broadcast), left=words.number(one.left),
            received=words.number(one.received),
        )
        for one in found.after
    ]  # fmt: skip
    hours = int(WITHIN.total_seconds() // 3600)
    head = words.say("*Left within {hours} hours of a broadcast*", hours=hours)
    return [RichText(text=" "), head, *rows] if rows else []


def _drawn(words: Speech, found: Figures, timezone: str) -> bytes:
    from babel.dates import format_skeleton

    from bot.drawing.chart import Week, Words, png

    start = found.at.astimezone(zones.zone(timezone)) - timedelta(weeks=WEEKS)
    weeks = [
        Week(
            format_skeleton("MMMd", start + timedelta(weeks=place), locale=words.language),
            one.joined, one.left,
        )
        for place, one in enumerate(found.weeks)
    ]  # fmt: skip
    title = words.plain("Joined and left, the last {weeks} weeks", weeks=WEEKS)
    return png(weeks, Words(title, words.plain("joined"), words.plain("left")))
