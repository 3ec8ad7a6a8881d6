"""`{name}` in words that are sent: a person's name, and what stands there for who has none (pure).

`Dear {name|neighbour}` is `Dear Ayşe` to Ayşe, and `Dear neighbour` to somebody whose name we do not
know, or who is called by nothing but a smile.
"""

from __future__ import annotations

import re
import unicodedata

SAMPLE = "{name|…}"  # as people are told of it
# `{name || 'neighbour'}` as some write it elsewhere is understood too.
_NAME = re.compile(r"\{name\}|\{ *name *\|\|?([^{}|\r\n]*)\}")
_AROUND = " '\"‘’“”"


# Letters that show nothing, of which blank names are made; and one that only lengthens others.
_NO_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u0640")


def is_name(text: str) -> bool:
    """Whether anybody could be called so: it has a letter. A full stop is no name."""
    return any(unicodedata.category(ch)[0] == "L" and ch not in _NO_LETTERS for ch in text)


def wants_name(text: str) -> bool:
    """Whether somebody's name goes into it."""
    return _NAME.search(text) is not None


def needs_name(text: str) -> bool:
    """Whether it has a hole where a name should be, and no word for who has none."""
    return any(not (found[1] or "").strip(_AROUND) for found in _NAME.finditer(text))


def times(text: str) -> int:
    """How often a name stands in it."""
    return len(_NAME.findall(text))


def named(text: str, name: str) -> str:
    """The text with the name in it. One that is none gives way to the word that stands for it."""
    known = is_name(name)

    def put(found: re.Match[str]) -> str:
        instead = (found[1] or "").strip(_AROUND)
        return name if known or not instead else instead

    return _NAME.sub(put, text)
