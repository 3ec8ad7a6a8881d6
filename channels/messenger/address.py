"""Where a person is on Messenger: the id they have on this page (pure)."""

from __future__ import annotations


def address(text: str) -> str:
    """As it is stored. Raises ValueError: a name or a phone number is not such an id."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) >= 10):
        raise ValueError(f"{text!r} is no page-scoped id: a person gets one by writing to the page")
    return text
