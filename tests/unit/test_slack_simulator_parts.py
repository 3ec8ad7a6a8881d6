"""Small parts of the fake Slack: the editor's rich text, the clock, the method descriptions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.slack import generate_web_api
from sandbox.slack.clock import Clock
from sandbox.slack.rich_text import from_mrkdwn
from sandbox.slack.rich_text_check import RICH_TEXT
from sandbox.slack.shapes import Problems

SOURCE = Path(__file__).parents[3] / "shared/specs/slack-api-ref"


def text(words: str, **style: bool) -> dict[str, Any]:
    leaf: dict[str, Any] = {"type": "text", "text": words}
    return leaf | {"style": style} if style else leaf


def section(*leaves: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(leaves)}


def listed(style: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_list", "style": style, "indent": 0, "elements": list(items)}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("plain &amp; &lt;simple&gt;", [section(text("plain & <simple>"))]),
        ("*b* _i_ ~s~", [section(text("b", bold=True), text(" "), text("i", italic=True), text(" "), text("s", strike=True))]),
        ("*both _of them_*", [section(text("both ", bold=True), text("of them", bold=True, italic=True))]),
        ("2*3*4 snake_case_name", [section(text("2*3*4 snake_case_name"))]),
        ("`*code*`", [section(text("*code*", code=True))]),
        ("a\nb", [section(text("a"), text("\n"), text("b"))]),
        ("```x\ny```", [{"type": "rich_text_preformatted", "elements": [text("x\ny")]}]),
        ("> q\n> r", [{"type": "rich_text_quote", "elements": [text("q"), text("\n"), text("r")]}]),
        ("- a\n- *b*\n1. c", [listed("bullet", section(text("a")), section(text("b", bold=True))), listed("ordered", section(text("c")))]),
        ("<https://e.org|here>", [section({"type": "link", "url": "https://e.org", "text": "here"})]),
        ("see https://e.org/?a=1", [section(text("see "), {"type": "link", "url": "https://e.org/?a=1"})]),
        ("<@U1> <#C1|general> <!here> <!subteam^S1>", [section(
            {"type": "user", "user_id": "U1"}, text(" "), {"type": "channel", "channel_id": "C1"}, text(" "),
            {"type": "broadcast", "range": "here"}, text(" "), {"type": "usergroup", "usergroup_id": "S1"},
        )]),
        ("<!date^1800000000^{date}|soon>", [section({"type": "date", "timestamp": 1800000000, "format": "{date}", "fallback": "soon"})]),
        (":tr: :party_parrot:", [section({"type": "emoji", "name": "tr", "unicode": "1f1f9-1f1f7"}, text(" "), {"type": "emoji", "name": "party_parrot"})]),
    ],
)  # fmt: skip
def test_typed_text_is_kept_as_slacks_editor_keeps_it(
    typed: str, kept: list[dict[str, Any]]
) -> None:
    block = from_mrkdwn(typed)
    assert block == {"type": "rich_text", "elements": kept}
    problems = Problems()
    RICH_TEXT(block, "", problems)
    assert problems == []


def test_no_two_messages_share_a_timestamp_and_later_is_larger() -> None:
    clock = Clock()
    stamps = [clock.ts() for _ in range(1000)]
    assert len(set(stamps)) == 1000 and stamps == sorted(stamps, key=float)


@pytest.mark.skipif(not SOURCE.is_dir(), reason="the descriptions are not at hand")
def test_the_committed_descriptions_are_what_the_generator_makes_of_the_source() -> None:
    committed = json.loads(generate_web_api.RESULT.read_text("utf-8"))
    assert committed == generate_web_api.reduce(SOURCE)
