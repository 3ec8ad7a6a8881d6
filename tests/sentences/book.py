"""docs/sentences: each sentence in both languages, in its place, from the recordings and the catalogs.

`python -m tests.sentences.book` writes it anew in a moment; only what is said newly needs a run of
the tests (`make sentences`).
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import Any

from locales import catalogs
from tests.sentences import keeping, tree
from tests.sentences.listening import ALONE
from tests.sentences.places import places

FOLDER = catalogs.HOUSE / "docs" / "sentences"
PAGE = catalogs.HOUSE / "sandbox" / "page"
LANGUAGES = ("en", "tr")
Json = dict[str, Any]
_ROOMS = {
    "bot/handlers": "Commands", "bot/views": "Cards", "bot/announce": "Told without being asked",
    "bot/frontends": "Telegram and Slack", "bot": "Terminal and settings",
    "broadcast": "Rules and subscribers", "channels": "Channels", "lab": "Demo and benchmarks",
}  # fmt: skip
_PLACES = {
    "console": "answer", "card": "card", "word": "told", "subscriber": "subscriber",
    "notice": "a short notice", "slack home": "Slack's Home", "slack window": "a window in Slack",
    "terminal": "terminal",
}  # fmt: skip
_TURKISH = re.compile(r'^  ("(?:[^"\\]|\\.)*"): ("(?:[^"\\]|\\.)*"),$', re.M)


def pages() -> dict[str, str]:
    """Every file of the folder, by name."""
    where = places(tree.known())
    shown = keeping.by_sentence(keeping.load())
    turkish = {_first(m.id): _strings(m.string) for m in catalogs.read("tr") if m.id}
    rooms: dict[str, list[str]] = defaultdict(list)
    unheard = []
    order = {one: n for n, one in enumerate(where)}
    for sentence in sorted(tree.known(), key=lambda one: order.get(one, len(order))):
        if sentence in shown:
            rooms[_room(where[sentence])].append(sentence)
        else:
            unheard.append(sentence)
    book = _Book(where, shown, turkish)
    files = {f"{name.replace('/', '-')}.md": book.room(name, rooms[name]) for name in _ROOMS}
    files["page.md"] = _page()
    files["not-heard.md"] = book.unheard(unheard)
    files["README.md"] = _index(rooms, unheard, shown)
    return files


def write() -> None:
    """Make the folder what the recordings and the catalogs say."""
    FOLDER.mkdir(exist_ok=True)
    made = pages()
    for old in FOLDER.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


class _Book:
    def __init__(
        self, where: dict[str, list[str]], shown: dict[str, Json], turkish: dict[str, str]
    ) -> None:
        self._where, self._shown, self._turkish = where, shown, turkish

    def room(self, name: str, sentences: list[str]) -> str:
        out = [f"# {_ROOMS[name]}: `{name}`", "", _BACK]
        files: dict[str, list[str]] = defaultdict(list)
        for sentence in sentences:
            files[self._where[sentence][0].partition(":")[0]].append(sentence)
        written: set[str] = set()
        for file, those in files.items():
            out += ["", f"## {file}"]
            alone = [one for one in those if self._shown[one]["place"] == ALONE]
            written.update(alone)
            for sentence in those:
                if sentence not in written:
                    entry = self._shown[sentence]
                    beside = [
                        one for one in keeping.sentences(entry) if self._same(one, entry, sentences)
                    ]
                    inside = [one for one in beside if one not in written]
                    written.update(inside)
                    out += ["", *self._message(entry), "", *self._table(inside)]
            if alone:
                out += ["", "**said by itself**", "", *self._table(alone)]
        return "\n".join(out) + "\n"

    def _same(self, sentence: str, entry: Json, sentences: list[str]) -> bool:
        return self._shown[sentence] is entry and sentence in sentences

    def _message(self, entry: Json) -> list[str]:
        test = entry["test"].rpartition("::")[2].removeprefix("test_").replace("_", " ")
        head = _PLACES[entry["place"]]
        if entry.get("to"):
            head += f" to {cell(entry['to'])}"
        if entry.get("asked"):
            head += f", who wrote `{entry['asked'].replace('`', '')}`"
        out = [f"**{head}**" + (f" ({test})" if test else "")]
        for language in LANGUAGES:
            lines = tree.render(entry["said"], language).strip("\n").split("\n")
            for row in entry.get("buttons", []):
                lines.append(" ".join(f"[{tree.render(label, language)}]" for label in row))
            out += ["```text", *(line.rstrip().replace("```", "'''") for line in lines), "```"]
        return out

    def _table(self, sentences: list[str]) -> list[str]:
        return ["| English | Türkçe | |", "|---|---|---|", *map(self._row, sentences)]

    def _row(self, sentence: str) -> str:
        many = tree.plurals().get(sentence)
        english = cell(sentence) + (f"<br>{cell(many)}" if many else "")
        where = self._where.get(sentence, ["?"])
        place = where[0] + (f" and {len(where) - 1} more" if len(where) > 1 else "")
        turkish = cell(self._turkish[sentence])
        entry = self._shown.get(sentence)
        if entry and entry["place"] == ALONE and "{" in sentence:
            english, turkish = (
                f"{words}<br>_{cell(tree.render(entry['said'], language))}_"
                for words, language in zip((english, turkish), LANGUAGES, strict=True)
            )
        return f"| {english} | {turkish} | {cell(place)} |"

    def unheard(self, sentences: list[str]) -> str:
        head = (
            "# Not heard", "", _BACK, "",
            "No test that was listened to says these: each is a sentence without a test.", "",
        )  # fmt: skip
        return "\n".join([*head, *(self._table(sentences) if sentences else ["None."])]) + "\n"


_BACK = "Written by `make sentences`; what this is: [README.md](README.md)."


def _index(rooms: dict[str, list[str]], unheard: list[str], shown: dict[str, Json]) -> str:
    alone = sum(1 for entry in shown.values() if entry["place"] == ALONE)
    lines = [
        "# Every sentence, read in its place", "",
        "Each sentence of both catalogs, in a message in which it was said: to whom, after which "
        "words, in English and in Turkish. The messages were noted while the tests ran "
        "(`tests/sentences`), with their values; a translation is put in anew each time this is "
        "written, so what stands here is what people read today. Moments are moved to 2 March 2026.",
        "",
        "`make sentences` runs the tests and adds what was not heard before. After a mere change of "
        "words `.venv/bin/python -m tests.sentences.book` is enough; a test says when it is due. "
        "The last column names the file and the function that says it. Under *said by itself* stand "
        f"sentences heard outside any message ({alone}): labels, reasons, what goes into a log or a "
        "picture; an example with values is in italics.", "",
        "| | sentences |", "|---|---|",
    ]  # fmt: skip
    for name, title in _ROOMS.items():
        lines.append(f"| [{title}]({name.replace('/', '-')}.md) | {len(rooms[name])} |")
    lines.append(f"| [The demo's page](page.md) | {len(_page_words())} |")
    lines.append(f"| [Not heard in any test](not-heard.md) | {len(unheard)} |")
    return "\n".join(lines) + "\n"


def _page_words() -> list[tuple[str, str]]:
    pairs = _TURKISH.findall((PAGE / "js" / "turkish.js").read_text(encoding="utf-8"))
    return [(json.loads(english), json.loads(turkish)) for english, turkish in pairs]


def _page() -> str:
    files = {
        file.relative_to(PAGE).as_posix(): file.read_text(encoding="utf-8")
        for file in [PAGE / "index.html", *sorted(PAGE.glob("js/**/*.js"))]
        if file.name != "turkish.js"
    }
    out = [
        "# The demo's page", "", _BACK, "",
        "These stand on the page itself, so its pictures show them: "
        "[the page](../first-hour.md), in both languages.", "",
        "| English | Türkçe | |", "|---|---|---|",
    ]  # fmt: skip
    for english, turkish in _page_words():
        where = next((name for name, text in files.items() if json.dumps(english)[1:-1] in text
                      or json.dumps(english, ensure_ascii=False) in text), "?")  # fmt: skip
        out.append(f"| {cell(english)} | {cell(turkish)} | {where} |")
    return "\n".join(out) + "\n"


def _room(where: list[str]) -> str:
    file = where[0] if where else "bot/"
    return next(name for name in _ROOMS if file.startswith(name + "/"))


def _first(key: Any) -> str:
    return key if isinstance(key, str) else key[0]


def _strings(string: Any) -> str:
    return string if isinstance(string, str) else "<br>".join(string)


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "<br>").replace("<", "&lt;").replace(
        "&lt;br>", "<br>"
    )  # fmt: skip


if __name__ == "__main__":
    write()
