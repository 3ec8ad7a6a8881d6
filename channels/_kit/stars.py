"""Rich text as typed marks (`*bold*`, `_italic_` …) for platforms that know no entities (pure)."""

from __future__ import annotations

from broadcast.language import N_
from broadcast.message import Entity, EntityKind, RichText
from broadcast.ports import Problem

Marks = dict[EntityKind, tuple[str, str]]
WHATSAPP: Marks = {
    EntityKind.BOLD: ("*", "*"),
    EntityKind.ITALIC: ("_", "_"),
    EntityKind.STRIKE: ("~", "~"),
    EntityKind.CODE: ("`", "`"),
    EntityKind.PRE: ("```", "```"),
}
PLAIN: Marks = {}


def marked(text: RichText, marks: Marks) -> str:
    """Marks go around words, never around the spaces at their ends; a link's address follows it.

    What has no mark here (underline, spoiler, custom emoji) stays as plain words.
    """
    opens: dict[int, list[tuple[int, str]]] = {}
    closes: dict[int, list[tuple[int, str]]] = {}
    for entity in text.entities:
        start, end = _words(text.text, entity)
        if start >= end:
            continue
        before, after = marks.get(entity.kind, ("", ""))
        if entity.kind == EntityKind.LINK and entity.value != text.text[start:end]:
            after += f" ({entity.value})"
        if entity.kind == EntityKind.QUOTE and marks:
            _quote(text.text, start, end, opens)
        if before:
            opens.setdefault(start, []).append((end, before))
        if after:
            closes.setdefault(end, []).append((start, after))
    out = []
    for position in range(len(text.text) + 1):
        # Inner marks close first and open last, so that they nest.
        out += [mark for _, mark in sorted(closes.get(position, []), reverse=True)]
        out += [mark for _, mark in sorted(opens.get(position, []), reverse=True)]
        out.append(text.text[position : position + 1])
    return "".join(out)


_PLAIN_THERE = (
    (
        {EntityKind.BOLD, EntityKind.ITALIC, EntityKind.STRIKE, EntityKind.CODE, EntityKind.PRE},
        N_("{channel} shows no bold, italic, strikethrough or code: those words come plain."),
    ),
    ({EntityKind.UNDERLINE}, N_("{channel} has no underline: those words come plain.")),
    ({EntityKind.SPOILER}, N_("{channel} cannot hide words: the spoiler is readable there.")),
    ({EntityKind.CUSTOM_EMOJI}, N_("{channel} shows the special emoji as ordinary ones.")),
)


def changes(channel: str, text: RichText, marks: Marks) -> list[Problem]:
    """What `marked` shows otherwise, in one sentence each; `channel` as people write its name."""
    kinds = {entity.kind for entity in text.entities}
    found = [sentence for some, sentence in _PLAIN_THERE if (some & kinds) - marks.keys()]
    if EntityKind.QUOTE in kinds and not marks:
        found.append(N_("{channel} has no quotes: those lines come plain."))
    if EntityKind.LINK in kinds:
        found.append(N_("{channel} writes a link's address after its words."))
    return [Problem(sentence, {"channel": channel}) for sentence in found]


def _words(text: str, entity: Entity) -> tuple[int, int]:
    start, end = max(0, entity.offset), min(len(text), entity.offset + entity.length)
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
