"""The demo page's own words: every sentence has its Turkish, and none is left over."""

from __future__ import annotations

import json
import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "sandbox" / "page"
_SAID = re.compile(r'\b(?:say|N_)\(("(?:[^"\\]|\\.)*")|data-say=("[^"]+")')
_TURKISH = re.compile(r'^  ("(?:[^"\\]|\\.)*"): ("(?:[^"\\]|\\.)*"),$', re.M)


def test_the_page_speaks_turkish_throughout() -> None:
    sources = [PAGE / "index.html", *PAGE.glob("js/**/*.js")]
    said = {
        json.loads(first or second)
        for source in sources
        for first, second in _SAID.findall(source.read_text())
    }
    pairs = _TURKISH.findall((PAGE / "js" / "turkish.js").read_text())
    turkish = {json.loads(key): json.loads(words) for key, words in pairs}

    assert said - set(turkish) == set(), "these need a Turkish sentence in turkish.js"
    assert set(turkish) - said == set(), "nobody says these any more"
    for english, words in turkish.items():
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", words)), english
