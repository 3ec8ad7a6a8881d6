"""Text as it is compared: small letters without marks, whatever alphabet, font or keyboard (pure).

A folding may be empty ("🙂"): it is then no key to anything.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_DOTS = str.maketrans({"İ": "i", "I": "i", "ı": "i"})
_SMALL_CAPITAL = "LATIN LETTER SMALL CAPITAL "
# Letters drawn as signs that compatibility decomposition leaves alone: 🅐 🅰 🇦
_SIGNS = {first + n: chr(ord("a") + n) for first in (0x1F150, 0x1F170, 0x1F1E6) for n in range(26)}
_SMALL_CAPITALS = {
    code: name[-1].lower()
    for code in (*range(0x0250, 0x02B0), *range(0x1D00, 0x1D2C), *range(0xA730, 0xA800))
    if (name := unicodedata.name(chr(code), "")).startswith(_SMALL_CAPITAL)
    and len(name) == len(_SMALL_CAPITAL) + 1
}
# Of letters that decomposition does not join: Arabic yeh, teh marbuta, keheh and gaf; no tatweel.
_ONE_LETTER = str.maketrans(
    {"ى": "ي", "ة": "ه", "ک": "ك", "گ": "ك", "ی": "ي", "ہ": "ه", "ـ": "", "ø": "o", "ł": "l"}
)
# ابدأ (begin) is not ابدا (never): a hamza at the end of a word stays
_LAST_HAMZA = re.compile("أ(?![^\\W_])")
_STYLED = str.maketrans(_SIGNS | _SMALL_CAPITALS)
# Latin letters that look like Cyrillic ones, in a word that has both
_LOOKALIKES = str.maketrans("abcehkmoptxyn", "авсенкмортхуп")
_MIXED = re.compile(r"[^\W\d_]+")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_LATIN = re.compile("[a-z]")
_UNSEEN = frozenset(
    {"Cf", "Mn", "Me", "Mc"}
)  # formats such as zero-width marks; accents, vowel signs


@lru_cache(1024)
def fold(text: str) -> str:
    """`İPTAL!` -> `iptal!`, `ＳＴＯＰ` -> `stop`, `إلغـــاء` -> `الغاء`; signs and spaces stay."""
    if text.isascii():
        return text.lower()
    text = _LAST_HAMZA.sub("اء", text.translate(_STYLED))
    styled = unicodedata.normalize("NFKC", text).translate(_DOTS).casefold()
    parts = unicodedata.normalize("NFKD", styled)
    kept = "".join(ch for ch in parts if unicodedata.category(ch) not in _UNSEEN)
    kept = kept.translate(_ONE_LETTER)
    return _MIXED.sub(_one_alphabet, kept) if _CYRILLIC.search(kept) else kept


def _one_alphabet(word: re.Match[str]) -> str:
    """`CTOП`, half of it on the other keyboard."""
    if _CYRILLIC.search(word[0]) and _LATIN.search(word[0]):
        return word[0].translate(_LOOKALIKES)
    return word[0]


def words(text: str) -> list[str]:
    """The words of a text, folded; apostrophes join, all other signs part."""
    joined = re.sub("['’ʼ`]", "", fold(text))
    return "".join(ch if ch.isalnum() else " " for ch in joined).split()


def phrase(text: str) -> str:
    """The words with one space between; empty where there are none, which is nobody's key."""
    return " ".join(words(text))
