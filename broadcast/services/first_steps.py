"""What a new house has still to do, read from what is: no step is ticked by hand."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, exists, select
from sqlmodel import col

from broadcast.context import Core, Event, Policy
from broadcast.models import Address, Admin, Audit, Broadcast, ChecklistMessage, Poster
from broadcast.services import approval_standing, house_rules
from broadcast.services.audit import append_audit

TESTED = "tested"


@dataclass(frozen=True, slots=True)
class Steps:
    """`alone`: one person decides, and may approve their own. `deciders`: how many could approve."""

    named: bool
    privacy: bool
    alone: bool
    deciders: int
    tested: bool
    shared: bool
    sent: bool

    @property
    def together(self) -> bool:
        """Whether somebody can say yes to what is written."""
        return self.alone or self.deciders > 1

    @property
    def done(self) -> bool:
        mine = (self.named, self.privacy, self.together, self.tested, self.shared, self.sent)
        return all(mine)


async def steps(core: Core) -> Steps:
    """As the house stands now."""
    policy = core.policy
    shared = exists().where(col(Poster.poster_id).is_not(None)) | exists().where(
        col(Address.consent) == "opted_in"
    )
    asked = select(
        exists().where(col(Audit.action) == TESTED), shared,
        exists().where(col(Broadcast.launched_at).is_not(None)),
    )  # fmt: skip
    async with core.store.read() as session:
        people = await approval_standing.possible_approvers(session)
        tested, shared_, sent = (await session.execute(asked)).one()
    named = policy.sender_name != Policy().sender_name or _decided(core, house_rules.SENDER)
    privacy = bool(policy.privacy_url) or _decided(core, house_rules.PRIVACY)
    return Steps(
        named, privacy, policy.allow_self_approval, len(people), bool(tested), bool(shared_),
        bool(sent),
    )  # fmt: skip


def _decided(core: Core, name: str) -> bool:
    return name in core.given or name in core.chosen


async def tested(core: Core, by: Admin) -> None:
    """Somebody sent a broadcast to themselves; the first time is remembered."""
    async with core.store.read() as session:
        known = await session.scalar(select(exists().where(col(Audit.action) == TESTED)))
    if known:
        return
    async with core.store.write() as session:
        append_audit(core, session, TESTED, by=by)
    await core.tell(Event("checklist"))


# Where they stand


async def shown(core: Core) -> list[ChecklistMessage]:
    """Every message that shows the steps, the oldest first."""
    async with core.store.read() as session:
        rows = await session.scalars(
            select(ChecklistMessage).order_by(col(ChecklistMessage.checklist_message_id))
        )
        return list(rows)


async def remember(core: Core, frontend: str, conversation: str, message_id: str) -> None:
    """They stand in that message now; the same one again is no news."""
    theirs = (
        col(ChecklistMessage.frontend) == frontend,
        col(ChecklistMessage.conversation) == conversation,
    )
    async with core.store.write() as session:
        newest = await session.scalar(
            select(ChecklistMessage)
            .where(*theirs)
            .order_by(col(ChecklistMessage.checklist_message_id).desc())
            .limit(1)
        )
        if newest is None or newest.message_id != message_id:
            session.add(
                ChecklistMessage(
                    frontend=frontend, conversation=conversation, message_id=message_id
                )
            )
    await core.tell(Event("checklist"))


async def forget(core: Core, frontend: str, conversation: str, message_id: str = "") -> None:
    """A message shows them no more; without its id: none of that chat does."""
    where = [
        col(ChecklistMessage.frontend) == frontend,
        col(ChecklistMessage.conversation) == conversation,
    ]
    if message_id:
        where.append(col(ChecklistMessage.message_id) == message_id)
    async with core.store.write() as session:
        await session.execute(delete(ChecklistMessage).where(*where))
