"""What a card says of each channel: how many, how many not now, how long, how much (pure)."""

from __future__ import annotations

from bot.chat import Button, Rows
from broadcast.language import Speech, channel_label
from broadcast.message import RichText
from broadcast.models import Broadcast
from broadcast.services.newcomers import CHOICE, OPEN
from broadcast.services.reach import CUT, WAIT, Reach

CLOSED = "closed"  # to newcomers, as it is at first


def reach_lines(speech: Speech, row: Broadcast, reach: tuple[Reach, ...]) -> list[RichText]:
    """One line a channel where there is something to say: several channels, a window, a limit."""
    plain = len(reach) < 2 and not any(r.outside or r.left_today is not None for r in reach)
    return [] if plain else [_line(speech, row, one) for one in reach]


def _line(speech: Speech, row: Broadcast, reach: Reach) -> RichText:
    say, number = speech.say, speech.number
    count = speech.say_n("{n} person", "{n} people", reach.people)
    line = say("· {channel}: {count}", channel=channel_label(reach.channel), count=count)
    if reach.outside:
        line += say(
            ", {n} have not written to us for 24 hours", n=number(reach.outside)
        ) + _outside(speech, row, reach)
    if reach.over_budget:
        line = line + "; " + _over(speech, row, reach)
    elif reach.left_today is not None and reach.by_template:
        line = line + "; " + say("today's limit allows {n} more", n=number(reach.left_today))
    if reach.eta_seconds >= 1:
        line = line + "; " + say("about {duration}", duration=speech.duration(reach.eta_seconds))
    if reach.price:
        price = f"{speech.number(round(reach.price, 2))} {reach.currency}"
        line = line + "; " + say("about {price}", price=price)
    return line


def _outside(speech: Speech, row: Broadcast, reach: Reach) -> RichText:
    if reach.by_template:
        return speech.say(" (they get the template)")
    if row.audience.get("outside") == WAIT:
        return speech.say(" (they get it when they next write)")
    return speech.say(" (left out)")


def _over(speech: Speech, row: Broadcast, reach: Reach) -> RichText:
    many = speech.number(reach.over_budget)
    if row.audience.get("overflow") == CUT:
        return speech.say("{n} over today's limit are left out", n=many)
    return speech.say("{n} over today's limit follow on the next days", n=many)


def choices(speech: Speech, row: Broadcast, reach: tuple[Reach, ...]) -> Rows:
    """Buttons for what is there to decide."""
    number, rows = row.broadcast_id, []
    if any(one.outside for one in reach):
        rows.append((Button(speech.plain("Those silent for 24 hours"), f"outside {number}"),))
    if any(one.over_budget for one in reach):
        rows.append((Button(speech.plain("Those over today's limit"), f"overflow {number}"),))
    rows.append((newcomers_button(speech, row),))
    return tuple(rows)


def newcomers_button(speech: Speech, row: Broadcast) -> Button:
    """Says what it would change."""
    if row.audience.get(CHOICE) == OPEN:
        return Button(speech.plain("Close to newcomers"), f"newcomers {row.broadcast_id} {CLOSED}")
    return Button(speech.plain("Open to newcomers"), f"newcomers {row.broadcast_id} {OPEN}")
