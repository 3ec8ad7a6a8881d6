"""The states of a broadcast and of a delivery, as tables of transitions (pure)."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class BroadcastStatus(StrEnum):
    """Where a broadcast is in its life."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    LATE = "late"  # its time passed while we were away: waits for an admin's word
    HOLDING = "holding"  # approved and due: the undo hold counts down
    SENDING = "sending"
    WATCHING = "watching"  # the first few have it: waits to see how they take it
    PAUSED = "paused"
    WAITING = "waiting"  # sent to all who can be reached; the others' turn comes when they write
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


class DeliveryStatus(IntEnum):
    """Rank of a delivery: a later fact never lowers it. Numbers are stored; do not renumber."""

    PLANNED = 0
    DEFERRED = 1
    WAITING = 5  # for the person to write
    IN_FLIGHT = 10
    UNCERTAIN = 20
    FAILED = 30
    SKIPPED = 31
    SENT = 40
    DELIVERED = 50
    READ = 60


_B = BroadcastStatus
TRANSITIONS: dict[BroadcastStatus, frozenset[BroadcastStatus]] = {
    _B.DRAFT: frozenset({_B.IN_REVIEW, _B.CANCELLED}),
    _B.IN_REVIEW: frozenset({_B.APPROVED, _B.DRAFT, _B.CANCELLED}),
    _B.APPROVED: frozenset({_B.SCHEDULED, _B.HOLDING, _B.IN_REVIEW, _B.DRAFT, _B.CANCELLED}),
    _B.SCHEDULED: frozenset(
        {_B.HOLDING, _B.SENDING, _B.LATE, _B.IN_REVIEW, _B.DRAFT, _B.CANCELLED}
    ),
    _B.LATE: frozenset({_B.HOLDING, _B.IN_REVIEW, _B.DRAFT, _B.CANCELLED}),
    _B.HOLDING: frozenset({_B.SENDING, _B.LATE, _B.IN_REVIEW, _B.DRAFT, _B.CANCELLED}),
    _B.SENDING: frozenset(
        {_B.WATCHING, _B.PAUSED, _B.WAITING, _B.COMPLETED, _B.CANCELLED, _B.FAILED}
    ),
    _B.WATCHING: frozenset({_B.SENDING, _B.PAUSED, _B.CANCELLED}),
    _B.PAUSED: frozenset({_B.SENDING, _B.CANCELLED, _B.COMPLETED}),
    _B.WAITING: frozenset({_B.SENDING, _B.PAUSED, _B.CANCELLED, _B.COMPLETED}),
    _B.COMPLETED: frozenset({_B.SENDING}),  # only to settle uncertain deliveries by resending
    _B.CANCELLED: frozenset(),
    _B.FAILED: frozenset(),
}

# Of one that was launched: its content is corrected while it rests, and somebody approves it again.
_CORRECTED: dict[BroadcastStatus, frozenset[BroadcastStatus]] = {
    _B.PAUSED: TRANSITIONS[_B.PAUSED] | {_B.IN_REVIEW},
    _B.IN_REVIEW: frozenset({_B.SENDING, _B.PAUSED, _B.CANCELLED}),
}

OPEN_BROADCASTS = frozenset(s for s in _B if s not in {_B.COMPLETED, _B.CANCELLED, _B.FAILED})
OPEN_DELIVERIES = frozenset(
    {
        DeliveryStatus.PLANNED,
        DeliveryStatus.DEFERRED,
        DeliveryStatus.WAITING,
        DeliveryStatus.IN_FLIGHT,
    }
)


def may_become(now: BroadcastStatus, then: BroadcastStatus, *, launched: bool = False) -> bool:
    """Whether a broadcast may go from one state to another; `launched`: some may have it already."""
    corrected = _CORRECTED.get(now) if launched else None
    return then in (TRANSITIONS[now] if corrected is None else corrected)
