"""One admin's turn: the request with everything a handler needs to answer it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.chat import Request, Value
from broadcast.context import Core
from broadcast.errors import Invalid
from broadcast.language import N_, Speech
from broadcast.models import Admin, AdminIdentity, Role
from broadcast.services import team
from broadcast.services.approval_standing import DECIDERS
from broadcast.services.compose import Look
from broadcast.states import BroadcastStatus

_NO_BROADCAST = 2**53  # whatever number is typed, the database can look for it
_NO_DRAFT = frozenset(
    {"reuse", "takeback", "report", "missed", "retry", "history", "approve", "reject"}
)


class WhichOne(Invalid):
    """A number is missing; the dispatcher offers those that can be meant."""

    def __init__(self, command: str) -> None:
        super().__init__(
            N_("Which one? Please add its number, like `/{command} 3`."), command=command
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """`command` is the canonical name, whatever alias was typed."""

    core: Core
    request: Request
    admin: Admin
    identity: AdminIdentity
    speech: Speech
    command: str = ""
    asked: list[str] = field(default_factory=list)  # what this turn itself put to the person

    @property
    def words(self) -> list[str]:
        return self.request.arguments.split()

    @property
    def values(self) -> Mapping[str, Value]:
        """The fields of the form that was submitted, by name; empty for anything else."""
        return self.request.values

    def broadcast_id(self) -> int:
        """The number given, else the draft this person works on. Raises WhichOne, also where a
        draft cannot be meant."""
        if self.words and (number := self.words[0].lstrip("#")).isdecimal():
            return min(int(number), _NO_BROADCAST)
        if self.identity.draft_id is not None and self.command not in _NO_DRAFT:
            return self.identity.draft_id
        raise WhichOne(self.command)

    def rest(self) -> str:
        """What follows the number, if one was given."""
        head, _, tail = self.request.arguments.strip().partition(" ")
        return tail.strip() if head.lstrip("#").isdecimal() else self.request.arguments.strip()

    async def focus(self, draft_id: int | None, asking: str = "") -> None:
        actor = self.request.actor
        self.asked.append(asking)
        await team.focus(self.core, actor.frontend, actor.user_id, draft_id=draft_id, asking=asking)

    async def ask(self, draft_id: int | None, asking: str) -> None:
        """The next words this person writes are the answer; where a form asks, they are not."""
        if not self.request.forms:
            await self.focus(draft_id, asking)
        elif draft_id != self.identity.draft_id:
            await self.focus(draft_id)

    @property
    def writes(self) -> bool:
        """Whether this person's role may compose."""
        return self.admin.role in {Role.AUTHOR, Role.OWNER}

    def decides(self, look: Look) -> bool:
        """Whether it waits for this person's word."""
        own = look.shaped_by(self.admin) and not self.core.policy.allow_self_approval
        waits = look.broadcast.status == BroadcastStatus.IN_REVIEW
        return waits and self.admin.role in DECIDERS and not own
