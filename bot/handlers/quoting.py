"""Words of a person's inside ours (pure)."""

from __future__ import annotations

import re

_COMMAND = re.compile(r"(?<![\w/:.])/(?=\w)")


def quoted(text: str) -> str:
    """No console may take `/start` in them for a command of ours, to be written its own way or
    tapped. An invisible word joiner keeps them apart."""
    return _COMMAND.sub("/\u2060", text)
