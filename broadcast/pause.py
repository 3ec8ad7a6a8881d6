"""Who may undo a pause, a stop of its own, or the look at the first few (pure).

Pausing is everybody's: it is always the safe side. Undoing what somebody else did needs the right
that did it; what stopped by itself, or waits at the first few, needs a right to approve.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from broadcast.models import Admin, Broadcast, Role
from broadcast.states import BroadcastStatus


class SetBy(StrEnum):
    """What it rests by."""

    AUTHOR = "author"  # their role when they pressed Pause
    APPROVER = "approver"
    OWNER = "owner"
    ITSELF = "itself"  # an alarm, a platform's refusal, a restored database
    CANARY = "canary"  # the first few have it, the rest wait


MAY_UNDO: Mapping[SetBy, frozenset[Role]] = MappingProxyType({
    SetBy.AUTHOR: frozenset({Role.AUTHOR, Role.APPROVER, Role.OWNER}),
    SetBy.APPROVER: frozenset({Role.APPROVER, Role.OWNER}),
    SetBy.OWNER: frozenset({Role.OWNER}),
    SetBy.ITSELF: frozenset({Role.APPROVER, Role.OWNER}),
    SetBy.CANARY: frozenset({Role.APPROVER, Role.OWNER}),
})  # fmt: skip
_OUTRANKS: Mapping[SetBy, frozenset[Role]] = MappingProxyType({
    SetBy.AUTHOR: frozenset({Role.APPROVER, Role.OWNER}),
    SetBy.APPROVER: frozenset({Role.OWNER}),
    SetBy.OWNER: frozenset(),
    SetBy.ITSELF: frozenset({Role.OWNER}),
    SetBy.CANARY: frozenset({Role.OWNER}),
})  # fmt: skip


def set_by(row: Broadcast) -> SetBy:
    """What a resting broadcast rests by, also while a correction of it is written or asked about."""
    if row.status == BroadcastStatus.WATCHING:
        return SetBy.CANARY
    return SetBy(row.paused_as) if row.paused_as else SetBy.ITSELF


def may_go_on(row: Broadcast, by: Admin) -> bool:
    """Whether this person has the right that set what it rests by."""
    return may_undo(
        set_by(row), Role(by.role), own_pause=row.paused_by == by.admin_id,
        own_broadcast=row.author_id == by.admin_id,
    )  # fmt: skip


def may_undo(set_by: SetBy, role: Role, *, own_pause: bool, own_broadcast: bool) -> bool:
    """Whether somebody with this role may let it go on. Their own pause everybody may undo; an
    author undoes another author's pause of their own broadcast only."""
    if own_pause and set_by not in {SetBy.ITSELF, SetBy.CANARY}:
        return True
    if role == Role.AUTHOR and not own_broadcast:
        return False
    return role in MAY_UNDO[set_by]


def is_stronger(set_by: SetBy, role: Role) -> bool:
    """Whether a pause by this role makes one that stands already harder to undo."""
    return role in _OUTRANKS[set_by]
