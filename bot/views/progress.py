"""How far a broadcast is, in a bar and in numbers that add up (pure)."""

from __future__ import annotations

from broadcast.language import N_, Speech
from broadcast.message import RichText
from broadcast.services.report import Sums

BAR_CELLS = 12


def bar(done: int, total: int) -> str:
    full = BAR_CELLS * done // total if total else 0
    return "█" * full + "░" * (BAR_CELLS - full)


def counts(speech: Speech, sums: Sums) -> RichText:
    """The sum every message shows: planned = sent + failed + skipped + uncertain (+ to go). Of these
    only what is not zero."""

    def line(sentence: str, count: int) -> RichText | None:
        return speech.say(sentence, n=speech.number(count)) if count else None

    return _lines(
        speech.say("Planned: {n}", n=speech.number(sums.planned)),
        line(N_("Sent: {n}"), sums.sent),
        _told(speech, sums),
        *versions(speech, sums),
        line(N_("Failed: {n}"), sums.failed),
        line(N_("Skipped: {n}"), sums.skipped),
        line(N_("Uncertain: {n}"), sums.uncertain),
        line(N_("Still to go: {n}"), sums.open),
    )


def versions(speech: Speech, sums: Sums) -> list[RichText]:
    """Who got which content, once there was more than one."""
    words = (N_("· as it was first: {n}"), N_("· as corrected ({time}): {n}"))
    return [
        speech.say(words[time > 0], n=speech.number(count), time=time)
        for time, count in enumerate(sums.versions)
    ]


def _lines(*parts: RichText | None) -> RichText:
    shown = [part for part in parts if part is not None]
    out = shown[0]
    for part in shown[1:]:
        out = out + "\n" + part
    return out


def _told(speech: Speech, sums: Sums) -> RichText | None:
    """What became of those that were sent, where the platform tells."""
    if not sums.delivered:
        return None
    delivered, read = speech.number(sums.delivered), speech.number(sums.read)
    if not sums.read:
        return speech.say("· delivered: {n}", n=delivered)
    return speech.say("· delivered: {n}, read: {read}", n=delivered, read=read)
