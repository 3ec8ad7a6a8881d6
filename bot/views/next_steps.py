"""Buttons of a card for what can still be done about a broadcast that waits, or is over (pure)."""

from __future__ import annotations

from bot.chat import Button, Rows
from broadcast.language import Speech
from broadcast.models import Broadcast
from broadcast.services import reuse


def rows(speech: Speech, row: Broadcast) -> Rows:
    """What an author can do about one that waits, or is over."""
    number, plain = row.broadcast_id, speech.plain
    if row.status in reuse.ENDED:
        return ((Button(plain("Use again"), f"reuse {number}"),),)
    if row.status in reuse.TAKEN_BACK and row.launched_at is None:
        return (
            (
                Button(plain("Change time"), f"schedule {number}"),
                Button(plain("Take back"), f"takeback {number}"),
            ),
        )
    return ()
