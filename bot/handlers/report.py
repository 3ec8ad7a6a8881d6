"""What became of it: the report, and who did what."""

from __future__ import annotations

from bot.chat import Reply
from bot.handlers import control
from bot.handlers.turn import Turn
from bot.views import review_card
from bot.views.quotes import quoted
from broadcast.language import N_
from broadcast.message import RichText
from broadcast.services import compose, report
from broadcast.services.missed import TAKEN

ACTION_WORDS = {
    "created": N_("began it"),
    "content": N_("changed the message"),
    "audience": N_("changed the audience"),
    "schedule": N_("changed the time"),
    "taken_back": N_("took it back"),
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
    TAKEN: N_("took the list of who missed it as a file"),
    "adopted": N_("the database was restored, so it waits"),
}


async def show(turn: Turn) -> list[Reply]:
    """The card itself, which becomes the report: there is one."""
    broadcast_id = turn.broadcast_id()
    row = await compose.get(turn.core, broadcast_id)
    return [await control.show_status(turn, row)]


async def history(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    row = await compose.get(turn.core, broadcast_id)
    out: list[RichText] = [review_card.title(turn.speech, row)]
    for audit, name in (await report.history(turn.core, broadcast_id))[-40:]:
        action = ACTION_WORDS.get(audit.action, "")
        said = turn.speech.plain(action) if action else audit.action
        when = turn.speech.moment(audit.at, turn.admin.timezone)
        out.append(turn.speech.say("{when}: {name} · {action}", when=when, name=name, action=said))
        if audit.action == "paused" and audit.detail:
            out[-1] = out[-1] + f" ({review_card.pause_words(turn.speech, audit.detail)})"
        elif audit.action in {"rejected", "canary"} and audit.detail:
            out[-1] = out[-1] + f" ({quoted(audit.detail)})"
    return [Reply(review_card.lines(*out))]
