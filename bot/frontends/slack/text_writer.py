"""Neutral text put together piece by piece, as both of Slack's formats are read (pure)."""

from __future__ import annotations

from collections.abc import Iterable

from broadcast.message import Entity, EntityKind, RichText

Mark = tuple[EntityKind, str]  # a kind of formatting and its value
_ORDER = {kind: position for position, kind in enumerate(EntityKind)}


class Writer:
    """Neighbouring pieces with the same mark become one entity."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._spans: list[tuple[Mark, int, int]] = []
        self._latest: dict[Mark, int] = {}  # where in _spans a mark was last used
        self.length = 0

    @property
    def ends_a_line(self) -> bool:
        return bool(self._parts) and self._parts[-1].endswith("\n")

    def add(self, text: str, marks: Iterable[Mark] = ()) -> None:
        if not text:
            return
        start, end = self.length, self.length + len(text)
        self._parts.append(text)
        self.length = end
        for mark in marks:
            self.cover(mark, start, end)

    def cover(self, mark: Mark, start: int, end: int, *, join: bool = True) -> None:
        """Put a mark over what is written; `join`: grow the same mark that ends at `start`."""
        if start >= end:
            return
        latest = self._latest.get(mark)
        if join and latest is not None and self._spans[latest][2] == start:
            self._spans[latest] = (mark, self._spans[latest][1], end)
            return
        self._latest[mark] = len(self._spans)
        self._spans.append((mark, start, end))

    def text(self) -> RichText:
        """In the order of the text, the wider entity first."""
        spans = sorted(self._spans, key=lambda s: (s[1], -s[2], _ORDER[s[0][0]], s[0][1]))
        return RichText(
            text="".join(self._parts),
            entities=tuple(
                Entity(kind=kind, offset=start, length=end - start, value=value)
                for (kind, value), start, end in spans
            ),
        )
