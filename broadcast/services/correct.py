"""A launched broadcast gets other content: what some have already, what the others will get.

Its content is edited where it is while it rests; the version that runs is kept beside it, until
somebody approves the new one and it goes on, or the author takes it back.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from broadcast.clock import steady_unix
from broadcast.context import Core, Event
from broadcast.errors import TooLate
from broadcast.language import N_
from broadcast.message import Message
from broadcast.models import Admin, Broadcast, ContentVersion, Shaping, Submission
from broadcast.outcome import Reason
from broadcast.pause import may_go_on
from broadcast.services import voided_approval
from broadcast.services.audit import (
    append_audit,
    change_status,
    load_broadcast,
    read_actor,
    require_author,
)
from broadcast.states import BroadcastStatus
from broadcast.store import retry

# Who was refused the message itself has not got it: the corrected one is for them too.
REFUSED = (Reason.CONTENT.value, Reason.REJECTED.value)
_FIXED = N_(
    "Broadcast {id} is on its way already: only its message can be corrected. Who gets it, and when, "
    "stays as it was approved."
)


async def begin(session: AsyncSession, row: Broadcast, changing: Collection[str]) -> ContentVersion:
    """The version that runs, kept from here on. Raises TooLate where anything else changes."""
    if set(changing) - {"content"}:
        raise TooLate(_FIXED, id=row.broadcast_id)
    return await running_version(session, row)


async def running_version(session: AsyncSession, row: Broadcast) -> ContentVersion:
    """What those get it was sent to last; before any correction, its content as it stands."""
    kept = await session.get(ContentVersion, (row.broadcast_id, row.content_version))
    if kept is None:
        kept = ContentVersion(
            broadcast_id=row.broadcast_id or 0, number=row.content_version, content=row.content,
            submission=row.submission, digest=row.approved_digest,
            at=row.launched_at or row.created_at,
        )  # fmt: skip
        session.add(kept)
        await session.flush()
    return kept


async def note_edited(session: AsyncSession, row: Broadcast, kept: ContentVersion) -> None:
    """It rests again; what was asked is void. The same as what runs is no correction, and nobody
    has shaped it."""
    same = Message.model_validate(row.content) == Message.model_validate(kept.content)
    row.correcting, row.submission = not same, kept.submission
    row.approved_digest = kept.digest if same else ""
    if same:
        mine = col(Shaping.broadcast_id) == row.broadcast_id
        await session.execute(delete(Shaping).where(mine))
    if row.status == BroadcastStatus.IN_REVIEW:
        change_status(row, BroadcastStatus.PAUSED)
    else:
        row.version += 1


async def go_on(
    core: Core, session: AsyncSession, row: Broadcast, asked: Submission, by: Admin
) -> None:
    """Approved: whoever has not got it gets the corrected one, or the same where only the yes to it
    was missing; nobody gets it a second time. Where `by` may not undo the pause it rests by, it rests
    until somebody who may resumes it."""
    corrected, row.correcting = row.correcting, False
    if corrected:
        row.content_version += 1
        session.add(
            ContentVersion(
                broadcast_id=row.broadcast_id or 0, number=row.content_version, content=row.content,
                submission=asked.submission_id, digest=asked.digest, at=core.clock(),
            )
        )  # fmt: skip
    else:
        kept = await running_version(session, row)
        kept.submission, kept.digest = asked.submission_id, asked.digest
    if may_go_on(row, by):
        row.pause_reason, row.paused_by, row.paused_as = "", None, ""
        change_status(row, BroadcastStatus.SENDING)
    else:
        change_status(row, BroadcastStatus.PAUSED)
    await session.flush()
    if not corrected:
        append_audit(core, session, "resumed", by=by, broadcast_id=row.broadcast_id)
        return
    again = await retry.retry(session, row.broadcast_id or 0, REFUSED, steady_unix())
    detail = f"{row.content_version}: {again}" if again else str(row.content_version)
    append_audit(core, session, "corrected", broadcast_id=row.broadcast_id, detail=detail)


async def send_back(session: AsyncSession, row: Broadcast) -> None:
    """Rejected: it rests, with the correction as it was written."""
    change_status(row, BroadcastStatus.PAUSED)
    row.submission = (await running_version(session, row)).submission


async def take_back(core: Core, by: Admin, broadcast_id: int) -> Broadcast:
    """Throw the correction away: what runs is its content again. Raises NotAllowed, TooLate."""
    async with core.store.write() as session:
        by = await read_actor(session, by)
        row = await load_broadcast(session, broadcast_id)
        require_author(by, row)
        if not row.correcting:
            raise TooLate(N_("There is no correction to take back."))
        kept = await running_version(session, row)
        asked, had = await voided_approval.standing_now(session, row)
        row.content = kept.content
        await note_edited(session, row, kept)
        voided_approval.note_change(asked, had, by)
        append_audit(core, session, "correction_taken_back", by=by, broadcast_id=broadcast_id)
    await core.tell(Event("changed", broadcast_id))
    return row
