"""What WhatsApp's error codes mean for a delivery (pure). Source: facts section 1, Errors.

Codes come with an answer or in a status webhook; the same table reads both. Branch on the code,
never on titles or subcodes (Meta's own advice).
"""

from __future__ import annotations

from broadcast.ports import Deferred, Outcome, Reason, Refused, Scope
from channels._kit.graph import Fault, fault_of, unreadable

# With a maximum price, or with marketing off on /messages: /marketing_messages takes it.
MARKETING_ELSEWHERE = frozenset({131061, 131063})
OUTSIDE_WINDOW = 131047
STALE_MEDIA = frozenset({131052, 131053})
PAIR = 131056  # one message in six seconds to one person; again after 4^attempt seconds
_THROTTLED_SECONDS = 5.0

_ACCOUNT = frozenset({
    0, 190, 3, 10,  # token or permission
    131048,  # spam rate limit: quality
    131042,  # payment
    131031, 368, 131064, 131037, 131045, 133010,  # locked, policy, name, registration
})  # fmt: skip
_CONTENT = frozenset({100, 131008, 131009, 132000, 132005, 132008, 132012, 132018})
_TEMPLATE = frozenset({132001, 132007, 132015, 132016})
_LATER = frozenset({1, 2, 131000, 131016, 133004, 131057})
_SLOWER = frozenset({4, 80007, 130429})
_THROUGHPUT, _THROUGHPUT_SECONDS = 130429, 1.0  # of one second; the other limits are of an hour
_PERSON: dict[int, tuple[Reason, bool]] = {  # the reason, and whether to close the address
    131026: (Reason.UNREACHABLE, True),
    131049: (Reason.CAPPED, False),
    131050: (Reason.PLATFORM_STOP, True),
    OUTSIDE_WINDOW: (Reason.OUTSIDE_WINDOW, False),
    131021: (Reason.NOT_PERMITTED, True),
    131030: (Reason.NOT_PERMITTED, False),
    130472: (Reason.REJECTED, False),  # Meta's experiment holds about 1 % back
    130403: (Reason.BLOCKED, True),  # we blocked them
    130497: (Reason.NOT_PERMITTED, False),  # country
    131062: (Reason.UNREACHABLE, False),  # business-scoped id not taken here
}


def read(status: int, body: object, attempt: int = 1) -> Outcome:
    """An answer that is no success; `body` is the decoded JSON, None when it was none."""
    if not isinstance(body, dict) or "error" not in body:
        return unreadable(status)
    return meaning(fault_of(body["error"]), attempt)


def meaning(fault: Fault, attempt: int = 1) -> Outcome:
    code, words = fault.code, fault.words
    if code in _ACCOUNT or 200 <= code <= 299:
        return Refused(Reason.AUTHORIZATION, False, Scope.ACCOUNT, str(code), words)
    if code in _CONTENT or code in _TEMPLATE or code in MARKETING_ELSEWHERE:
        return Refused(Reason.CONTENT, False, Scope.ACCOUNT, str(code), words)
    if code in _SLOWER:
        seconds = _THROUGHPUT_SECONDS if code == _THROUGHPUT else _THROTTLED_SECONDS
        return Deferred(Reason.THROTTLED, seconds, Scope.ACCOUNT, words)
    if code == PAIR:
        return Deferred(Reason.THROTTLED, 4.0**attempt, Scope.RECIPIENT, words)
    if code in _LATER:
        return Deferred(Reason.UNAVAILABLE, 0.0, Scope.RECIPIENT, words)
    if code == 131051 or code in STALE_MEDIA:
        return Refused(Reason.CONTENT, False, Scope.ACCOUNT, str(code), words)
    reason, suppress = _PERSON.get(code, (Reason.REJECTED, False))
    return Refused(reason, suppress, Scope.RECIPIENT, str(code), words)


def afterwards(fault: Fault) -> Refused:
    """A failure reported later: it concerns that one message, whatever it means for others."""
    said = meaning(fault)
    if isinstance(said, Refused):
        return Refused(said.reason, said.suppress, Scope.RECIPIENT, said.code, said.detail)
    return Refused(Reason.REJECTED, False, Scope.RECIPIENT, str(fault.code), fault.words)
