"""What WhatsApp's error codes mean for a delivery (pure). Source: facts section 1, Errors.

Codes come with an answer or in a status webhook; the same table reads both. Branch on the code,
never on titles or subcodes (Meta's own advice).
"""

from __future__ import annotations

from dataclasses import replace

from broadcast.language import N_
from broadcast.outcome import Deferred, Outcome, Reason, Refused, Scope
from channels._kit.graph.api import Fault, fault_of, unreadable
from channels._kit.graph.remedies import MEND_CONTENT, MEND_LOCKED, MEND_PERMISSION, MEND_TOKEN

# With a maximum price, or with marketing off on /messages: /marketing_messages takes it.
MARKETING_ELSEWHERE = frozenset({131061, 131063})
OUTSIDE_WINDOW = 131047
CAPPED = 131049  # Meta lets this person have no more marketing, from anybody, for a day at least
STALE_MEDIA = frozenset({131052, 131053})
PAIR = 131056  # one message in six seconds to one person; again after 4^attempt seconds
_THROUGHPUT, _THROUGHPUT_SECONDS = 130429, 1.0  # of one second; the other limits are of an hour
_THROTTLED_SECONDS = 5.0
_CAPPED_SECONDS = 86_400.0

# Our account: the token, or what Meta lets it do. What the admins have to do about it.
_TOKEN = frozenset({0, 190, 104})
_PERMISSION = frozenset({3, 10, *range(200, 300)})
_RESTRICTED: dict[int, str] = {
    131048: N_("Too many people found such messages unwanted. Wait a day, then write to fewer."),
    131042: N_("Add a payment method that works: WhatsApp Manager → Billing. Then press Resume."),
    131031: MEND_LOCKED,
    368: MEND_LOCKED,
    131064: MEND_LOCKED,
    131037: N_("Meta has not approved the display name yet: see WhatsApp Manager → Phone numbers."),
    131045: N_("Register the number again: WhatsApp Manager → Phone numbers. Then press Resume."),
    133010: N_("Register the number again: WhatsApp Manager → Phone numbers. Then press Resume."),
}
_CONTENT = frozenset({100, 131008, 131009, 132000, 132005, 132008, 132012, 132018, 131051})
_TEMPLATE = frozenset({132001, 132007, 132015, 132016})
_MEND_TEMPLATE = N_("Cancel it and choose another template; /templates shows how this one stands.")
_LATER = frozenset({1, 2, 131000, 131016, 133004, 131057})
_SLOWER = frozenset({4, 80007, _THROUGHPUT})
_PERSON: dict[int, tuple[Reason, bool]] = {  # the reason, and whether to close the address
    131026: (Reason.UNREACHABLE, True),
    CAPPED: (Reason.CAPPED, False),
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
    if (mend := _mend(code)) is not None:
        reason, sentence = mend
        proven = reason is not Reason.CONTENT or code in _TEMPLATE
        return Refused(reason, False, Scope.ACCOUNT, str(code), words, mend=sentence, proven=proven)
    if code in _SLOWER:
        seconds = _THROUGHPUT_SECONDS if code == _THROUGHPUT else _THROTTLED_SECONDS
        return Deferred(Reason.THROTTLED, seconds, Scope.ACCOUNT, words)
    if code == PAIR:
        return Deferred(Reason.THROTTLED, 4.0**attempt, Scope.RECIPIENT, words)
    if code in _LATER:
        return Deferred(Reason.UNAVAILABLE, 0.0, Scope.RECIPIENT, words)
    reason, suppress = _PERSON.get(code, (Reason.REJECTED, False))
    wait = _CAPPED_SECONDS if code == CAPPED else 0.0
    return Refused(reason, suppress, Scope.RECIPIENT, str(code), words, wait_seconds=wait)


def _mend(code: int) -> tuple[Reason, str] | None:
    """Why the broadcast stops, and what an admin can do about it; None where it does not."""
    if code in _TOKEN:
        return Reason.AUTHORIZATION, MEND_TOKEN
    if code in _PERMISSION:
        return Reason.AUTHORIZATION, MEND_PERMISSION
    if code in _RESTRICTED:
        return Reason.RESTRICTED, _RESTRICTED[code]
    if code in _TEMPLATE:
        return Reason.CONTENT, _MEND_TEMPLATE
    if code in _CONTENT or code in MARKETING_ELSEWHERE or code in STALE_MEDIA:
        return Reason.CONTENT, MEND_CONTENT
    return None


def afterwards(fault: Fault) -> Refused:
    """A failure reported later. It ends that one delivery, also where an answer would have been tried
    again. What is wrong with the account or the template stops the others all the same; a file that
    could not be fetched for one person does not."""
    said = meaning(fault)
    if not isinstance(said, Refused):
        reason = said.reason if isinstance(said, Deferred) else Reason.REJECTED
        return Refused(reason, False, Scope.RECIPIENT, str(fault.code), fault.words)
    if said.reason is Reason.CONTENT and fault.code not in _TEMPLATE:
        return replace(said, scope=Scope.RECIPIENT, mend="")
    return said
