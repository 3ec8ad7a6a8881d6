"""A code as it was given out, of what somebody typed or pasted (pure)."""

from __future__ import annotations

import unicodedata

KINDS = ("claim", "invite", "link")
# What keyboards make of a hyphen, and what stands around a code where it was copied.
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣－", "-"))
_AROUND = " \t\r\n`'\"“”„‘’«»‹›()[]{}<>*.,;:!?…"


def code(text: str) -> str:
    """Without quotes, full stops and invisible characters around or in it; its first word small, as
    a telephone writes it large."""
    seen = "".join(ch for ch in text if unicodedata.category(ch) != "Cf")
    bare = seen.translate(_DASHES).strip(_AROUND)
    kind, dash, rest = bare.partition("-")
    return f"{kind.lower()}-{rest}" if dash and kind.lower() in KINDS else bare
