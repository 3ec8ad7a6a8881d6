"""A list's lines one by one; a quotation mark nobody closed never swallows the ones below."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TextIO

from bot.spreadsheet import WrongFile
from bot.spreadsheet.header import Header, announced, read
from broadcast.language import N_, terminal

LONGEST = 131_072  # characters of a line: whatever is longer is no list of people
_MOST_LINES = 50  # that one cell may go over
OPENED = N_("a quotation mark is opened and not closed on this line")
_BETWEEN = N_("between two quotation marks that may not belong together: close or remove them")
_PLACED = N_("a quotation mark stands where none may: double it, or remove it")
_BLANK = " \t\r\n\x00\x1a\ufeff\u00a0"  # DOS ended files with 1A
_SURPLUS = N_("more values than columns")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of people. `raw`: as it stands in the file; `why` it cannot be read, else empty."""

    number: int
    raw: str
    values: dict[str, str]
    why: str = ""


class Sheet:
    """An opened list. `header` is read at once; iterating gives the lines below, blank ones left
    out. `channels`: known names, by which a line is told from the rest of a cell."""

    def __init__(self, opened: TextIO, channels: Collection[str]) -> None:
        self._opened = opened
        self._put_back: deque[tuple[int, str]] = deque()
        self._number = 0
        self._channels = channels
        line = self._first()
        self.announced = announced(line)
        if self.announced:
            line = self._first()
        self.header: Header = read(line, self.announced)
        self.header_line = line.rstrip("\r\n")
        self.ending = "\r\n" if line.endswith("\r\n") else "\n"
        self._channel = self.header.columns.index("channel")

    def __iter__(self) -> Iterator[Line]:
        while physical := self._next():
            number, text = physical
            if '"' not in text:
                yield from self._made(number, text, text.split(self.header.delimiter))
            else:
                yield from self._quoted(number, text)

    def read_through(self) -> int:
        """The number of the last line. Raises WrongFile, or UnicodeError, for one nobody can read."""
        while self._next():
            pass
        return self._number

    def _first(self) -> str:
        """The first line that holds anything; empty at the end."""
        while physical := self._next():
            if physical[1].strip().strip('",;|'):
                return physical[1]
        return ""

    def _next(self) -> tuple[int, str] | None:
        if self._put_back:
            return self._put_back.popleft()
        text = self._opened.readline(LONGEST + 1)
        if not text:
            return None
        self._number += 1
        if len(text) > LONGEST:
            words = terminal().plain(
                "line {number} is too long for a list of people.", number=self._number
            )
            raise WrongFile(words)
        return self._number, text

    def _made(self, number: int, raw: str, cells: list[str]) -> Iterator[Line]:
        raw = raw.rstrip("\r\n")
        cells[-1] = cells[-1].rstrip("\r\n")
        columns = self.header.columns
        if not any(cell.strip(_BLANK) for cell in cells):
            return
        values = dict(zip(columns, cells, strict=False))
        surplus = len(cells) > len(columns) and any(
            cell.strip(_BLANK) for cell in cells[len(columns) :]
        )
        if "" in values:
            surplus = surplus or any(
                cell.strip(_BLANK)
                for cell, column in zip(cells, columns, strict=False)
                if not column
            )
        yield Line(number, raw, values, _SURPLUS if surplus else "")

    def _quoted(self, number: int, text: str) -> Iterator[Line]:
        """A line with quotation marks, together with those below it that a cell goes over."""
        more: list[tuple[int, str]] = []
        whole, cells = text, self._cells(text)
        opened = cells is None and _open(text)
        while cells is None and opened and len(more) < _MOST_LINES and len(whole) < LONGEST:
            if (physical := self._next()) is None:
                break
            more.append(physical)
            whole += physical[1]
            if _open(physical[1]):  # what was opened is closed here, rightly or not
                cells = self._cells(whole)
                break
        if cells is None:
            self._put_back.extendleft(reversed(more))
            yield Line(number, text.rstrip("\r\n"), {}, OPENED if opened else _PLACED)
        elif any(self._begins(below) for _, below in more):
            for n, physical_text in [(number, text), *more]:
                yield Line(n, physical_text.rstrip("\r\n"), {}, _BETWEEN)
        else:
            yield from self._made(number, whole, cells)

    def _cells(self, text: str) -> list[str] | None:
        """None for what is not written rightly. Spaces around quotation marks are nobody's."""
        mark = self.header.delimiter
        for tried in (text, re.sub(rf'" +(?={re.escape(mark)}|[\r\n]*\Z)', '"', text)):
            try:
                rows = list(csv.reader([tried], delimiter=mark, strict=True, skipinitialspace=True))
            except csv.Error:
                continue
            return rows[0] if len(rows) == 1 else None
        return None

    def _begins(self, text: str) -> bool:
        """Whether a line could be one of its own: it has a channel where channels stand."""
        cells = text.rstrip("\r\n").split(self.header.delimiter)
        if len(cells) <= self._channel:
            return False
        return cells[self._channel].strip().strip("'\"").lower() in self._channels


def _open(text: str) -> bool:
    """Whether it opens or closes a cell that goes on: what is written rightly has them in pairs."""
    return text.count('"') % 2 == 1
