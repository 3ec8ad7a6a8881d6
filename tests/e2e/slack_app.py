"""A small app of slack-bolt that shows every block and element the page must draw."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

BOT, APP = "xoxb-1-2-page", "xapp-1-A0-page"
BROADCASTS = "C0BROADCASTS"
Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def button(text: str, action_id: str, **fields: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": action_id, **fields}


def entry(label: str, block_id: str, kind: str, **fields: Any) -> Json:
    element = {"type": kind, "action_id": "value", **fields.pop("element", {})}
    block = {"type": "input", "label": plain(label), "block_id": block_id, "element": element}
    return {**block, **fields}


def option(text: str, value: str) -> Json:
    return {"text": plain(text), "value": value}


EVERYONE, TURKISH = option("Everyone who opted in", "all"), option("Who reads Turkish", "tr")
SURE = {
    "title": plain("Approve it?"),
    "text": mrkdwn("It goes to *412 people*."),
    "confirm": plain("Approve"),
    "deny": plain("Not yet"),
}


def compose(preview: Json | None = None) -> Json:
    """The modal; with a preview once that was asked for."""
    blocks = [
        entry("Message", "body", "rich_text_input", hint=plain("As people will read it.")),
        entry("Picture", "picture", "file_input", element={"max_files": 2}, optional=True),
        entry(
            "Audience", "audience", "static_select",
            element={"options": [EVERYONE, TURKISH], "initial_option": EVERYONE},
        ),
        entry("When", "when", "datetimepicker", optional=True),
        entry("Button", "button", "plain_text_input", optional=True),
        entry(
            "Ways", "ways", "checkboxes", optional=True,
            element={"options": [option("Quietly", "quiet"), option("Pin it", "pin")]},
        ),
        entry(
            "After a crash", "policy", "radio_buttons", optional=True,
            element={"options": [option("Ask", "ask"), option("Leave", "leave")]},
        ),
        {"type": "actions", "elements": [button("Preview", "preview")]},
    ]  # fmt: skip
    if preview:
        blocks += [{"type": "divider"}, preview]
    return {
        "type": "modal", "callback_id": "compose", "title": plain("New broadcast"),
        "submit": plain("Submit"), "close": plain("Not now"), "blocks": blocks,
    }  # fmt: skip


def card(body: Json, picture: list[Json]) -> list[Json]:
    """What the channel sees."""
    shown = [
        {"type": "image", "slack_file": {"id": file["id"]}, "alt_text": "picture"}
        for file in picture
    ]
    return [
        {"type": "header", "text": plain("Broadcast #1")},
        {**body, "block_id": "content"},
        *shown,
        {"type": "divider"},
        {
            "type": "section",
            "fields": [mrkdwn("*Audience*\n412 people"), mrkdwn("*When*\nat once")],
        },
        {"type": "context", "elements": [mrkdwn("Fingerprint `d1f3` · :bell: by <@U0ECE>")]},
        {
            "type": "actions",
            "elements": [
                button("Approve", "approve", style="primary", confirm=SURE),
                button("Reject", "reject", style="danger"),
                {
                    "type": "overflow",
                    "action_id": "more",
                    "options": [option("History", "history"), option("Open", "open")],
                },
            ],
        },
    ]


def build(api: str) -> tuple[AsyncApp, list[Json]]:
    """The app, and the states of the modals that were submitted to it."""
    app = AsyncApp(client=AsyncWebClient(token=BOT, base_url=api))
    submitted: list[Json] = []

    @app.command("/broadcast")
    async def command(ack: Any, body: Json, client: Any, respond: Any) -> None:
        await ack()
        if body["text"] == "new":
            await client.views_open(trigger_id=body["trigger_id"], view=compose())
        else:
            await respond(text=f"You said *{body['text'] or 'nothing'}* :wave:")

    @app.action("preview")
    async def preview(ack: Any, body: Json, client: Any) -> None:
        await ack()
        view, value = body["view"], body["view"]["state"]["values"]["body"]["value"]
        shown = value["rich_text_value"] or {"type": "section", "text": plain("Nothing yet")}
        await client.views_update(view_id=view["id"], view=compose(shown))

    @app.view("compose")
    async def submit(ack: Any, view: Json, client: Any) -> None:
        values = view["state"]["values"]
        submitted.append(values)
        if values["button"]["value"]["value"] == "wrong":
            await ack(
                response_action="errors", errors={"button": "A label and an address, please."}
            )
            return
        await ack()
        files = values["picture"]["value"]["files"] or []
        blocks = card(values["body"]["value"]["rich_text_value"], files)
        await client.chat_postMessage(channel=BROADCASTS, text="Broadcast #1", blocks=blocks)

    @app.action("approve")
    async def approve(ack: Any, body: Json, client: Any) -> None:
        await ack()
        words = f"*Broadcast #1* · approved by <@{body['user']['id']}>"
        ts = body["message"]["ts"]
        blocks = [{"type": "section", "text": mrkdwn(words)}]
        await client.chat_update(channel=BROADCASTS, ts=ts, text=words, blocks=blocks)
        for part in ("being sent", "completed"):
            await client.chat_postMessage(channel=BROADCASTS, thread_ts=ts, text=f"Status: {part}")

    @app.shortcut("broadcast_this")
    async def this(ack: Any, shortcut: Json, client: Any) -> None:
        await ack()
        view = compose()
        view["blocks"][0]["element"]["initial_value"] = {
            k: v for k, v in shortcut["message"]["blocks"][0].items() if k != "block_id"
        }
        await client.views_open(trigger_id=shortcut["trigger_id"], view=view)

    @app.event("app_home_opened")
    async def home(event: Json, client: Any) -> None:
        blocks = [
            {"type": "header", "text": plain("Waiting for you")},
            {
                "type": "section",
                "text": mrkdwn("*#1* Summer concert"),
                "accessory": button("Open", "open"),
            },
        ]
        view = {"type": "home", "blocks": blocks}
        await client.views_publish(user_id=event["user"], view=view)

    for action in ("reject", "more", "open"):
        app.action(action)(_nothing)
    return app, submitted


async def _nothing(ack: Any) -> None:
    await ack()
