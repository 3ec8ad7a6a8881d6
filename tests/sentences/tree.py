"""A message as the sentences it was made of, so that it can be said again in any language.

A part is literal text, or what was rendered: a sentence with its values (parts themselves), a
moment, a number, a duration. Only JSON's types: the recordings are kept in a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from broadcast.language import Speech, speech
from broadcast.message import RichText
from locales import catalogs

Node = dict[str, Any]
Part = str | Node
Parts = list[Part]
_KEPT = 1500  # renderings one message may be made of
_FIRST = datetime.fromisoformat("2026-03-02T09:00:00+00:00")


@cache
def plurals() -> dict[str, str]:
    """The form for many, by the form for one."""
    found = (message.id for message in catalogs.read("en"))
    return {ids[0]: ids[1] for ids in found if not isinstance(ids, str)}


@cache
def known() -> frozenset[str]:
    """Every sentence of the catalogs; of a plural the form for one."""
    found = (message.id for message in catalogs.read("en") if message.id)
    return frozenset(ids if isinstance(ids, str) else ids[0] for ids in found)


@dataclass(slots=True)
class _Rendered:
    order: int
    node: Node
    values: dict[str, object] = field(default_factory=dict)


class Window:
    """What was rendered lately, to find it again in a message that leaves."""

    def __init__(self) -> None:
        self._by_text: dict[str, list[_Rendered]] = {}
        self._count = 0

    def clear(self) -> None:
        self._by_text.clear()

    def add(self, text: str, node: Node, values: dict[str, object] | None = None) -> None:
        if not text.strip():
            return
        self._count += 1
        same = self._by_text.pop(text, [])
        kept = [one for one in same if one.node.get("id") != node.get("id")][-2:]
        self._by_text[text] = [*kept, _Rendered(self._count, node, values or {})]
        if len(self._by_text) > _KEPT:
            for old in list(self._by_text)[: _KEPT // 3]:
                del self._by_text[old]

    def parts(self, text: str, before: int | None = None, *, whole: bool = False) -> Parts:
        """The text as parts: where renderings overlap, the first and longest. `whole`: of a value,
        in which a short one counts only when it is all of it."""
        before = self._count + 1 if before is None else before
        found: list[tuple[int, int, str, _Rendered]] = []
        for said, those in self._by_text.items():
            if said in text and (one := _latest(those, before)):
                found += ((at, -len(said), said, one) for at in _places(said, text, whole))
        out: Parts = []
        last = 0
        for at, _, said, one in sorted(found, key=lambda hit: hit[:2]):
            if at >= last:
                out += [text[last:at], self._node(one)]
                last = at + len(said)
        out.append(text[last:])
        return [part for part in out if part != ""]

    def _node(self, one: _Rendered) -> Node:
        node = dict(one.node)
        if one.values:
            node["with"] = {
                name: self.parts(_text(value), one.order, whole=True)
                for name, value in one.values.items()
            }
        return node


def _text(value: object) -> str:
    return value.text if isinstance(value, RichText) else str(value)


def _latest(those: Sequence[_Rendered], before: int) -> _Rendered | None:
    return next((one for one in reversed(those) if one.order < before), None)


def _places(said: str, text: str, whole: bool) -> Iterator[int]:
    """Where it stands as words of its own."""
    if whole and len(said) < 12 and said != text:
        return
    at = text.find(said)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(said) :][:1]
        joined = (before.isalnum() and said[0].isalnum()) or (
            after.isalnum() and said[-1].isalnum()
        )
        lone = len(said) > 4 or not (before.strip() or after.strip(" .,:;\n"))
        if not joined and lone:
            yield at
        at = text.find(said, at + 1)


def ids(parts: Parts) -> Iterator[str]:
    """The sentences it is made of, in their order."""
    for part in parts:
        if isinstance(part, str):
            continue
        if "id" in part:
            yield part["id"]
        for value in part.get("with", {}).values():
            yield from ids(value)
        yield from ids(part.get("capital", []))


def moments(parts: Parts) -> Iterator[str]:
    """Every moment and day in it, as written."""
    for part in parts:
        if not isinstance(part, str):
            yield from (part[key] for key in ("at", "until", "day", "date") if key in part)
            for value in (*part.get("with", {}).values(), part.get("capital", [])):
                yield from moments(value)


def steady(parts: Parts, first: datetime | None = None) -> Parts:
    """With moments moved so that the earliest is always the same, and no path or port of one run."""
    first = first or min((_moment(one) for one in moments(parts)), default=_FIRST)
    return [_steady(part, first) for part in parts]


def _steady(part: Part, first: datetime) -> Part:
    if isinstance(part, str):
        return plain_places(part)
    moved = dict(part)
    for key in ("at", "until", "day", "date"):
        if key in moved:
            apart = (_moment(moved[key]) - first).total_seconds()
            at = _FIRST + timedelta(seconds=round(apart / 300) * 300)
            moved[key] = at.date().isoformat() if key == "day" else at.isoformat()
    if "with" in moved:
        moved["with"] = {name: steady(value, first) for name, value in moved["with"].items()}
    if "capital" in moved:
        moved["capital"] = steady(moved["capital"], first)
    return moved


def _moment(written: str) -> datetime:
    at = datetime.fromisoformat(written)
    return at if at.tzinfo else at.replace(tzinfo=_FIRST.tzinfo)


_OF_ONE_RUN = (
    (re.compile(r"/(?:tmp|dev/shm|work)/(?:[^\s/'\"`)]+/)*"), "/srv/tellal/"),
    (re.compile(r"\b(127\.0\.0\.1|localhost):\d+"), r"\1:8080"),
    (re.compile(r"\b[Pp]ort \d{4,5}\b"), "port 8080"),
    (re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])[\w-]{16,}\b"), "Zk3vQ8…"),
)


def plain_places(text: str) -> str:
    """Without the paths, ports and one-time codes of the run it was recorded in."""
    for pattern, instead in _OF_ONE_RUN:
        text = pattern.sub(instead, text)
    return text


def render(parts: Parts, language: str) -> str:
    """The message in a language."""
    words = speech(language)
    return "".join(part if isinstance(part, str) else _said(part, words) for part in parts)


def _said(node: Node, words: Speech) -> str:
    for key, say in _SAYS.items():
        if key in node:
            return say(node, words)
    raise ValueError(node)


def _sentence(node: Node, words: Speech) -> str:
    values = {name: render(parts, words.language) for name, parts in node.get("with", {}).items()}
    if node.get("bare"):
        return words.template(node["id"])
    if "n" not in node:
        return words.plain(node["id"], **values)
    return words.say_n(node["id"], plurals()[node["id"]], node["n"], **values).text


_SAYS: dict[str, Callable[[Node, Speech], str]] = {
    "id": _sentence,
    "capital": lambda node, words: words.capital(render(node["capital"], words.language)),
    "until": lambda node, words: words.span(
        _moment(node["at"]), _moment(node["until"]), node["zone"]
    ),
    "at": lambda node, words: words.moment(
        _moment(node["at"]), node["zone"], offset=node.get("offset", False)
    ),
    "day": lambda node, words: words.day(date.fromisoformat(node["day"])),
    "date": lambda node, words: words.date(_moment(node["date"]), node["zone"]),
    "seconds": lambda node, words: words.duration(node["seconds"]),
    "number": lambda node, words: words.number(node["number"]),
    "city": lambda node, words: words.city(node["city"]),
}
