"""What wants attention: drafts, waiting approvals, what is scheduled and what is running."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat import Button, Reply
from bot.handlers import card
from bot.handlers.turn import Turn
from broadcast.language import N_
from broadcast.machine import BroadcastStatus
from broadcast.message import RichText
from broadcast.models import Broadcast
from broadcast.services import compose, report

SHOWN = 10
_B = BroadcastStatus
_SECTIONS = (
    (N_("*Waiting for approval*"), frozenset({_B.IN_REVIEW})),
    (N_("*Running*"), frozenset({_B.HOLDING, _B.SENDING, _B.WATCHING, _B.PAUSED, _B.WAITING})),
    (N_("*Scheduled*"), frozenset({_B.SCHEDULED, _B.LATE})),
)
_MORE = N_("… and {n} more: /{command}")


async def show(turn: Turn) -> list[Reply]:
    """One reply a section, the most urgent first; sections with nothing in them are left out."""
    say = turn.speech.say
    current = await report.current(turn.core)
    found = []
    for head, states in _SECTIONS:
        rows = [row for row in current if row.status in states]
        found.append(_section(turn, say(head), rows, "status"))
    mine = await compose.drafts(turn.core, turn.admin)
    found.append(_section(turn, say("*Your drafts*"), mine, "drafts"))
    sections = [section for section in found if section is not None]
    return sections or [Reply(say("Nothing is on its way."))]


def _section(turn: Turn, head: RichText, rows: Sequence[Broadcast], command: str) -> Reply | None:
    """`command` shows the rest of them."""
    if not rows:
        return None
    say = turn.speech.say
    lines = [
        say("{title} · {status}", title=card.title(turn.speech, row), status=_state(turn, row))
        for row in rows[:SHOWN]
    ]
    more = None
    if len(rows) > SHOWN:
        more = say(_MORE, n=len(rows) - SHOWN, command=command)
    buttons = tuple(
        Button(turn.speech.plain("Open #{id}", id=row.broadcast_id), f"open {row.broadcast_id}")
        for row in rows[:SHOWN]
    )
    grouped = tuple(buttons[at : at + 5] for at in range(0, len(buttons), 5))
    return Reply(card.lines(head, *lines, more), grouped)


def _state(turn: Turn, row: Broadcast) -> str:
    if row.status == _B.SCHEDULED and row.scheduled_at is not None:
        return turn.speech.moment(row.scheduled_at, turn.admin.timezone)
    return card.status_words(turn.speech, row)
