"""The first hour is told alike in both languages, with pictures that are there and are light."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = {"en": "first-hour.md", "tr": "ilk-saat.md"}
MOST_BYTES = 150_000


def pictures(language: str) -> list[str]:
    page = (ROOT / "docs" / PAGES[language]).read_text(encoding="utf-8")
    return re.findall(r"pictures/first-hour/([\w-]+)\." + language + r"\.png", page)


def test_both_languages_show_the_same_in_the_same_order() -> None:
    assert pictures("en") == pictures("tr")
    assert len(pictures("en")) >= 20


@pytest.mark.parametrize("language", PAGES)
def test_each_picture_is_there_and_none_is_left_over(language: str) -> None:
    folder = ROOT / "docs" / "pictures" / "first-hour"
    there = {path.name.split(".")[0] for path in folder.glob(f"*.{language}.png")}
    assert there == set(pictures(language))
    for path in folder.iterdir():
        assert path.stat().st_size <= MOST_BYTES, path.name


def test_both_pages_are_linked_where_one_begins() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in PAGES.values():
        assert f"docs/{name}" in readme
