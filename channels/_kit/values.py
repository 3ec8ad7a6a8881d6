"""A template's values for one person, as Meta takes them (pure).

Meta refuses a value with a line break or a tab, or more than four spaces in a row (132018), and a text
that is over 1,024 characters with its values (132005). The person's name stays as they have it; only
what is sent is made to fit.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from broadcast.message import TemplateUse
from broadcast.name_blanks import named, times

MAX_BODY = 1024  # characters, with the values filled in
UNKNOWN_ROOM = 800  # for the values together, where the template's own words are not known
_MORE = "…"


def filled(use: TemplateUse, name: str, room: int = UNKNOWN_ROOM) -> list[tuple[str, str]]:
    """(parameter, value) with the name put in: on one line, visible, together within `room`."""
    name = clean(name)
    made = _with(use, name)
    if (over := _length(made) - room) > 0 and (times := _times(use)):
        made = _with(use, cut(name, max(1, len(name) - -(-over // times))))
    while (over := _length(made) - room) > 0:
        place = max(range(len(made)), key=lambda i: len(made[i][1]))
        key, longest = made[place]
        if len(longest) <= 1:
            break
        made[place] = key, cut(longest, max(1, len(longest) - over))
    return made


def clean(text: str) -> str:
    """One line, without what cannot be seen or said; empty where nothing is left."""
    line = " ".join(text.split())
    kept = "".join(ch for ch in line if unicodedata.category(ch) not in {"Cc", "Cs"})
    if all(unicodedata.category(ch) in {"Cf", "Zs", "Mn"} for ch in kept):
        return ""
    return " ".join(kept.split())


def cut(text: str, length: int) -> str:
    """At most so many characters, the last of them a sign that there were more."""
    if len(text) <= length:
        return text
    return text[: length - 1].rstrip() + _MORE if length > 1 else text[:length]


def least_room(use: TemplateUse) -> int:
    """The room its values take at least: the author's own words, and a letter for a name, or the word
    for who has none."""
    return max(_length(_with(use, "x")), _length(_with(use, "")))


def _with(use: TemplateUse, name: str) -> list[tuple[str, str]]:
    return [(key, clean(named(value, name)) or "-") for key, value in use.parameters]


def _times(use: TemplateUse) -> int:
    return sum(times(value) for _, value in use.parameters)


def _length(values: Iterable[tuple[str, str]]) -> int:
    return sum(len(value) for _, value in values)
