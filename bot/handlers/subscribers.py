"""`/subscribers`: how many there are, who came and who went, as words and as a picture. Numbers only."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from bot.chat import Button, Reply
from bot.handlers import card
from bot.handlers.turn import Turn
from broadcast import timezone as zones
from broadcast.language import Speech, channel_label
from broadcast.message import MediaKind, Message, RichText
from broadcast.services import library, subscribers
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
    kept = await library.keep(turn.core, MediaKind.PHOTO, picture, filename="subscribers.png")
    return [Reply(text, (share,), content=Message(media=(kept,)))]


def words_of(words: Speech, found: Figures) -> RichText:
    """Every number of it; each line's parts add up to its sum."""
    say, number = words.say, words.number
    return card.lines(
        words.say_n("*{n} subscriber*", "*{n} subscribers*", found.people),
        say("{n} of them cannot be reached now.", n=number(found.unreachable))
        if found.unreachable
        else None,
        say("In the last {weeks} weeks: {moves}.", weeks=LATELY, moves=_moves(words, found.lately)),
        *_channels(words, found),
        *_languages(words, found),
        *_links(words, found),
        *_after(words, found),
    )


def _moves(words: Speech, moves: Moves) -> str:
    return words.plain(
        "{joined} joined, {left} left",
        joined=words.number(moves.joined), left=words.number(moves.left),
    )  # fmt: skip


def _groups(
    words: Speech, head: RichText, groups: Mapping[str, Group], label: object
) -> list[RichText]:
    name = label if callable(label) else str
    rows = [
        words.say(
            "{name}: {now} ({moves})",
            name=name(key), now=words.number(one.now), moves=_moves(words, one.moves),
        )
        for key, one in groups.items()
    ]  # fmt: skip
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
    rows = [
        words.say(
            "{name}: {opened} opened it, {joined} joined, {left} of them left again",
            name=card.quoted(row.name), opened=words.number(came.opened),
            joined=words.number(came.joined), left=words.number(came.left),
        )
        for row, came in found.came[:_LINKS]
    ]  # fmt: skip
    head = words.say("*By link*, since it was made")
    return [RichText(text=" "), head, *rows] if rows else []


def _after(words: Speech, found: Figures) -> list[RichText]:
    rows = [
        words.say(
            "{title}: {left} of {received}",
            title=card.title(words, one.broadcast), left=words.number(one.left),
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
            moves.joined, moves.left,
        )
        for place, moves in enumerate(found.weeks)
    ]  # fmt: skip
    title = words.plain("Joined and left, the last {weeks} weeks", weeks=WEEKS)
    return png(weeks, Words(title, words.plain("joined"), words.plain("left")))
