"""parse_mode=MarkdownV2 and the legacy Markdown: marks to entities, with Telegram's errors."""

from __future__ import annotations

import re

from channels._kit.sandbox_world import Json
from channels.telegram.simulator.errors import ApiError, bad_request

_RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
_MARKS = {
    "*": "bold",
    "_": "italic",
    "__": "underline",
    "~": "strikethrough",
    "||": "spoiler",
    "[": "text_link",
    "![": "custom_emoji",
}
_NAMES = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "text_link": "TextUrl",
    "custom_emoji": "CustomEmoji",
    "code": "Code",
    "pre": "Pre",
}


def _broken(words: str) -> ApiError:
    return bad_request(f"can't parse entities: {words}")


class _Writer:
    """Collects text and counts its UTF-16 units."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.units = 0

    def put(self, text: str) -> None:
        self.parts.append(text)
        self.units += len(text) + sum(ord(c) > 0xFFFF for c in text)


class _V2:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.out = _Writer()
        self.entities: list[Json] = []
        self.stack: list[tuple[str, int, int]] = []  # mark, units at its start, source position
        self.quote: int | None = None

    def run(self) -> tuple[str, list[Json]]:
        while self.at < len(self.source):
            self._step()
        if self.stack:
            mark, _, position = self.stack[-1]
            raise self._unclosed(_MARKS[mark], position)
        self._end_quote()
        return "".join(self.out.parts), self.entities

    def _unclosed(self, kind: str, position: int) -> ApiError:
        byte = len(self.source[:position].encode())
        return _broken(f"Can't find end of {_NAMES[kind]} entity at byte offset {byte}")

    def _step(self) -> None:
        source, at = self.source, self.at
        sign = source[at]
        if sign == "\\" and at + 1 < len(source) and 0 < ord(source[at + 1]) < 127:
            self.out.put(source[at + 1])
            self.at += 2
        elif sign == "\n":
            self.out.put(sign)
            self.at += 1
            if self.quote is not None and not source.startswith(">", self.at):
                self._end_quote(newline=True)
            elif self.quote is not None:
                self.at += 1
        elif sign == ">" and (at == 0 or source[at - 1] == "\n") and self.quote is None:
            self.quote = self.out.units
            self.at += 1
        elif sign == "`":
            self._code()
        elif sign == "]" and self.stack and self.stack[-1][0] in ("[", "!["):
            self._link()
        else:
            self._mark(sign)

    def _mark(self, sign: str) -> None:
        source, at = self.source, self.at
        two = source[at : at + 2]
        mark = two if two in ("__", "||", "![") else sign
        at_line_end = source[at + 2 : at + 3] in ("", "\n")
        in_spoiler = any(m == "||" for m, _, _ in self.stack)
        if mark == "||" and self.quote is not None and at_line_end and not in_spoiler:
            self.at += 2
            self._end_quote(expandable=True)
            return
        if mark in _MARKS:
            self.at += len(mark)
            if mark not in ("[", "![") and any(m == mark for m, _, _ in self.stack):
                opened, start, position = self.stack.pop()
                if opened != mark:
                    raise self._unclosed(_MARKS[opened], position)
                self._entity(_MARKS[mark], start)
            else:
                self.stack.append((mark, self.out.units, at))
        elif sign in _RESERVED:
            raise _broken(
                f"Character '{sign}' is reserved and must be escaped with the preceding '\\'"
            )
        else:
            self.out.put(sign)
            self.at += 1

    def _entity(self, kind: str, start: int, **more: str) -> None:
        if self.out.units > start:
            length = self.out.units - start
            self.entities.append({"type": kind, "offset": start, "length": length, **more})

    def _code(self) -> None:
        fence = "```" if self.source.startswith("```", self.at) else "`"
        begin, start = self.at, self.out.units
        self.at += len(fence)
        kind, more = ("pre" if fence == "```" else "code"), {}
        if kind == "pre" and (language := re.match(r"([^\s`]+)\n", self.source[self.at :])):
            more["language"] = language[1]
            self.at += language.end()
        elif kind == "pre" and self.source.startswith("\n", self.at):
            self.at += 1
        while not self.source.startswith(fence, self.at):
            if self.at >= len(self.source):
                raise self._unclosed(kind, begin)
            if self.source[self.at] == "\\" and self.source[self.at + 1 : self.at + 2] in "`\\":
                self.at += 1
            self.out.put(self.source[self.at : self.at + 1])
            self.at += 1
        self.at += len(fence)
        self._entity(kind, start, **more)

    def _link(self) -> None:
        mark, start, position = self.stack.pop()
        self.at += 1
        url = ""
        if self.source.startswith("(", self.at):
            match = re.compile(r"\(((?:\\.|[^)\\])*)\)", re.DOTALL).match(self.source, self.at)
            if match is None:
                raise self._unclosed(_MARKS[mark], position)
            url = re.sub(r"\\(.)", r"\1", match[1])
            self.at = match.end()
        if mark == "[":
            if url:
                self._entity("text_link", start, url=url)
        elif "id=" in url:
            self._entity("custom_emoji", start, custom_emoji_id=url.split("id=", 1)[1])
        else:
            raise _broken("Custom emoji URL must have an emoji identifier")

    def _end_quote(self, newline: bool = False, expandable: bool = False) -> None:
        if self.quote is None:
            return
        length = self.out.units - self.quote - newline
        if length > 0:
            kind = "expandable_blockquote" if expandable else "blockquote"
            self.entities.append({"type": kind, "offset": self.quote, "length": length})
        self.quote = None


def parse_markdown_v2(source: str) -> tuple[str, list[Json]]:
    """The bare text and its entities."""
    return _V2(source).run()


_LEGACY = re.compile(
    r"\\([_*`\[])|```(?:(\w+)\n)?(.*?)```|`([^`]*)`|\*([^*]*)\*|_([^_]*)_|\[([^\]]*)\]\(([^)]*)\)",
    re.DOTALL,
)


def parse_markdown(source: str) -> tuple[str, list[Json]]:
    """The legacy mode: no nesting."""
    out, entities, at = _Writer(), [], 0
    for match in _LEGACY.finditer(source):
        out.put(_plain(source, at, match.start()))
        at = match.end()
        start = out.units
        if match[1]:
            out.put(match[1])
            continue
        kinds = {3: "pre", 4: "code", 5: "bold", 6: "italic", 7: "text_link"}
        group = next(g for g in kinds if match[g] is not None)
        out.put(match[group])
        entity: Json = {"type": kinds[group], "offset": start, "length": out.units - start}
        if group == 7:
            entity["url"] = match[8]
        if group == 3 and match[2]:
            entity["language"] = match[2]
        if entity["length"]:
            entities.append(entity)
    out.put(_plain(source, at, len(source)))
    return "".join(out.parts), entities


def _plain(source: str, start: int, end: int) -> str:
    piece = source[start:end]
    if bad := re.search(r"[*_`\[]", piece):
        byte = len(source[: start + bad.start()].encode())
        raise _broken(f"Can't find end of the entity starting at byte offset {byte}")
    return piece
