"""How a picture of a document is taken: once nothing moves any more, and small."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.async_api import Locator, Page, expect

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
FIRST_HOUR = PICTURES / "first-hour"
MOST_BYTES = 150_000
_COLOURS = 256
# Pictures out of sight are not fetched at all.
_COMPLETE = """[...document.images].every(image => image.complete || !image.offsetParent
  || image.getBoundingClientRect().top > innerHeight || image.getBoundingClientRect().bottom < 0)"""


async def taken(page: Page, path: Path, what: Locator | None = None) -> None:
    """Save `what`, else the page, as a PNG once all that is in sight has come."""
    await page.mouse.move(1, 1)  # nothing is hovered over
    await expect(page.locator(".toast:visible")).to_have_count(0)
    await page.wait_for_function(_COMPLETE)
    light(path, await (what or page).screenshot(animations="disabled"))


def light(path: Path, shot: bytes) -> None:
    """Save a picture in few colours. Raises ValueError for one that is heavy all the same."""
    with Image.open(BytesIO(shot)) as opened:
        picture = opened.convert("RGB")
    plain = picture.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=3)
    smooth = picture.quantize(palette=plain, dither=Image.Dither.FLOYDSTEINBERG)
    for few in (smooth, plain):
        few.save(path, "PNG", optimize=True)
        if (size := path.stat().st_size) <= MOST_BYTES:
            return
    raise ValueError(f"{path.name} has {size} bytes")
