"""Marks that somebody typed and did not mean: which of them a phone would take for formatting (pure)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

# Takes no room, and is a space to JavaScript: put outside a mark it makes a word's edge, put inside
# one it keeps the mark from being one (docs/decisions/0044).
EDGE = "\ufeff"
# Takes no room and is no space to anybody: before a sign that begins a line, the line begins otherwise.
JOINER = "\u2060"
TYPED = "*_~`"
_BREAKS = "\r\n\u2028\u2029"
# What must stay as it is. A sign before an address is no part of it.
ADDRESS = re.compile(
    r"[a-z][a-z0-9+.-]*://\S+|www\.\S+|[a-z0-9][\w.+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.I
)
_FENCE = "`"
_LINE_SIGN = re.compile(r"^[ \t]*[>*-](?=[ \t]+\S)", re.MULTILINE)

Span = tuple[int, int]
Place = tuple[str, int]  # a sign and the line it stands on; code may go over lines: 0


def neutralized(
    text: str, code: Collection[Span], marked: Iterable[tuple[str, int, int]], *, lines: bool
) -> dict[int, str]:
    """What stands in the text's place at a position, so that nothing typed becomes a mark.

    `code`: spans shown as code. `marked`: (sign, start, end) of the marks that are meant; `lines`:
    whether a sign at a line's beginning makes a quote or a list there. A sign that no other could
    close stays alone, without anything invisible beside it: `*123#` is dialled, and codes are copied.
    """
    hidden = _covered(code)
    rows = _lines(text)
    meant = {place for sign, start, end in marked for place in _places(sign, start, end, rows)}
    found = _no_line_signs(text, hidden) if lines else {}
    found |= {at: text[at] + EDGE for at in _fences(text, code)}
    addresses = _covered(one.span() for one in ADDRESS.finditer(text))
    for place, signs in _groups(text, hidden, rows).items():
        pairs = set(signs) if place in meant else _pairs(signs, text)
        for at in pairs - addresses:
            found[at] = EDGE * _closes(text, at) + text[at] + EDGE * _opens(text, at)
    return found


def _covered(spans: Iterable[Span]) -> set[int]:
    return {at for start, end in spans for at in range(start, end)}


def _lines(text: str) -> list[int]:
    """The number of the line each character stands on."""
    found, line = [], 0
    for char in text:
        found.append(line)
        line += char in _BREAKS
    return [*found, line]


def _places(sign: str, start: int, end: int, lines: list[int]) -> set[Place]:
    return {
        (sign, 0 if sign == _FENCE else lines[at])
        for at in range(max(0, start), min(end, len(lines)))
    }


def _groups(text: str, hidden: set[int], lines: list[int]) -> dict[Place, list[int]]:
    """Signs that could make a mark together, where they could open or close one."""
    found: dict[Place, list[int]] = defaultdict(list)
    for at, char in enumerate(text):
        if char in TYPED and at not in hidden and (_opens(text, at) or _closes(text, at)):
            found[char, 0 if char == _FENCE else lines[at]].append(at)
    return found


def _pairs(signs: list[int], text: str) -> set[int]:
    """Those that another would make a mark with: words lie between."""
    first = next((at for at in signs if _opens(text, at)), len(text))
    last = next((at for at in reversed(signs) if _closes(text, at)), -1)
    opening = {at for at in signs if _opens(text, at) and at + 1 < last}
    return opening | {at for at in signs if _closes(text, at) and at - 1 > first}


def _opens(text: str, at: int) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return bool(after.strip()) and not before.isalnum()


def _closes(text: str, at: int) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return bool(before.strip()) and not after.isalnum()


def _no_line_signs(text: str, hidden: set[int]) -> dict[int, str]:
    """A `> `, `- ` or `* ` that was typed at a line's beginning: no quote, no list."""
    signs = (hit.end() - 1 for hit in _LINE_SIGN.finditer(text))
    return {at: JOINER + text[at] for at in signs if at not in hidden}


def _fences(text: str, code: Iterable[Span]) -> Iterator[int]:
    """Backticks in code that would end it: in a row of three, and at its end."""
    for start, end in code:
        for run in re.finditer("`{3,}|`+$", text[start:end]):
            yield from range(start + run.start(), start + run.end())
