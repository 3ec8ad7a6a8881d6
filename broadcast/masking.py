"""People in a chat that others read: recognised by who knows them, not found by who does not (pure).

`Fat… +90 ••• 12`: never a whole name, never a whole number.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from broadcast.name_blanks import is_name

DOTS, MORE = "•••", "…"
_SHOWN, _ENDING = 3, 2  # letters of a name; digits at the end of a number
_HIDDEN = 4  # so many digits at least are not shown, else none is
_JOINER = "\u200d"
# A number, however it is grouped, inside other words: an address may be part of a platform's words.
_NUMBERS = re.compile(r"\+?\d(?:[\s().\-/]{0,2}\d){6,}")
_MAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")


def name(text: str) -> str:
    """The first letters of the first word, at most three and never all; empty for what is no name."""
    word = next((one for one in text.split() if is_name(one)), "")
    letters = _letters(
        "".join(ch for ch in word if unicodedata.category(ch)[0] != "C" or ch == _JOINER)
    )
    shown = min(_SHOWN, max(len(letters) - 2, 1)) if len(letters) > 1 else 0
    return "".join(letters[:shown]) + MORE if letters else ""


def phone(number: str) -> str:
    """`+90 ••• 12` for an E.164 number."""
    digits = number.removeprefix("+")
    code = _country(digits[:3])
    rest = digits.removeprefix(code)
    return f"+{code} {_ended(rest)}" if code and len(rest) >= _HIDDEN else _ended(digits)


def address(value: str) -> str:
    """`••• 12` for any other address: an id, a number without its sign."""
    return _ended(value)


def words(text: str) -> str:
    """A platform's own words, without numbers and mail addresses that may be somebody's."""
    return _NUMBERS.sub(DOTS, _MAIL.sub(DOTS, text))


def _ended(value: str) -> str:
    return f"{DOTS} {value[-_ENDING:]}" if len(value) >= _HIDDEN + _ENDING else DOTS


def _letters(word: str) -> list[str]:
    """What is read as one: a letter with its marks, and what is joined to it."""
    found: list[str] = []
    for char in word:
        joined = found and (unicodedata.category(char)[0] == "M" or char == _JOINER)
        if joined or (found and found[-1].endswith(_JOINER)):
            found[-1] += char
        else:
            found.append(char)
    return found


@lru_cache(1000)
def _country(digits: str) -> str:
    """The country's code, of a number's first three digits; empty for none."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE as REGIONS

    if not digits.isdecimal() or digits.startswith("0"):
        return ""
    return next((digits[:n] for n in (1, 2, 3) if int(digits[:n]) in REGIONS), "")
