"""Names one account on one channel, as a value (pure)."""

from __future__ import annotations

from typing import NamedTuple


class AccountKey(NamedTuple):
    """One sender: the channel it belongs to, and its name there."""

    channel: str
    name: str

    @classmethod
    def read(cls, text: str) -> AccountKey:
        """Read what `str` wrote: `whatsapp:water`; a channel alone has an account without a name."""
        channel, _, name = text.partition(":")
        return cls(channel, name)

    def __str__(self) -> str:
        return f"{self.channel}:{self.name}"
