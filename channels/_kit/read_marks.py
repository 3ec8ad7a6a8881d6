"""Typed marks as a phone shows them: the other way round from `stars` (pure).

Follows what WhatsApp's help page and open readers of its texts agree on (docs/decisions/0044, 0084):
marks stand at the edges of words and on one line, quotes and lists begin a line.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from itertools import accumulate

from broadcast.message import Entity, EntityKind, RichText
from channels._kit.typed_marks import ADDRESS, EDGE, JOINER

_KINDS = {"*": EntityKind.BOLD, "_": EntityKind.ITALIC, "~": EntityKind.STRIKE}
_BLOCK = re.compile(r"```(.+?)```", re.DOTALL)
_LIST = re.compile(r"[ \t]*[-*][ \t]+(?=\S)")
_QUOTE = re.compile(r">[ \t]+(?=\S)")
_BULLET = "• "


def read(written: str) -> RichText:
    """What its reader sees of a text with typed marks, without the signs that make them."""
    page = _Page()
    at = 0
    for block in _BLOCK.finditer(written):
        page.lines(written[at : block.start()], begins=at == 0)
        page.code(block[1], EntityKind.PRE)
        at = block.end()
    page.lines(written[at:], begins=at == 0)
    return page.seen()


def unseen_removed(text: str) -> str:
    """Without what `stars` puts beside signs, which nobody sees."""
    return text.replace(EDGE, "").replace(JOINER, "")


class _Page:
    """Text as it is read, with its formatting."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._length = 0
        self._entities: list[Entity] = []

    def lines(self, text: str, *, begins: bool) -> None:
        """`begins`: whether the first of them begins a line, and does not follow a block of code."""
        for number, line in enumerate(text.split("\n")):
            if number:
                self._add("\n")
            self._line(line, begins=begins or number > 0)

    def code(self, words: str, kind: EntityKind) -> None:
        start = self._length
        self._add(words)
        self._cover(kind, start)

    def seen(self) -> RichText:
        """What was put down, without the characters nobody sees."""
        whole = "".join(self._out)
        gone = [0, *accumulate(char in (EDGE, JOINER) for char in whole)]
        kept = []
        for entity in self._entities:
            start, end = entity.offset, entity.offset + entity.length
            first, last = start - gone[start], end - gone[end]
            if first < last:
                kept.append(Entity(kind=entity.kind, offset=first, length=last - first))
        kept.sort(key=lambda entity: (entity.offset, -entity.length))
        return RichText(text=unseen_removed(whole), entities=tuple(_joined(kept)))

    def _add(self, words: str) -> None:
        self._out.append(words)
        self._length += len(words)

    def _cover(self, kind: EntityKind, start: int) -> None:
        self._entities.append(Entity(kind=kind, offset=start, length=self._length - start))

    def _line(self, line: str, *, begins: bool) -> None:
        start, quoted = self._length, _QUOTE.match(line) if begins else None
        if quoted:
            line = line[quoted.end() :]
        if begins and (item := _LIST.match(line)):
            self._add(_BULLET)
            line = line[item.end() :]
        self._words(line)
        if quoted:
            self._cover(EntityKind.QUOTE, start)

    def _words(self, line: str) -> None:
        places: dict[str, list[int]] = defaultdict(list)
        within = _in_addresses(line)
        for at, char in enumerate(line):
            if (char in _KINDS or char == "`") and at not in within:
                places[char].append(at)
        at = begun = 0
        while at < len(line):
            sign = at not in within and line[at] in places
            end = _closing(line, at, places[line[at]]) if sign else -1
            if end < 0:
                at += 1
                continue
            self._add(line[begun:at])
            start = self._length
            if line[at] == "`":
                self.code(line[at + 1 : end], EntityKind.CODE)
            else:
                self._words(line[at + 1 : end])
                self._cover(_KINDS[line[at]], start)
            at = begun = end + 1
        self._add(line[begun:])


def _joined(entities: list[Entity]) -> list[Entity]:
    """Quoted lines that follow each other are one quote."""
    made: list[Entity] = []
    quote = -1
    for entity in entities:
        before = made[quote] if quote >= 0 else None
        if entity.kind is not EntityKind.QUOTE:
            made.append(entity)
        elif before and before.offset + before.length + 1 == entity.offset:
            length = entity.offset + entity.length - before.offset
            made[quote] = before.model_copy(update={"length": length})
        else:
            quote = len(made)
            made.append(entity)
    return made


def _closing(line: str, at: int, places: list[int]) -> int:
    """Where the sign that opens here is closed, -1 where it opens nothing: the next of its kind."""
    following = bisect_right(places, at)
    if following == len(places):
        return -1
    end = places[following]
    before, after = line[at - 1 : at] if at else "", line[end + 1 : end + 2]
    inside = line[at + 1 : end]
    if not inside or before.isalnum() or after.isalnum():
        return -1
    spaced = _is_space(inside[0]) or _is_space(inside[-1])
    return -1 if spaced else end


def _in_addresses(line: str) -> set[int]:
    """Where signs are a part of an address; those at its end are not."""
    found: set[int] = set()
    for hit in ADDRESS.finditer(line):
        found |= set(range(hit.start(), hit.start() + len(hit[0].rstrip("*_~`"))))
    return found


def _is_space(char: str) -> bool:
    return char.isspace() or char == EDGE
