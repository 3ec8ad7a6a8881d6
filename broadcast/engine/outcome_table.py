"""The one table: what an outcome makes of a delivery (pure)."""

from __future__ import annotations

import random

from broadcast.outcome import Accepted, Deferred, Outcome, Reason, Refused, Scope, Uncertain
from broadcast.states import DeliveryStatus
from broadcast.store import fallback
from broadcast.store.deliveries import Claimed, Result, Sent
from broadcast.store.message_parts import kept

_NOT_TRIED = frozenset({Reason.OPTED_OUT, Reason.OUTSIDE_WINDOW, Reason.OVER_BUDGET})


def result_of(
    item: Claimed, outcome: Outcome, now: float, max_attempts: int, *, waits: bool = False,
    by_template: bool = False,
) -> Sent | Result:  # fmt: skip
    """`now` in Unix seconds. What concerns the whole account leaves the delivery untouched.

    `waits`: whoever is outside a window waits until they write, if no other channel takes them.
    `by_template`: whoever is found outside only by the platform's no gets the template.
    """
    if isinstance(outcome, Accepted):
        return Sent(item.delivery_id, now, ",".join(outcome.receipt_ids))
    result = Result(item.delivery_id, item.address_id, DeliveryStatus.PLANNED, item.attempt)
    result.receipt, result.wrote_at = kept(outcome.arrived), item.wrote_at
    match outcome:
        case Deferred(scope=Scope.ACCOUNT) | Refused(scope=Scope.ACCOUNT):
            result.attempt -= 1
        case Refused(new_address=moved) if moved:
            result.new_address = moved
        case Deferred(reason=Reason.OVER_BUDGET):
            # Nothing was tried: their turn comes when the platform's day allows it.
            result.status, result.attempt = DeliveryStatus.DEFERRED, item.attempt - 1
            result.reason, result.due_at = outcome.reason.value, now + outcome.retry_after
        case Deferred():
            _defer(result, outcome, now, max_attempts)
        case Refused(reason=Reason.OUTSIDE_WINDOW) if by_template and _thought_open(item, outcome):
            # Never taken, so it cannot arrive twice; the next try finds the window closed.
            result.status, result.due_at = DeliveryStatus.DEFERRED, now
            result.reason, result.detail = outcome.reason.value, outcome.detail
            result.shut = True
        case Refused():
            _refuse(result, outcome, now, waits=waits)
        case Uncertain():
            result.status, result.reason = DeliveryStatus.UNCERTAIN, Reason.NO_ANSWER.value
            result.detail = outcome.detail
    return result


def _thought_open(item: Claimed, outcome: Refused) -> bool:
    """Whether the platform itself said that the window is closed, and we had thought it open."""
    return bool(outcome.code) and item.wrote_at is not None and not outcome.arrived


def _refuse(result: Result, outcome: Refused, now: float, *, waits: bool) -> None:
    """Of a delivery whose first messages arrived nothing goes anywhere else: it has failed."""
    reason, begun = outcome.reason, bool(outcome.arrived)
    skipped = reason in _NOT_TRIED and not begun
    result.status = DeliveryStatus.SKIPPED if skipped else DeliveryStatus.FAILED
    result.reason, result.detail = reason.value, outcome.detail
    result.suppress = reason.value if outcome.suppress else ""
    result.elsewhere = reason in fallback.ELSEWHERE and not begun
    result.waits = waits and reason is Reason.OUTSIDE_WINDOW and not begun
    if outcome.wait_seconds:
        result.due_at = now + outcome.wait_seconds
    result.shut = reason is Reason.OUTSIDE_WINDOW and bool(outcome.code)


def put_back(item: Claimed) -> Result:
    """Claimed but never sent: open again, as if untouched."""
    return Result(item.delivery_id, item.address_id, DeliveryStatus.PLANNED, item.attempt - 1)


def backoff(attempt: int) -> float:
    """Seconds: 1, 2, 4 … 60, with jitter so that a crowd does not return together."""
    return float(min(60.0, 2.0 ** (attempt - 1)) * random.uniform(0.75, 1.25))


def _defer(result: Result, outcome: Deferred, now: float, max_attempts: int) -> None:
    result.reason, result.detail = outcome.reason.value, outcome.detail
    if result.attempt >= max_attempts:
        result.status, result.reason = DeliveryStatus.FAILED, Reason.TOO_MANY_ATTEMPTS.value
    else:
        result.status = DeliveryStatus.DEFERRED
        result.due_at = now + (outcome.retry_after or backoff(result.attempt))
