"""What became of it: the report, who missed it and why, who did what."""

from __future__ import annotations

from bot.chat import Reply
from bot.handlers import card
from bot.handlers.turn import Turn
from broadcast.language import N_
from broadcast.message import RichText
from broadcast.services import compose, report

ACTION_WORDS = {
    "created": N_("began it"),
    "content": N_("changed the message"),
    "audience": N_("changed the audience"),
    "schedule": N_("changed the time"),
    "approval_voided": N_("the approval was void after a change"),
    "deleted": N_("deleted it"),
    "submitted": N_("asked for approval"),
    "approved": N_("approved it"),
    "rejected": N_("rejected it"),
    "late": N_("its time had passed, so it waited"),
    "late_start": N_("started it late"),
    "launched": N_("started sending"),
    "paused": N_("paused it"),
    "resumed": N_("resumed it"),
    "cancelled": N_("cancelled it"),
    "completed": N_("completed it"),
    "uncertain": N_("decided about the uncertain"),
    "resend_uncertain": N_("sent again to the uncertain"),
}


async def show(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    row = await compose.get(turn.core, broadcast_id)
    sums = await report.sums(turn.core, broadcast_id)
    reasons = await report.reasons(turn.core, broadcast_id)
    return [card.final(turn.speech, row, sums, reasons)]


async def missed(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    await compose.get(turn.core, broadcast_id)
    people = await report.missed(turn.core, broadcast_id)
    say = turn.speech.say
    if not people:
        return [Reply(say("Nobody missed *#{id}*.", id=broadcast_id))]
    rows = [
        say(
            "· {name}: {reason}",
            name=person.name or "?",
            reason=card.reason_words(turn.speech, person.reason),
        )
        for person in people
    ]
    total = sum(count for _, count in await report.reasons(turn.core, broadcast_id))
    more = None
    if total > len(people):
        more = turn.speech.say_n("… and {n} more", "… and {n} more", total - len(people))
    head = say("These people missed *#{id}*, or may have:", id=broadcast_id)
    return [Reply(card.lines(head, *rows, more))]


async def history(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    row = await compose.get(turn.core, broadcast_id)
    out: list[RichText] = [card.title(turn.speech, row)]
    for audit, name in (await report.history(turn.core, broadcast_id))[-40:]:
        action = ACTION_WORDS.get(audit.action, "")
        said = turn.speech.plain(action) if action else audit.action
        when = turn.speech.moment(audit.at, turn.admin.timezone)
        out.append(turn.speech.say("{when}: {name} · {action}", when=when, name=name, action=said))
        if audit.action in {"rejected", "paused"} and audit.detail:
            out[-1] = out[-1] + f" ({audit.detail})"
    return [Reply(card.lines(*out))]
