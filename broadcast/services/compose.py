"""Writing a broadcast: drafts, content, audience, and what it would look like if sent now."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast import typed, way_out
from broadcast.channel import Degrading, Problem
from broadcast.context import Core, Event
from broadcast.errors import Invalid, TooLate
from broadcast.language import N_
from broadcast.message import LinkButton, Message, is_visible
from broadcast.models import Admin, Audit, Broadcast, Submission
from broadcast.services import (
    approval_standing,
    correct,
    edition,
    report,
    versions,
    voided_approval,
)
from broadcast.services.audit import (
    STATUS_WORDS,
    append_audit,
    load_broadcast,
    read_actor,
    require_author,
)
from broadcast.services.reach import Reach, nameless, reach, reaching
from broadcast.states import BroadcastStatus

_EDITABLE = frozenset(
    {
        BroadcastStatus.DRAFT,
        BroadcastStatus.IN_REVIEW,
        BroadcastStatus.APPROVED,
        BroadcastStatus.SCHEDULED,
        BroadcastStatus.LATE,
        BroadcastStatus.HOLDING,
    }
)
_OPENED = re.compile(r"(?:https?|tg)://\S", re.I)
# the audit's words for what an edit changes
_CHANGES = ("content", "audience", "schedule", "canary")


@dataclass(frozen=True)
class Look:
    """A broadcast as it stands: `eta_seconds` at the channel's limit, `digest` of all that anybody
    could get, `changes`: what some channel shows otherwise than it was written. `asked`: the round
    of approval it is in or went through; `authors`: whoever shaped it since it was last approved;
    `able`: how many others could approve it."""

    broadcast: Broadcast
    message: Message
    audience_size: int
    eta_seconds: float
    problems: list[Problem]
    digest: str
    reach: tuple[Reach, ...] = ()
    changes: tuple[Problem, ...] = ()
    asked: Submission | None = None
    authors: tuple[Admin, ...] = ()
    able: int = 0
    sums: report.Sums | None = None  # of one that was launched
    document: edition.Document = field(default_factory=dict)  # what `digest` is of
    before: Submission | None = None  # the last round before `asked`

    @property
    def warnings(self) -> list[Problem]:
        """What would go out as it stands, and was hardly meant so."""
        return typed.blanks(self.message)

    @property
    def number(self) -> int:
        return self.broadcast.broadcast_id or 0

    @property
    def submission(self) -> str:
        """What the buttons of a card carry; empty while nobody is asked."""
        return self.broadcast.submission

    def shaped_by(self, admin: Admin | None) -> bool:
        return admin is not None and any(who.admin_id == admin.admin_id for who in self.authors)


def message_of(broadcast: Broadcast) -> Message:
    return Message.model_validate(broadcast.content)


async def new(core: Core, by: Admin) -> Broadcast:
    row = Broadcast(author_id=by.admin_id or 0, content={}, audience={}, created_at=core.clock())
    async with core.store.write() as session:
        await read_actor(session, by)
        session.add(row)
        await session.flush()
        await approval_standing.note_shaped(core, session, row, by)
        append_audit(core, session, "created", by=by, broadcast_id=row.broadcast_id)
    await core.tell(Event("draft", row.broadcast_id or 0))
    return row


async def get(core: Core, broadcast_id: int) -> Broadcast:
    async with core.store.read() as session:
        return await load_broadcast(session, broadcast_id)


async def drafts(core: Core, by: Admin) -> list[Broadcast]:
    """This admin's unsent broadcasts, the latest first."""
    async with core.store.read() as session:
        rows = await session.scalars(
            select(Broadcast)
            .where(Broadcast.author_id == by.admin_id, Broadcast.status == BroadcastStatus.DRAFT)
            .order_by(col(Broadcast.broadcast_id).desc())
        )
        return list(rows)


def may_edit(by: Admin, row: Broadcast) -> None:
    """Raises NotAllowed or TooLate when this admin cannot change this broadcast (any more)."""
    require_author(by, row)
    require_editable(row)


def require_editable(row: Broadcast) -> None:
    """Raises TooLate for what nobody can change any more. A launched one can be corrected while it
    rests."""
    rests = row.status == BroadcastStatus.PAUSED and row.launched_at is not None
    if row.status not in _EDITABLE and not rests:
        raise TooLate(
            N_("Broadcast {id} is {status} now, so that is no longer possible."),
            id=row.broadcast_id,
            status=STATUS_WORDS[BroadcastStatus(row.status)],
        )


class Changed(TooLate):
    """It is no longer what somebody had before their eyes when they began to change it."""


async def require_unchanged(core: Core, by: Admin, row: Broadcast, seen: str) -> None:
    """Raises Changed when the row is not what was `seen` (its `edition.mark`)."""
    async with core.store.read() as session:
        await _unchanged(core, session, by, row, seen)


async def _unchanged(
    core: Core, session: AsyncSession, by: Admin, row: Broadcast, seen: str
) -> None:
    if not seen or edition.mark_of(core, row) == seen:
        return
    latest = (
        select(Audit.admin_id)
        .where(Audit.broadcast_id == row.broadcast_id, col(Audit.action).in_(_CHANGES))
        .order_by(col(Audit.audit_id).desc())
        .limit(1)
    )
    other = await session.get(Admin, await session.scalar(latest) or 0)
    if other is None or other.admin_id == by.admin_id:
        raise Changed(
            N_(
                "You changed #{id} yourself after opening this, so nothing was saved. Copy what you "
                "need, close this and open it again."
            ),
            id=row.broadcast_id,
        )
    raise Changed(
        N_(
            "{name} changed #{id} after you opened this, so nothing was saved. Copy what you need, "
            "close this and open it again."
        ),
        name=other.name, id=row.broadcast_id,
    )  # fmt: skip


async def edit(
    core: Core, by: Admin, broadcast_id: int, action: str, seen: str = "",
    may: Callable[[Admin, Broadcast], None] = may_edit,
    of: Callable[[Broadcast], dict[str, object]] | None = None, whole: bool = True,
    **changes: object,
) -> Broadcast:  # fmt: skip
    """Change what would be sent, if it still is what was `seen`. Anything asked or approved is a
    draft again, and whoever did it cannot approve it. `may` raises for who may not; `of` makes more
    changes of what stands there when it is written, so that nobody else's is undone. What the
    message was is kept as a version; not `whole`: one more part of what is just being written."""
    async with core.store.write() as session:
        by = await read_actor(session, by)
        row = await load_broadcast(session, broadcast_id)
        may(by, row)
        await _unchanged(core, session, by, row, seen)
        changes |= of(row) if of is not None else {}
        if isinstance(content := changes.get("content"), dict):
            changes["content"] = way_out.stamped(content, row.content)
        before = edition.mark_of(core, row)
        content = row.content
        asked, had = await voided_approval.standing_now(session, row)
        launched = row.launched_at is not None
        runs = await correct.begin(session, row, changes) if launched else None
        for name, value in changes.items():
            setattr(row, name, value)
        if edition.mark_of(core, row) == before:
            return row
        if whole and row.content != content:
            await versions.keep(core, session, row, content, by)
        await approval_standing.note_shaped(core, session, row, by)
        again = row.status != BroadcastStatus.DRAFT
        voided_approval.note_change(asked, had, by)
        if runs is not None:
            await correct.note_edited(session, row, runs)
        else:
            row.status, row.approved_digest, row.hold_until = BroadcastStatus.DRAFT, "", None
            row.submission = ""
            row.version += 1
        append_audit(core, session, action, by=by, broadcast_id=broadcast_id)
        if again:
            append_audit(core, session, "approval_voided", by=by, broadcast_id=broadcast_id)
    await core.tell(Event("changed" if again else "draft", broadcast_id))
    return row


async def set_message(
    core: Core, by: Admin, broadcast_id: int, message: Message, seen: str = ""
) -> Broadcast:
    content = message.model_dump(mode="json")
    return await edit(core, by, broadcast_id, "content", seen, content=content)


async def change_message(
    core: Core, by: Admin, broadcast_id: int, make: Callable[[Message], Message],
    whole: bool = True,
) -> Broadcast:  # fmt: skip
    """Change a part of the message: `make` is given it as it stands when it is written. `whole` as
    in `edit`."""

    def content(row: Broadcast) -> dict[str, object]:
        return {"content": make(message_of(row)).model_dump(mode="json")}

    return await edit(core, by, broadcast_id, "content", of=content, whole=whole)


async def rewrite(
    core: Core, by: Admin, broadcast_id: int, message: Message, language: str,
    at: datetime | None, seen: str = "",
) -> Broadcast:  # fmt: skip
    """Message, audience (`language`, empty for everyone) and time (None: once approved) at once.

    `seen`: the `edition.mark` of what it replaces. Raises Changed for anything newer.
    """
    row = await get(core, broadcast_id)
    if row.launched_at is not None:  # there only its message is asked for
        return await set_message(core, by, broadcast_id, message, seen)
    return await edit(
        core, by, broadcast_id, "content", seen, of=_choosing({"language": language}),
        content=message.model_dump(mode="json"), scheduled_at=at,
    )  # fmt: skip


def link_button(label: str, url: str) -> LinkButton:
    """Raises Invalid for what cannot be opened."""
    label, url = label.strip(), url.strip()
    if not is_visible(label) or "://" in label or not _OPENED.match(url):
        raise Invalid(N_("A button needs a label and a web address: `Read more - https://…`"))
    return LinkButton(label=label, url=url)


async def add_buttons(
    core: Core, by: Admin, broadcast_id: int, added: Sequence[LinkButton]
) -> Broadcast:
    """Each in a row of its own, below those it has."""
    rows = tuple((button,) for button in added)
    return await change_message(
        core,
        by,
        broadcast_id,
        lambda now: now.model_copy(update={"buttons": (*now.buttons, *rows)}),
    )


async def clear_buttons(core: Core, by: Admin, broadcast_id: int) -> Broadcast:
    return await change_message(
        core, by, broadcast_id, lambda now: now.model_copy(update={"buttons": ()})
    )


async def set_audience(core: Core, by: Admin, broadcast_id: int, language: str) -> Broadcast:
    """Everyone who reads this language (empty: everyone)."""
    return await set_reach(core, by, broadcast_id, language=language)


async def set_reach(core: Core, by: Admin, broadcast_id: int, **choice: str) -> Broadcast:
    """Change parts of the audience: language, outside, overflow. Empty: as usual."""
    return await edit(core, by, broadcast_id, "audience", of=_choosing(choice))


def _choosing(choice: dict[str, str]) -> Callable[[Broadcast], dict[str, object]]:
    def chosen(row: Broadcast) -> dict[str, object]:
        both: dict[str, Any] = row.audience | choice
        return {"audience": {name: value for name, value in both.items() if value}}

    return chosen


async def delete(core: Core, by: Admin, broadcast_id: int) -> None:
    """Throw a draft away; it stays in the history as cancelled."""
    async with core.store.write() as session:
        by = await read_actor(session, by)
        row = await load_broadcast(session, broadcast_id)
        require_author(by, row)
        if row.status != BroadcastStatus.DRAFT:
            raise TooLate(N_("Only a draft can be deleted. Use /cancel instead."))
        row.status = BroadcastStatus.CANCELLED
        row.version += 1
        append_audit(core, session, "deleted", by=by, broadcast_id=broadcast_id)
    await core.tell(Event("draft", broadcast_id))


def open_accounts(core: Core) -> list[str]:
    return [str(key) for key in core.channels]


async def look_at(core: Core, broadcast_id: int) -> Look:
    """What would happen if it were launched now; once it was, whom it was frozen for."""
    async with core.store.read() as session:
        row = await load_broadcast(session, broadcast_id)
        document = await edition.document(core, session, row)
        before = await voided_approval.last_round(session, row)
        asked = await session.get(Submission, row.submission) if row.submission else None
        authors = tuple(await approval_standing.authors(session, row))
        able = await approval_standing.count_approvers(core, session, row)
    digest, message = edition.digest(document), message_of(row)
    problems = [p for channel in core.channels.values() for p in channel.check(message)]
    problems += edition.problems(core, message)
    if row.launched_at is not None:
        return Look(
            row, message, row.planned_total, 0.0, problems, digest, asked=asked, authors=authors, able=able,
            changes=_changes(core, message, {name for name, _ in core.channels}),
            sums=await report.sums(core, broadcast_id), document=document, before=before,
        )  # fmt: skip
    shares = tuple(await reach(core, row.audience, message))
    size = sum(share.people for share in shares)
    problems += await nameless(core, row.audience, message)
    eta = max((share.eta_seconds for share in shares), default=0.0)
    changes = _changes(core, message, await reaching(core) if size else set())
    return Look(
        row, message, size, eta, problems, digest, shares, changes, asked, authors, able,
        document=document, before=before,
    )  # fmt: skip


def _changes(core: Core, message: Message, concerned: set[str]) -> tuple[Problem, ...]:
    """Once each channel it may come to somebody on, however many accounts it has."""
    able = {
        channel.name: channel
        for channel in core.channels.values()
        if channel.name in concerned and isinstance(channel, Degrading)
    }
    lost = (*(Problem(sentence) for sentence in message.left_out), *typed.signs(message))
    return (*lost, *(change for channel in able.values() for change in channel.changes(message)))
