"""Where a person is on Messenger: an opaque id of this page (pure)."""

from __future__ import annotations

from broadcast.language import terminal
from channels._kit.typed_address import bare


def address(text: str, country: str = "") -> str:
    """As it is stored. Raises ValueError: a name or a phone number is not such an id."""
    written = bare(text)
    if not (written.isascii() and written.isdigit() and len(written) >= 10):
        raise ValueError(
            terminal().plain(
                "{written} is no page-scoped id: a person gets one by writing to the page",
                written=repr(text),
            )
        )
    return written
