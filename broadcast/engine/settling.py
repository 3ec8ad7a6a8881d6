"""The one table: what an outcome makes of a delivery (pure)."""

from __future__ import annotations

import random

from broadcast.machine import DeliveryStatus
from broadcast.ports import Accepted, Deferred, Outcome, Reason, Refused, Scope, Uncertain
from broadcast.store.ledger import Claimed, Result, Sent


def settle(item: Claimed, outcome: Outcome, now: float, max_attempts: int) -> Sent | Result:
    """`now` in Unix seconds. What concerns the whole account leaves the delivery untouched."""
    if type(outcome) is Accepted:
        return Sent(item.delivery_id, now, ",".join(outcome.receipt_ids))
    result = Result(item.delivery_id, item.address_id, DeliveryStatus.PLANNED, item.attempt)
    match outcome:
        case Deferred(scope=Scope.ACCOUNT) | Refused(scope=Scope.ACCOUNT):
            result.attempt -= 1
        case Deferred():
            _defer(result, outcome, now, max_attempts)
        case Refused(new_address=moved) if moved:
            result.new_address = moved
        case Refused(reason=Reason.OPTED_OUT):
            result.status, result.reason = DeliveryStatus.SKIPPED, Reason.OPTED_OUT.value
        case Refused():
            result.status, result.reason = DeliveryStatus.FAILED, outcome.reason.value
            result.detail = outcome.detail
            result.suppress = outcome.reason.value if outcome.suppress else ""
        case Uncertain():
            result.status, result.reason = DeliveryStatus.UNCERTAIN, Reason.NO_ANSWER.value
            result.detail = outcome.detail
    return result


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
