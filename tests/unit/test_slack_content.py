"""What a Slack message says, whatever it is made of."""

from __future__ import annotations

from typing import Any

import pytest

from bot.frontends.slack.content import (
    BUTTONS_LEFT_OUT,
    MARKDOWN_AS_TYPED,
    PICTURES_LEFT_OUT,
    TABLES_BECAME_LINES,
    collect,
)
from bot.frontends.slack.rich_text_in import LISTS_BECAME_LINES, PARTS_LEFT_OUT
from broadcast.message import LinkButton

Json = dict[str, Any]


def rich(*leaves: Json) -> Json:
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": list(leaves)}],
    }


def words(text: str, **style: bool) -> Json:
    return {"type": "text", "text": text} | ({"style": style} if style else {})


def said(**message: Any) -> str:
    return collect(message).text({}).text


def lost(**message: Any) -> set[str]:
    return {note.template for note in collect(message).notes({})}


SHARE: Json = {
    "is_share": True, "is_msg_unfurl": True, "from_url": "https://x.slack.com/archives/C1/p1",
    "author_name": "Ada", "text": "Water is off *tomorrow*", "fallback": "[1.1] Ada: Water",
    "message_blocks": [
        {"message": {"blocks": [rich(words("Water is off "), words("tomorrow", bold=True))]}}
    ],
    "files": [{"id": "F1", "name": "map.png", "mimetype": "image/png", "url_private": "u"}],
}  # fmt: skip


def test_a_shared_message_says_what_it_says_and_brings_its_files() -> None:
    found = collect({"text": "", "attachments": [SHARE]})
    assert found.text({}).text == "Water is off tomorrow"
    assert [file["id"] for file in found.files] == ["F1"]
    assert found.text({}).entities[0].length == len("tomorrow")


def test_a_comment_and_what_it_shares_are_both_there() -> None:
    comment = [rich(words("Please send this on:"))]
    assert (
        said(blocks=comment, attachments=[SHARE]) == "Please send this on:\nWater is off tomorrow"
    )


def test_a_share_without_blocks_is_read_by_its_text() -> None:
    share = {"is_share": True, "text": "Fish &amp; <https://a.org|chips>", "mrkdwn_in": ["text"]}
    assert said(attachments=[share]) == "Fish & chips"


def test_a_share_of_a_share_is_followed_and_an_endless_one_is_named() -> None:
    inner: Json = {"is_share": True, "text": "the bottom"}
    for _ in range(2):
        inner = {"is_share": True, "attachments": [inner]}
    assert said(attachments=[inner]) == "the bottom"
    for _ in range(9):
        inner = {"is_share": True, "attachments": [inner]}
    assert PARTS_LEFT_OUT.template in lost(attachments=[inner])


def test_the_preview_slack_makes_of_a_link_adds_nothing() -> None:
    preview = {"from_url": "https://a.org", "original_url": "https://a.org", "title": "A page"}
    message = {"blocks": [rich(words("See https://a.org"))], "attachments": [preview]}
    assert said(**message) == "See https://a.org"
    assert not lost(**message)


ALERT: Json = {
    "text": "fallback of the notification",
    "blocks": [
        {"type": "header", "text": {"type": "plain_text", "text": "Disk full :fire:"}},
        {
            "type": "section", "text": {"type": "mrkdwn", "text": "*web-1* &gt; 91 %"},
            "fields": [{"type": "mrkdwn", "text": "Since 09:00"}],
            "accessory": {"type": "image", "image_url": "https://a.org/i.png", "alt_text": "graph"},
        },
        {"type": "divider"},
        {"type": "context", "elements": [{"type": "plain_text", "text": "runbook 7"}]},
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button", "url": "https://a.org/run", "action_id": "x",
                    "text": {"type": "plain_text", "text": "Open"},
                },
                {"type": "static_select", "action_id": "y", "options": []},
            ],
        },
    ],
}  # fmt: skip


def test_the_post_of_another_app_is_taken_with_what_it_says() -> None:
    found = collect(ALERT)
    assert found.text({}).text == "Disk full 🔥\nweb-1 > 91 %\nSince 09:00\nrunbook 7"
    assert found.buttons == [LinkButton(label="Open", url="https://a.org/run")]
    assert lost(**ALERT) == {PICTURES_LEFT_OUT.template, BUTTONS_LEFT_OUT.template}


def test_attachments_of_the_older_form_are_taken() -> None:
    old = {
        "pretext": "New _alert_", "title": "CPU", "title_link": "https://a.org/cpu",
        "text": "is at <https://a.org|99 %>", "footer": "monitor",
        "fields": [{"title": "host", "value": "web-1", "short": True}],
        "actions": [{"type": "button", "text": "Mute"}], "fallback": "not this",
    }  # fmt: skip
    assert said(attachments=[old]) == "New alert\nCPU\nis at 99 %\nhost: web-1\nmonitor"
    assert lost(attachments=[old]) == {BUTTONS_LEFT_OUT.template}
    assert said(attachments=[{"fallback": "only this"}]) == "only this"


def test_a_table_becomes_lines() -> None:
    rows = [
        [{"type": "raw_text", "text": "Day"}, {"type": "raw_text", "text": "Hours"}],
        [{"type": "raw_text", "text": "Mon"}, rich(words("9-5", bold=True))],
    ]
    table = {"type": "table", "rows": rows}
    assert said(blocks=[table]) == "Day | Hours\nMon | 9-5"
    assert lost(blocks=[table]) == {TABLES_BECAME_LINES.template}


def test_a_picture_slack_keeps_is_a_file_and_one_by_address_is_named() -> None:
    kept = {"type": "image", "alt_text": "map", "slack_file": {"id": "F7"}}
    by_url = {"type": "image", "alt_text": "map", "slack_file": {
        "url": "https://files.slack.com/files-pri/T01-F08ABC/map.png"}}  # fmt: skip
    found = collect({"blocks": [kept, by_url]})
    assert [file["id"] for file in found.files] == ["F7", "F08ABC"]
    away = {"type": "image", "alt_text": "map", "image_url": "https://a.org/m.png",
            "title": {"type": "plain_text", "text": "The way there"}}  # fmt: skip
    assert said(blocks=[away]) == "The way there"
    assert lost(blocks=[away]) == {PICTURES_LEFT_OUT.template}


def test_markdown_and_what_nobody_has_met_yet_are_named() -> None:
    assert lost(blocks=[{"type": "markdown", "text": "**a**"}]) == {MARKDOWN_AS_TYPED.template}
    unknown = {"type": "carousel", "title": {"type": "plain_text", "text": "Look"}}
    assert said(blocks=[unknown]) == "Look"
    assert lost(blocks=[unknown]) == {PARTS_LEFT_OUT.template}


def test_text_counts_where_there_are_no_blocks() -> None:
    assert said(text="is off for a _moment_", subtype="me_message") == "is off for a moment"


def ordered(*texts: str, **more: int) -> Json:
    items = [{"type": "rich_text_section", "elements": [words(text)]} for text in texts]
    return {"type": "rich_text_list", "style": "ordered", "elements": items, **more}


def test_a_numbered_list_goes_on_behind_what_stands_in_it() -> None:
    inner = {**ordered("left", "right", indent=1), "style": "bullet"}
    block = {"type": "rich_text", "elements": [
        ordered("one", "two", indent=0), inner, ordered("three", indent=0), inner,
        ordered("four", indent=0),
    ]}  # fmt: skip
    lines = said(blocks=[block]).splitlines()
    assert [line for line in lines if line[0] != " "] == ["1. one", "2. two", "3. three", "4. four"]
    assert lost(blocks=[block]) == {LISTS_BECAME_LINES.template}


def test_another_list_behind_words_begins_anew_and_an_offset_is_believed() -> None:
    between = {"type": "rich_text_section", "elements": [words("And:\n")]}
    block = {"type": "rich_text", "elements": [ordered("a"), between, ordered("b")]}
    assert said(blocks=[block]) == "1. a\nAnd:\n1. b"
    block = {"type": "rich_text", "elements": [ordered("a"), ordered("f", offset=5)]}
    assert said(blocks=[block]) == "1. a\n6. f"


@pytest.mark.parametrize(
    "odd",
    [
        {"blocks": "x"}, {"blocks": [None, 3, {"type": 7}]}, {"attachments": [{"is_share": True}]},
        {"blocks": [{"type": "table", "rows": [None, [None, {"text": 3}]]}]},
        {"blocks": [{"type": "section", "accessory": "x", "fields": {"a": 1}}]},
        {"attachments": [{"message_blocks": [{"message": None}], "is_share": 1}], "files": [1]},
        {"blocks": [{"type": "image", "slack_file": "F1"}]},
    ],
)  # fmt: skip
def test_odd_shapes_are_no_error(odd: Json) -> None:
    collect(odd).notes({})
    collect(odd).text({})


def test_blocks_nobody_has_met_yet_are_read_to_the_bottom_and_named() -> None:
    card = {"type": "card", "title": {"type": "plain_text", "text": "Water"},
            "body": {"type": "mrkdwn", "text": "off *tomorrow*"}}  # fmt: skip
    blocks = [{"type": "carousel", "elements": [card]}]
    assert said(blocks=blocks) == "Water\noff tomorrow"
    assert lost(blocks=blocks) == {PARTS_LEFT_OUT.template}


def test_where_the_blocks_say_nothing_the_text_counts() -> None:
    assert (
        said(text="Water is off", blocks=[{"type": "rich_text", "elements": []}]) == "Water is off"
    )


@pytest.mark.parametrize("offset", [None, "1", [], True])
def test_an_offset_that_is_no_number_is_none(offset: Any) -> None:
    def listed(*items: str, **more: Any) -> Json:
        sections = [{"type": "rich_text_section", "elements": [words(one)]} for one in items]
        return {"type": "rich_text_list", "style": "ordered", "elements": sections} | more

    parts = [listed("a"), listed("x", style="bullet", indent=1), listed("b", offset=offset)]
    assert said(blocks=[{"type": "rich_text", "elements": parts}]) == "1. a\n   • x\n2. b"
