"""parse_mode=HTML: tags to entities, with the words Telegram has for what is broken."""

from __future__ import annotations

import re
from dataclasses import dataclass

from channels._kit.sandbox_world import Json
from channels.telegram.simulator.errors import ApiError, bad_request

_SIMPLE = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(lt|gt|amp|quot));?")
_ATTRIBUTE = re.compile(
    r"""\s+([a-zA-Z][a-zA-Z0-9-]*)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>=]+))?""", re.DOTALL
)
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9-]*")


@dataclass(slots=True)
class _Open:
    tag: str
    start: int
    byte: int
    attributes: dict[str, str]


def _broken(words: str) -> ApiError:
    return bad_request(f"can't parse entities: {words}")


def parse_html(source: str) -> tuple[str, list[Json]]:
    """The bare text and its entities."""
    out: list[str] = []
    entities: list[Json] = []
    stack: list[_Open] = []
    units = 0  # UTF-16 units written so far
    at = 0
    while at < len(source):
        sign = source[at]
        if sign == "&" and (match := _REFERENCE.match(source, at)):
            piece, at = _character(match), match.end()
        elif sign != "<":
            piece, at = sign, at + 1
        else:
            at = _tag(source, at, units, stack, entities, out)
            continue
        out.append(piece)
        units += 2 if ord(piece) > 0xFFFF else 1
    if stack:
        opened = stack[-1]
        raise _broken(f'Can\'t find end tag corresponding to start tag "{opened.tag}"')
    return "".join(out), entities


def _character(match: re.Match[str]) -> str:
    if match[3]:
        return _NAMED[match[3]]
    code = int(match[1]) if match[1] else int(match[2], 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0][0]


def _tag(
    source: str, at: int, units: int, stack: list[_Open], entities: list[Json], out: list[str]
) -> int:
    byte = len(source[:at].encode())
    match = _TAG.match(source, at)
    if match is None:
        if source.startswith("</", at):
            raise _broken(f"Unexpected end tag at byte offset {byte}")
        raise _broken(f'Unsupported start tag "" at byte offset {byte}')
    name = match[0].lstrip("</").lower()
    if match[0].startswith("</"):
        end = source.find(">", match.end())
        if end < 0:
            raise _broken(f"Unclosed end tag at byte offset {byte}")
        if not stack:
            raise _broken(f"Unexpected end tag at byte offset {byte}")
        opened = stack.pop()
        if opened.tag != name:
            raise _broken(
                f'Unmatched end tag at byte offset {byte}, expected "</{opened.tag}>", '
                f'found "</{name}>"'
            )
        _close(opened, units, stack, entities, out)
        return end + 1
    if name not in _SIMPLE:
        raise _broken(f'Unsupported start tag "{name}" at byte offset {byte}')
    at, attributes = _attributes(source, match.end(), byte)
    if name == "span" and attributes.get("class") != "tg-spoiler":
        raise _broken(f'Tag "span" must have class "tg-spoiler" at byte offset {byte}')
    stack.append(_Open(name, units, byte, attributes))
    return at


def _attributes(source: str, at: int, byte: int) -> tuple[int, dict[str, str]]:
    found: dict[str, str] = {}
    while match := _ATTRIBUTE.match(source, at):
        value = (match[2] or "").strip("\"'")
        found[match[1].lower()] = _REFERENCE.sub(_character, value)
        at = match.end()
    rest = re.compile(r"\s*/?>").match(source, at)
    if rest is None:
        raise _broken(f"Unclosed start tag at byte offset {byte}")
    return rest.end(), found


def _close(
    opened: _Open, units: int, stack: list[_Open], entities: list[Json], out: list[str]
) -> None:
    length = units - opened.start
    if not length:
        return
    entity: Json = {"type": _SIMPLE[opened.tag], "offset": opened.start, "length": length}
    if opened.tag == "a":
        url = opened.attributes.get("href") or _text_of(out, opened.start)
        if "." not in url and "://" not in url:
            return  # as Telegram: a link to nowhere is plain text
        entity["url"] = url
    elif opened.tag == "tg-emoji":
        entity["custom_emoji_id"] = opened.attributes.get("emoji-id", "")
    elif opened.tag == "tg-time":
        if not opened.attributes.get("unix", "").isdigit():
            raise _broken(f"Invalid Unix time specified at byte offset {opened.byte}")
        entity["unix_time"] = int(opened.attributes["unix"])
        if opened.attributes.get("format"):
            entity["date_time_format"] = opened.attributes["format"]
    elif opened.tag == "blockquote" and "expandable" in opened.attributes:
        entity["type"] = "expandable_blockquote"
    elif opened.tag == "code" and stack and stack[-1].tag == "pre":
        language = opened.attributes.get("class", "")
        if language.startswith("language-"):
            # <pre><code class="language-x"> becomes one entity, made when the pre closes.
            stack[-1].attributes["language"] = language.removeprefix("language-")
            return
    elif opened.tag == "pre" and opened.attributes.get("language"):
        entity["language"] = opened.attributes["language"]
    entities.append(entity)


def _text_of(out: list[str], start: int) -> str:
    return "".join(out).encode("utf-16-le")[start * 2 :].decode("utf-16-le")
