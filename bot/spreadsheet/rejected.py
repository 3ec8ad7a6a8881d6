"""The lines that could not be taken, whole, each with the reason before it: to be mended there."""

from __future__ import annotations

import csv
import io
import os
import re
from pathlib import Path
from types import TracebackType
from typing import TextIO

from bot.spreadsheet import WrongFile
from bot.spreadsheet.encoding import ESCAPED, is_utf8
from bot.spreadsheet.header import WHY
from bot.spreadsheet.lines import Line, Sheet

_OURS = re.compile(r"(.*?)\.rejected(-\d+)?")
_FIRST_CELL = re.compile(r'"(?:[^"]|"")*"|[^"\n]*?')


class Rejected:
    """A new file beside the list, never one that is there: made at the first line put into it.

    `path` is where it is, or will be.
    """

    def __init__(self, beside: Path, sheet: Sheet, encoding: str) -> None:
        self.path = free_name(beside)
        self._sheet = sheet
        # a list that came with a mark, or in another encoding, comes from a program that wants one
        self._encoding = "utf-8" if encoding == "utf-8" else "utf-8-sig"
        self._errors = ESCAPED if is_utf8(encoding) else "backslashreplace"
        self._file: TextIO | None = None

    def put(self, line: Line, why: str) -> None:
        """Raises WrongFile when there is no room for it."""
        try:
            if self._file is None:
                self._file = self._made()
            self._file.write(self._cell(why) + self._without_reason(line.raw) + self._sheet.ending)
        except OSError as error:
            raise self._no_room(line.number, error) from None

    def __enter__(self) -> Rejected:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as full:
            raise self._no_room(0, full) from None
        finally:
            self._file.close()

    def _made(self) -> TextIO:
        while True:
            try:
                number = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                break
            except FileExistsError:  # another import was faster
                self.path = free_name(self.path)
        made = open(number, "w", encoding=self._encoding, newline="", errors=self._errors)  # noqa: PTH123, SIM115
        if self._sheet.announced:
            made.write(f"sep={self._sheet.header.delimiter}{self._sheet.ending}")
        header = self._without_reason(self._sheet.header_line)
        made.write(f"{WHY}{self._sheet.header.delimiter}{header}{self._sheet.ending}")
        return made

    def _cell(self, why: str) -> str:
        written = io.StringIO()
        line = csv.writer(written, delimiter=self._sheet.header.delimiter, lineterminator="")
        line.writerow((why, ""))
        return written.getvalue()

    def _without_reason(self, raw: str) -> str:
        """A line of a rejected file has had its reason, in the first cell."""
        if self._sheet.header.columns[0] != WHY:
            return raw
        mark = re.escape(self._sheet.header.delimiter)
        found = re.match(rf"(?:{_FIRST_CELL.pattern}){mark}", raw)
        return raw[found.end() :] if found else raw

    def _no_room(self, number: int, error: OSError) -> WrongFile:
        at = f" at line {number}" if number else ""
        return WrongFile(
            f"Stopped{at}: {self.path} cannot be written ({error.strerror}). Nothing is lost: mend "
            "that, and import the same file again."
        )


def free_name(file: Path) -> Path:
    """`people.rejected.csv` for `people.csv`, then `people.rejected-2.csv`: the first not there."""
    found = _OURS.fullmatch(file.stem)
    stem, count = found[1] if found else file.stem, 1
    while True:
        path = file.with_name(f"{stem}.rejected{f'-{count}' if count > 1 else ''}.csv")
        if not os.path.lexists(path):
            return path
        count += 1
