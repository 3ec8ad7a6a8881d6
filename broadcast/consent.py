"""Reading a subscriber's words: what opts in, what opts out (pure).

Turkish dotted and dotless i, capitals, accents and stray punctuation do not matter.
"""

from __future__ import annotations

import unicodedata

OPT_OUT_WORDS = frozenset({"stop", "stopall", "unsubscribe", "dur", "iptal", "ret", "durdur"})
OPT_IN_WORDS = frozenset({"join", "subscribe", "katil", "abone"})
_DOTS = str.maketrans({"İ": "i", "I": "i", "ı": "i"})


def keyword(text: str) -> str:
    """The bare word of a text, folded: ` İPTAL! ` -> `iptal`; empty if it is not one word."""
    folded = unicodedata.normalize("NFKD", text.translate(_DOTS).casefold())
    words = "".join(ch if ch.isalnum() else " " for ch in folded if not unicodedata.combining(ch))
    parts = words.split()
    return parts[0] if len(parts) == 1 else ""


def says_stop(text: str) -> bool:
    return keyword(text) in OPT_OUT_WORDS


def says_join(text: str) -> bool:
    return keyword(text) in OPT_IN_WORDS
