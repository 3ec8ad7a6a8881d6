"""The suite's eye on what goes to Slack is open: it sees what slack_sdk would refuse."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.slack_valid import content_of, faults

TEXT = {"type": "section", "text": {"type": "mrkdwn", "text": "Water is off"}}
BUTTON = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Go"}}


@pytest.mark.parametrize(
    "block",
    [
        {"type": "section"},
        {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}},
        {"type": "sektion", "text": {"type": "mrkdwn", "text": "x"}},
        {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11},
        {"type": "actions", "elements": [BUTTON] * 26},
        {"type": "image", "image_url": "https://x"},
    ],
)
def test_a_block_that_cannot_stand_is_seen(block: dict[str, Any]) -> None:
    assert faults({"blocks": [TEXT, block]})
    assert faults({"blocks": json.dumps([TEXT, block])})


def test_a_view_that_cannot_stand_is_seen() -> None:
    title = {"type": "plain_text", "text": "x" * 25}
    assert faults({"view": {"type": "modal", "title": title, "blocks": [TEXT]}})
    assert not faults({"view": {"type": "home", "blocks": [TEXT]}})


def test_what_can_stand_is_let_be() -> None:
    assert not faults(content_of({"json": {"blocks": [TEXT, {"type": "divider"}]}}))
    assert not faults(content_of({"data": {"text": "no blocks"}}))
