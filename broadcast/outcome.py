"""What became of a delivery, as a channel tells it: at once, or later. No platform here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """Whom an outcome concerns: this one person, or the sending account as a whole."""

    RECIPIENT = "recipient"
    ACCOUNT = "account"


class Reason(StrEnum):
    """Why a delivery did not (yet) succeed, in words a report can translate."""

    BLOCKED = "blocked"  # the person blocked us
    DEACTIVATED = "deactivated"  # the person's account is gone
    UNREACHABLE = "unreachable"  # the address does not exist or never wrote to us
    NOT_PERMITTED = "not_permitted"  # we may not write there
    OPTED_OUT = "opted_out"
    ASKED = "asked"  # whether they want to leave, and has not answered
    SUPPRESSED = "suppressed"
    CONTENT = "content"  # the platform refuses this message for everybody
    CHANGED_FILE = "changed_file"  # ours on disk is not what was approved
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"  # 5xx, no connection: nothing was accepted
    ACCOUNT_CLOSED = "account_closed"  # ours is not set up any more
    AUTHORIZATION = "authorization"  # the token is revoked or malformed
    RESTRICTED = "restricted"  # the platform lets our account send nothing for now
    NO_ANSWER = "no_answer"  # the request left, the answer did not come
    PROCESS_DIED = "process_died"  # we were killed between intent and result
    CANCELLED = "cancelled"
    OUTSIDE_WINDOW = "outside_window"  # the platform takes free text only soon after they wrote
    CAPPED = "capped"  # the platform lets this person have no more of these for now
    OVER_BUDGET = "over_budget"  # more people than the platform lets us begin with in a day
    PLATFORM_STOP = "platform_stop"  # they told the platform to stop our announcements
    REACHED_ELSEWHERE = "reached_elsewhere"  # one person: they have it under another address
    EXPIRED = "expired"  # it was waiting, and the broadcast's time ran out
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    REJECTED = "rejected"  # any other refusal, with the platform's own words in detail
    BUG = "bug"  # an adapter raised: reported, treated as uncertain


@dataclass(slots=True, frozen=True)
class Accepted:
    """The platform took it; all ids, because one message may become several.

    `media_handles` maps media_id to the platform's reusable id for that file, when learned.
    """

    receipt_ids: tuple[str, ...]
    media_handles: dict[int, str] | None = None


@dataclass(slots=True, frozen=True)
class Deferred:
    """Not now. `retry_after` in seconds (0: the engine's backoff decides). `arrived`: of a delivery
    that is several messages, the ids of those that went; handed back with the next try.
    """

    reason: Reason
    retry_after: float = 0.0
    scope: Scope = Scope.RECIPIENT
    detail: str = ""
    arrived: tuple[str, ...] = ()


@dataclass(slots=True, frozen=True)
class Refused:
    """Never. `suppress`: this address must not be tried again by any broadcast.

    Scope ACCOUNT pauses the broadcast and tells the admins (token revoked, content refused); `mend`
    is the catalog sentence that says what they have to do. `new_address` is set when the platform
    says where the person moved. `wait_seconds`: nobody may try this person again before that; with CAPPED,
    with any message that is `Capping.capped` there.
    `arrived` as in Deferred. `proven`: with scope ACCOUNT, that it would be said to everybody; else
    the engine waits for a second recipient's before it believes so (engine/doubt).
    """

    reason: Reason
    suppress: bool = False
    scope: Scope = Scope.RECIPIENT
    code: str = ""
    detail: str = ""
    new_address: str = ""
    mend: str = ""
    wait_seconds: float = 0.0
    arrived: tuple[str, ...] = ()
    proven: bool = True


@dataclass(slots=True, frozen=True)
class Uncertain:
    """The request left and no answer came: it may have been delivered. `arrived` as in Deferred."""

    detail: str = ""
    arrived: tuple[str, ...] = ()


Outcome = Accepted | Deferred | Refused | Uncertain


class ReceiptKind(StrEnum):
    """What the platform reported about a message after it had taken it."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(slots=True, frozen=True)
class Receipt:
    """Later news of a delivery, named by `receipt_id`, or by `delivery_id` where our own id comes
    back, or by `address`: a watermark, everything sent there up to `at` (Unix seconds).
    With `quoted` beside the address: they answered a message of ours with these words, so it
    arrived, whatever we heard of it. `refused` says what a FAILED means. `part`
    of `of`: which one it is about, from 1, of a delivery that is several messages; 0 of 0 where it
    is one.
    """

    kind: ReceiptKind
    at: float
    receipt_id: str = ""
    delivery_id: int = 0
    address: str = ""
    quoted: str = ""
    refused: Refused | None = None
    part: int = 0
    of: int = 0
