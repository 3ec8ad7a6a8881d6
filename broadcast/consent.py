"""Reading a subscriber's words: what opts in, what opts out, what answers our question (pure).

Turkish dotted and dotless i, capitals, accents, styled letters and stray punctuation do not matter.
"""

from __future__ import annotations

import unicodedata

from broadcast.refusal import refuses

# Turkish words: facts 6, "Opt-out words TR". English words: 47 CFR 64.1200(a)(10) and CTIA.
OPT_OUT_WORDS = frozenset({
    "stop", "stopall", "stop all", "quit", "end", "revoke", "opt out", "optout", "cancel",
    "unsubscribe",
    "dur", "durdur", "ret", "red", "reddet", "iptal", "cik", "cikis", "ayril", "istemiyorum",
    "gonderme", "abonelikten cik", "abonelikten ayril", "iptal et",
})  # fmt: skip
OPT_IN_WORDS = frozenset({"join", "subscribe", "katil", "abone", "abone ol"})
YES_WORDS = frozenset({"yes", "evet"})
NO_WORDS = frozenset({"no", "hayir"})
_DOTS = str.maketrans({"İ": "i", "I": "i", "ı": "i"})
_MOST_WORDS = 3


def keyword(text: str) -> str:
    """A few words folded: ` İPTAL! ` -> `iptal`, `Abonelikten ÇIK` -> `abonelikten cik`.

    The same word over and over is said once; a longer sentence gives an empty string.
    """
    words = _folded(text)
    if len(set(words)) == 1:
        return words[0]
    return " ".join(words) if len(words) <= _MOST_WORDS else ""


def _folded(text: str) -> list[str]:
    styled = unicodedata.normalize("NFKC", text).translate(_DOTS).casefold()
    folded = unicodedata.normalize("NFKD", styled)
    kept = (ch for ch in folded if not unicodedata.combining(ch) and ch not in "'’")
    return "".join(ch if ch.isalnum() else " " for ch in kept).split()


def says_stop(text: str) -> bool:
    """One of the words alone, or a sentence that asks for nothing else."""
    return keyword(text) in OPT_OUT_WORDS or refuses(_folded(text))


def says_join(text: str) -> bool:
    return keyword(text) in OPT_IN_WORDS


def says_yes(text: str) -> bool:
    """Only an answer: it means nothing to somebody who was not asked."""
    return keyword(text) in YES_WORDS


def says_no(text: str) -> bool:
    """Only an answer, as `says_yes`."""
    return keyword(text) in NO_WORDS
