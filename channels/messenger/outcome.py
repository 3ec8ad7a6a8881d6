"""What Messenger's error codes mean for a delivery (pure). Source: facts section 2, Errors."""

from __future__ import annotations

from broadcast.outcome import Deferred, Outcome, Reason, Refused, Scope
from channels._kit.graph.api import Fault, fault_of, unreadable
from channels._kit.graph.remedies import MEND_CONTENT, MEND_LOCKED, MEND_PERMISSION, MEND_TOKEN

_TOO_FAST = 613  # too many in one second; the other limits are of an hour
_THROTTLED_SECONDS, _TOO_FAST_SECONDS, _DAY_FULL_SECONDS = 5.0, 1.0, 60.0
_OUTSIDE_WINDOW = frozenset({(10, 2018278), (10, 2534022), (10, 2018065)})
# Blocked the page, turned messages off, or is away: a soft opt-out until they write again.
_UNAVAILABLE = frozenset({(551, 1545041), (200, 1545041), (10, 2018108)})
_TAKEN = (10, 2018300)  # a human, or another app, has this one conversation
_SLOWER = frozenset({4, 17, 32, _TOO_FAST})
_DAY_FULL = 80006  # 200 calls for each person who wrote within a day
_LATER = frozenset({1200, 2, 1})
_TOKEN, _PERMISSION = frozenset({0, 190, 104}), frozenset({3, 10, *range(200, 300)})
_PAGE_RESTRICTED = (10, 1893063)  # for a time; since June 2026
_POLICY = 368
STALE_ATTACHMENT = frozenset({"100/2018008", "100/2018074"})


def read(status: int, body: object) -> Outcome:
    """An answer that is no success; `body` is the decoded JSON, None when it was none."""
    if not isinstance(body, dict) or "error" not in body:
        return unreadable(status)
    return meaning(fault_of(body["error"]))


def meaning(fault: Fault) -> Outcome:
    pair, words = (fault.code, fault.subcode), fault.words
    code = f"{fault.code}/{fault.subcode}" if fault.subcode else str(fault.code)
    if pair in _OUTSIDE_WINDOW:
        return Refused(Reason.OUTSIDE_WINDOW, False, Scope.RECIPIENT, code, words)
    if pair in _UNAVAILABLE or fault.code == 551:
        return Refused(Reason.BLOCKED, True, Scope.RECIPIENT, code, words)
    if pair == _TAKEN:
        return Refused(Reason.NOT_PERMITTED, False, Scope.RECIPIENT, code, words)
    if pair == (100, 2018001):
        return Refused(Reason.UNREACHABLE, True, Scope.RECIPIENT, code, words)
    if fault.code in _SLOWER:
        seconds = _TOO_FAST_SECONDS if fault.code == _TOO_FAST else _THROTTLED_SECONDS
        return Deferred(Reason.THROTTLED, seconds, Scope.ACCOUNT, words)
    if fault.code == _DAY_FULL:
        return Deferred(Reason.THROTTLED, _DAY_FULL_SECONDS, Scope.ACCOUNT, words)
    if fault.code in _LATER:
        return Deferred(Reason.UNAVAILABLE, 0.0, Scope.RECIPIENT, words)
    if (mend := _mend(fault)) is not None:
        # Content may be one person's; so may a subcode of a permission that we do not know.
        proven = mend[0] is not Reason.CONTENT and not (
            fault.code in _PERMISSION and fault.subcode and pair != _PAGE_RESTRICTED
        )
        return Refused(mend[0], False, Scope.ACCOUNT, code, words, mend=mend[1], proven=proven)
    if 2_300_000 <= fault.code <= 2_300_052:
        return Refused(Reason.NOT_PERMITTED, False, Scope.RECIPIENT, code, words)
    return Refused(Reason.REJECTED, False, Scope.RECIPIENT, code, words)


def _mend(fault: Fault) -> tuple[Reason, str] | None:
    """Why the broadcast stops, and what an admin can do about it; None where it does not."""
    if (fault.code, fault.subcode) == _PAGE_RESTRICTED or fault.code == _POLICY:
        return Reason.RESTRICTED, MEND_LOCKED
    if fault.code in _TOKEN:
        return Reason.AUTHORIZATION, MEND_TOKEN
    if fault.code in _PERMISSION:
        return Reason.AUTHORIZATION, MEND_PERMISSION
    if fault.code == 100:
        return Reason.CONTENT, MEND_CONTENT
    return None
