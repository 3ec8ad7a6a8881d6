"""A neutral reply as a Slack message: complete, within Block Kit's limits, never refused."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from bot.chat import Button, Reply
from bot.frontends.slack.blocks import MESSAGE_BLOCKS, MESSAGE_CHARACTERS, Rendered, render
from bot.frontends.slack.buttons import ACTIONS
from bot.frontends.slack.rich_text import count_characters
from broadcast.channel import Problem
from broadcast.language import speech
from broadcast.message import (
    Entity,
    EntityKind,
    LinkButton,
    Media,
    MediaKind,
    Message,
    RichText,
    rich,
)

EN, TR = speech("en"), speech("tr")


def words(blocks: list[dict[str, Any]]) -> str:
    """Everything there is to read, block by block."""

    def read(node: Any) -> str:
        if isinstance(node, list):
            return "".join(map(read, node))
        if isinstance(node, dict):
            if "confirm" in node:
                node = node | {"confirm": {}}
            return "".join(read(v) for k, v in node.items() if k in {"text", "elements"})
        return node if isinstance(node, str) else ""

    return "\n".join(read(block) for block in blocks)


def buttons(made: Rendered) -> list[dict[str, Any]]:
    return [e for b in made.blocks if b["type"] == "actions" for e in b["elements"]]


def accepted(made: Rendered) -> Rendered:
    """slack_sdk's own models check the lengths; the totals are ours to check."""
    for message in (made, *made.more):
        for block in Block.parse_all(message.blocks):
            block.validate_json()
        assert len(message.blocks) <= MESSAGE_BLOCKS
        assert count_characters(message.blocks) <= MESSAGE_CHARACTERS + 500  # asides that say so
        assert len(message.text) <= 4000
        ids = [e["action_id"] for e in buttons(message)]
        assert len(ids) == len(set(ids)) and all(ACTIONS.fullmatch(i) for i in ids)
        assert all(len(b["elements"]) <= 25 for b in message.blocks if b["type"] == "actions")
        assert all(0 < len(e["text"]["text"]) <= 75 for e in buttons(message))
    return made


def test_a_card_shows_its_words_and_its_buttons_carry_command_lines() -> None:
    reply = Reply(
        rich("*#{id}* {title}", id=3, title="Su <!channel> kesik"),
        (
            (Button("Submit for approval", "submit 3"),),
            (Button("Audience", "audience 3"), Button("Delete", "delete 3")),
        ),
    )
    made = accepted(render(reply, EN))
    assert words(made.blocks[:1]) == "#3 Su <!channel> kesik"
    assert made.text == "#3 Su &lt;!channel&gt; kesik"
    assert [e["value"] for e in buttons(made)] == ["submit 3", "audience 3", "delete 3 now"]
    assert [len(b["elements"]) for b in made.blocks if b["type"] == "actions"] == [1, 2]
    assert [e.get("style") for e in buttons(made)] == ["primary", None, "danger"]


def test_what_cannot_be_taken_back_is_asked_again_in_the_readers_language() -> None:
    made = accepted(render(Reply(RichText(text="x"), ((Button("Sil", "delete 3"),),)), TR))
    confirm = buttons(made)[0]["confirm"]
    assert confirm["title"]["text"] == "Emin misiniz?"
    assert (
        confirm["text"]["text"] == "Taslaklarınızdan çıkar. Numarasıyla yeniden kullanabilirsiniz."
    )
    assert (confirm["confirm"]["text"], confirm["deny"]["text"]) == ("Sil", "Geri dön")


def test_a_cancel_reaches_us_before_anything_is_asked_so_that_it_stops_first() -> None:
    (cancel,) = buttons(
        accepted(render(Reply(RichText(text="x"), ((Button("Cancel", "cancel 3"),),)), EN))
    )
    assert (cancel["value"], "confirm" in cancel, cancel["style"]) == ("cancel 3", False, "danger")


def test_a_button_that_only_asks_which_one_is_no_danger_and_names_nothing() -> None:
    rows = ((Button("Cancel", "cancel"), Button("Approve", "approve"), Button("x", "remove 3")),)
    cancel, approve, remove = buttons(accepted(render(Reply(RichText(text="x"), rows), EN)))
    assert (cancel["value"], "confirm" in cancel, "style" in cancel) == ("cancel", False, False)
    assert (approve["value"], "style" in approve) == ("approve", False)
    assert (remove["value"], remove["style"]) == ("remove 3 now", "danger")


def test_the_content_stands_first_as_a_subscriber_will_see_it() -> None:
    message = Message(
        text=rich("*Su* yok"),
        media=(
            Media(media_id=1, kind=MediaKind.PHOTO, filename="harita.png"),
            Media(media_id=2, kind=MediaKind.PHOTO),
            Media(media_id=3, kind=MediaKind.DOCUMENT, filename="plan.pdf"),
            Media(media_id=4, kind=MediaKind.VOICE),
        ),
        buttons=((LinkButton(label="Bak", url="https://example.org"),),),
    )
    reply = Reply(rich("To: everyone"), ((Button("Approve", "approve 3 d1f3"),),), message)
    made = accepted(render(reply, EN, pictures={1: "F0123", 2: "https://example.org/2.png"}))
    assert [block["type"] for block in made.blocks] == [
        "image", "image", "context", "context", "rich_text", "actions", "divider", "rich_text",
        "actions",
    ]  # fmt: skip
    assert made.blocks[0] == {
        "type": "image", "slack_file": {"id": "F0123"}, "alt_text": "harita.png"
    }  # fmt: skip
    assert made.blocks[1]["image_url"] == "https://example.org/2.png"
    assert made.blocks[1]["alt_text"] == "photo"
    assert words(made.blocks[2:4]) == (
        "📎 plan.pdf (open it in the thread)\n📎 voice message (open it in the thread)"
    )
    link, approve = buttons(made)
    assert (link["url"], link["action_id"]) == ("https://example.org", "link.0")
    assert "value" not in link
    assert (approve["value"], approve["action_id"]) == ("approve 3 d1f3", "command.1")
    assert made.text == "To: everyone"


def test_under_the_content_stands_what_slack_shows_differently_and_what_was_lost() -> None:
    text = RichText(text="gizli", entities=(Entity(kind=EntityKind.SPOILER, offset=0, length=5),))
    odd = LinkButton(label="Eski", url="tg://resolve?domain=x")
    reply = Reply(content=Message(text=text, buttons=((odd,),)))
    made = accepted(render(reply, EN, notes=[Problem("Mentions became plain names.")]))
    assert words(made.blocks[1:]) == (
        "Mentions became plain names.\n"
        "Slack cannot hide words: the spoiler is readable here.\n"
        "Slack cannot show the button “Eski”."
    )
    assert made.text == "gizli"


def test_an_address_slack_would_refuse_never_reaches_it() -> None:
    urls = [
        "",
        "http://",
        "https://a b",
        "javascript:x",
        "https://[",
        "https://a.org/" + "x" * 3000,
    ]
    rows = tuple((LinkButton(label="", url=url),) for url in urls)
    made = accepted(render(Reply(content=Message(text=RichText(text="x"), buttons=rows)), EN))
    assert buttons(made) == []


def test_a_long_broadcast_goes_on_in_the_thread_and_loses_no_character() -> None:
    content = RichText(text="\n".join(f"satır {n} " + "ş" * 80 for n in range(400)))
    own = RichText(text="\n".join(f"not {n} " + "ç" * 80 for n in range(200)))
    reply = Reply(own, ((Button("Approve", "approve 3"),),), Message(text=content))
    made = accepted(render(reply, EN))
    assert words(made.blocks).count("✂️ Shortened here. The rest is in the thread.") == 2
    assert buttons(made)
    everything = "".join(words(message.blocks) for message in (made, *made.more))
    assert all(f"satır {n} " in everything for n in range(400))
    assert all(f"not {n} " in everything for n in range(200))
    assert everything.count("ş") == content.text.count("ş")
    assert everything.count("ç") == own.text.count("ç")


def test_where_there_is_no_thread_a_long_text_says_it_was_cut() -> None:
    made = accepted(render(Reply(RichText(text="word " * 5000)), EN, threaded=False))
    assert made.more == ()
    assert "✂️ Shortened here. Preview in our direct messages shows the whole." in words(made.blocks)


def test_more_buttons_than_slack_shows_are_packed_and_then_said_to_be_missing() -> None:
    rows = tuple((Button(f"Remove person {n}", f"remove {n}"),) for n in range(300))
    made = accepted(render(Reply(RichText(text="Team"), rows), EN))
    assert "Not all buttons fit here. The commands do the same." in words(made.blocks)
    many = tuple((Button(f"#{n}", f"open {n}"),) for n in range(80))
    packed = accepted(render(Reply(RichText(text="Drafts"), many), EN))
    assert len(buttons(packed)) == 80
    assert "Not all" not in words(packed.blocks)


def test_a_row_shows_at_most_five_buttons() -> None:
    row = tuple(Button(str(n), f"open {n}") for n in range(12))
    made = accepted(render(Reply(RichText(text="x"), (row,)), EN))
    assert [len(b["elements"]) for b in made.blocks if b["type"] == "actions"] == [5, 5, 2]


def test_sizes_at_and_over_the_limits_are_cut_to_fit() -> None:
    label = "ı" * 75
    row = (Button(label, "open 1"), Button(label + "x", "open 2"), Button("", "open 3"),
           Button("x", "y" * 2000), Button("x", "y" * 2001))  # fmt: skip
    made = accepted(render(Reply(RichText(text="x"), (row,)), EN))
    shown = buttons(made)
    assert [e["text"]["text"] for e in shown[:3]] == [label, "ı" * 74 + "…", "open 3"]
    assert len(shown) == 4
    assert len(render(Reply(RichText(text="&" * 20_000)), EN).text) <= 4000


_TEXT = st.builds(
    lambda text, times, kind: RichText(
        text=text * times,
        entities=(
            Entity(kind=kind, offset=0, length=3, value="https://example.org/" + "x" * 2900),
            Entity(kind=EntityKind.BOLD, offset=1, length=10_000),
        ),
    ),
    st.text(max_size=12),
    st.integers(0, 3000),
    st.sampled_from(list(EntityKind)),
)
_LINKS = st.builds(LinkButton, label=st.text(max_size=100), url=st.sampled_from(
    ["https://example.org/" + "y" * 2900, "https://a.org", "x"]))  # fmt: skip
_COMMANDS = st.builds(Button, st.text(max_size=100), st.sampled_from(["cancel 1", "open 2", "x"]))


@settings(max_examples=40, deadline=None)
@given(
    _TEXT,
    _TEXT,
    st.lists(st.lists(_LINKS, max_size=4).map(tuple), max_size=8).map(tuple),
    st.lists(st.lists(_COMMANDS, max_size=12).map(tuple), max_size=40).map(tuple),
    st.integers(0, 25),
)
def test_whatever_comes_slack_takes_it(
    own: RichText,
    content: RichText,
    links: tuple[tuple[LinkButton, ...], ...],
    commands: tuple[tuple[Button, ...], ...],
    files: int,
) -> None:
    media = tuple(Media(media_id=n, kind=MediaKind.PHOTO) for n in range(files))
    message = Message(text=content, buttons=links, media=media)
    accepted(render(Reply(own, commands, message), EN, pictures={1: "F1"}))


def test_all_words_of_a_file_are_shown_to_whoever_decides_and_where_they_lead() -> None:
    hidden = "and at the very end what an approver has to see"
    link = Entity(kind=EntityKind.LINK, offset=0, length=4, value="https://evil.example/")
    long = Media(media_id=1, kind=MediaKind.PHOTO, caption=RichText(text="Photo " * 100 + hidden))
    linked = Media(
        media_id=2, kind=MediaKind.PHOTO, caption=RichText(text="here", entities=(link,))
    )
    content = Message(text=RichText(text="Look"), media=(long, linked))
    made = accepted(render(Reply(RichText(text="Card"), content=content), EN))
    shown = words([block for part in (made, *made.more) for block in part.blocks])
    assert hidden in shown
    assert "https://evil.example/" in str(made.blocks)
