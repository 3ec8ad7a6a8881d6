"""An address as somebody wrote it into a list or a message, without what does not show (pure)."""

from __future__ import annotations

import unicodedata


def bare(text: str) -> str:
    """Without marks of direction, joiners, controls; spaces of any kind are one plain space."""
    if text.isascii() and text.isprintable():
        return text.strip().removeprefix("'").strip()
    shown = (" " if kind in {"Zs", "Cc"} else c for c in text if (kind := _kind(c)) not in _GONE)
    return " ".join("".join(shown).split()).removeprefix("'").strip()


_GONE = frozenset({"Cf", "Zl", "Zp"})


def _kind(char: str) -> str:
    return unicodedata.category(char)


def digits(text: str) -> str:
    """ASCII digits for those of any script; other characters stay."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
