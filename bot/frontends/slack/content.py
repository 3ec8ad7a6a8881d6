"""Everything a Slack message says, whatever it is made of: its own text, blocks of apps, tables,
messages it shares, attachments; and what of that cannot be taken (pure).

Shapes: docs.slack.dev/reference/block-kit/blocks, docs.slack.dev/legacy/legacy-messaging
(attachments). A shared message stands in `attachments` with `is_share` or `is_msg_unfurl`, its text
in `message_blocks` or `text`, its files beside them; Slack documents none of these fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.frontends.slack.emoji import unicode_of
from bot.frontends.slack.mrkdwn_in import from_mrkdwn, mrkdwn_losses, mrkdwn_mentioned
from bot.frontends.slack.rich_text_in import (
    PARTS_LEFT_OUT,
    Names,
    from_rich_text,
    has_words,
    losses,
    mentioned,
    unnamed,
)
from broadcast.channel import Problem
from broadcast.language import N_
from broadcast.message import Entity, EntityKind, LinkButton, RichText

Json = Mapping[str, Any]
TABLES_BECAME_LINES = Problem(N_("Tables became lines."))
PICTURES_LEFT_OUT = Problem(
    N_("Pictures that Slack only knows by their web address were left out. Send them as files.")
)
SHARE_LEFT_OUT = Problem(
    N_("Slack does not let me read a message that is shared here. Please copy its words.")
)
BUTTONS_LEFT_OUT = Problem(N_("Buttons and menus of other apps were left out."))
MARKDOWN_AS_TYPED = Problem(N_("Markdown was taken as it was typed."))
_SHARED = ("is_share", "is_msg_unfurl", "is_reply_unfurl")
_FILE_IN_ADDRESS = re.compile(r"/files(?:-pri|-tmb)?/(?:\w+/)?(?:T\w+-)?(F\w+)")
_SHORTCODE = re.compile(r":([\w+'-]+(?:::skin-tone-[2-6])?):")
_DEPTH = 3  # a share of a share; deeper ones are named as left out


@dataclass(frozen=True, slots=True)
class _Piece:
    """One paragraph: rich text blocks, or a text (`mrkdwn` or literal). `bold`: a heading."""

    blocks: tuple[Json, ...] = ()
    text: str = ""
    mrkdwn: bool = False
    bold: bool = False


@dataclass(slots=True)
class Content:
    """What `collect` found. `files`: as Slack describes them, some by their id alone."""

    pieces: list[_Piece] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)
    buttons: list[LinkButton] = field(default_factory=list)
    lost: list[Problem] = field(default_factory=list)
    begun: int = 0  # where in `pieces` the message that is being read begins

    @property
    def size(self) -> int:
        """Grows with whatever is found or named as lost."""
        return len(self.pieces) + len(self.files) + len(self.buttons) + len(self.lost)

    def mentioned(self) -> frozenset[str]:
        """Ids whose names `text` will want."""
        found: set[str] = set()
        for piece in self.pieces:
            found |= mentioned(piece.blocks)
            found |= mrkdwn_mentioned(piece.text) if piece.mrkdwn else set()
        return frozenset(found)

    def text(self, names: Names) -> RichText:
        """The paragraphs, each on lines of its own; mentions by their `names`."""
        out = RichText()
        for piece in self.pieces:
            words = _words(piece, names)
            if words.text:
                out = out + "\n" + words if out.text else words
        return out

    def notes(self, names: Names) -> tuple[Problem, ...]:
        """What could not be kept, as sentences to put under the preview, each once."""
        found = list(self.lost)
        blocks = [block for piece in self.pieces for block in piece.blocks]
        found += losses(blocks)
        for piece in self.pieces:
            found += mrkdwn_losses(piece.text) if piece.mrkdwn else ()
        once = {problem.template: problem for problem in reversed(found)}
        return (*reversed(once.values()), *unnamed(mentioned(blocks), names))

    def lose(self, problem: Problem) -> None:
        if problem not in self.lost:
            self.lost.append(problem)


def collect(message: Json) -> Content:
    """Take a message apart. Anything unknown is named as lost, never an error."""
    found = Content()
    _message(message, found, _DEPTH)
    found.files = _each_once(found.files)
    return found


def _each_once(files: list[Json]) -> list[Json]:
    """A shared message names its files in several places; at most one of them tells all of a file."""
    best: dict[str, Json] = {}
    for number, file in enumerate(files):
        name = _string(file, "id") or f"#{number}"
        if name not in best or len(file) > len(best[name]):
            best[name] = file
    return list(best.values())


def _message(message: Json, found: Content, depth: int) -> None:
    found.begun = before = len(found.pieces)
    for block in _items(message, "blocks"):
        _block(block, found)
    said = any(piece.text or has_words(piece.blocks) for piece in found.pieces[before:])
    if not said and (text := _string(message, "text")):
        found.pieces.append(_Piece(text=text, mrkdwn=True))
    found.files += _items(message, "files")
    for attachment in _items(message, "attachments"):
        _attachment(attachment, found, depth, bare=len(found.pieces) == before)


def _block(block: Json, found: Content) -> None:
    kind = _string(block, "type")
    match kind:
        case "rich_text":
            _rich(block, found)
        case "section":
            _text_object(block.get("text"), found)
            for one in _items(block, "fields"):
                _text_object(one, found)
            if isinstance(accessory := block.get("accessory"), Mapping):
                _element(accessory, found)
        case "header":
            _text_object(block.get("text"), found, bold=True)
        case "context" | "actions" | "context_actions":
            for element in _items(block, "elements"):
                _element(element, found)
        case "image":
            _text_object(block.get("title"), found)
            _picture(block, found)
        case "table" | "data_table":
            _table(block, found)
        case "markdown":
            found.pieces.append(_Piece(text=_string(block, "text")))
            found.lose(MARKDOWN_AS_TYPED)
        case _:
            _unknown(kind, block, found)


def _unknown(kind: str, block: Json, found: Content) -> None:
    """Videos, calls, forms, and what Slack thinks of next: their words, and that more was there."""
    if kind == "divider":
        return
    for name in ("title", "subtitle", "text", "body", "description"):
        _text_object(block.get(name), found)
    for inner in _items(block, "elements"):
        _unknown(_string(inner, "type"), inner, found)
    found.lose(PARTS_LEFT_OUT)


def _rich(block: Json, found: Content) -> None:
    """Neighbours are read together: a list may go on in the next one."""
    if len(found.pieces) > found.begun and found.pieces[-1].blocks:
        found.pieces[-1] = _Piece((*found.pieces[-1].blocks, block))
    else:
        found.pieces.append(_Piece((block,)))


def _text_object(given: Any, found: Content, *, bold: bool = False) -> None:
    """{type: mrkdwn|plain_text, text}."""
    if isinstance(given, Mapping) and (text := _string(given, "text")):
        mrkdwn = _string(given, "type") == "mrkdwn"
        found.pieces.append(_Piece(text=text, mrkdwn=mrkdwn, bold=bold))


def _element(element: Json, found: Content) -> None:
    """Something inside a block: words, a picture, a button."""
    kind, url = _string(element, "type"), _string(element, "url")
    label = element.get("text")
    if kind in {"mrkdwn", "plain_text"}:
        _text_object(element, found)
    elif kind == "image":
        _picture(element, found)
    elif kind == "button" and url and isinstance(label, Mapping):
        found.buttons.append(LinkButton(label=_plain(_string(label, "text")), url=url))
    else:
        found.lose(BUTTONS_LEFT_OUT)


def _picture(node: Json, found: Content) -> None:
    own = node.get("slack_file")
    file_id = ""
    if isinstance(own, Mapping):
        inside = _FILE_IN_ADDRESS.search(_string(own, "url"))
        file_id = _string(own, "id") or (inside[1] if inside else "")
    if file_id:
        name = _string(node, "alt_text")
        found.files.append({"id": file_id, "name": name, "file_access": "check_file_info"})
    else:
        found.lose(PICTURES_LEFT_OUT)


def _table(block: Json, found: Content) -> None:
    if caption := _string(block, "caption"):
        found.pieces.append(_Piece(text=caption, bold=True))
    rows = block.get("rows")
    for row in rows if isinstance(rows, list) else ():
        cells = [_cell(cell) for cell in row] if isinstance(row, list) else []
        found.pieces.append(_Piece(text=" | ".join(cells)))
    found.lose(TABLES_BECAME_LINES)


def _cell(cell: Any) -> str:
    if not isinstance(cell, Mapping):
        return ""
    if _string(cell, "type") == "rich_text":
        return from_rich_text([cell], {}).text.replace("\n", " ")
    value = cell.get("text", cell.get("value", ""))
    return str(value) if isinstance(value, str | int | float) else ""


def _attachment(given: Json, found: Content, depth: int, *, bare: bool) -> None:
    """`bare`: nothing else was said. A preview that Slack made of a link says nothing of its own:
    subscribers' apps make theirs."""
    if any(given.get(sign) for sign in _SHARED):
        _share(given, found, depth)
    elif bare or not (_string(given, "from_url") or _string(given, "original_url")):
        _of_an_app(given, found)


def _share(given: Json, found: Content, depth: int) -> None:
    if not depth:
        found.lose(PARTS_LEFT_OUT)
        return
    before, had = len(found.pieces), found.size
    for inner in _items(given, "message_blocks"):
        if isinstance(message := inner.get("message"), Mapping):
            _message(message, found, depth - 1)
    rest = {name: value for name, value in given.items() if name in {"files", "attachments"}}
    if len(found.pieces) == before:
        rest |= {"text": given.get("text"), "blocks": given.get("blocks")}
    _message(rest, found, depth - 1)
    if found.size == had:  # one that we may not read comes as a link and nothing else
        found.lose(SHARE_LEFT_OUT)


def _of_an_app(given: Json, found: Content) -> None:
    before, had = len(found.pieces), found.size
    for block in _items(given, "blocks"):
        _block(block, found)
    if len(found.pieces) == before:
        _fields_of(given, found)
    if len(found.pieces) == before and (text := _string(given, "fallback")):
        found.pieces.append(_Piece(text=text, mrkdwn=True))
    if any(_string(given, name) for name in ("image_url", "thumb_url")):
        found.lose(PICTURES_LEFT_OUT)
    if _items(given, "actions"):
        found.lose(BUTTONS_LEFT_OUT)
    found.files += _items(given, "files")
    if found.size == had:
        found.lose(PARTS_LEFT_OUT)


def _fields_of(given: Json, found: Content) -> None:
    """Pretext, author, title, text, fields and footer of the older form."""
    title = _linked(_string(given, "title"), _string(given, "title_link"))
    for text, bold in (
        (_string(given, "pretext"), False),
        (_linked(_string(given, "author_name"), _string(given, "author_link")), False),
        (title, True),
        (_string(given, "text"), False),
        *((_field(one), False) for one in _items(given, "fields")),
        (_string(given, "footer"), False),
    ):
        if text:
            found.pieces.append(_Piece(text=text, mrkdwn=True, bold=bold))


def _linked(words: str, link: str) -> str:
    return f"<{link}|{words}>" if link and words else words


def _field(one: Json) -> str:
    return ": ".join(filter(None, (_string(one, "title"), _string(one, "value"))))


def _words(piece: _Piece, names: Names) -> RichText:
    if piece.blocks:
        return from_rich_text(piece.blocks, names)
    text = from_mrkdwn(piece.text, names) if piece.mrkdwn else RichText(text=_plain(piece.text))
    if not piece.bold or not text.text:
        return text
    whole = Entity(kind=EntityKind.BOLD, offset=0, length=len(text.text))
    return text.model_copy(update={"entities": (whole, *text.entities)})


def _plain(text: str) -> str:
    """Literal words; Slack shows emoji by name in these too."""
    return _SHORTCODE.sub(lambda found: unicode_of(found[1]) or found[0], text)


def _items(node: Json, name: str) -> list[Json]:
    return list(_mappings(node.get(name)))


def _mappings(given: Any) -> Iterator[Json]:
    if isinstance(given, Sequence) and not isinstance(given, str):
        yield from (one for one in given if isinstance(one, Mapping))


def _string(node: Json, name: str) -> str:
    value = node.get(name)
    return value if isinstance(value, str) else ""
