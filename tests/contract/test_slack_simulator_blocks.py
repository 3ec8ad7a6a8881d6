"""Block Kit's limits: what just fits is taken, one more is refused with a pointer to the place."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.slack_wire import (
    GENERAL,
    Json,
    SlackWire,
    actions,
    button,
    entry,
    modal,
    plain,
    section,
)

CONFIRM = {
    "title": plain("t"), "text": plain("x"), "confirm": plain("y"), "deny": plain("n"),
}  # fmt: skip
TEXT = {"type": "plain_text_input", "action_id": "t"}


def header(text: str) -> Json:
    return {"type": "header", "text": plain(text)}


def context(count: int) -> Json:
    return {"type": "context", "elements": [plain("x")] * count}


def image(**fields: Any) -> Json:
    return {"type": "image", "alt_text": "a", "image_url": "https://e.org/a.png", **fields}


def options(count: int, text: str = "o") -> list[Json]:
    return [{"text": plain(text), "value": str(number)} for number in range(count)]


def menu(kind: str, count: int, **fields: Any) -> Json:
    return actions({"type": kind, "action_id": "m", "options": options(count), **fields})


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def bullets(*items: Json) -> Json:
    return {"type": "rich_text_list", "style": "bullet", "elements": list(items)}


def leaves(*elements: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(elements)}


FITS: list[list[Json]] = [
    [{"type": "divider"}] * 50,
    [section("x" * 3000)],
    [{"type": "section", "fields": [plain("x" * 1000)] * 10}],
    [header("x" * 150)],
    [context(10)],
    [actions(*[button("b", f"b{number}") for number in range(25)])],
    [actions(button("x" * 75, "b", value="v" * 2000, style="danger", confirm=CONFIRM))],
    [actions(button("open", "b", url="https://e.org"))],
    [menu("static_select", 100, placeholder=plain("p" * 150))],
    [menu("overflow", 5)],
    [menu("checkboxes", 10)],
    [menu("radio_buttons", 10)],
    [image(title=plain("t" * 2000))],
    [section("x", accessory=image()), section("y", block_id="b" * 255)],
    [{"type": "markdown", "text": "x" * 12_000}],
    [
        rich(
            leaves(
                {"type": "text", "text": "x", "style": {"bold": True}},
                {"type": "link", "url": "https://e.org", "text": "y"},
                {"type": "emoji", "name": "wave"},
                {"type": "user", "user_id": "U0ECE"},
                {"type": "broadcast", "range": "here"},
                {"type": "date", "timestamp": 1_800_000_000, "format": "{date}", "fallback": "d"},
            ),
            bullets(leaves({"type": "text", "text": "x"})),
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "x"}]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x"}]},
        )
    ],
    [entry("L", "b", TEXT)],
]

REFUSED: list[tuple[list[Json], str, str]] = [
    ([{"type": "divider"}] * 51, "/blocks", "no more than 50 items allowed"),
    ([{"type": "carousel"}], "/blocks/0/type", "unsupported type: carousel"),
    ([{"type": "divider", "text": "x"}], "/blocks/0", "invalid additional property: text"),
    ([section("x" * 3001)], "/blocks/0/text/text", "must be less than 3001 characters"),
    ([section("")], "/blocks/0/text/text", "must be more than 0 characters"),
    ([{"type": "section"}], "/blocks/0", "must have either text or fields"),
    ([{"type": "section", "fields": [plain("x")] * 11}], "/blocks/0/fields", "no more than 10 items"),
    ([{"type": "section", "fields": [plain("x" * 2001)]}], "/blocks/0/fields/0/text", "2001"),
    ([header("x" * 151)], "/blocks/0/text/text", "must be less than 151 characters"),
    ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "/blocks/0/text/type", "mrkdwn"),
    ([context(11)], "/blocks/0/elements", "no more than 10 items allowed"),
    ([actions(*[button("b", f"{n}") for n in range(26)])], "/blocks/0/elements", "no more than 25"),
    ([actions()], "/blocks/0/elements", "no fewer than 1 items required"),
    ([actions(button("x" * 76, "b"))], "/blocks/0/elements/0/text/text", "less than 76"),
    ([actions(button("x", "b", value="v" * 2001))], "/blocks/0/elements/0/value", "less than 2001"),
    ([actions(button("x", "b" * 256))], "/blocks/0/elements/0/action_id", "less than 256"),
    ([actions(button("x", "b", style="huge"))], "/blocks/0/elements/0/style", "must be one of"),
    ([actions(button("x", "b", url="e.org"))], "/blocks/0/elements/0/url", "must match"),
    ([actions(button("x", "b"), button("y", "b"))], "/blocks/0", "action_id 'b' already exists"),
    ([actions(button("x", "b", confirm=CONFIRM | {"deny": plain("n" * 31)}))], "/blocks/0/elements/0/confirm/deny/text", "less than 31"),
    ([menu("static_select", 101)], "/blocks/0/elements/0/options", "no more than 100"),
    ([menu("static_select", 1, option_groups=[])], "/blocks/0/elements/0", "either options or"),
    ([menu("static_select", 1, placeholder=plain("p" * 151))], "/blocks/0/elements/0/placeholder/text", "151"),
    ([menu("overflow", 6)], "/blocks/0/elements/0/options", "no more than 5"),
    ([menu("checkboxes", 11)], "/blocks/0/elements/0/options", "no more than 10"),
    ([actions({"type": "overflow", "options": options(1, "x" * 76)})], "/blocks/0/elements/0/options/0/text/text", "76"),
    ([section("a", block_id="b"), section("b", block_id="b")], "/blocks/1/block_id", "'b' already exists"),
    ([section("a", block_id="b" * 256)], "/blocks/0/block_id", "less than 256"),
    ([image(image_url="e.org/a.png")], "/blocks/0/image_url", "must be a valid URL"),
    ([image(image_url="https://e.org/" + "a" * 3000)], "/blocks/0/image_url", "less than 3001"),
    ([image(alt_text=None)], "/blocks/0", "missing required field: alt_text"),
    ([image(slack_file={"id": "F0"})], "/blocks/0", "either image_url or slack_file"),
    ([rich(leaves({"type": "text", "text": ""}))], "/blocks/0/elements/0/elements/0/text", "more than 0"),
    ([rich(leaves({"type": "text", "text": "x", "style": {"huge": True}}))], "/blocks/0/elements/0/elements/0/style", "huge"),
    ([rich(leaves({"type": "sound"}))], "/blocks/0/elements/0/elements/0/type", "sound"),
    ([rich(bullets({"type": "text", "text": "x"}))], "/blocks/0/elements/0/elements/0/type", "unsupported type"),
    ([entry("L", "b", {"type": "file_input", "action_id": "f"})], "/blocks/0/element", "file_input"),
    ([entry("L", "b", button("x", "y"))], "/blocks/0/element/type", "unsupported type: button"),
]  # fmt: skip


@pytest.mark.parametrize("blocks", FITS, ids=lambda blocks: str(blocks[0]["type"]))
async def test_what_just_fits_is_taken(slack: SlackWire, blocks: list[Json]) -> None:
    await slack.call("chat.postMessage", channel=GENERAL, text="x", blocks=blocks)


@pytest.mark.parametrize(("blocks", "path", "words"), REFUSED, ids=lambda v: str(v)[:40])
async def test_one_more_is_refused_with_the_place(
    slack: SlackWire, blocks: list[Json], path: str, words: str
) -> None:
    answer = await slack.answer("chat.postMessage", channel=GENERAL, text="x", blocks=blocks)
    assert answer["error"] == "invalid_blocks"
    found = answer["response_metadata"]["messages"]
    assert any(f"[json-pointer:{path}]" in one and words in one for one in found), found


async def test_blocks_that_fit_one_by_one_may_be_too_long_together(slack: SlackWire) -> None:
    many = {"channel": GENERAL, "text": "x", "blocks": [section("x" * 3000)] * 4}
    await slack.call("chat.postMessage", **many)
    many["blocks"] = [section("x" * 2700)] * 5
    assert await slack.error("chat.postMessage", **many) == "msg_blocks_too_long"
    many["blocks"] = [{"type": "markdown", "text": "x" * 6001}] * 2
    assert await slack.error("chat.postMessage", **many) == "msg_blocks_too_long"


def home(*blocks: Json) -> Json:
    return {"type": "home", "blocks": list(blocks)}


VIEWS: list[tuple[Json, str, str]] = [
    (modal(title=plain("t" * 25)), "/view/title/text", "less than 25"),
    (modal(submit=plain("t" * 25)), "/view/submit/text", "less than 25"),
    (modal(private_metadata="m" * 3001), "/view/private_metadata", "less than 3001"),
    (modal(callback_id="c" * 256), "/view/callback_id", "less than 256"),
    (modal(*[section("x")] * 101), "/view/blocks", "no more than 100"),
    (modal({"type": "markdown", "text": "x"}), "/view/blocks/0/type", "unsupported type: markdown"),
    (modal(entry("L", "b", TEXT), submit=None), "/view", "missing required field: submit"),
    (modal(colour="red"), "/view", "invalid additional property: colour"),
    (modal(entry("x" * 2001, "b", TEXT)), "/view/blocks/0/label/text", "less than 2001"),
    (modal(entry("L", "b", TEXT | {"max_length": 3001})), "/view/blocks/0/element/max_length", "3000"),
    (modal(entry("L", "b", TEXT | {"min_length": 5, "max_length": 2})), "/view/blocks/0/element", "min_length"),
    (modal(entry("L", "a", TEXT | {"focus_on_load": True}), entry("L", "b", TEXT | {"focus_on_load": True})), "/view/blocks", "focus_on_load"),
    (modal(entry("L", "b", {"type": "datetimepicker", "initial_date_time": 5})), "/view/blocks/0/element/initial_date_time", "between"),
    (modal(entry("L", "b", {"type": "datepicker", "initial_date": "tomorrow"})), "/view/blocks/0/element/initial_date", "must match"),
    (modal(entry("L", "b", {"type": "file_input", "max_files": 11})), "/view/blocks/0/element/max_files", "between 1 and 10"),
    (modal(entry("L", "b", {"type": "rich_text_input", "initial_value": {"type": "text"}})), "/view/blocks/0/element/initial_value/type", "unsupported"),
]  # fmt: skip


@pytest.mark.parametrize(("view", "path", "words"), VIEWS, ids=lambda v: str(v)[-40:])
async def test_a_modal_beyond_its_limits_is_refused_with_the_place(
    slack: SlackWire, view: Json, path: str, words: str
) -> None:
    answer = await slack.answer("views.open", trigger_id="1.2.3", view=view)
    assert answer["error"] == "invalid_arguments"
    found = answer["response_metadata"]["messages"]
    assert any(f"[json-pointer:{path}]" in one and words in one for one in found), found


async def test_a_view_of_more_than_250_kilobytes_is_too_large(slack: SlackWire) -> None:
    published = {"user_id": "U0ECE", "view": home(*[section("x" * 2900)] * 80)}
    await slack.call("views.publish", **published)
    published["view"] = home(*[section("x" * 2900)] * 90)
    assert await slack.error("views.publish", **published) == "view_too_large"
