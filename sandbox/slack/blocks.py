"""Checks the blocks of a message and of a view, with the limits of docs.slack.dev/reference/block-kit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from sandbox.slack import elements as e
from sandbox.slack.errors import SlackError
from sandbox.slack.platform import Platform
from sandbox.slack.rich_text_check import RICH_TEXT
from sandbox.slack.shapes import (
    Check,
    Problems,
    flag,
    items,
    one_of,
    plain,
    shape,
    string,
    text,
    typed,
)
from sandbox.slack.workspace import Json

IN_MESSAGE, IN_VIEW = 50, 100
# Not documented; measured by others: github.com/slackapi/bolt-js/issues/2509.
TOTAL_CHARACTERS = 13_200
MARKDOWN_CHARACTERS = 12_000
VIEW_BYTES = 250_000
_ID = {"block_id": string(255)}
_PICTURE = {"image_url": string(3000), "slack_file": e.SLACK_FILE}
_BLOCKS: dict[str, Check] = {
    "section": shape(
        {},
        _ID
        | {
            "text": text(3000), "fields": items(text(2000), 10), "accessory": typed(e.IN_SECTION),
            "expand": flag,
        },
    ),
    "divider": shape({}, _ID),
    "header": shape({"text": plain(150)}, _ID),
    "context": shape({"elements": items(typed(e.IN_CONTEXT), 10)}, _ID),
    "actions": shape({"elements": items(typed(e.IN_ACTIONS), 25)}, _ID),
    "image": shape({"alt_text": string(2000)}, _ID | _PICTURE | {"title": plain(2000)}),
    "rich_text": RICH_TEXT,
    "input": shape(
        {"label": plain(2000), "element": typed(e.IN_INPUT)},
        _ID | {"hint": plain(2000), "optional": flag, "dispatch_action": flag},
    ),
    "markdown": shape({"text": string(MARKDOWN_CHARACTERS)}, _ID),
    "video": shape(
        {
            "alt_text": string(2000), "title": plain(200), "thumbnail_url": string(3000),
            "video_url": string(3000),
        },
        _ID
        | {
            "author_name": string(50), "description": plain(200), "provider_icon_url": string(3000),
            "provider_name": string(50), "title_url": string(3000),
        },
    ),
}  # fmt: skip
_CELL = typed({"raw_text": shape({"text": string(3000)}), "rich_text": RICH_TEXT})
_COLUMN = shape({}, {"align": one_of("left", "center", "right"), "is_wrapped": flag})
_TABLE = shape(
    {"rows": items(items(_CELL, 20), 100)}, _ID | {"column_settings": items(_COLUMN, 20)}
)
_ON_MESSAGE = typed(_BLOCKS | {"table": _TABLE})
_ON_VIEW = typed({kind: check for kind, check in _BLOCKS.items() if kind != "markdown"})
_VIEW = {
    "private_metadata": string(3000, 0), "callback_id": string(255, 0),
    "external_id": string(255, 0),
}  # fmt: skip
_MODAL = shape(
    {"title": plain(24), "blocks": items(_ON_VIEW, IN_VIEW, 0)},
    _VIEW
    | {
        "submit": plain(24), "close": plain(24), "clear_on_close": flag, "notify_on_close": flag,
        "submit_disabled": flag,
    },
)  # fmt: skip
_HOME = shape({"blocks": items(_ON_VIEW, IN_VIEW, 0)}, _VIEW)


def check_blocks(platform: Platform, blocks: Any, surface: str) -> None:
    """Raises invalid_blocks naming every place, or msg_blocks_too_long. `surface`: message."""
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    problems = Problems()
    items(_ON_MESSAGE, IN_MESSAGE)(blocks, "/blocks", problems)
    if not problems:
        _together(platform, blocks, "/blocks", surface, problems)
    if problems:
        raise SlackError("invalid_blocks", *problems)
    markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if sum(len(words) for words in _words(blocks)) > TOTAL_CHARACTERS or (
        markdown > MARKDOWN_CHARACTERS
    ):
        raise SlackError("msg_blocks_too_long")


def check_view(platform: Platform, view: Any, *kinds: str) -> Json:
    """A view as it will be kept. Raises invalid_arguments naming every place."""
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments", "[ERROR] must be an object [json-pointer:/view]")
    problems = Problems()
    one_of(*kinds)(view.get("type"), "/view/type", problems)
    if not problems:
        (_MODAL if view["type"] == "modal" else _HOME)(view, "/view", problems)
    if not problems:
        blocks = view["blocks"]
        _together(platform, blocks, "/view/blocks", view["type"], problems)
        has_input = any(block["type"] == "input" for block in blocks)
        if view["type"] == "modal" and has_input and not view.get("submit"):
            problems.note("missing required field: submit", "/view")
    if problems:
        raise SlackError("invalid_arguments", *problems)
    if len(orjson.dumps(view)) > VIEW_BYTES:
        raise SlackError("view_too_large")
    return dict(view)


def _together(
    platform: Platform, blocks: list[Json], path: str, surface: str, problems: Problems
) -> None:
    """What one block alone does not show: ids used twice, files, elements out of place."""
    seen: set[str] = set()
    focused = 0
    for number, block in enumerate(blocks):
        place = f"{path}/{number}"
        name = block.get("block_id")
        if name in seen:
            problems.note(f"block_id {name!r} already exists", f"{place}/block_id")
        seen |= {name} if name else set()
        if block["type"] == "section" and not (block.get("text") or block.get("fields")):
            problems.note("must have either text or fields", place)
        actions: set[str] = set()
        for element in _elements(block):
            action = element.get("action_id")
            if action in actions:
                problems.note(f"action_id {action!r} already exists in this block", place)
            actions |= {action} if action else set()
            focused += bool(element.get("focus_on_load"))
            if element.get("type") == "file_input" and surface != "modal":
                problems.note("unsupported type: file_input", f"{place}/element")
        for picture in [block, *_elements(block)]:
            if picture.get("type") == "image":
                _check_picture(platform, picture, place, problems)
    if focused > 1:
        problems.note("only one element may have focus_on_load", path)


def _check_picture(platform: Platform, picture: Json, path: str, problems: Problems) -> None:
    url, own = picture.get("image_url"), picture.get("slack_file")
    if bool(url) == bool(own):
        problems.note("must have either image_url or slack_file", path)
    elif url and not url.startswith(("http://", "https://")):
        problems.note("must be a valid URL", f"{path}/image_url")
    elif own:
        wanted = str(own.get("id") or "")
        if own.get("url"):  # …/files/T…-F…/name
            wanted = own["url"].partition("/files/")[2].partition("/")[0].partition("-")[2]
        file = platform.files.get(wanted)
        gone = file is None or file.deleted or not file.completed
        if file is None or gone or platform.files.in_work(file):
            problems.note("invalid slack file", f"{path}/slack_file")
        elif not file.mime.startswith("image/"):
            problems.note("slack file is not an image", f"{path}/slack_file")


def _elements(block: Json) -> list[Json]:
    found = [block.get("accessory"), block.get("element")]
    if block["type"] in ("actions", "context"):
        found += block["elements"]
    return [element for element in found if element]


def _words(value: Any) -> Iterator[str]:
    """Every text in blocks."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "text" and isinstance(inner, str):
                yield inner
            else:
                yield from _words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner)
