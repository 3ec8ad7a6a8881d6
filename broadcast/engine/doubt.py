"""Whose a refusal is: one recipient's, until a second, different one is refused the same way.

A platform may call a fault of one person's data (a name with a line break, an odd address) by the same
code as one of the whole message. Such a refusal, not `proven` to be everybody's, puts off that one
delivery; the same again fails it. Only another recipient's proves that the broadcast has to stop.
"""

from __future__ import annotations

from dataclasses import replace

from broadcast.outcome import Deferred, Outcome, Reason, Refused, Scope
from broadcast.store.deliveries import Claimed

_AGAIN_SECONDS = 2.0
_PROOF = 2  # different recipients
_PROOF_AGAIN = 6  # after others had got it and an admin went on: a few may be odd by themselves


class Doubts:
    """Of one fan-out. `resumed`: some had got this version of the content before this run."""

    def __init__(self, *, resumed: bool = False) -> None:
        self._resumed = resumed
        self._proof = _PROOF_AGAIN if resumed else _PROOF
        self._seen: dict[tuple[Reason, str], set[int]] = {}

    def weigh(self, item: Claimed, outcome: Outcome) -> Outcome:
        """The outcome with the scope that is proven for it so far."""
        if not isinstance(outcome, Refused) or outcome.proven or outcome.scope is Scope.RECIPIENT:
            return outcome
        seen = self._seen.setdefault((outcome.reason, outcome.code), set())
        again = item.address_id in seen or (self._resumed and item.attempt > 1)
        if again and len(seen | {item.address_id}) < self._proof:
            seen.add(item.address_id)
            return replace(outcome, scope=Scope.RECIPIENT, mend="")
        seen.add(item.address_id)
        if len(seen) >= self._proof:
            return outcome
        return Deferred(
            outcome.reason, _AGAIN_SECONDS, Scope.RECIPIENT, outcome.detail, outcome.arrived
        )
