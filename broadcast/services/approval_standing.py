"""Whose yes counts now: who may still say it, who shaped what it is about, what has changed since."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, exists, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.account_key import AccountKey
from broadcast.context import Core, Policy
from broadcast.errors import TooLate
from broadcast.language import N_
from broadcast.message import Message
from broadcast.models import (
    Admin,
    AdminIdentity,
    Approval,
    Broadcast,
    Role,
    Shaping,
    Submission,
)
from broadcast.services import edition
from broadcast.states import BroadcastStatus
from broadcast.store import completion

DECIDERS = frozenset({Role.APPROVER, Role.OWNER})
OWN = N_("You wrote this one, or a part of it, so somebody else has to approve it.")


@dataclass(frozen=True)
class Why:
    """A catalog sentence and its values: why somebody has to be asked (again)."""

    sentence: str
    values: dict[str, Any] = field(default_factory=dict)


UPDATED = Why(N_("Tellal was updated and now looks more closely at what is approved."))


def _counts() -> Any:
    """Who may still approve, and has not lost that right since they did."""
    return col(Admin.active) & col(Admin.role).in_(DECIDERS) & ~col(Approval.void) & _reachable()


async def void_approvals(session: AsyncSession, admin: Admin) -> None:
    """They lose the right to decide: what they said yes to stays void, also when they get it back."""
    theirs = (col(Approval.admin_id) == admin.admin_id, col(Approval.approved))
    await session.execute(update(Approval).where(*theirs).values(void=True))


def _reachable() -> Any:
    """Not gone from every platform they were on."""
    theirs = col(AdminIdentity.admin_id) == Admin.admin_id
    left = exists().where(theirs) & ~exists().where(theirs, col(AdminIdentity.active))
    return ~left


# Who shaped it


async def note_shaped(core: Core, session: AsyncSession, row: Broadcast, by: Admin) -> None:
    """Note that `by` shaped what would be sent. What a standing approval covers has been read by
    two people, so from there on only what comes now counts."""
    if row.approved_digest and await is_approved(core, session, row):
        await session.execute(delete(Shaping).where(col(Shaping.broadcast_id) == row.broadcast_id))
    key = (row.broadcast_id, by.admin_id)
    if await session.get(Shaping, key) is None:
        session.add(
            Shaping(broadcast_id=row.broadcast_id or 0, admin_id=by.admin_id or 0, at=core.clock())
        )
        await session.flush()


async def authors(session: AsyncSession, row: Broadcast) -> list[Admin]:
    """Everybody who shaped it since it was last approved, the first of them first."""
    found = await session.scalars(
        select(Admin)
        .join(Shaping, col(Shaping.admin_id) == Admin.admin_id)
        .where(Shaping.broadcast_id == row.broadcast_id)
        .order_by(col(Shaping.at), col(Shaping.admin_id))
    )
    people = list(found)
    if not people and (author := await session.get(Admin, row.author_id)) is not None:
        people.append(author)
    return people


async def barred_from_approving(core: Core, session: AsyncSession, row: Broadcast) -> set[int]:
    """Who cannot approve it because they shaped it; nobody, where the house allows one's own."""
    if core.policy.allow_self_approval:
        return set()
    return {who.admin_id or 0 for who in await authors(session, row)}


async def shut_to(
    core: Core, session: AsyncSession, admin: Admin, rows: Sequence[Broadcast]
) -> set[int]:
    """Which of these this person cannot approve because they shaped them: as `barred`, for many."""
    if core.policy.allow_self_approval:
        return set()
    numbers = [row.broadcast_id for row in rows]
    found = await session.execute(
        select(Shaping.broadcast_id, Shaping.admin_id).where(col(Shaping.broadcast_id).in_(numbers))
    )
    by: dict[int, set[int]] = {}
    for number, who in found:
        by.setdefault(number, set()).add(who)
    return {
        row.broadcast_id or 0
        for row in rows
        if admin.admin_id in by.get(row.broadcast_id or 0, {row.author_id})
    }


async def possible_approvers(session: AsyncSession) -> set[int]:
    """Who of the team could approve something, whoever wrote it."""
    found = await session.scalars(
        select(Admin.admin_id).where(Admin.active, col(Admin.role).in_(DECIDERS), _reachable())
    )
    return {number for number in found if number is not None}


async def count_approvers(core: Core, session: AsyncSession, row: Broadcast) -> int:
    """How many people of the team could approve it."""
    return len(await possible_approvers(session) - await barred_from_approving(core, session, row))


async def waiting_for(core: Core, admin: Admin, rows: list[Broadcast]) -> list[Broadcast]:
    """Which of these wait for this admin's word."""
    if admin.role not in DECIDERS:
        return []
    waiting = [row for row in rows if row.status == BroadcastStatus.IN_REVIEW]
    async with core.store.read() as session:
        shut = await shut_to(core, session, admin, waiting)
    return [row for row in waiting if row.broadcast_id not in shut]


# Whose yes counts


async def standing_approvals(
    core: Core, session: AsyncSession, row: Broadcast, digest: str
) -> list[Approval]:
    """One approval of each person who may still approve, of this very submission and content."""
    if not row.submission:
        return []
    found = await session.scalars(
        select(Approval)
        .join(Admin, col(Admin.admin_id) == Approval.admin_id)
        .where(
            Approval.broadcast_id == row.broadcast_id,
            Approval.submission == row.submission,
            Approval.digest == digest,
            Approval.approved,
            _counts(),
        )
        .order_by(col(Approval.approval_id))
    )
    shut = await barred_from_approving(core, session, row)
    return list({one.admin_id: one for one in found if one.admin_id not in shut}.values())


async def is_approved(core: Core, session: AsyncSession, row: Broadcast) -> bool:
    """Whether what was approved would be approved under the house's rules of now."""
    counted = await standing_approvals(core, session, row, row.approved_digest)
    return len(counted) >= core.policy.approvals_required


async def still_approved(core: Core, session: AsyncSession, row: Broadcast) -> bool:
    """Whether it may go on sending; what an earlier version launched may."""
    asked = await session.get(Submission, row.submission) if row.submission else None
    return asked is None or await is_approved(core, session, row)


async def objection(
    core: Core, session: AsyncSession, row: Broadcast, people: int,
    unseen: Collection[tuple[str, str]] = (),
) -> Why | None:  # fmt: skip
    """Why it cannot begin on its approvals; None when it can. `people` it would reach now. Of the
    `unseen` accounts nobody knows the templates now: their part proves itself before it goes."""
    asked = await session.get(Submission, row.submission) if row.submission else None
    if asked is None:
        return UPDATED
    now = await edition.document(core, session, row)
    now = edition.with_unseen_templates(asked.document, now, unseen)
    if (digest := edition.digest(now)) != row.approved_digest:
        return changed(asked.document, now)
    counted = await standing_approvals(core, session, row, digest)
    if len(counted) < core.policy.approvals_required:
        return await why_too_few(core, session, row, len(counted))
    said = min((one.people for one in counted), default=people)
    return why_grown(core.policy, said, people)


async def check_unchanged(core: Core, session: AsyncSession, row: Broadcast) -> None:
    """Raises TooLate when what is still to be sent is not what was approved. Of accounts, time and
    order nothing is left to decide once it was launched. A template that is not known, or that
    concerns a part of those who are left, holds that part alone (`engine.proof`)."""
    why = await content_changed(core, session, row)
    if why is None:
        changed = await templates_changed(core, session, row)
        shut = await completion.only_left(session, row.broadcast_id or 0, changed)
        why = changed[shut] if shut else None
    if why is not None:
        raise TooLate(why.sentence, **why.values)


async def content_changed(core: Core, session: AsyncSession, row: Broadcast) -> Why | None:
    """What people would get anywhere that was not approved, of a broadcast that was launched."""
    asked = await session.get(Submission, row.submission) if row.submission else None
    if asked is None:  # launched by an earlier version: nobody can have edited it since
        return None
    now = await edition.document(core, session, row)
    parts = edition.differing_parts(asked.document, now)
    part = next((part for part in parts if part in edition.CONTENT and part != "templates"), None)
    if part is None and edition.swapped(asked.document, now):
        part = "senders"
    return None if part is None else _not_as_approved(part)


async def templates_changed(
    core: Core, session: AsyncSession, row: Broadcast, *, gone: bool = False
) -> dict[AccountKey, Why]:
    """By account, what keeps its template from going out as it was approved, as it was last listed.
    `gone`: it was listed just now, so that one which is not known is there no more."""
    asked = await session.get(Submission, row.submission) if row.submission else None
    if asked is None:
        return {}
    found: dict[AccountKey, Why] = {}
    for now, use, known in edition.templates(core, Message.model_validate(row.content)):
        key = AccountKey.read(now["account"])
        if known is None and not gone:
            continue
        if now not in asked.document["templates"]:
            found[key] = _not_as_approved("templates")
        elif known is not None and not known.usable:
            sentence = N_("The platform does not let the template “{name}” go now ({status}).")
            found[key] = Why(sentence, {"name": use.name, "status": known.status})
    return found


def _not_as_approved(part: str) -> Why:
    word = edition.PART_WORDS.get(part, edition.OTHER_PART)
    return Why(
        N_("Since it was approved, {part} has changed, so it cannot be sent."), {"part": word}
    )


def changed(earlier: edition.Document, now: edition.Document) -> Why:
    """Names the first part that differs; one that an earlier version did not look at is no change."""
    if now.keys() - earlier.keys():
        return UPDATED
    part = next(iter(edition.differing_parts(earlier, now)), "")
    word = edition.PART_WORDS.get(part, edition.OTHER_PART)
    return Why(N_("Since it was shown, {part} has changed."), {"part": word})


async def why_too_few(core: Core, session: AsyncSession, row: Broadcast, count: int) -> Why:
    """Somebody's yes does not count any more, or the house asks for more of them."""
    gone = await session.scalars(
        select(Admin.name)
        .join(Approval, col(Approval.admin_id) == Admin.admin_id)
        .where(
            Approval.submission == row.submission, Approval.approved, ~_counts(),
        )
    )  # fmt: skip
    if names := sorted(set(gone)):
        return Why(N_("{names} may not approve any more."), {"names": ", ".join(names)})
    return Why(
        N_("It now needs {wanted} approvals by others; it has {count}."),
        {"wanted": core.policy.approvals_required, "count": count},
    )


def why_grown(policy: Policy, before: int, now: int) -> Why | None:
    """Whether so many more would get it that the yes is about something else."""
    more = now - before
    if (
        more < policy.reapprove_growth_people
        or more * 100 <= before * policy.reapprove_growth_percent
    ):
        return None
    return Why(
        N_("It would reach {now} people now; it was {before} when it was shown."),
        {"now": now, "before": before},
    )


async def approved_accounts(core: Core, row: Broadcast) -> list[str]:
    """The `channel:account` it was approved for; one that was opened since sends nothing of it."""
    async with core.store.read() as session:
        asked = await session.get(Submission, row.submission) if row.submission else None
    if asked is not None:
        return list(asked.document["accounts"])
    return [str(key) for key in core.channels]
