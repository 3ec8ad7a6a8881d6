"""Every sentence in the code is in every catalog, translated, with its placeholders."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from broadcast.language import speech

HOUSE = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("catalogs", HOUSE / "locales" / "catalogs.py")
assert _spec and _spec.loader
catalogs: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(catalogs)

EN = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: {language}\\n"

"""


def test_the_catalogs_are_complete_and_nothing_in_them_is_unused() -> None:
    keys = catalogs.sentences()
    found = [
        line for language in catalogs.languages() for line in catalogs.problems(language, keys)
    ]
    assert found == [], "run: make catalogs, then write the missing translations"


def test_a_plural_is_one_form_in_turkish_and_two_in_english() -> None:
    assert catalogs.read("tr").num_plurals == 1
    assert catalogs.read("en").num_plurals == 2
    one, many = next(key for key in catalogs.sentences() if isinstance(key, tuple))
    assert speech("en").say_n(one, many, 1).text != speech("en").say_n(one, many, 1234).text


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for language in ("en", "tr"):
        folder = tmp_path / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "tellal.po").write_text(EN.format(language=language), encoding="utf-8")
    monkeypatch.setattr(catalogs, "LOCALES", tmp_path)
    return tmp_path


def test_updating_keeps_translations_and_is_stable(shelf: Path) -> None:
    keys: list[Any] = ["Hello {name}", ("{n} day", "{n} days")]
    catalogs.update("tr", keys)
    file = catalogs.path("tr")
    written = file.read_text(encoding="utf-8")
    assert "POT-Creation-Date" not in written
    file.write_text(
        written.replace('msgid "Hello {name}"\nmsgstr ""', 'msgid "Hello {name}"\nmsgstr "Selam {name}"')
        .replace('msgstr[0] ""', 'msgstr[0] "{n} gün"')
        + '\nmsgid "Old"\nmsgstr "Eski"\n',
        encoding="utf-8",
    )  # fmt: skip
    assert catalogs.problems("tr", keys) == ["tr: unused: 'Old'"]
    catalogs.update("tr", keys)
    first = file.read_text(encoding="utf-8")
    catalogs.update("tr", keys)
    assert file.read_text(encoding="utf-8") == first
    assert "Selam {name}" in first
    assert "Eski" not in first
    assert catalogs.problems("tr", keys) == []
    catalogs.update("en", keys)
    assert catalogs.problems("en", keys) == []


def test_missing_untranslated_and_mismatched_are_told(shelf: Path) -> None:
    assert catalogs.problems("tr", ["A"]) == ["tr: missing: 'A'"]
    catalogs.update("tr", ["A {x}", "*B*"])
    assert [p.split(":")[1] for p in catalogs.problems("tr", ["*B*", "A {x}"])] == [
        " untranslated",
        " untranslated",
    ]
    file = catalogs.path("tr")
    text = file.read_text(encoding="utf-8")
    text = text.replace('msgid "A {x}"\nmsgstr ""', 'msgid "A {x}"\nmsgstr "A {y}"')
    file.write_text(text.replace('msgid "*B*"\nmsgstr ""', 'msgid "*B*"\nmsgstr "B"'), "utf-8")
    told = catalogs.problems("tr", ["*B*", "A {x}"])
    assert "marks differ" in told[0]
    assert "placeholders differ" in told[1]


def test_a_sentence_inside_an_f_string_is_found_by_every_python(tmp_path: Path) -> None:
    file = tmp_path / "words.py"
    call = "say('Did you' ' mean it?', name=near)"
    file.write_text(f"x = f\"{{line}} {{{call}}} {{other.plain('Yes')}}\"\n", encoding="utf-8")
    assert list(catalogs._in_file(file)) == ["Did you mean it?", "Yes"]
