"""What became of it: the report, who missed it and why, who did what."""

from __future__ import annotations

from bot.chat import Button, Reply, Rows
from bot.handlers import card, control
from bot.handlers.quoting import quoted
from bot.handlers.turn import Turn
from broadcast.language import N_
from broadcast.machine import BroadcastStatus
from broadcast.message import RichText
from broadcast.models import Broadcast
from broadcast.outcome import Reason
from broadcast.services import compose, report

PAGE = 20
ACTION_WORDS = {
    "created": N_("began it"),
    "content": N_("changed the message"),
    "audience": N_("changed the audience"),
    "schedule": N_("changed the time"),
    "approval_voided": N_("the approval was void after a change"),
    "deleted": N_("deleted it"),
    "submitted": N_("asked for approval"),
    "asked_again": N_("asked for approval again"),
    "approved": N_("approved it"),
    "rejected": N_("rejected it"),
    "late": N_("its time had passed, so it waited"),
    "late_start": N_("started it late"),
    "launched": N_("started sending"),
    "paused": N_("paused it"),
    "resumed": N_("resumed it"),
    "resume_asked": N_("asked to resume it"),
    "cancelled": N_("cancelled it"),
    "completed": N_("completed it"),
    "waiting": N_("waits for people to write"),
    "expired": N_("stopped waiting"),
    "goes_on": N_("went on: a channel was closed to somebody"),
    "uncertain": N_("decided about those who may have missed it"),
    "resend_uncertain": N_("sent again to those who may have missed it"),
    "retried": N_("tried the failed ones again"),
    "canary": N_("changed who goes first"),
    "canary_sent": N_("the first ones have it"),
    "canary_passed": N_("the first ones took it well, so it went on"),
    "corrected": N_("the correction was approved, so it went on"),
    "correction_taken_back": N_("took the correction back"),
    "adopted": N_("the database was restored, so it waits"),
}


async def show(turn: Turn) -> list[Reply]:
    """The card itself, which becomes the report: there is one."""
    broadcast_id = turn.broadcast_id()
    row = await compose.get(turn.core, broadcast_id)
    return [await control.standing(turn, row)]


async def missed(turn: Turn) -> list[Reply]:
    """Who and why, a page at a time: `/missed 3`, `/missed 3 2`."""
    broadcast_id = turn.broadcast_id()
    row = await compose.get(turn.core, broadcast_id)
    say = turn.speech.say
    total = sum(count for _, count in await report.reasons(turn.core, broadcast_id))
    if not total:
        return [Reply(say("Nobody missed *#{id}*.", id=broadcast_id))]
    pages = -(-total // PAGE)
    page = min(int(turn.rest()), pages) if turn.rest().isdecimal() and int(turn.rest()) else 1
    people = await report.missed(turn.core, broadcast_id, PAGE, (page - 1) * PAGE)
    rows = [say("· {name}: {reason}", name=p.name or "?", reason=_why(turn, p)) for p in people]
    head = say("These people missed *#{id}*, or may have:", id=broadcast_id)
    where = whole = None
    if pages > 1:
        where = say("Page {page} of {pages}", page=page, pages=pages)
        whole = say(
            "Do you want the whole list as a file? Whoever looks after the server can make it: `tellal export deliveries --broadcast {id}`",
            id=broadcast_id,
        )
    text = card.lines(head, *rows, where, whole)
    return [Reply(text, _turning(turn, row, page, pages), replaces=page > 1 or pages > 1)]


def _why(turn: Turn, person: report.Missed) -> str:
    said = card.reason_words(turn.speech, person.reason)
    if person.reason == Reason.REJECTED and person.detail:
        said = f"{said} ({person.detail})"
    return turn.speech.plain("{why}; a part of it arrived", why=said) if person.part else said


def _turning(turn: Turn, row: Broadcast, page: int, pages: int) -> Rows:
    number, plain = row.broadcast_id, turn.speech.plain
    back = Button(plain("Back"), f"missed {number} {page - 1}")
    more = Button(plain("More"), f"missed {number} {page + 1}")
    leaf = ((back,) if page > 1 else ()) + ((more,) if page < pages else ())
    again = Button(plain("Try again"), f"retry {number}")
    ended = row.status in {BroadcastStatus.COMPLETED, BroadcastStatus.PAUSED}
    return tuple(filter(None, (leaf, (again,) if ended else ())))


async def history(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    row = await compose.get(turn.core, broadcast_id)
    out: list[RichText] = [card.title(turn.speech, row)]
    for audit, name in (await report.history(turn.core, broadcast_id))[-40:]:
        action = ACTION_WORDS.get(audit.action, "")
        said = turn.speech.plain(action) if action else audit.action
        when = turn.speech.moment(audit.at, turn.admin.timezone)
        out.append(turn.speech.say("{when}: {name} · {action}", when=when, name=name, action=said))
        if audit.action == "paused" and audit.detail:
            out[-1] = out[-1] + f" ({card.pause_words(turn.speech, audit.detail)})"
        elif audit.action in {"rejected", "canary"} and audit.detail:
            out[-1] = out[-1] + f" ({quoted(audit.detail)})"
    return [Reply(card.lines(*out))]
