"""Watches one running broadcast and halts it when the rates of a danger reach their limit."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from broadcast.context import Core
from broadcast.models import Broadcast
from broadcast.safety import Alarm, Danger, Streak, Window
from broadcast.services import safety
from broadcast.states import DeliveryStatus

log = structlog.get_logger()
_TRIES = frozenset(  # what ends a try, apart from success
    {
        DeliveryStatus.FAILED,
        DeliveryStatus.UNCERTAIN,
        DeliveryStatus.DEFERRED,
    }
)


class Guard:
    """One run from its start or resumption; `sent` and `saw` are told every result. An admin's waiver
    holds."""

    def __init__(self, core: Core, row: Broadcast, halt: Callable[[], object]) -> None:
        self._core, self._halt = core, halt
        self._limits, self._waived = core.policy.limits, safety.waived(row)
        self._window = Window(self._limits, self._waived)
        self._mark = row.consent_mark
        self._left_before: int | None = None
        self._sent = 0
        self.put_off = 0  # tries that have to be repeated
        self.alarm: Alarm | None = None

    @property
    def reason(self) -> str:
        """Why it halted, as a pause reason; empty while all is well."""
        return self.alarm.written() if self.alarm else ""

    def sent(self) -> None:
        """One success, on the hot path."""
        self._sent += 1
        self._window.take_success()

    def take_result(self, status: DeliveryStatus, reason: str | None) -> None:
        """One other result."""
        if status not in _TRIES:
            return
        self.put_off += status == DeliveryStatus.DEFERRED
        alarm = self._window.take_result(status, reason)
        if alarm is not None:
            self.stop(alarm)

    def lane(self) -> Lane:
        """Watches what one account makes of it."""
        return Lane(self, Streak(self._limits, self._waived))

    async def count_those_who_left(self) -> None:
        """Compare who opted out since the start of this run with how many it has reached."""
        left = await safety.left_since(self._core, self._mark)
        if self._left_before is None:
            self._left_before = left
        count = left - self._left_before
        watched = Danger.OPT_OUT not in self._waived and self._sent >= self._limits.window
        if watched and self._limits.reached(Danger.OPT_OUT, count, self._sent):
            self.stop(Alarm(Danger.OPT_OUT, count, self._sent))

    def stop(self, alarm: Alarm) -> None:
        """Halt it; the first reason counts."""
        if self.alarm is None:
            self.alarm = alarm
            log.warning("safety_stop", danger=alarm.danger, count=alarm.count, of=alarm.of)
            self._halt()


class Lane:
    """One account's part of a run. `sent` and `saw` are told every result there."""

    def __init__(self, guard: Guard, streak: Streak) -> None:
        self._guard, self._streak = guard, streak

    @property
    def opened(self) -> bool:
        """Whether anybody there has got it."""
        return self._streak.opened

    def room(self, begun: int) -> bool:
        """Whether one more delivery may begin, with `begun` on their way."""
        return self._streak.room(begun)

    def sent(self) -> None:
        """A success, on the hot path."""
        self._guard.sent()
        if self._streak.dirty:
            self._streak.take_success()

    def take_result(self, status: DeliveryStatus, reason: str | None) -> None:
        """Any other result."""
        self._guard.take_result(status, reason)
        if (alarm := self._streak.take_result(status, reason or "")) is not None:
            self._guard.stop(alarm)
