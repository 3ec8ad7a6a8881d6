"""Earlier work used again: a version put back, a broadcast taken back, an old one as a new draft."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlmodel import col, select

from broadcast.context import Core, Event
from broadcast.errors import NotAllowed, TooLate
from broadcast.language import N_
from broadcast.models import Admin, Audit, Broadcast, Role
from broadcast.services import approval_standing, compose, versions, voided_approval
from broadcast.services.audit import (
    STATUS_WORDS,
    append_audit,
    change_status,
    load_broadcast,
    read_actor,
)
from broadcast.states import BroadcastStatus
from broadcast.wording.folding import phrase

_B = BroadcastStatus
TAKEN_BACK = frozenset({_B.IN_REVIEW, _B.APPROVED, _B.SCHEDULED, _B.LATE, _B.HOLDING})
ENDED = (_B.COMPLETED, _B.CANCELLED, _B.FAILED)
_READ = 200  # rows at a time: words are looked for beside the loop


async def put_back(core: Core, by: Admin, broadcast_id: int, number: int) -> Broadcast:
    """Make a version the message again: its text, files and buttons. What stands there becomes a
    version too. Raises TooLate for one that is not kept any more, and what `compose.edit` raises."""
    message = await versions.find(core, broadcast_id, number)
    return await compose.set_message(core, by, broadcast_id, message)


async def take_back(core: Core, by: Admin, broadcast_id: int) -> tuple[Broadcast, bool]:
    """Make what was submitted or approved a draft again, with its time and its audience; what was
    said yes to does not count any more. False: it was a draft already. Raises NotAllowed, TooLate.
    """
    async with core.store.write() as session:
        by = await read_actor(session, by)
        row = await load_broadcast(session, broadcast_id)
        if by.role != Role.OWNER and row.author_id != by.admin_id:
            raise NotAllowed(N_("Only its author can take this broadcast back."))
        if row.status == _B.DRAFT:
            return row, False
        _check_not_begun(row)
        approved = bool(row.approved_digest)
        asked, had = await voided_approval.standing_now(session, row)
        change_status(row, _B.DRAFT)
        voided_approval.note_change(asked, had, by, back=True)
        row.approved_digest, row.hold_until, row.submission = "", None, ""
        append_audit(core, session, "taken_back", by=by, broadcast_id=broadcast_id)
        if approved:
            append_audit(core, session, "approval_voided", by=by, broadcast_id=broadcast_id)
    core.wake.set()
    await core.tell(Event("changed", broadcast_id))
    return row, True


def _check_not_begun(row: Broadcast) -> None:
    if row.launched_at is not None and row.status not in ENDED:
        raise TooLate(
            N_("*#{id}* is on its way already. Pause it to correct it, or cancel it."),
            id=row.broadcast_id,
        )
    if row.status not in TAKEN_BACK:
        raise TooLate(
            N_("Broadcast {id} is {status} now, so that is no longer possible."),
            id=row.broadcast_id, status=STATUS_WORDS[_B(row.status)],
        )  # fmt: skip


async def use_again(core: Core, by: Admin, broadcast_id: int) -> Broadcast:
    """A new draft with the message and the audience of an earlier broadcast; its time is not copied.
    Asked twice, the draft that was made is still there and is given again. Raises NotFound, and
    NotAllowed for another's draft, also one that was deleted."""
    earlier = await compose.get(core, broadcast_id)
    foreign = earlier.author_id != by.admin_id and by.role != Role.OWNER
    if foreign and earlier.status == _B.DRAFT:
        raise NotAllowed(N_("Only its author can change this broadcast."))
    if foreign and await _thrown_away(core, broadcast_id):
        raise NotAllowed(N_("That draft was deleted. Only its author can use it again."))
    for row in await compose.drafts(core, by):
        same = (row.content, row.audience) == (earlier.content, earlier.audience)
        if same and row.broadcast_id != broadcast_id:
            return row
    made = Broadcast(
        author_id=by.admin_id or 0, content=earlier.content, audience=earlier.audience,
        canary=earlier.canary, created_at=core.clock(),
    )  # fmt: skip
    async with core.store.write() as session:
        by = await read_actor(session, by)
        session.add(made)
        await session.flush()
        await approval_standing.note_shaped(core, session, made, by)
        append_audit(core, session, "created", by=by, broadcast_id=made.broadcast_id)
    await core.tell(Event("draft", made.broadcast_id or 0))
    return made


async def shelf(core: Core, words: str, skip: int, count: int) -> list[Broadcast]:
    """Broadcasts that are over, the latest first, with all of `words` in their text, in any case
    and spelling; `count` of them after `skip`. Drafts that were deleted are not among them."""
    wanted = phrase(words).split()
    found: list[Broadcast] = []
    below = 2**62
    while len(found) < skip + count:
        rows = await _over(core, below)
        if not rows:
            break
        found += await asyncio.to_thread(_with_words, rows, wanted)
        below = rows[-1].broadcast_id or 0
    return found[skip : skip + count]


async def _thrown_away(core: Core, broadcast_id: int) -> bool:
    """Whether it never was more than a draft, and its author deleted it."""
    query = select(Audit.audit_id).where(
        Audit.broadcast_id == broadcast_id, Audit.action == "deleted"
    )
    async with core.store.read() as session:
        return await session.scalar(query) is not None


async def _over(core: Core, below: int) -> Sequence[Broadcast]:
    thrown = (
        select(Audit.audit_id)
        .where(Audit.broadcast_id == Broadcast.broadcast_id, Audit.action == "deleted")
        .exists()
    )
    async with core.store.read() as session:
        rows = await session.scalars(
            select(Broadcast)
            .where(
                col(Broadcast.status).in_(ENDED), col(Broadcast.broadcast_id) < below, ~thrown
            )
            .order_by(col(Broadcast.broadcast_id).desc())
            .limit(_READ)
        )  # fmt: skip
        return list(rows)


def _with_words(rows: Sequence[Broadcast], wanted: Sequence[str]) -> list[Broadcast]:
    return [row for row in rows if not compose.message_of(row).is_empty and _has(row, wanted)]


def _has(row: Broadcast, wanted: Sequence[str]) -> bool:
    message = compose.message_of(row)
    names = (f"{item.caption.text} {item.filename}" for item in message.media)
    text = phrase(" ".join((message.text.text, *names))) if wanted else ""
    return all(word in text for word in wanted)
