"""What public reports told of Slack messages, in words of our own (docs/foreign-eyes-content.md)."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.frontends.slack.content import SHARE_LEFT_OUT, collect
from bot.frontends.slack.emoji import unicode_of
from bot.frontends.slack.files import Files
from bot.frontends.slack.mrkdwn_in import from_mrkdwn
from bot.frontends.slack.rich_text_in import PARTS_LEFT_OUT
from broadcast.context import Core
from broadcast.message import EntityKind

Json = dict[str, Any]


def words(text: str) -> Json:
    return {"type": "text", "text": text}


def section(*leaves: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(leaves)}


def a_list(style: str, *items: str, **more: object) -> Json:
    return {
        "type": "rich_text_list", "style": style,
        "elements": [section(words(item)) for item in items], **more,
    }  # fmt: skip


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def said(message: Json) -> str:
    return collect(message).text({}).text


def lost(message: Json) -> list[str]:
    return [problem.template for problem in collect(message).notes({})]


ORDERED = "ordered"


@pytest.mark.parametrize(
    ("elements", "lines"),
    [
        # bullets count nothing for a numbered list behind them
        ([a_list("bullet", "x", "y"), a_list(ORDERED, "a", "b")], "• x|• y|1. a|2. b"),
        (
            [a_list(ORDERED, "x", "y"), a_list("bullet", "q"), a_list(ORDERED, "a")],
            "1. x|2. y|• q|1. a",
        ),
        # the outer list goes on behind the inner one, the inner one begins anew
        (
            [a_list(ORDERED, "a", "b"), a_list(ORDERED, "i", "ii", indent=1),
             a_list(ORDERED, "c"), a_list(ORDERED, "iii", indent=1)],
            "1. a|2. b|   1. i|   2. ii|3. c|   1. iii",
        ),
        # Slack tells where a list goes on behind a line of prose
        (
            [a_list(ORDERED, "a", "b"), section(words("so:")), a_list(ORDERED, "c", offset=2)],
            "1. a|2. b|so:|3. c",
        ),
        ([a_list(ORDERED, "a", offset=None), a_list("bullet")], "1. a"),
        ([a_list(ORDERED, "a", "b", offset="three")], "1. a|2. b"),
    ],
)  # fmt: skip
def test_lists_are_numbered_as_slack_shows_them(elements: list[Json], lines: str) -> None:
    assert said({"blocks": [rich(*elements)]}) == lines.replace("|", "\n")


FILE = {"id": "F1", "name": "plan.pdf", "file_access": "check_file_info"}
WHOLE = {"id": "F1", "name": "plan.pdf", "mimetype": "application/pdf", "url_private": "u"}


def share(**more: object) -> Json:
    return {"is_share": True, "from_url": "https://x.slack.com/archives/C1/p1", **more}


def test_a_forwarded_file_comes_along_once_as_the_record_that_tells_most() -> None:
    inner = {"message": {"blocks": [rich(section(words("the plan")))], "files": [FILE]}}
    shared = share(files=[WHOLE], message_blocks=[inner])
    found = collect({"text": "", "attachments": [shared, share(files=[FILE], text="again")]})
    assert found.files == [WHOLE]
    assert found.text({}).text == "the plan\nagain"


def test_more_shares_than_one_are_all_there() -> None:
    message = {"text": "", "attachments": [share(text=f"part {n}") for n in range(12)]}
    assert said(message).splitlines() == [f"part {n}" for n in range(12)]


@pytest.mark.parametrize(
    "given", [share(fallback="[no preview available]"), share(text=None, message_blocks=[{}])]
)
def test_a_share_slack_withholds_is_named_and_its_placeholder_is_not_sent(given: Json) -> None:
    message = {"text": "", "attachments": [given]}
    assert said(message) == ""
    assert lost(message) == [SHARE_LEFT_OUT.template]


def test_an_alert_in_an_attachment_alone_is_taken() -> None:
    alert = {
        "fallback": "Down", "pretext": "Look", "author_name": "Watch", "title": "Site is down",
        "title_link": "https://example.org/1", "text": "For *5* minutes", "footer": "probe 3",
        "fields": [{"title": "Priority", "value": "High"}],
    }  # fmt: skip
    found = collect({"text": "", "bot_id": "B1", "attachments": [alert]}).text({})
    assert found.text.splitlines() == [
        "Look", "Watch", "Site is down", "For 5 minutes", "Priority: High", "probe 3",
    ]  # fmt: skip
    assert [e.value for e in found.entities if e.kind is EntityKind.LINK] == [
        "https://example.org/1"
    ]


def test_an_attachment_of_which_nothing_can_be_taken_is_named() -> None:
    assert lost({"text": "", "attachments": [{"id": 1, "color": "f00"}]}) == [
        PARTS_LEFT_OUT.template
    ]


@pytest.mark.parametrize(
    "kind",
    ["attachment_mention", "canvas", "canvas_user_mention", "canvas_message_unfurl", "citation",
     "file", "list_record", "message_mention", "salesforce_data_field", "tag",
     "work_object_mention", "workflow_mention", "of_next_year"],
)  # fmt: skip
def test_each_leaf_slack_lists_and_we_cannot_carry_is_named(kind: str) -> None:
    message = {"blocks": [rich(section(words("See "), {"type": kind, "id": "X"}))]}
    assert said(message).strip() == "See"
    assert lost(message) == [PARTS_LEFT_OUT.template]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (":slightly_smiling_face: &amp; &lt;b&gt;", "🙂 & <b>"),
        (":wine_glass: :+1::skin-tone-4:", "🍷 👍🏽"),
        ("&amp;lt; is &lt;", "&lt; is <"),
        ("<http://link.com|link.com>", "link.com"),
        ("<https://e.org/?a=1&amp;b=2|docs &gt; setup>", "docs > setup"),
        ("<https://en.wikipedia.org/wiki/Sarah_Jessica_Parker>",
         "https://en.wikipedia.org/wiki/Sarah_Jessica_Parker"),
        ("https://en.wikipedia.org/wiki/A_(b)_c", "https://en.wikipedia.org/wiki/A_(b)_c"),
        ("snake_case_name and 2*3*4", "snake_case_name and 2*3*4"),
        ("10:30:45", "10:30:45"),
        ("* milk\n* bread", "* milk\n* bread"),
        ("`**bold**` and `:smile:`", "**bold** and :smile:"),
        ("这是*粗体*文字", "这是*粗体*文字"),
        ("_italic_，and", "italic，and"),
        ("***", "***"),
    ],
)  # fmt: skip
def test_mrkdwn_is_read_as_slack_shows_it(typed: str, shown: str) -> None:
    assert from_mrkdwn(typed, {}).text == shown


def test_the_query_of_a_link_is_whole() -> None:
    (link,) = from_mrkdwn("<https://e.org/?a=1&amp;b=2|docs &gt; setup>", {}).entities
    assert link.value == "https://e.org/?a=1&b=2"


@pytest.mark.parametrize(
    ("name", "codes", "tone", "shown"),
    [
        ("handshake", "1faf1-1f3ff-200d-1faf2-1f3fb", 0, "🫱🏿\u200d🫲🏻"),
        ("i_love_you_hand_sign", "1f91f-1f3fd", 4, "🤟🏽"),
        ("+1", "", 0, "👍"),
        ("+1", "", 2, "👍🏻"),
        ("party_parrot", "", 0, ""),
    ],
)
def test_emoji_by_their_code_points_before_their_names(
    name: str, codes: str, tone: int, shown: str
) -> None:
    assert unicode_of(name, codes, tone) == shown


@pytest.mark.parametrize(
    "file",
    [
        {"mode": "tombstone"},
        {"id": None, "name": "gone.pdf", "mode": "hidden_by_limit"},
        {"id": "F1", "is_external": True, "url_private": "https://docs.google.com/document/d/1"},
        {"id": "F1", "name": "x", "url_private": "https://files.example.org/x"},
    ],
)
async def test_a_file_that_is_deleted_hidden_or_kept_elsewhere_is_named(file: Json) -> None:
    files = Files(Core.__new__(Core), AsyncWebClient("xoxb-1"), "https://slack.com/api/")
    kept, refused = await files.keep([file])
    assert (kept, len(refused)) == ((), 1)
