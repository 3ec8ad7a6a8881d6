"""Slack's rich text, as people write it in a message or a modal, made neutral (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.frontends.slack.emoji import unicode_of
from bot.frontends.slack.text_writer import Mark, Writer
from broadcast.channel import Problem
from broadcast.language import N_
from broadcast.message import EntityKind, RichText

Node = Mapping[str, Any]  # a block, an element or a leaf, as JSON
Names = Mapping[str, str]  # ids of people, conversations and groups -> their bare names

INDENT = "   "
_STYLES = {
    "bold": EntityKind.BOLD,
    "italic": EntityKind.ITALIC,
    "underline": EntityKind.UNDERLINE,
    "strike": EntityKind.STRIKE,
    "code": EntityKind.CODE,
}
_MENTIONS = {  # leaf -> where its id is, what its name begins with
    "user": ("user_id", "@"),
    "usergroup": ("usergroup_id", "@"),
    "team": ("team_id", "@"),
    "channel": ("channel_id", "#"),
}
_QUOTE: Mark = (EntityKind.QUOTE, "")
MENTIONS_BECAME_NAMES = Problem(N_("Mentions became plain names."))
DATES_BECAME_TEXT = Problem(N_("Dates became plain text."))
LISTS_BECAME_LINES = Problem(N_("Lists became lines with a bullet or a number."))
COLOURS_BECAME_CODES = Problem(N_("Colours became their codes."))
PARTS_LEFT_OUT = Problem(N_("Parts that only Slack can show were left out."))


def custom_emoji(name: str) -> Problem:
    return Problem(N_("Your workspace's own emoji became their names, such as {name}."), {
        "name": f":{name}:"
    })  # fmt: skip


def from_rich_text(blocks: Sequence[Node], names: Names) -> RichText:
    """What the `rich_text` blocks among these say; anything unknown is skipped, never an error.

    Lists become lines that begin with `• ` or `1. `, deeper ones indented. Mentions become names
    (`@Ada`, `#general`), found in `names` by id; an id that is not there stays as it is.
    """
    reader = _Reader(names)
    for element in _elements(blocks):
        reader.read(element)
    return reader.writer.text()


def mentioned(blocks: Sequence[Node]) -> frozenset[str]:
    """Ids (U… W… C… S… T…) whose names `from_rich_text` will want."""
    found = set()
    for leaf in _leaves(blocks):
        if (known := _MENTIONS.get(_kind(leaf))) and isinstance(leaf.get(known[0]), str):
            found.add(leaf[known[0]])
    return frozenset(found)


def has_words(blocks: Sequence[Node]) -> bool:
    """Whether anything stands in the `rich_text` blocks among these."""
    return any(_leaves(blocks))


def losses(blocks: Sequence[Node]) -> tuple[Problem, ...]:
    """What `from_rich_text` could not keep, as sentences to put under the preview."""
    found: dict[str, Problem] = {}

    def note(problem: Problem) -> None:
        found.setdefault(problem.template, problem)

    for leaf in _leaves(blocks):
        kind = _kind(leaf)
        if kind in _MENTIONS or kind == "broadcast":
            note(MENTIONS_BECAME_NAMES)
        elif kind == "emoji" and not _emoji(leaf):
            note(custom_emoji(_string(leaf, "name")))
        elif kind == "date":
            note(DATES_BECAME_TEXT)
        elif kind == "color":
            note(COLOURS_BECAME_CODES)
        elif kind not in {"text", "link", "emoji"}:
            note(PARTS_LEFT_OUT)
    for element in _elements(blocks):
        if _kind(element) == "rich_text_list":
            note(LISTS_BECAME_LINES)
    return tuple(found.values())


def unnamed(wanted: Iterable[str], names: Names) -> tuple[Problem, ...]:
    """Mentions that had to stay ids, which say nothing to a subscriber."""
    unknown = sorted(set(wanted) - names.keys())
    return tuple(
        Problem(
            N_("Slack does not tell me the name of {id}. Please write it yourself."), {"id": id_}
        )
        for id_ in unknown
    )


class _Reader:
    """Elements one after the other; each begins a line of its own."""

    def __init__(self, names: Names) -> None:
        self.writer = Writer()
        self._names = names
        self._before = ""  # the kind of the element before
        self._quoted = False  # whether that element was in a quote
        self._counted: dict[int, int] = {}  # by indent, the last number of the list going on

    def read(self, element: Node) -> None:
        kind = _kind(element)
        bordered = kind == "rich_text_list" and bool(element.get("border"))
        write: dict[str, Callable[[Node], None]] = {
            "rich_text_list": self._list,
            "rich_text_preformatted": self._preformatted,
        }
        if kind == "rich_text_section" and not any(self._pieces(element)):
            return
        if kind == "rich_text_list" and not _children(element):
            return
        # A section's own last line break is the edge, not an empty line (Slack's composer
        # always ends it so before a list, a quote or code).
        if self._before and not (self._before == "rich_text_section" and self.writer.ends_a_line):
            self.writer.add("\n")
        start = self.writer.length
        write.get(kind, self._section)(element)
        quoted = bordered or kind == "rich_text_quote"
        if kind != "rich_text_list":
            self._counted.clear()
        if quoted:
            # Slack writes a list inside a quote as a bordered list beside it.
            joined = self._quoted and "rich_text_list" in {kind, self._before}
            self.writer.cover(_QUOTE, start - joined, self.writer.length, join=joined)
        self._before, self._quoted = kind, quoted

    def _section(self, element: Node) -> None:
        for text, marks in self._pieces(element):
            self.writer.add(text, marks)

    def _list(self, element: Node) -> None:
        ordered, indent = element.get("style") == "ordered", _number(element, "indent")
        start, items = self._first(element, indent), _children(element)
        for index, item in enumerate(items):
            sign = f"{start + index}. " if ordered else "• "
            self.writer.add(("\n" if index else "") + INDENT * min(indent, 8) + sign)
            self._section(item)
        self._counted = {deep: n for deep, n in self._counted.items() if deep < indent}
        if ordered:
            self._counted[indent] = start + len(items) - 1

    def _first(self, element: Node, indent: int) -> int:
        """The number a list begins with. Slack parts a list where a deeper one stands in it, and
        not every client of its says by `offset` where the rest goes on."""
        if type(element.get("offset")) is int:
            return _number(element, "offset") + 1
        return self._counted.get(indent, 0) + 1

    def _preformatted(self, element: Node) -> None:
        """Without formatting inside: no platform shows any in a block of code."""
        start = self.writer.length
        for text, _ in self._pieces(element):
            self.writer.add(text)
        language = _string(element, "language")
        self.writer.cover((EntityKind.PRE, language), start, self.writer.length, join=False)

    def _pieces(self, element: Node) -> Iterator[tuple[str, list[Mark]]]:
        for leaf in _children(element):
            if text := self._words(leaf):
                yield text, _marks(leaf, text)

    def _words(self, leaf: Node) -> str:
        kind = _kind(leaf)
        if known := _MENTIONS.get(kind):
            field, sign = known
            return sign + _name(self._names, _string(leaf, field))
        match kind:
            case "link":
                return _string(leaf, "text") or _string(leaf, "url")
            case "emoji":
                return _emoji(leaf) or f":{_string(leaf, 'name')}:"
            case "broadcast":
                return "@" + _string(leaf, "range")
            case "date":
                return _string(leaf, "fallback") or moment(_number(leaf, "timestamp"))
            case "color":
                return _string(leaf, "value")
            case _:
                return _string(leaf, "text") or _string(leaf, "fallback")


def _marks(leaf: Node, text: str) -> list[Mark]:
    style = leaf.get("style")
    chosen = style if isinstance(style, Mapping) else {}
    marks: list[Mark] = [(kind, "") for name, kind in _STYLES.items() if chosen.get(name) is True]
    url, shown = _string(leaf, "url"), _string(leaf, "text")
    # Readers' apps find bare addresses by themselves; only a link under other words needs keeping.
    labelled = _kind(leaf) == "date" or (_kind(leaf) == "link" and bool(shown))
    if labelled and url not in {f"mailto:{shown}", f"tel:{shown}"}:
        marks.append((EntityKind.LINK, url))
    return [mark for mark in marks if mark != (EntityKind.LINK, "")]


def _emoji(leaf: Node) -> str:
    name, codes = _string(leaf, "name"), _string(leaf, "unicode")
    return unicode_of(name, codes, _number(leaf, "skin_tone"))


def _name(names: Names, identity: str) -> str:
    return names.get(identity) or identity


def moment(timestamp: int) -> str:
    try:
        return f"{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%d %H:%M} UTC"
    except (OverflowError, ValueError, OSError):
        return ""


def _elements(blocks: Sequence[Node]) -> Iterator[Node]:
    for block in blocks:
        if _kind(block) == "rich_text":
            yield from _children(block)


def _leaves(blocks: Sequence[Node]) -> Iterator[Node]:
    for element in _elements(blocks):
        items = _children(element)
        if _kind(element) == "rich_text_list":
            items = [leaf for item in items for leaf in _children(item)]
        yield from items


def _children(node: Node) -> list[Node]:
    found = node.get("elements")
    return (
        [child for child in found if isinstance(child, Mapping)] if isinstance(found, list) else []
    )


def _kind(node: Node) -> str:
    return _string(node, "type")


def _string(node: Node, field: str) -> str:
    value = node.get(field)
    return value if isinstance(value, str) else ""


def _number(node: Node, field: str) -> int:
    value = node.get(field)
    return value if isinstance(value, int) and value >= 0 else 0
