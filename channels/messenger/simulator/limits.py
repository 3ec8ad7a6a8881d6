"""How much Messenger lets a page send. Adjustable."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Limits:
    """The numbers; the control API may change them while everything runs. 0 lifts a limit."""

    per_second: float = 300.0  # texts, templates, pictures of one page
    media_per_second: float = 10.0  # audio and video
    per_engaged: int = 200  # calls in 24 hours for each person who wrote in them
    thread_seconds: float = 0.5  # one message to the same person in this time …
    thread_burst: int = 20  # … after a burst of so many; Meta limits threads, but names no numbers
    mids_missing: float = 0.2  # share of delivery notices that name no messages
    ref_lost: float = 0.0  # share of m.me links whose ref does not arrive
    templates: int = 250
