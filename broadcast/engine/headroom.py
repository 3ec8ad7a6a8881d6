"""How far below the allowance to stay: networks bunch what left evenly, and a strict limiter counts
what arrives. A little where answers show it, more after a 429, taken back slowly (pure)."""

from __future__ import annotations

from math import sqrt

_GAIN = 1 / 32  # of the latest answer in the averages
_ODD_SECONDS = 0.1  # an answer that is later than that against the others says nothing more
_STEADY_SECONDS = 0.004  # machines alone make as much
_MOST_UNASKED = 0.015  # of the rate, before anybody has said no
_MOST = 0.12
_STEP = 0.015  # with every no
_SOON_SECONDS = 3.0  # of messages since the no before, or the start
_EDGES = 4.0  # standard deviations of what both ends of a second may bring too much
_HELD_SECONDS = 60.0  # a no is remembered for so long, then a part is taken back every second
_BACK_PER_SECOND = 0.0003


class Room:
    """`rate` in messages per second. `share` is what of it may be used."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._usual = self._deviation = 0.0  # seconds, of answers
        self._held, self._held_at = 0.0, 0.0
        self._answers = self._refused_at = 0

    def answered(self, seconds: float) -> None:
        """Take in how long one call took: what varies there varies on the way."""
        if not self._answers:
            self._usual = seconds
        self._answers += 1
        off = min(max(seconds - self._usual, -_ODD_SECONDS), _ODD_SECONDS)
        gain = max(_GAIN, 1 / self._answers)
        self._usual += gain * off
        self._deviation += gain * (abs(off) - self._deviation)

    def refused(self, now: float) -> None:
        """The platform found us too fast: leave a step more. Where that came soon it counts strictly:
        leave all that this way of ours needs."""
        soon = self._answers - self._refused_at < _SOON_SECONDS * self._rate
        more = self._kept(now) + _STEP
        self._held = min(_MOST, max(self._needed(), more) if soon else more)
        self._held_at, self._refused_at = now, self._answers

    def share(self, now: float) -> float:
        """Of the rate, from 0.88 to 1."""
        unasked = min(max(self._deviation - _STEADY_SECONDS, 0.0), _MOST_UNASKED)
        return 1.0 - max(unasked, self._kept(now))

    def _kept(self, now: float) -> float:
        back = max(0.0, now - self._held_at - _HELD_SECONDS) * _BACK_PER_SECOND
        return max(0.0, self._held - back)

    def _needed(self) -> float:
        """Messages that are late by up to `spread` at one end of a second and not at the other."""
        spread = self._deviation * 4 + _STEADY_SECONDS  # were all delays alike likely
        strictly = spread / (1 + spread)  # so that all of them fit into a second even then
        return min(strictly, _EDGES * sqrt(self._rate * spread / 3) / self._rate)
