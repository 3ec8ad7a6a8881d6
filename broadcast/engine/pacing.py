"""The one limiter of an account: evenly spaced turns, replies first, broadcasts one after another.

Spacing instead of a bucket: a bucket lets two seconds' worth into one window. What a stall cost is
made good at no more than one and a half times the pace, and never beyond the allowance of a second.
How far below the allowance that pace lies, `room` says.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic

from broadcast.engine.headroom import Room

_CATCH_UP_SECONDS = 0.25  # of a stall that may be made good while a broadcast runs
_CATCH_UP_PACE = 1.5
_CATCH_UP_SLACK_SECONDS = 0.01  # timers wake late by a millisecond or more
_TOLERANCE = 1.005  # of the allowance in any one second: what the network compresses comes on top
_REMEMBERED = 10_000  # turns; a rate above that is watched over less than a second
_TIMER_SECONDS = 0.001  # as finely as the event loop wakes
_REPLY_AHEAD = 1.0  # a reply may go one turn before its time: the next broadcast waits instead
_RESERVE = (
    0.01  # of a second's turns, at least one: broadcasts leave them while people are answered
)
_RESERVE_FROM = 25.0  # turns a second: of fewer, one is too many to leave unused
_RESERVE_SECONDS = 5.0  # after the latest answer
_LEAST_SHARE = 0.05
_CHAT_SPACING_SECONDS = 1.0
_CHAT_BURST = 3
_LOOKS_AT = 16  # every so many answers, how much room is left


class Pacer:
    """`rate` in messages per second, 0 = no limit. Every sender of the account shares it."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.on_close: Callable[[float], None] = lambda _: None  # told of each wait, in seconds
        self.in_flight = 0  # of broadcasts
        self.used = 0  # turns, since the start
        self._full = self._interval = 1.0 / rate if rate else 0.0
        self._eased = 1.0
        self._room = Room(rate)
        self._answers = 0
        self._next = 0.0  # by the even spacing
        self._soonest = 0.0  # by the pace of catching up
        self._allowed = max(1, min(int(rate * _TOLERANCE), _REMEMBERED))
        self._reserve = max(1, int(rate * _RESERVE)) if rate >= _RESERVE_FROM else 0
        self._reserved_until = 0.0
        self._window = self._second = min(1.0, self._allowed / rate) if rate >= 1 else 0.0
        self._taken: deque[float] = deque(maxlen=self._allowed)
        self._closed_until = 0.0
        self._running = 0
        self._round: dict[Turns, None] = {}  # whose deliveries wait; the next one first
        self._team_replies: deque[tuple[asyncio.Future[None], int]] = deque()
        self._replies: deque[tuple[asyncio.Future[None], int]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._chats: dict[str, float] = {}

    def close_for(self, seconds: float) -> None:
        """The platform said wait: nothing leaves this account for that long."""
        self._closed_until = max(self._closed_until, monotonic() + seconds)
        self.on_close(seconds)
        self._next = max(self._next, self._closed_until)  # a wait we were told is no stall

    def ease(self, share: float) -> None:
        """Turns come at this share (0 to 1) of the rate from now on; without a rate nothing changes."""
        self._eased = min(max(share, _LEAST_SHARE), 1.0)
        self._set_pace()

    def answered(self, seconds: float) -> None:
        """A delivery's call took so long: its answers show how evenly things arrive."""
        self._room.answered(seconds)
        self._answers += 1
        if not self._answers % _LOOKS_AT:
            self._set_pace()

    def throttled(self, seconds: float) -> None:
        """We were too fast: nothing leaves for that long, and a little more room is left later. What
        is refused while we wait already says nothing new."""
        if self.rate and not self.closed:
            self._room.refused(monotonic())
            self._set_pace()
        self.close_for(seconds)

    def _set_pace(self) -> None:
        share = self._room.share(monotonic())
        self._interval = self._full / (self._eased * share)
        self._window = self._second / share  # what is made good after a stall keeps to it as well

    @property
    def pace(self) -> float:
        """Turns a second as they come now; 0: no limit."""
        return 1.0 / self._interval if self._interval else 0.0

    @property
    def closed(self) -> bool:
        return self._closed_until > monotonic()

    @property
    def closed_seconds(self) -> float:
        """How long the platform still wants us to wait."""
        return max(0.0, self._closed_until - monotonic())

    @property
    def replies_waiting(self) -> int:
        return len(self._replies) + len(self._team_replies)

    @property
    def broadcasts(self) -> int:
        """How many are being sent on this account."""
        return self._running

    def turns(self, most: int, cost: int = 1) -> Turns:
        """One broadcast's place in the round. `most` may be in flight on the account when it takes
        another; each of its deliveries uses `cost` of the allowance. To be closed."""
        if not self._running:
            self._next = max(self._next, monotonic())
        self._running += 1
        return Turns(self, most, cost)

    async def reply_turn(
        self, chat: str, cost: int = 1, *, team: bool = False, waited_for: bool = True
    ) -> None:
        """Wait for the right to answer a person: before any broadcast, and one turn early; the
        `team` before others.

        A second that broadcasts have used up would have no turn before its oldest is over.
        """
        if waited_for:
            self._reserved_until = monotonic() + _RESERVE_SECONDS
        while (wait := self._wait_for_chat(chat)) > 0:
            await asyncio.sleep(wait)
        if not self.replies_waiting and self._wait(_REPLY_AHEAD) <= 0:
            self._take(cost)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._team_replies if team else self._replies).append((turn, cost))
        self.pump()
        await turn

    def _wait(self, ahead: float = 0.0) -> float:
        """Seconds until a turn is free; `ahead`, for an answer: so many turns before its time."""
        if not self._interval and not self._closed_until:
            return 0.0
        now = monotonic()
        if self._closed_until > now:
            return self._closed_until - now
        if not self._interval:
            return 0.0
        wait = max(self._next - ahead * self._interval, self._soonest) - now
        reserve = 0 if ahead or now >= self._reserved_until else self._reserve
        most = self._allowed - reserve
        if self._window and len(self._taken) >= most:
            wait = max(wait, self._taken[-most] + self._window - now)
        return wait

    def _take(self, cost: int) -> None:
        self.used += cost
        if not self._interval:
            return
        now, used = monotonic(), self._interval * cost
        self._taken.extend([now] * cost)
        credit = _CATCH_UP_SECONDS if self._running else self._interval
        self._next = max(self._next, now - credit) + used
        soonest = max(self._soonest, now - _CATCH_UP_SLACK_SECONDS)
        self._soonest = soonest + used / _CATCH_UP_PACE

    def pump(self) -> None:
        """Give out the turns that are free; look again when the next one is."""
        while self.awaited:
            turns = None if self.replies_waiting else next(iter(self._round))
            if turns is not None and self.in_flight >= turns.most:
                return  # whoever ends pumps again
            if (wait := self._wait(0.0 if turns else _REPLY_AHEAD)) > 0:
                self._wake_in(wait)
                return
            if turns is not None:
                self._grant(turns)
                continue
            reply, cost = (self._team_replies or self._replies).popleft()
            if not reply.done():
                self._take(cost)
                reply.set_result(None)

    def _grant(self, turns: Turns) -> None:
        del self._round[turns]
        waiting = turns.waiting.popleft()
        if turns.waiting:
            self._round[turns] = None  # behind the other broadcasts
        if not waiting.done():
            self.in_flight += 1
            self._take(turns.cost)
            waiting.set_result(True)

    def _wake_in(self, seconds: float) -> None:
        at = monotonic() + seconds
        if self._timer is not None:
            if self._timer_at <= at:
                return
            self._timer.cancel()
        self._timer_at = at
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(max(seconds, _TIMER_SECONDS), self._woken)

    def _woken(self) -> None:
        self._timer = None
        self.pump()

    def _wait_for_chat(self, chat: str) -> float:
        """A chat takes one message a second; a short burst is tolerated (facts 1.1)."""
        if not self._interval:
            return 0.0
        now = monotonic()
        if len(self._chats) > 10_000:
            self._chats = {key: at for key, at in self._chats.items() if at > now}
        earliest = max(self._chats.get(chat, 0.0), now)
        wait = earliest - now - (_CHAT_BURST - 1) * _CHAT_SPACING_SECONDS
        if wait <= 0:
            self._chats[chat] = earliest + _CHAT_SPACING_SECONDS
        return wait

    # What Turns needs of it.

    def take_at_once(self, turns: Turns) -> bool:
        """A turn that is free now, when nobody else waits for one."""
        if self.awaited or self.in_flight >= turns.most:
            return False
        if not self._interval and not self._closed_until:  # no limit: most of a fan-out's messages
            self.used += turns.cost
        elif self._wait() > 0:
            return False
        else:
            self._take(turns.cost)
        self.in_flight += 1
        return True

    @property
    def awaited(self) -> bool:
        """Whether anybody waits for a turn."""
        return bool(self._round or self._replies or self._team_replies)

    def join(self, turns: Turns) -> None:
        self._round.setdefault(turns)
        self.pump()

    def leave(self, turns: Turns) -> None:
        self._round.pop(turns, None)
        self._running -= 1


class Turns:
    """The turns of one broadcast: broadcasts that wait for the same account alternate."""

    __slots__ = ("_closed", "_pacer", "cost", "most", "waiting")

    def __init__(self, pacer: Pacer, most: int, cost: int) -> None:
        self._pacer, self.most, self.cost = pacer, most, cost
        self.waiting: deque[asyncio.Future[bool]] = deque()
        self._closed = False

    @property
    def rate(self) -> float:
        """Deliveries a second that are this broadcast's part now; 0: no limit."""
        return self._pacer.pace / (max(1, self._pacer.broadcasts) * max(1, self.cost))

    def at_once(self) -> bool:
        """Begin a delivery now, without waiting, if that is possible."""
        return not self._closed and self._pacer.take_at_once(self)

    async def wait(self) -> bool:
        """Wait for a turn. False: closed meanwhile, nothing may begin."""
        if self._closed:
            return False
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.waiting.append(turn)
        self._pacer.join(self)
        return await turn

    def done(self) -> None:
        """A delivery has ended: another may begin."""
        self._pacer.in_flight -= 1
        if self._pacer.awaited:
            self._pacer.pump()

    def close(self) -> None:
        """Nothing begins any more. Harmless to repeat."""
        if self._closed:
            return
        self._closed = True
        self._pacer.leave(self)
        while self.waiting:
            if not (turn := self.waiting.popleft()).done():
                turn.set_result(False)
