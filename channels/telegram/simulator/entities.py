"""Text and its entities: parse modes, offsets in UTF-16 units, what Telegram finds by itself."""

from __future__ import annotations

import re
from functools import lru_cache

import orjson

from channels._kit.sandbox_world import Json
from channels.telegram.simulator.errors import bad_request
from channels.telegram.simulator.html_mode import parse_html
from channels.telegram.simulator.links import valid_url
from channels.telegram.simulator.markdown_mode import parse_markdown, parse_markdown_v2

MAX_TEXT, MAX_CAPTION, MAX_ENTITIES = 4096, 1024, 100
_KINDS = frozenset(
    [
        "mention",
        "hashtag",
        "cashtag",
        "bot_command",
        "url",
        "email",
        "phone_number",
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "blockquote",
        "expandable_blockquote",
        "code",
        "pre",
        "text_link",
        "text_mention",
        "custom_emoji",
        "date_time",
    ]
)
_FOUND = re.compile(
    r"(?P<url>\bhttps?://[^\s<>\"]+[^\s<>\".,;:!?)\]}'])"
    r"|(?P<email>\b[\w.+-]+@[\w-]+\.[\w.-]*\w)"
    r"|(?P<bot_command>(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?)"
    r"|(?P<mention>(?<!\w)@[A-Za-z]\w{3,31}\b)"
    r"|(?P<hashtag>(?<![\w&])#\w*[^\W\d_]\w*)"
)
_PARSERS = {"html": parse_html, "markdown": parse_markdown, "markdownv2": parse_markdown_v2}


_SEEN = re.compile(
    r"[^\x00-\x20\u00a0\u030a\u0333\u033f\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f\u2800\u3000\ufeff\ufffc"
    r"\U000e0000-\U000e007f]"
)


def utf16_length(text: str) -> int:
    """Length as Telegram counts: characters outside the basic plane count twice."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def formatted(
    text: str, parse_mode: str | None, entities: list[Json] | None, limit: int, what: str = "text"
) -> tuple[str, list[Json]]:
    """The text people see and its entities, or the error Telegram has for it."""
    given = orjson.dumps(entities) if entities else b""
    return _formatted(text, (parse_mode or "").lower(), given, limit, what)


# A broadcast formats the same text for everybody: it is parsed once.
@lru_cache(maxsize=512)
def _formatted(text: str, mode: str, given: bytes, limit: int, what: str) -> tuple[str, list[Json]]:
    found: list[Json]
    given_text = bool(text)
    text = text.replace("\r", "")
    if mode:
        parser = _PARSERS.get(mode)
        if parser is None:
            raise bad_request("unsupported parse_mode")
        text, found = parser(text)
    else:
        found = _checked(text, orjson.loads(given)) if given else []
    text, found = _trimmed(text, found)
    if not _SEEN.search(text):  # as TDLib's strip_empty_characters has it
        text, found = "", []
    if len(text) > limit:  # code points: only offsets are counted in UTF-16 units
        words = "message is too long" if what == "text" else "message caption is too long"
        raise bad_request(words)
    if not text and what == "text":
        raise bad_request("text must be non-empty" if given_text else "message text is empty")
    found = found[:MAX_ENTITIES] + detect(text, found)
    found.sort(key=lambda e: (e["offset"], -e["length"]))
    return text, found


def _checked(text: str, entities: list[Json]) -> list[Json]:
    length = utf16_length(text)
    good = []
    for entity in entities:
        kind = entity["type"]
        if kind not in _KINDS:
            raise bad_request(f"can't parse entities: unsupported entity type {kind!r}")
        if kind == "text_link" and not valid_url(entity.get("url", "")):
            continue  # Telegram drops a link it cannot follow and keeps the text
        if kind == "custom_emoji" and not entity.get("custom_emoji_id"):
            raise bad_request("can't parse entities: custom emoji identifier is empty")
        start, size = entity["offset"], entity["length"]
        for name, value in (("offset", start), ("length", size)):
            if not 0 <= value <= 1_000_000:
                raise bad_request(f"receive an entity with incorrect {name} {value}")
        if size and start >= length:
            where = f"begins after the end of the text at UTF-16 offset {start}"
            raise bad_request(f"entity {where}")
        if start + size > length:
            bounds = f"entity beginning at UTF-16 offset {start} ends after the end of the text"
            raise bad_request(f"{bounds} at UTF-16 offset {start + size}")
        if size and _splits_pair(text, start, size):
            bounds = (
                f"entity beginning at UTF-16 offset {start} ends in a middle of a UTF-16 symbol"
            )
            raise bad_request(f"{bounds} at byte offset {start}")
        if size:
            good.append(dict(entity))
    return good


def _splits_pair(text: str, start: int, size: int) -> bool:
    if text.isascii():
        return False
    units = text.encode("utf-16-le", "surrogatepass")
    return any(
        0 < edge * 2 < len(units) and 0xDC <= units[edge * 2 + 1] <= 0xDF
        for edge in (start, start + size)
    )


def _trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Telegram takes white space off both ends and moves the entities along."""
    left = len(text) - len(text.lstrip())
    text = text.strip()
    length = utf16_length(text)
    moved = []
    for entity in entities:
        start = max(entity["offset"] - left, 0)
        end = min(entity["offset"] + entity["length"] - left, length)
        if end > start:
            moved.append({**entity, "offset": start, "length": end - start})
    return text, moved


def detect(text: str, taken: list[Json]) -> list[Json]:
    """Links, commands, mentions, hashtags and addresses that carry no entity yet."""
    found: list[Json] = []
    if not any(sign in text for sign in "/@#"):
        return found
    blocked = [
        (e["offset"], e["offset"] + e["length"])
        for e in taken
        if e["type"]
        in ("code", "pre", "text_link", "text_mention", "url", "mention", "bot_command")
    ]
    for match in _FOUND.finditer(text):
        start = utf16_length(text[: match.start()])
        size = utf16_length(match[0])
        if all(end <= start or begin >= start + size for begin, end in blocked):
            found.append({"type": match.lastgroup, "offset": start, "length": size})
    return found
