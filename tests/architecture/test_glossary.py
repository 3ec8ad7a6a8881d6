"""The glossary names every module, in the module's own words."""

from __future__ import annotations

from tests.architecture import modules


def test_every_module_is_an_entry_of_the_glossary() -> None:
    hint = "python -m tests.architecture.modules writes it anew"
    assert modules.written() == modules.table(), hint


def test_every_module_says_what_it_is_for_in_one_short_paragraph() -> None:
    long = {place for place, sentence in modules.modules().items() if not 10 <= len(sentence) < 300}
    assert long == set()
