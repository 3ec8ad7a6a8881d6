"""When a number is missing: the broadcasts that can be meant, as buttons."""

from __future__ import annotations

from dataclasses import replace

from sqlmodel import col, select

from bot.chat import Button, Reply
from bot.handlers import menu
from bot.handlers.turn import Turn
from bot.views import review_card
from broadcast.language import N_
from broadcast.models import Broadcast, Role
from broadcast.services import approval_standing
from broadcast.services.compose import message_of
from broadcast.states import BroadcastStatus as _B

OFFERED, _LOOKED_AT = 8, 40
_WRITING = (_B.DRAFT, _B.IN_REVIEW, _B.SCHEDULED, _B.LATE)
_RUNNING = (_B.HOLDING, _B.SENDING, _B.WATCHING, _B.PAUSED, _B.WAITING)
_ENDED = (_B.COMPLETED, _B.CANCELLED, _B.FAILED)
_BEGUN = (*_RUNNING, *_ENDED)
MEANT: dict[str, tuple[_B, ...]] = {
    "submit": (_B.DRAFT,),
    "takeback": (_B.IN_REVIEW, _B.SCHEDULED, _B.LATE, _B.HOLDING),
    "reuse": _ENDED,
    "delete": (_B.DRAFT,),
    "approve": (_B.IN_REVIEW,),
    "reject": (_B.IN_REVIEW,),
    "pause": (_B.SENDING, _B.WATCHING),
    "resume": (_B.PAUSED, _B.WATCHING),
    "correct": (_B.PAUSED,),
    "cancel": (_B.IN_REVIEW, _B.SCHEDULED, _B.LATE, *_RUNNING),
    "sendnow": (_B.LATE,),
    "report": _BEGUN,
    "missed": _BEGUN,
    "retry": _BEGUN,
    "history": (*_WRITING, *_BEGUN),
}
_NONE = {
    "approve": N_("Nothing waits for approval."),
    "reject": N_("Nothing waits for approval."),
    "pause": N_("Nothing is on its way."),
    "resume": N_("Nothing is paused."),
    "correct": N_("Nothing is paused."),
    "takeback": N_("Nothing waits, so there is nothing to take back."),
    "reuse": N_("Nothing has been sent yet."),
    "cancel": N_("Nothing is on its way."),
    "sendnow": N_("Nothing is late."),
    "report": N_("Nothing has been sent yet."),
    "missed": N_("Nothing has been sent yet."),
    "retry": N_("Nothing has been sent yet."),
    "history": N_("Nothing has been written yet."),
}


_LOOKS = frozenset(
    {"report", "missed", "history", "retry"}
)  # without more words they change nothing


async def meant(turn: Turn) -> Turn:
    """Where somebody only wants to look and one alone can be meant, that one is."""
    if turn.words or turn.command not in _LOOKS:
        return turn
    found = await _meant(turn)
    if len(found) != 1:
        return turn
    return replace(turn, request=replace(turn.request, arguments=str(found[0].broadcast_id)))


async def ask(turn: Turn) -> Reply:
    """A button for each that fits, the latest first."""
    found = await _meant(turn)
    if not found:
        text = turn.speech.say(_NONE.get(turn.command, N_("You have no drafts.")))
        rows = await menu.rows(turn.core, turn.speech, turn.admin)
        return Reply(text, rows, notice=text.text)
    buttons = tuple(
        (Button(review_card.title(turn.speech, row).text, f"{turn.command} {row.broadcast_id}"),)
        for row in found[:OFFERED]
    )
    return Reply(turn.speech.say("Which one?"), buttons)


async def _meant(turn: Turn) -> list[Broadcast]:
    """What nobody has written anything into yet, and drafts of others, are not meant."""
    fits = select(Broadcast).where(col(Broadcast.status).in_(MEANT.get(turn.command, _WRITING)))
    latest = fits.order_by(col(Broadcast.broadcast_id).desc()).limit(_LOOKED_AT)
    async with turn.core.store.read() as session:
        rows = list(await session.scalars(latest))
    if turn.command in {"approve", "reject"}:
        return await approval_standing.waiting_for(turn.core, turn.admin, rows)
    return [row for row in rows if _concerns(turn, row)]


def _concerns(turn: Turn, row: Broadcast) -> bool:
    mine = row.author_id == turn.admin.admin_id or turn.admin.role == Role.OWNER
    return not message_of(row).is_empty and (mine or row.status != _B.DRAFT)
