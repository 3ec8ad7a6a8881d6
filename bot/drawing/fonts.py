"""The letters we draw with: Bitstream Vera, which comes with reportlab and has those of Turkish."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import reportlab
from PIL import ImageFont
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont, TTFontFile

PLAIN, BOLD = "Vera", "VeraBd"
_FOLDER = Path(reportlab.__file__).parent / "fonts"


def of_size(name: str, size: int) -> ImageFont.FreeTypeFont:
    """For a picture; `size` in pixels."""
    return ImageFont.truetype(str(_FOLDER / f"{name}.ttf"), size)


@cache
def register() -> None:
    """Make the fonts known to reportlab."""
    for name in (PLAIN, BOLD):
        pdfmetrics.registerFont(TTFont(name, str(_FOLDER / f"{name}.ttf")))


@cache
def _known(name: str) -> frozenset[int]:
    return frozenset(TTFontFile(str(_FOLDER / f"{name}.ttf")).charToGlyph)


def drawable(text: str) -> str:
    """What of a text these letters can write, without holes; perhaps nothing."""
    known = _known(PLAIN) & _known(BOLD)
    kept = "".join(ch if ord(ch) in known else " " for ch in text if ch.isprintable())
    return " ".join(kept.split())


def width(text: str, name: str, size: float) -> float:
    """In the unit of `size`."""
    register()
    return float(pdfmetrics.stringWidth(text, name, size))


def fitted(
    text: str, name: str, largest: float, room: float, rows: int = 2
) -> tuple[float, list[str]]:
    """(size, lines): as large as fits into `rows` lines of `room`; a word is broken only where it
    would not fit by itself."""
    size = largest
    while size > 6:
        lines = _wrapped(text, name, size, room)
        if len(lines) <= rows and all(width(line, name, size) <= room for line in lines):
            return size, lines
        size *= 0.92
    return size, _wrapped(text, name, size, room)[:rows]


def _wrapped(text: str, name: str, size: float, room: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, name, size) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
