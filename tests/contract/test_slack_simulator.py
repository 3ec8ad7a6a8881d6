"""Unmodified slack-bolt and slack_sdk talk to the simulator and cannot tell."""

from __future__ import annotations

from typing import Any

from tests.contract.slack_wire import (
    BROADCASTS,
    ECE,
    SlackWire,
    actions,
    button,
    entry,
    modal,
    section,
)

COMPOSE = modal(
    entry("Message", "body", {"type": "rich_text_input", "action_id": "text"}),
    entry("Name", "name", {"type": "plain_text_input", "action_id": "text"}, optional=True),
    callback_id="compose",
)


async def test_a_command_opens_a_modal_whose_errors_show_and_a_card_is_pressed(
    slack: SlackWire,
) -> None:
    app = slack.bolt()
    submitted: list[Any] = []

    @app.command("/broadcast")
    async def command(ack: Any, body: Any, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=COMPOSE)

    @app.view("compose")
    async def compose(ack: Any, view: Any, client: Any) -> None:
        values = view["state"]["values"]
        submitted.append(values)
        if not values["name"]["text"]["value"]:
            await ack(response_action="errors", errors={"name": "Give it a name."})
            return
        await ack()
        blocks = [section("*Card*"), actions(button("Approve", "approve", value="42"))]
        await client.chat_postMessage(channel=BROADCASTS, text="card", blocks=blocks)

    @app.action("approve")
    async def approve(ack: Any, body: Any, client: Any) -> None:
        await ack()
        await client.chat_update(
            channel=body["channel"]["id"],
            ts=body["message"]["ts"],
            text="Approved",
            blocks=[section(f"Approved by <@{body['user']['id']}>")],
        )

    async with slack.connected(app):
        opened = await slack.do("command", user=ECE, place=BROADCASTS, text="new")
        assert opened["acked"] and [s["type"] for s in opened["saw"]] == ["slack_view"]
        assert (await slack.do("modal", user=ECE))["callback_id"] == "compose"

        empty = await slack.do("submit", user=ECE)
        assert empty["refused"] == {"Message": "Please complete this required field."}
        wrong = await slack.do("submit", user=ECE, values={"Message": "*Hello* :wave:"})
        assert wrong["errors"] == {"name": "Give it a name."} and not wrong["closed"]
        done = await slack.do("submit", user=ECE, values={"name": "Water"})
        assert done["closed"] and await slack.do("modal", user=ECE) is None
        (part,) = submitted[-1]["body"]["text"]["rich_text_value"]["elements"]
        assert part["elements"][0] == {"type": "text", "text": "Hello", "style": {"bold": True}}
        assert part["elements"][2] == {"type": "emoji", "name": "wave", "unicode": "1f44b"}

        (card,) = await slack.do("messages", user=ECE, place=BROADCASTS)
        pressed = await slack.do(
            "press", user=ECE, place=BROADCASTS, ts=card["ts"], label="Approve"
        )
        assert pressed["acked"] and pressed["pressed"]["value"] == "42"
        (card,) = await slack.do("messages", user=ECE, place=BROADCASTS)
        assert card["blocks"][0]["text"]["text"] == "Approved by <@U0ECE>"
    assert (await slack.do("acks"))["failed"] == 0
