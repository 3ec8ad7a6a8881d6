"""What we send to Slack, through slack_sdk's own models: each block is of a kind it knows and keeps the
limits it checks."""

from __future__ import annotations

import json
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

Json = dict[str, Any]


def faults(given: Json) -> list[str]:
    """What slack_sdk finds wrong with the content of one call."""
    found = []
    for block in _read(given.get("blocks")) or []:
        found += _wrong_block(block)
    view = _read(given.get("view"))
    if isinstance(view, dict):
        for block in view.get("blocks", []):
            found += _wrong_block(block)
        found += _wrong("view", View, view)
    return found


def _wrong_block(block: Json) -> list[str]:
    try:
        made = Block.parse(block)
    except (SlackObjectFormationError, TypeError, ValueError, KeyError) as error:
        return [f"{block.get('type')}: {error}"]
    if made is None:
        return [f"{block.get('type')}: no block slack_sdk knows"]
    return _checked(str(block.get("type")), made)


def _wrong(name: str, kind: Any, given: Json) -> list[str]:
    try:
        return _checked(name, kind(**given))
    except (SlackObjectFormationError, TypeError, ValueError) as error:
        return [f"{name}: {error}"]


def _checked(name: str, made: Any) -> list[str]:
    try:
        made.validate_json()
    except SlackObjectFormationError as error:
        return [f"{name}: {error}"]
    return []


def _read(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def content_of(req_args: Json) -> Json:
    """The fields of a call as slack_sdk hands them to HTTP."""
    given = req_args.get("json") or req_args.get("data") or req_args.get("params") or {}
    return dict(given) if isinstance(given, dict) else {}
