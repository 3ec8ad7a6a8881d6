"""Unmodified slack-bolt and slack_sdk talk to the simulator and cannot tell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler

from sandbox.samples import picture
from tests.contract.slack_wire import (
    ANNA,
    BOT,
    BROADCASTS,
    ECE,
    GENERAL,
    SlackWire,
    actions,
    button,
    entry,
    modal,
    section,
)
from tests.contract.wire import eventually

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
        assert wrong["errors"] == {"name": "Give it a name."} and "closed" not in wrong
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


async def test_a_socket_that_is_asked_to_go_or_cut_is_replaced_and_nothing_is_missed(
    slack: SlackWire,
) -> None:
    app, heard = slack.bolt(), []

    @app.event("message")
    async def message(event: Any) -> None:
        heard.append(event["text"])

    async with slack.connected(app):
        for number, reason in enumerate(["warning", "refresh_requested"], 1):
            assert (await slack.do("disconnect", reason=reason))["disconnected"] == 1
            await eventually(slack.slack.sockets.connected)
            await slack.do("say", user=ECE, text=reason)
            await eventually(lambda wanted=number: len(heard) == wanted)

        await slack.do("disconnect", drop=True, refuse_seconds=0.5)
        assert not slack.slack.sockets.connected()
        failed = await slack.do("command", user=ECE, text="status", wait=0)
        assert failed["error"] == "not_connected" and failed["saw"][0]["type"] == "slack_error"
        await slack.do("say", user=ECE, text="while away")
        await slack.do("say", user=ECE, text="still away")
        await eventually(lambda: heard[-2:] == ["while away", "still away"])


async def test_a_message_becomes_a_draft_with_its_file_and_the_home_tab_lists_it(
    slack: SlackWire,
) -> None:
    app, files = slack.bolt(), []

    @app.shortcut("use")
    async def use(ack: Any, body: Any, client: Any, respond: Any) -> None:
        await ack()
        (file,) = body["message"]["files"]
        headers = {"Authorization": f"Bearer {BOT}"}
        async with slack.http.get(file["url_private_download"], headers=headers) as answer:
            files.append((answer.content_type, await answer.read()))
        await respond("Kept.")

    @app.event("app_home_opened")
    async def home(event: Any, client: Any) -> None:
        view = {"type": "home", "blocks": [section(f"{len(files)} draft")]}
        await client.views_publish(user_id=event["user"], view=view)

    async with slack.connected(app):
        said = await slack.do("say", user=ECE, place="general", text="look", files=["sea"])
        at = {"user": ECE, "place": "general", "ts": said["ts"]}
        (seen,) = (await slack.do("shortcut", **at, callback_id="use"))["saw"]
        assert seen["type"] == "slack_ephemeral" and seen["message"]["text"] == "Kept."
        assert files == [("image/png", picture("sea"))]
        shown = await slack.do("open_home", user=ECE)
        assert shown["view"]["blocks"][0]["text"]["text"] == "1 draft"
    assert len(await slack.do("messages", user=ECE, place="general")) == 2
    assert len(await slack.do("messages", user=ANNA, place="general")) == 1  # the other is Ece's


async def test_the_clients_own_upload_helper_shares_a_file(slack: SlackWire) -> None:
    client = slack.client()
    sent = await client.files_upload_v2(
        channel=GENERAL, content=b"a,b\n1,2\n", filename="report.csv", initial_comment="Here"
    )
    (message,) = await slack.do("messages", user=ECE, place="general")
    (file,) = message["files"]
    assert (message["text"], file["name"], file["size"]) == ("Here", "report.csv", 8)
    told = await client.files_info(file=sent["files"][0]["id"])
    assert told["file"]["shares"]["public"][GENERAL] == [{"ts": message["ts"]}]
    async with slack.http.get(file["url_private"]) as answer:  # nobody may read it without a token
        assert answer.content_type == "text/html"


async def test_the_clients_retry_handler_gets_through_a_flood(slack: SlackWire) -> None:
    client = slack.client()
    await slack.sandbox.do("faults", kind="flood", channel="slack", count=1, retry_after=1)
    with pytest.raises(SlackApiError) as refused:
        await client.auth_test()
    assert refused.value.response.status_code == 429
    assert refused.value.response["error"] == "ratelimited"
    assert refused.value.response.headers["Retry-After"] == "1"
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    await slack.sandbox.do("faults", kind="flood", channel="slack", count=1, retry_after=1)
    assert (await client.auth_test())["ok"]


async def test_scopes_stand_in_the_header_bolt_reads(slack: SlackWire) -> None:
    await slack.do("scopes", scopes=["commands", "chat:write"])
    answer = await slack.client().auth_test()
    assert answer.headers["x-oauth-scopes"] == "chat:write,commands"


async def test_signed_http_reaches_bolt_and_a_wrong_secret_does_not(slack: SlackWire) -> None:
    app = AsyncApp(client=slack.client(), signing_secret="shh")
    heard: list[Any] = []

    @app.command("/broadcast")
    async def command(ack: Any, body: Any) -> None:
        heard.append(body["text"])
        await ack(f"You said {body['text']}")

    @app.action("go")
    async def go(ack: Any, body: Any, respond: Any) -> None:
        await ack()
        await respond("Gone", replace_original=True)

    @app.event("message")
    async def message(event: Any) -> None:
        heard.append(event["text"])

    async with http_app(app) as url:
        with pytest.raises(ValueError, match="challenge"):
            await slack.do("app", request_url=url)
        await slack.do("app", signing_secret="shh")
        assert (await slack.do("app", request_url=url))["request_url"] == url
        answer = await slack.do("command", user=ECE, place=BROADCASTS, text="a & b=c ğ")
        assert answer["answer"]["text"] == "You said a & b=c ğ"
        posted = await slack.call(
            "chat.postMessage", channel=BROADCASTS, blocks=[actions(button("Go", "go"))]
        )
        at = {"user": ECE, "place": BROADCASTS, "ts": posted["ts"]}
        assert (await slack.do("press", **at, action_id="go"))["acked"]
        await slack.do("say", user=ECE, text="hello")
        await eventually(lambda: heard[-1] == "hello")
        shown = await slack.do("messages", user=ECE, place=BROADCASTS)
        assert [m["text"] for m in shown] == ["You said a & b=c ğ", "Gone"]

        await slack.do("app", signing_secret="another")
        refused = await slack.do("command", user=ECE, text="x", wait=0)
        assert (refused["acked"], refused["error"]) == (False, "http_error")
    gone = await slack.do("command", user=ECE, text="x", wait=0)
    assert gone["error"] == "connection_failed"


@asynccontextmanager
async def http_app(app: AsyncApp) -> AsyncIterator[str]:
    """bolt behind aiohttp, as the product would mount it."""

    async def serve(request: web.Request) -> web.Response:
        bolt = await to_bolt_request(request)
        return await to_aiohttp_response(await app.async_dispatch(bolt))

    application = web.Application()
    application.router.add_post("/slack/events", serve)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()
