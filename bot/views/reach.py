"""What a card says of each channel: how many, how many not now, how long, how much (pure)."""

from __future__ import annotations

from bot.chat import Button, Rows
from broadcast.language import N_, Speech, channel_label
from broadcast.message import RichText
from broadcast.models import Broadcast
from broadcast.services.newcomers import CHOICE, OPEN
from broadcast.services.reach import CUT, WAIT, Reach
from broadcast.services.window import WAIT_HOURS

_UNDER = RichText(text="   ")

CLOSED = "closed"  # to newcomers, as it is at first


def reach_lines(
    speech: Speech, row: Broadcast, reach: tuple[Reach, ...], *, several: bool
) -> list[RichText]:
    """A line an account where there is something to say (several, a window, a limit), and under it
    one for each kind of people who get it otherwise.

    `several` channels are open: who is not reached on one may be on their next.
    """
    plain = len(reach) < 2 and not any(r.outside or r.left_today is not None for r in reach)
    if plain:
        return []
    return [line for one in reach for line in _lines(speech, row, one, several=several)]


def _lines(speech: Speech, row: Broadcast, reach: Reach, *, several: bool) -> list[RichText]:
    say, number = speech.say, speech.number
    count = speech.say_n("{n} person", "{n} people", reach.people)
    where = account_label(reach.channel, reach.account)
    line = say("· {channel}: {count}", channel=where, count=count)
    if reach.eta_seconds >= 1:
        line = line + "; " + say("about {duration}", duration=speech.duration(reach.eta_seconds))
    if reach.price:
        price = f"{speech.number(round(reach.price, 2))} {reach.currency}"
        line = line + "; " + say("about {price}", price=price)
    made = [line]
    if reach.outside:
        what = _outside(row, reach, several=several)
        wait = speech.duration(wait_hours(row) * 3600)
        made.append(_UNDER + say(what, n=number(reach.outside), duration=wait))
    if reach.over_budget:
        made.append(_UNDER + say(_over(row), n=number(reach.over_budget)))
    elif reach.left_today is not None and reach.by_template:
        left = say("today's limit allows {n} more", n=number(reach.left_today))
        made.append(_UNDER + left)
    return made


def _outside(row: Broadcast, reach: Reach, *, several: bool) -> str:
    if reach.by_template:
        return N_("{n} silent for 24 hours: they get the template")
    if row.audience.get("outside") == WAIT:
        if several:
            return N_(
                "{n} silent for 24 hours: their next channel, else when they next write, for {duration}"
            )
        return N_("{n} silent for 24 hours: when they next write, for {duration}")
    if several:
        return N_("{n} silent for 24 hours: their next channel, else left out")
    return N_("{n} silent for 24 hours: left out")


def _over(row: Broadcast) -> str:
    if row.audience.get("overflow") == CUT:
        return N_("{n} over today's limit: left out")
    return N_("{n} over today's limit: on the next days")


def wait_hours(row: Broadcast) -> float:
    """How long people are waited for who have not written."""
    return float(str(row.audience.get("hours") or WAIT_HOURS))


def account_label(channel: str, account: str) -> str:
    label = channel_label(channel)
    return label if account == "default" else f"{label} ({account})"


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
