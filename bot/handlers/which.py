"""When a number is missing: the broadcasts that can be meant, as buttons."""

from __future__ import annotations

from sqlmodel import col, select

from bot.chat import Button, Reply
from bot.handlers import card
from bot.handlers.turn import Turn
from broadcast.machine import BroadcastStatus as _B
from broadcast.models import Broadcast

OFFERED = 8
_WRITING = (_B.DRAFT, _B.IN_REVIEW, _B.SCHEDULED, _B.LATE)
_BEGUN = (_B.SENDING, _B.PAUSED, _B.WAITING, _B.COMPLETED, _B.CANCELLED, _B.FAILED)
_MEANT: dict[str, tuple[_B, ...]] = {
    "submit": (_B.DRAFT,),
    "delete": (_B.DRAFT,),
    "approve": (_B.IN_REVIEW,),
    "reject": (_B.IN_REVIEW,),
    "pause": (_B.SENDING,),
    "resume": (_B.PAUSED,),
    "cancel": (_B.IN_REVIEW, _B.SCHEDULED, _B.LATE, _B.HOLDING, _B.SENDING, _B.PAUSED, _B.WAITING),
    "sendnow": (_B.LATE,),
    "report": _BEGUN,
    "missed": _BEGUN,
    "history": (*_WRITING, *_BEGUN),
}


async def ask(turn: Turn, reply: Reply) -> Reply:
    """The refusal with a button for each that fits, the latest first."""
    fits = select(Broadcast).where(
        col(Broadcast.status).in_(_MEANT.get(turn.command, _WRITING)),
        col(Broadcast.content) != {},
    )
    latest = fits.order_by(col(Broadcast.broadcast_id).desc()).limit(OFFERED)
    async with turn.core.store.read() as session:
        rows = list(await session.scalars(latest))
    buttons = tuple(
        (Button(card.title(turn.speech, row).text, f"{turn.command} {row.broadcast_id}"),)
        for row in rows
    )
    return Reply(reply.text, buttons, notice=reply.notice)
