"""A poster to hang up: who writes, one line in each language, the code to scan, the link to type."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import segno
from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from bot.drawing import fonts

_PIXELS = (1240, 1754)  # A4 at 150 dots an inch
_EDGE, _CODE = 0.09, 0.62  # of the width of the page: the margin, the code with its quiet zone
_QUIET = 4  # modules of white around the code, as ISO 18004 asks
_TOP, _CODE_TOP, _LINK_TOP = 0.06, 0.37, 0.84  # of the height of the page


@dataclass(frozen=True, slots=True)
class Poster:
    """`lines`: one for each language; `url`: what the code says and a tap on the page opens."""

    sender: str
    lines: tuple[str, ...]
    url: str

    @property
    def short(self) -> str:
        """The link as people type it."""
        return self.url.removeprefix("https://")


@dataclass(frozen=True, slots=True)
class _Line:
    """`y`: of its baseline, from the top; all in the unit of the page."""

    text: str
    font: str
    size: float
    y: float


def _laid_out(poster: Poster, width: float, height: float) -> list[_Line]:
    """Every line of words on a page of this size."""
    room = width * (1 - 2 * _EDGE)
    found: list[_Line] = []
    size, rows = fonts.fitted(fonts.drawable(poster.sender), fonts.BOLD, width / 11, room)
    y = height * _TOP
    for row in rows:
        y += size * 1.15
        found.append(_Line(row, fonts.BOLD, size, y))
    for line in poster.lines:
        size, rows = fonts.fitted(fonts.drawable(line), fonts.PLAIN, width / 27, room)
        y += size * 0.5
        for row in rows:
            y += size * 1.25
            found.append(_Line(row, fonts.PLAIN, size, y))
    size, rows = fonts.fitted(poster.short, fonts.PLAIN, width / 24, room, 1)
    found.append(_Line(rows[0], fonts.PLAIN, size, height * _LINK_TOP + size))
    return found


def _modules(url: str) -> list[list[bool]]:
    """The code, dark modules true, without the white around it. Level Q: a quarter may be torn."""
    made = segno.make(url, error="q", micro=False, boost_error=False)
    return [[bool(module) for module in row] for row in made.matrix]


def png(poster: Poster) -> bytes:
    """The poster as a picture."""
    width, height = _PIXELS
    page = Image.new("L", _PIXELS, 255)
    draw = ImageDraw.Draw(page)
    for line in _laid_out(poster, width, height):
        font = fonts.of_size(line.font, round(line.size))
        draw.text((width / 2, line.y), line.text, fill=0, font=font, anchor="ms")
    rows = _modules(poster.url)
    step = int(width * _CODE / (len(rows) + 2 * _QUIET))  # whole pixels: every edge is sharp
    left, top = (width - step * len(rows)) // 2, int(height * _CODE_TOP) + step * _QUIET
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                at = (left + x * step, top + y * step)
                draw.rectangle((*at, at[0] + step - 1, at[1] + step - 1), fill=0)
    out = BytesIO()
    page.save(out, "PNG", optimize=True, dpi=(150, 150))
    return out.getvalue()


def pdf(poster: Poster) -> bytes:
    """The poster as a page of A4, with letters and a link one can tap. The same poster is the same
    bytes."""
    fonts.register()
    width, height = A4
    out = BytesIO()
    page = Canvas(out, pagesize=A4, invariant=1)
    page.setTitle(poster.sender)
    page.setCreator("Tellal")
    for line in _laid_out(poster, width, height):
        page.setFont(line.font, line.size)
        page.drawCentredString(width / 2, height - line.y, line.text)
    rows = _modules(poster.url)
    step = width * _CODE / (len(rows) + 2 * _QUIET)
    side = step * len(rows)
    left, top = (width - side) / 2, height * (1 - _CODE_TOP) - step * _QUIET
    for y, row in enumerate(rows):
        for start, length in _runs(row):  # one rectangle each: no hairlines between modules
            page.rect(
                left + start * step, top - (y + 1) * step, length * step, step, stroke=0, fill=1
            )
    page.linkURL(poster.url, (left, top - side, left + side, top), relative=0)
    page.showPage()
    page.save()
    return out.getvalue()


def _runs(row: list[bool]) -> list[tuple[int, int]]:
    """(first, length) of each stretch of dark modules."""
    found: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if not dark:
            continue
        if found and sum(found[-1]) == x:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((x, 1))
    return found
