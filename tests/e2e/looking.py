"""How the page is looked at for those who see, hear or reach it differently: axe-core, and contrast."""

from __future__ import annotations

import os
from typing import Any

import pytest
from playwright.async_api import Page

try:
    from axe_playwright_python.async_playwright import Axe
except ImportError:  # pragma: no cover - told by `need_axe`
    Axe = None

MISSING = "The accessibility tests need axe-core: pip install axe-playwright-python"
CONTRAST = 4.5
_GRAVE = ("serious", "critical")
_OPTIONS = {"resultTypes": ["violations"]}

# The least contrast of each piece of text that is on the screen with what may be behind it: colours
# that lie over each other are mixed, of a gradient every stop counts. Canvas reads any colour.
_FAINT = """least => {
  const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const rgba = colour => {
    if (!known.has(colour)) {
      context.clearRect(0, 0, 1, 1); context.fillStyle = colour; context.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
      known.set(colour, [r, g, b, a / 255]);
    }
    return known.get(colour);
  };
  const over = ([r, g, b, a], [x, y, z]) => [r * a + x * (1 - a), g * a + y * (1 - a), b * a + z * (1 - a), 1];
  const light = ([r, g, b]) => [r, g, b].map(c => { c /= 255; return c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4; })
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + .05) / (y + .05); };
  const stops = image => image.match(/(?:rgba?|oklch|oklab|hsla?|color)\\((?:[^()]|\\([^()]*\\))*\\)/g) ?? [];
  const behind = node => {
    if (!node) return [[255, 255, 255, 1]];
    const style = getComputedStyle(node);
    const below = () => behind(node.matches("dialog") ? null : node.parentElement);
    const layer = rgba(style.backgroundColor);
    let found = layer[3] === 1 ? [layer] : below().map(under => over(layer, under));
    const shades = stops(style.backgroundImage).map(rgba);
    if (shades.length) found = shades.flatMap(shade => found.map(under => over(shade, under)));
    return found;
  };
  const shown = node => node.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !node.closest(":disabled, [inert], .unseen, .still, .spoiler");
  const faint = new Map();
  const look = (node, colour, words) => {
    const ink = rgba(colour);
    if (!words.trim() || !ink[3] || !shown(node)) return;
    const worst = Math.min(...behind(node).map(back => ratio(over(ink, back), back)));
    const name = `${node.tagName.toLowerCase()}.${node.className}`;
    if (worst < least && !(faint.get(name)?.worst < worst)) faint.set(name, { worst, words: words.trim().slice(0, 40) });
  };
  for (const node of document.querySelectorAll("body *:not(svg *, script, noscript, option)")) {
    const own = [...node.childNodes].filter(child => child.nodeType === 3).map(child => child.data).join("");
    const style = getComputedStyle(node);
    look(node, style.color, own);
    if (node.placeholder && !node.value) look(node, getComputedStyle(node, "::placeholder").color, node.placeholder);
    for (const part of ["::before", "::after"]) {
      const { content, color } = getComputedStyle(node, part);
      if (/^"./.test(content)) look(node, color, content);
    }
  }
  return [...faint].map(([name, { worst, words }]) => `${worst.toFixed(2)} ${name}: ${words}`);
}"""


def need_axe() -> None:
    """CI fails without it; elsewhere one sentence says what to install."""
    if Axe is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(MISSING)


async def grave(page: Page) -> list[str]:
    """What axe-core finds serious or critical on the page as it stands, a line for each place."""
    need_axe()
    found: dict[str, Any] = (await Axe().run(page, options=_OPTIONS)).response
    return [
        f"{rule['id']} ({rule['impact']}): {node['target']} {node['html'][:160]}"
        for rule in found["violations"]
        if rule["impact"] in _GRAVE
        for node in rule["nodes"]
    ]


async def faint(page: Page) -> list[str]:
    """Text whose contrast with what is behind it is below 4.5, gradients and layers counted."""
    lines: list[str] = await page.evaluate(_FAINT, CONTRAST)
    return lines
