"""Which encoding a text file is in: known where it can be, else candidates with a taste of each."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from bot.spreadsheet import WrongFile
from broadcast.language import terminal

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like the one of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")  # xlsx and ods; xls
# What offices here write when they do not write UTF-8, the likeliest first.
_USUAL = ("cp1254", "cp1252", "cp1250", "cp1251", "cp1253", "cp1256", "cp857", "mac-turkish")
_LABELS = {
    "cp1254": "Turkish", "cp1252": "Western", "cp1250": "Central European", "cp1251": "Cyrillic",
    "cp1253": "Greek", "cp1256": "Arabic", "cp857": "Turkish, DOS", "mac-turkish": "Turkish, Mac",
}  # fmt: skip
ESCAPED = "surrogateescape"
_BYTES = re.compile("[\udc80-\udcff]")  # as it reads what is no text
_CHUNK, _LOOK, _TASTES, _SHOWN = 2**20, 2**16, 3, 4
_PIECE = re.compile(rb'[^,;\t|\r\n"]*[\x80-\xff][^,;\t|\r\n"]*')


@dataclass(frozen=True)
class Candidate:
    """An encoding the file may be in, and some of its words read so."""

    encoding: str
    tastes: tuple[str, ...]

    def __str__(self) -> str:
        label = _LABELS.get(self.encoding)
        named = f"{self.encoding} ({label})" if label else self.encoding
        return f"{named}: {', '.join(self.tastes)}"


class Unclear(WrongFile):
    """Not Unicode: somebody has to say which of the `candidates` reads right."""

    def __init__(self, file: Path, candidates: list[Candidate]) -> None:
        self.candidates = candidates
        seen = "; ".join(map(str, candidates)) or "-"
        super().__init__(
            terminal().plain(
                "{file} is not UTF-8. Read as {seen}. Say which is right with --encoding NAME, or save "
                "it as CSV UTF-8.", file=file, seen=seen,
            )
        )  # fmt: skip


def encoding_of(file: Path, given: str = "") -> str:
    """The encoding to open `file` with. Raises Unclear, or WrongFile for what is no text."""
    say = terminal().plain
    if not file.is_file():
        raise WrongFile(
            say("{file} must be an ordinary file: it is read several times.", file=file)
        )
    with file.open("rb") as opened:
        head = opened.read(_LOOK)
    if head.startswith(_WORKBOOKS):
        words = say("{file} is a workbook, not CSV: save it as CSV UTF-8 first.", file=file)
        raise WrongFile(words)
    if given:
        try:
            known = codecs.lookup(given)._is_text_encoding
        except (LookupError, ValueError):
            known = False
        if not known:
            raise WrongFile(
                say(
                    "There is no encoding {given}; write one such as cp1254 or utf-8.",
                    given=repr(given),
                )
            )
        if is_utf8(given) and not _is_utf8(file):
            raise WrongFile(
                say(
                    "{file} is not written in {encoding}; try another --encoding.", file=file,
                    encoding=given,
                )
            )  # fmt: skip
        return given
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if name := _without_mark(head):
        return name
    if _is_utf8(file):
        return "utf-8"
    raise Unclear(file, _candidates(file))


def opened(file: Path, encoding: str) -> TextIO:
    """The file as text. Of UTF-8 a broken line (see `broken`) is read all the same, and can be
    written again byte by byte."""
    errors = ESCAPED if is_utf8(encoding) else None
    return file.open(encoding=encoding, errors=errors, newline="")


def is_utf8(encoding: str) -> bool:
    return codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"}


def broken(line: str) -> bool:
    """Whether a line of UTF-8 holds bytes that are none."""
    return not line.isascii() and _BYTES.search(line) is not None


def _without_mark(head: bytes) -> str:
    """UTF-16 that does not say so: every second byte of Latin text is zero."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) // 4 > even:
        return "utf-16-le"
    return "utf-16-be" if even > len(head) // 4 > odd else ""


def _is_utf8(file: Path) -> bool:
    """Whether it is, or would be without a few broken lines."""
    return _decodes(file) or _mostly(file)


def _mostly(file: Path) -> bool:
    """A line of another encoding that has letters of its own is hardly ever UTF-8."""
    right = wrong = 0
    with file.open("rb") as opened:
        for line in opened:
            if line.isascii():
                continue
            try:
                line.decode()
                right += 1
            except UnicodeDecodeError:
                wrong += 1
    return right > wrong


def _decodes(file: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with file.open("rb") as opened:
        try:
            while chunk := opened.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _candidates(file: Path) -> list[Candidate]:
    """The likeliest first; two that read alike are one."""
    import chardet

    pieces = _pieces(file)
    guessed = str(chardet.detect(b"\n".join(pieces)).get("encoding") or "").lower()
    guess = guessed.replace("windows-", "cp").replace("iso-8859-9", "cp1254")
    found: dict[tuple[str, ...], Candidate] = {}
    for name in dict.fromkeys(["cp1254", guess, *_USUAL]):
        try:
            codecs.lookup(name)
            tastes = tuple(piece.decode(name).strip() for piece in pieces)
        except (LookupError, UnicodeDecodeError):
            continue
        if all(taste.isprintable() for taste in tastes):
            found.setdefault(tastes, Candidate(name, tastes[:_TASTES]))
    return list(found.values())[:_SHOWN]


def _pieces(file: Path) -> list[bytes]:
    """Cells with letters that are not ASCII: the longest of the first few hundred."""
    found: dict[bytes, None] = {}
    with file.open("rb") as opened:
        while len(found) < 200 and (chunk := opened.read(_CHUNK)):
            found |= dict.fromkeys(piece[:60] for piece in _PIECE.findall(chunk))
    return sorted(found, key=len, reverse=True)[:20]
