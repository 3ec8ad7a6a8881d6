"""An account that cannot work at all until a person mends something."""

from __future__ import annotations


class ChannelClosed(Exception):
    """Says in one sentence what is wrong and how to mend it; never holds a secret."""
