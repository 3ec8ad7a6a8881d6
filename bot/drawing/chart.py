"""Who joined and who left, week by week, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageDraw

from bot.drawing import fonts

_WIDTH, _HEIGHT = 1200, 800
# Under the days there is room for the time that a platform writes over a picture.
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 60, 170, 160
_PAPER, _INK, _FAINT = "#ffffff", "#1f2328", "#d0d7de"
JOINED, LEFT = "#1a7f37", "#bc4c00"  # told apart also by who sees no red or green: up and down


@dataclass(frozen=True, slots=True)
class Week:
    """`label`: its first day, as its reader writes it."""

    label: str
    joined: int
    left: int


@dataclass(frozen=True, slots=True)
class Words:
    """What stands in the picture, in its reader's language."""

    title: str
    joined: str
    left: str


def png(weeks: Sequence[Week], words: Words) -> bytes:
    """Bars above the line for who joined, below it for who left, each with its number."""
    page = Image.new("RGB", (_WIDTH, _HEIGHT), _PAPER)
    draw = ImageDraw.Draw(page)
    _head(draw, words)
    up = max((week.joined for week in weeks), default=0)
    down = max((week.left for week in weeks), default=0)
    room = _HEIGHT - _TOP - _BOTTOM - 100  # 50 for the numbers over and under the bars
    scale = room / max(1, up + down)
    zero = _TOP + 50 + (scale * up if up + down else room / 2)
    slot = (_WIDTH - _LEFT - _RIGHT) / max(1, len(weeks))
    wide = max(up, down) >= 100_000
    number, day = (
        fonts.of_size(fonts.BOLD, 20 if wide else 36),
        fonts.of_size(fonts.PLAIN, 32),
    )
    for place, week in enumerate(weeks):
        left, middle = _LEFT + place * slot, _LEFT + (place + 0.5) * slot
        sides = (left + slot * 0.18, left + slot * 0.82)
        if week.joined:
            top = zero - max(2.0, scale * week.joined)
            draw.rectangle((sides[0], top, sides[1], zero), fill=JOINED)
            draw.text((middle, top - 8), f"+{week.joined}", JOINED, number, "ms")
        if week.left:
            foot = zero + max(2.0, scale * week.left)
            draw.rectangle((sides[0], zero, sides[1], foot), fill=LEFT)
            draw.text((middle, foot + 38), f"\N{MINUS SIGN}{week.left}", LEFT, number, "ms")
        draw.text((middle, _HEIGHT - 98), fonts.drawable(week.label), _INK, day, "ms")
    draw.line((_LEFT, zero, _WIDTH - _RIGHT, zero), _INK, 2)
    draw.line((_LEFT, _HEIGHT - 144, _WIDTH - _RIGHT, _HEIGHT - 144), _FAINT, 1)
    out = BytesIO()
    page.save(out, "PNG", optimize=True)
    return out.getvalue()


def _head(draw: ImageDraw.ImageDraw, words: Words) -> None:
    size, rows = fonts.fitted(
        fonts.drawable(words.title), fonts.BOLD, 46, _WIDTH - _LEFT - _RIGHT, 1
    )
    draw.text(
        (_LEFT, 70), rows[0] if rows else "", _INK, fonts.of_size(fonts.BOLD, round(size)), "ls"
    )
    font, x = fonts.of_size(fonts.PLAIN, 32), float(_LEFT)
    for colour, said in ((JOINED, words.joined), (LEFT, words.left)):
        draw.rectangle((x, 104, x + 28, 132), fill=colour)
        text = fonts.drawable(said)
        draw.text((x + 42, 130), text, _INK, font, "ls")
        x += 42 + font.getlength(text) + 44
