"""The first hour as docs/ilk-saat.md tells it, played in a new house from claim to goodbye."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.first_chat import LOCALES, PEOPLE, Scenes
from tests.e2e.first_house import house
from tests.e2e.stage import browser_page

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="session"),
]


async def test_an_owners_first_hour_goes_as_the_document_shows_it(tmp_path: Path) -> None:
    seen: list[str] = []

    async def show(name: str, what: Locator) -> None:
        await expect(what).to_be_visible()
        seen.append(name)

    async with (
        house(tmp_path, "tr", PEOPLE) as found,
        browser_page(1240, 1040, language=LOCALES["tr"]) as page,
    ):
        await Scenes(page, found, "tr", show).play()
    document = (Path(__file__).parents[2] / "docs" / "ilk-saat.md").read_text(encoding="utf-8")
    assert [name for name in seen if f"{name}.tr.png" not in document] == []
