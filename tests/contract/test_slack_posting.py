"""What the console renders is taken by Slack's own rules, and reads back as it was written."""

from __future__ import annotations

from bot.chat import Button, Reply
from bot.frontends.slack.blocks import render
from bot.frontends.slack.rich_text import rich_text_value, to_rich_text
from bot.frontends.slack.rich_text_in import from_rich_text
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
from tests.contract.slack_wire import BROADCASTS, ECE, SlackWire, entry, modal

EVERY_KIND = RichText(
    text="Şişli'de 😀 su <!channel> *yok*\nalıntı\nx = 1\nson\n",
    entities=(
        Entity(kind=EntityKind.BOLD, offset=0, length=8),
        Entity(kind=EntityKind.ITALIC, offset=4, length=8),
        Entity(kind=EntityKind.LINK, offset=11, length=2, value="https://example.org"),
        Entity(kind=EntityKind.SPOILER, offset=11, length=2),
        Entity(kind=EntityKind.QUOTE, offset=31, length=6),
        Entity(kind=EntityKind.PRE, offset=38, length=5, value="python"),
        Entity(kind=EntityKind.UNDERLINE, offset=44, length=3),
    ),
)


async def test_a_whole_card_is_taken(slack: SlackWire) -> None:
    content = Message(
        text=EVERY_KIND,
        media=(Media(media_id=1, kind=MediaKind.VIDEO, filename="a.mp4"),),
        buttons=((LinkButton(label="Bak", url="https://example.org"),),),
    )
    buttons = (
        (Button("Approve", "approve 3 d1f3"), Button("Reject", "reject 3")),
        (Button("Cancel", "cancel 3"),),
    )
    made = render(Reply(rich("*#3* {t}", t="<@U0ECE>"), buttons, content), speech("tr"))
    await slack.do("places", name="broadcasts", bot=True)
    await slack.call("chat.postMessage", channel=BROADCASTS, text=made.text, blocks=made.blocks)
    (card,) = await slack.do("messages", user=ECE, place=BROADCASTS)
    back = from_rich_text(card["blocks"], {})
    assert EVERY_KIND.text.rstrip() in back.text and "#3 <@U0ECE>" in back.text


async def test_a_message_at_the_limits_and_its_thread_are_taken(slack: SlackWire) -> None:
    await slack.do("places", name="broadcasts", bot=True)
    await slack.do("limits", posts_per_second=0, posts_per_minute=0)
    long = RichText(text="satır & <b> " * 3000, entities=EVERY_KIND.entities)
    rows = tuple((Button("x" * 90, f"remove {n}"),) for n in range(200))
    made = render(Reply(long, rows, Message(text=long)), speech("en"))
    for message in (made, *made.more):
        answer = await slack.call(
            "chat.postMessage", channel=BROADCASTS, text=message.text, blocks=message.blocks
        )
    await slack.call(
        "chat.update", channel=BROADCASTS, ts=answer["ts"], text=made.text, blocks=made.blocks
    )


async def test_a_broadcast_stands_in_a_modal_to_be_edited(slack: SlackWire) -> None:
    text = RichText(text=EVERY_KIND.text * 80, entities=EVERY_KIND.entities)
    element = {"type": "rich_text_input", "action_id": "v", "initial_value": rich_text_value(text)}
    await slack.call(
        "views.publish", user_id=ECE, view={"type": "home", "blocks": to_rich_text(text)}
    )
    app, opened = slack.bolt(), []

    @app.command("/broadcast")
    async def command(ack, body, client) -> None:  # type: ignore[no-untyped-def]
        await ack()
        view = modal(entry("Message", "text", element))
        opened.append(await client.views_open(trigger_id=body["trigger_id"], view=view))

    async with slack.connected(app):
        await slack.do("command", user=ECE, place=BROADCASTS, text="new")
        shown = await slack.do("modal", user=ECE)
    assert shown is not None and opened[0]["ok"]
