"""Neutral rich content: what an author writes, before any platform has seen it (pure)."""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer


class EntityKind(StrEnum):
    """Formatting every channel understands or degrades in a stated way."""

    BOLD = "bold"
    ITALIC = "italic"
    UNDERLINE = "underline"
    STRIKE = "strike"
    SPOILER = "spoiler"
    CODE = "code"
    PRE = "pre"
    QUOTE = "quote"
    LINK = "link"
    CUSTOM_EMOJI = "custom_emoji"


class MediaKind(StrEnum):
    """What kind of file a message carries."""

    PHOTO = "photo"
    VIDEO = "video"
    DOCUMENT = "document"
    AUDIO = "audio"
    ANIMATION = "animation"
    VOICE = "voice"


FOLDED = "folded"  # the value of a quote that shows its first lines only, until it is tapped


class _Value(BaseModel):
    """`_later`: fields that once did not exist. One that says nothing is not written down, so that
    what was approved before there was such a field is still the same."""

    model_config = ConfigDict(frozen=True)
    _later: ClassVar[frozenset[str]] = frozenset()

    @model_serializer(mode="wrap")
    def _written(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = write(self)
        fields = type(self).model_fields
        for name in self._later:
            if getattr(self, name) == fields[name].default:
                written.pop(name, None)
        return written


class Entity(_Value):
    """A formatted stretch of text; `offset` and `length` count Unicode code points.

    `value` is the address of a link, the language of a code block, the id of a custom emoji, or
    FOLDED of a quote.
    """

    kind: EntityKind
    offset: int
    length: int
    value: str = ""


class RichText(_Value):
    """Text with formatting beside it, never inside it: it cannot be broken by what people type."""

    text: str = ""
    entities: tuple[Entity, ...] = ()

    def __add__(self, other: RichText | str) -> RichText:
        tail = other if isinstance(other, RichText) else RichText(text=other)
        return RichText(
            text=self.text + tail.text,
            entities=self.entities + _shifted(tail.entities, len(self.text)),
        )

    def part(self, start: int, end: int) -> RichText:
        """The characters from `start` to `end` with their formatting."""
        inside = []
        for entity in self.entities:
            left = max(entity.offset, start)
            right = min(entity.offset + entity.length, end, len(self.text))
            if left < right:
                place = {"offset": left - start, "length": right - left}
                inside.append(entity.model_copy(update=place))
        return RichText(text=self.text[start:end], entities=tuple(inside))


class Media(_Value):
    """A stored file; `media_id` names it in the store, where its bytes and platform handles are.

    `width` and `height` in pixels, `duration` in seconds, 0 where nobody told. `thumbnail` is the
    media_id of its small picture. `caption`: a text of its own, beside the message's. `spoiler`:
    shown only once it is tapped.
    """

    media_id: int
    kind: MediaKind
    filename: str = ""
    mime: str = ""
    size: int = 0
    width: int = 0
    height: int = 0
    duration: int = 0
    title: str = ""
    performer: str = ""
    thumbnail: int = 0
    caption: RichText = RichText()
    spoiler: bool = False
    _later: ClassVar[frozenset[str]] = frozenset(
        {"width", "height", "duration", "title", "performer", "thumbnail", "caption", "spoiler"}
    )


class LinkButton(_Value):
    """A button under a message that opens `url`."""

    label: str
    url: str


class LinkPreview(_Value):
    """How the picture and the words of a linked page are shown. `size`: small, large, or empty for
    the platform's choice; `url`: another page than the first that is linked."""

    off: bool = False
    above: bool = False
    size: str = ""
    url: str = ""


class TemplateUse(_Value):
    """A platform-approved text to send on `channel` where free text may not go.

    `parameters` are (its name or number in the template, value); `{name}` in a value becomes the
    subscriber's name.
    """

    channel: str
    name: str
    language: str
    parameters: tuple[tuple[str, str], ...] = ()


class Message(_Value):
    """One broadcast's content: text (or caption), files, rows of buttons, stand-in templates.

    `text_at`: the place of the file in an album that the text stands under; `text_above`: it is
    shown above the files. `left_out`: what its source had and it has not, as catalog sentences.
    `way_out`: every channel shows how to leave, see broadcast/way_out.py.
    """

    text: RichText = RichText()
    media: tuple[Media, ...] = ()
    buttons: tuple[tuple[LinkButton, ...], ...] = ()
    templates: tuple[TemplateUse, ...] = ()
    text_at: int = 0
    text_above: bool = False
    preview: LinkPreview = LinkPreview()
    left_out: tuple[str, ...] = ()
    way_out: bool = False
    _later: ClassVar[frozenset[str]] = frozenset(
        {"text_at", "text_above", "preview", "left_out", "way_out"}
    )

    @property
    def is_empty(self) -> bool:
        return not is_visible(self.text.text) and not self.media

    def digest(self) -> str:
        """Fingerprint of exactly what will be sent: 64 hex characters (SHA-256)."""
        absent = None if self.templates else {"templates"}  # as before there were any
        return hashlib.sha256(self.model_dump_json(exclude=absent).encode()).hexdigest()

    def template(self, channel: str) -> TemplateUse | None:
        return next((use for use in self.templates if use.channel == channel), None)

    def title(self, limit: int = 40) -> str:
        """The first words, for lists; the name of the file where there are none."""
        line = next((row.strip() for row in self.text.text.splitlines() if row.strip()), "")
        if not line and self.media:
            line = self.media[0].filename or self.media[0].kind.value
        if len(line) <= limit:
            return line
        whole, _, _ = line[:limit].rpartition(" ")  # a whole word, where that leaves enough
        return (whole if len(whole) > limit // 2 else line[: limit - 1]).rstrip(" .,;:…") + "…"


_MARK = re.compile(r"\*(?P<bold>[^*\n]+)\*|`(?P<code>[^`\n]+)`|\{(?P<name>\w+)\}")


def rich(template: str, /, **values: object) -> RichText:
    """Build formatted text from a catalog sentence: `*bold*`, `` `code` ``, `{name}`.

    Values are put in as they are (a RichText keeps its formatting): nothing a person
    typed can become formatting of ours, nor turn the direction of what we say after it.
    """
    out, last = RichText(), 0
    for found in _MARK.finditer(template):
        out += template[last : found.start()]
        last = found.end()
        if (name := found["name"]) is not None:
            value = values.get(name, found[0])
            shown = value if isinstance(value, RichText) else RichText(text=str(value))
            out += shown + _turned_back(shown.text)
        else:
            kind = EntityKind.BOLD if found["bold"] is not None else EntityKind.CODE
            inner = rich(found["bold"] or found["code"], **values)
            whole = Entity(kind=kind, offset=0, length=len(inner.text))
            out += RichText(text=inner.text, entities=(whole, *inner.entities))
    return out + template[last:]


# What turns the direction of all that follows, by what ends it.
_TURNS = (("\u202a\u202b\u202d\u202e", "\u202c"), ("\u2066\u2067\u2068", "\u2069"))


def _turned_back(text: str) -> str:
    """What ends every turn of direction that a person's words leave open."""
    if text.isascii():
        return ""
    return "".join(
        end * max(0, sum(map(text.count, begins)) - text.count(end)) for begins, end in _TURNS
    )


# What takes up room and shows nothing, and what does not even take up room.
_BLANK = re.compile(
    r"[\s\x00-\x20\x7f-\xa0\xad\u030a\u0333\u033f\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5"
    r"\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff"
    r"\uffa0\ufff0-\ufffc\U000e0000-\U000e0fff]*"
)


def is_visible(text: str) -> bool:
    """Whether anybody would see something of it."""
    return not _BLANK.fullmatch(text)


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, the unit Telegram counts entities in."""
    return len(text) + sum(ch > "\uffff" for ch in text)


def _shifted(entities: tuple[Entity, ...], by: int) -> tuple[Entity, ...]:
    return tuple(e.model_copy(update={"offset": e.offset + by}) for e in entities)
