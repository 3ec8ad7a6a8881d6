"""What decides about one delivery before it is sent: the person's window, the channel's daily limit."""

from __future__ import annotations

from collections.abc import Mapping

from broadcast.channel import Capping, Channel
from broadcast.clock import steady_unix
from broadcast.engine.daily_allowance import Budget
from broadcast.message import Message
from broadcast.name_blanks import wants_name
from broadcast.outcome import Deferred, Outcome, Reason, Refused, Scope
from broadcast.services.reach import CUT, WAIT
from broadcast.store.deliveries import Claimed, Result, Sent

_NO_ROOM = Refused(Reason.OVER_BUDGET)


class Gate:
    """Of one broadcast on one account. `named`: deliveries need the person's name; `awaits`: later
    news will name the platform's ids, so they are written down; `waits`, `by_template`: see `settle`;
    `counts`: what is sent has to be `counted`; `capped_after`: see Wish."""

    def __init__(
        self, channel: Channel, message: Message, choice: Mapping[str, object],
        budget: Budget | None,
    ) -> None:  # fmt: skip
        self._channel, self._budget = channel, budget
        self._use = message.template(channel.name)
        self.by_template = self._use is not None
        self._cut = choice.get("overflow") == CUT
        self.waits = choice.get("outside") == WAIT
        able = channel.capabilities
        self._window = able.window_seconds
        capped = isinstance(channel, Capping) and channel.capped(message)
        self.capped_after = self._window if capped else 0.0
        # Of templates a platform that names our delivery may forget to (facts: marketing statuses).
        named = able.names_our_delivery and not self.by_template
        self.awaits = able.receipts and not named
        self.counts = budget is not None and self._use is not None
        values = self._use.parameters if self._use else ()
        self.named = any(wants_name(value) for _, value in values)

    def window_open(self, item: Claimed) -> bool:
        if not self._window:
            return True
        return item.wrote_at is not None and steady_unix() - item.wrote_at < self._window

    def refusal(self, item: Claimed) -> Outcome | None:
        """Why nothing goes to somebody outside their window, or None when the template may."""
        limit = self._channel.capabilities.people_per_day
        if self._use is None or self._budget is None or not limit:
            return None  # the channel says what it cannot send
        now = steady_unix()
        if self._budget.admits(item.address_id, now, limit):
            return None
        if self._cut:
            return _NO_ROOM
        wait = self._budget.next_place(now)
        return Deferred(Reason.OVER_BUDGET, wait, Scope.RECIPIENT)

    def counted(self, item: Claimed, made: Sent | Result) -> Sent | Result:
        """What went to somebody outside their window is noted against the daily limit."""
        if self._budget is None or self.window_open(item):
            return made
        if isinstance(made, Sent):
            return made._replace(begun=item.address_id)
        if made.reason not in {Reason.OVER_BUDGET, Reason.NO_ANSWER}:
            self._budget.give_back(item.address_id)
        return made
