"""Which names on WhatsApp are one person's (pure; light enough to be imported with the folder)."""

from __future__ import annotations

from broadcast.phone import spellings


def spellings_of(address: str) -> tuple[str, ...]:
    """A number in each form WhatsApp may have for it; a business-scoped id has one."""
    return spellings(address)


def phone_of(address: str) -> str:
    """E.164, empty for a business-scoped id."""
    return f"+{address}" if address.isdecimal() else ""
