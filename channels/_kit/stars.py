"""Rich text as typed marks (`*bold*`, `_italic_` …) for platforms that know no entities (pure)."""

from __future__ import annotations

from broadcast.message import Entity, EntityKind, RichText

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
