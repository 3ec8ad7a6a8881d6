"""Rich text as typed marks (`*bold*`, `_italic_` …) for platforms that know no entities (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from broadcast.channel import Problem
from broadcast.language import N_
from broadcast.message import EntityKind, RichText
from channels._kit.typed_marks import EDGE, JOINER, TYPED, neutralized

__all__ = ["EDGE", "JOINER", "PLAIN", "WHATSAPP", "Marks", "changes", "marked"]

Marks = dict[EntityKind, tuple[str, str]]
WHATSAPP: Marks = {
    EntityKind.BOLD: ("*", "*"),
    EntityKind.ITALIC: ("_", "_"),
    EntityKind.STRIKE: ("~", "~"),
    EntityKind.CODE: ("`", "`"),
    EntityKind.PRE: ("```", "```"),
}
PLAIN: Marks = {}
_CODE = frozenset({EntityKind.CODE, EntityKind.PRE})
_LINE = re.compile(r"[^\r\n\u2028\u2029]+")


def marked(text: RichText, marks: Marks) -> str:
    """Marks go around words, never around the spaces at their ends, nor over a line's end; a link's
    address follows it. Inside a word they get edges of no width; what was typed and would be taken
    for a mark is kept from it.

    Where no mark is written at all, a typed one is kept from being one too: some of a platform's
    apps may read it. What has no mark here (underline, spoiler, custom emoji) stays as plain words.
    """
    opens: dict[int, list[tuple[int, str]]] = {}
    closes: dict[int, list[tuple[int, str]]] = {}
    for entity in text.entities:
        start, end = _words(text.text, entity.offset, entity.offset + entity.length)
        if start >= end:
            continue
        if entity.kind == EntityKind.LINK and entity.value != text.text[start:end]:
            closes.setdefault(end, []).append((start, f" ({entity.value})"))
        if entity.kind == EntityKind.QUOTE and marks:
            _quote(text.text, start, end, opens)
        if (pair := _pair(entity.kind, text.text[start:end], marks)) is not None:
            for first, last in _pieces(text.text, start, end, entity.kind):
                opens.setdefault(first, []).append((last, pair[0]))
                closes.setdefault(last, []).append((first, pair[1]))
    instead = _kept(text, marks)
    out: list[str] = []
    for position in range(len(text.text) + 1):
        # Inner marks close first and open last, so that they nest.
        for _, mark in sorted(closes.get(position, []), reverse=True):
            out.append(mark)
            if mark[-1] in TYPED and text.text[position : position + 1].isalnum():
                out.append(EDGE)
        for _, mark in sorted(opens.get(position, []), reverse=True):
            if mark[0] in TYPED and _needs_edge(out, mark):
                out.append(EDGE)
            out.append(mark)
        typed = text.text[position : position + 1]
        out.append(instead.get(position, typed))
    return "".join(out)


def _needs_edge(out: list[str], mark: str) -> bool:
    """Whether a mark that opens here would stand in the middle of a word, or double another."""
    before = next((one[-1] for one in reversed(out) if one), "")
    return before.isalnum() or before == mark[0]


def _pieces(text: str, start: int, end: int, kind: EntityKind) -> Iterator[tuple[int, int]]:
    """One for each line that has words; a block of code may have several lines."""
    if kind == EntityKind.PRE:
        yield start, end
        return
    for line in _LINE.finditer(text, start, end):
        first, last = _words(text, line.start(), line.end())
        if first < last:
            yield first, last


def _kept(text: RichText, marks: Marks) -> dict[int, str]:
    """What was typed and would be taken for a mark, with something of no width beside it."""
    spans = [(e.kind, *_words(text.text, e.offset, e.offset + e.length)) for e in text.entities]
    return neutralized(
        text.text,
        [(start, end) for kind, start, end in spans if kind in _CODE & marks.keys()],
        [(marks[kind][0][0], start, end) for kind, start, end in spans if kind in marks],
        lines=bool(marks),
    )


def _pair(kind: EntityKind, words: str, marks: Marks) -> tuple[str, str] | None:
    """Code that has a backtick in it is written between three."""
    return marks.get(EntityKind.PRE if kind == EntityKind.CODE and "`" in words else kind)


_PLAIN_THERE = (
    (
        {EntityKind.BOLD, EntityKind.ITALIC, EntityKind.STRIKE, EntityKind.CODE, EntityKind.PRE},
        N_(
            "{channel} shows no bold, italic, strikethrough or code: those words arrive as "
            "plain text."
        ),
    ),
    ({EntityKind.UNDERLINE}, N_("{channel} has no underline: those words arrive as plain text.")),
    ({EntityKind.SPOILER}, N_("{channel} cannot hide words: the spoiler is readable there.")),
    ({EntityKind.CUSTOM_EMOJI}, N_("{channel} shows the special emoji as ordinary ones.")),
)


def changes(channel: str, text: RichText, marks: Marks) -> list[Problem]:
    """What `marked` shows otherwise, in one sentence each; `channel` as people write its name."""
    kinds = {entity.kind for entity in text.entities}
    found = [sentence for some, sentence in _PLAIN_THERE if (some & kinds) - marks.keys()]
    if EntityKind.QUOTE in kinds and not marks:
        found.append(N_("{channel} has no quotes: those lines arrive as plain text."))
    if EntityKind.LINK in kinds:
        found.append(N_("{channel} writes a link's address after its words."))
    if any(
        e.kind in marks and _inside(text.text, e.offset, e.offset + e.length) for e in text.entities
    ):
        found.append(
            N_(
                "{channel} marks whole words: where only a part of one is bold or italic, some phones "
                "may show the signs."
            )
        )
    return [Problem(sentence, {"channel": channel}) for sentence in found]


def _inside(text: str, start: int, end: int) -> bool:
    """Whether a marked place begins or ends within a word."""
    start, end = _words(text, start, end)
    begins = text[start - 1 : start].isalnum() and text[start : start + 1].isalnum()
    return begins or (text[end - 1 : end].isalnum() and text[end : end + 1].isalnum())


def _words(text: str, start: int, end: int) -> tuple[int, int]:
    start, end = max(0, start), min(len(text), end)
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _quote(text: str, start: int, end: int, opens: dict[int, list[tuple[int, str]]]) -> None:
    """`> ` at the beginning of each quoted line; before any other mark there."""
    for position in range(start, end):
        if position == start or text[position - 1] == "\n":
            opens.setdefault(position, []).append((len(text) + 1, "> "))
