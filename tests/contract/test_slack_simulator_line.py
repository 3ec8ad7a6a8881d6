"""The line to the app: acknowledgements in time, late, lost and twice; sockets that go; retries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from sandbox.slack import envelopes
from tests.contract.slack_wire import (
    APP,
    BROADCASTS,
    ECE,
    Json,
    SlackWire,
    actions,
    button,
    modal,
    section,
)
from tests.contract.wire import eventually


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three seconds are long for a test that waits them out; the rule is the same."""
    monkeypatch.setattr(envelopes, "ACK_SECONDS", 0.3)


async def fault(slack: SlackWire, **wish: object) -> None:
    await slack.sandbox.do("faults", channel="slack", **wish)


async def test_an_acknowledgement_that_never_comes_leaves_the_person_with_an_error(
    slack: SlackWire,
) -> None:
    async with slack.socket(lambda _: None) as socket:
        failed = await slack.do("command", user=ECE, text="x", wait=0)
        assert (failed["acked"], failed["error"]) == (False, "http_timeout")
        assert failed["saw"][0]["error"] == "http_timeout"
        late = socket.envelopes[0]["envelope_id"]
        await socket.socket.send_json({"envelope_id": late, "payload": {"text": "too late"}})
        await eventually(lambda: slack.slack.sockets.late == 1)
    assert await slack.do("messages", user=ECE) == []
    acks = await slack.do("acks", reset=True)
    assert (acks["count"], acks["errors"], acks["late_acks"]) == (0, {"http_timeout": 1}, 1)
    assert (await slack.do("acks"))["failed"] == 0


async def test_an_answer_in_the_acknowledgement_is_for_the_person_or_the_channel(
    slack: SlackWire,
) -> None:
    answers: list[Json] = [
        {"text": "only you"},
        {"response_type": "in_channel", "blocks": [section("all")]},
        {"blocks": [{"type": "nonsense"}]},
    ]
    async with slack.socket(lambda _: answers.pop(0)):
        wish = {"user": ECE, "place": BROADCASTS, "text": ""}
        assert (await slack.do("command", **wish))["saw"][0]["type"] == "slack_ephemeral"
        assert (await slack.do("command", **wish))["saw"][0]["type"] == "slack_message"
        assert (await slack.do("command", **wish, wait=0))["error"] == "invalid_blocks"


async def test_each_envelope_goes_over_one_of_several_sockets(slack: SlackWire) -> None:
    async with slack.socket() as one, slack.socket() as two:
        for _ in range(4):
            await slack.do("command", user=ECE, wait=0)
        assert (len(one.envelopes), len(two.envelopes)) == (2, 2)
        assert (await slack.do("acks"))["open"] == 2


async def test_an_eleventh_socket_and_a_used_or_made_up_address_are_turned_away(
    slack: SlackWire,
) -> None:
    url = (await slack.call("apps.connections.open", token=APP))["url"]
    sockets = [await slack.http.ws_connect(url)]
    with pytest.raises(aiohttp.WSServerHandshakeError) as used:
        await slack.http.ws_connect(url)
    assert used.value.status == 403
    for _ in range(10):
        url = (await slack.call("apps.connections.open", token=APP))["url"]
        sockets.append(await slack.http.ws_connect(url))
    assert await sockets[-1].receive_json() == {
        "type": "disconnect", "reason": "too_many_websockets",
    }  # fmt: skip
    for socket in sockets:
        await socket.close()


async def test_an_event_nobody_acknowledged_comes_again_with_the_reason(slack: SlackWire) -> None:
    await slack.do("retries", seconds=[0, 0, 0])
    async with slack.socket(lambda e: {} if e["retry_attempt"] == 2 else None) as socket:
        await slack.do("say", user=ECE, text="hello")
        await eventually(lambda: len(socket.envelopes) == 3)
        first, second, third = socket.envelopes
        assert first["envelope_id"] == second["envelope_id"] == third["envelope_id"]
        assert first["payload"]["event_id"] == third["payload"]["event_id"]
        assert (first["retry_attempt"], first["retry_reason"]) == (0, "")
        assert (third["retry_attempt"], third["retry_reason"]) == (2, "http_timeout")
        await slack.do("say", user=ECE, text="next")
        await eventually(lambda: len(socket.envelopes) == 6)


async def test_a_socket_cut_before_or_after_an_event_costs_a_second_delivery(
    slack: SlackWire,
) -> None:
    for kind in ("drop_before", "drop_after"):
        await fault(slack, kind=kind, method="envelope", count=1)
        async with slack.socket(lambda _: None) as lost:
            await slack.do("say", user=ECE, text=kind)
            await eventually(lambda lost=lost: lost.socket.closed)
        async with slack.socket() as socket:
            await eventually(lambda socket=socket: socket.envelopes)
            (again,) = socket.envelopes
            assert again["payload"]["event"]["text"] == kind
            assert (again["retry_attempt"], again["retry_reason"]) == (1, "connection_failed")


async def test_a_press_whose_socket_was_cut_is_offered_to_another(slack: SlackWire) -> None:
    async with slack.socket(), slack.socket():
        await fault(slack, kind="drop_after", method="envelope", count=1)
        assert (await slack.do("command", user=ECE, wait=0))["acked"]
    last = (await slack.do("acks"))["last"]
    assert [entry["error"] for entry in last] == ["connection_failed", ""]


async def test_envelopes_come_twice_on_request(slack: SlackWire) -> None:
    async with slack.socket() as socket:
        await slack.do("duplicate", count=1)
        assert (await slack.do("command", user=ECE, text="a", wait=0))["acked"]
        assert (await slack.do("command", user=ECE, text="b", wait=0))["acked"]
        await slack.do("duplicate", latest=True)
        texts = [envelope["payload"]["text"] for envelope in socket.envelopes]
        assert texts == ["a", "a", "b", "b"]
        assert len({envelope["envelope_id"] for envelope in socket.envelopes}) == 2


async def test_a_button_can_be_pressed_as_it_is_replaced(slack: SlackWire) -> None:
    posted = await slack.call(
        "chat.postMessage", channel=BROADCASTS, blocks=[actions(button("Go", "go", value="7"))]
    )
    await slack.call("chat.update", channel=BROADCASTS, ts=posted["ts"], text="Gone")
    async with slack.socket() as socket:
        at = {"user": ECE, "place": BROADCASTS, "ts": posted["ts"], "action_id": "go"}
        with pytest.raises(LookupError, match="there are: none"):
            await slack.do("press", **at)
        await slack.do("press", **at, value="7", force=True, wait=0)
        (payload,) = socket.payloads("block_actions")
    assert (payload["actions"][0]["value"], payload["message"]["text"]) == ("7", "Gone")


async def test_a_lost_acknowledgement_is_a_fault_of_its_own(slack: SlackWire) -> None:
    await fault(slack, kind="error", method="ack", count=1)
    async with slack.socket(lambda _: {"text": "hi"}):
        lost = await slack.do("command", user=ECE, wait=0)
        assert lost["error"] == "http_timeout" and "answer" not in lost
        assert (await slack.do("command", user=ECE, wait=0))["answer"]["text"] == "hi"


async def test_a_modal_obeys_the_acknowledgement_of_its_submission(slack: SlackWire) -> None:
    view = modal(section("first"))
    answers: list[Json] = [
        {"response_action": "push", "view": modal(section("second"), notify_on_close=True)},
        {"response_action": "update", "view": modal(section("third"))},
        {"response_action": "errors", "errors": {"nothing": "there"}},
        {"response_action": "push", "view": {"type": "modal"}},
        {},
        {"response_action": "clear"},
    ]

    def answer(envelope: Json) -> Json:
        submission = envelope["payload"].get("type") == "view_submission"
        return answers.pop(0) if submission else {}

    async with slack.socket(answer) as socket:
        await slack.do("command", user=ECE, wait=0)
        trigger = socket.envelopes[0]["payload"]["trigger_id"]
        first = (await slack.call("views.open", trigger_id=trigger, view=view))["view"]
        pushed = (await slack.do("submit", user=ECE, wait=0))["view"]
        assert (pushed["previous_view_id"], pushed["root_view_id"]) == (first["id"], first["id"])
        assert (await slack.do("submit", user=ECE))["view"]["id"] == pushed["id"]
        assert (await slack.do("submit", user=ECE))["error"] == "invalid_errors"
        assert (await slack.do("submit", user=ECE))["error"] == "invalid_arguments"
        assert (await slack.do("submit", user=ECE, wait=0))["closed"]
        assert (await slack.do("modal", user=ECE))["id"] == first["id"]
        assert (await slack.do("submit", user=ECE, wait=0))["closed"]
        assert await slack.do("modal", user=ECE) is None
        assert socket.payloads("view_closed") == []  # its own button is not closing


async def test_http_events_are_tried_again_unless_the_app_asks_otherwise(slack: SlackWire) -> None:
    await slack.do("retries", seconds=[0, 0, 0])
    posts: list[tuple[str | None, str | None]] = []
    answers: list[tuple[int, dict[str, str]]] = [
        (500, {}), (503, {}), (200, {}), (404, {"X-Slack-No-Retry": "1"}), (200, {}),
    ]  # fmt: skip

    async def serve(request: web.Request) -> web.Response:
        body = await request.json()
        if body["type"] == "url_verification":
            return web.Response(text=body["challenge"])
        again = request.headers.get("X-Slack-Retry-Num")
        posts.append((again, request.headers.get("X-Slack-Retry-Reason")))
        status, headers = answers.pop(0)
        return web.Response(status=status, headers=headers)

    async with served(serve) as url:
        await slack.do("app", request_url=url)
        await slack.do("say", user=ECE, text="hello")
        await eventually(lambda: len(posts) == 3)
        assert posts == [(None, None), ("1", "http_error"), ("2", "http_error")]
        await slack.do("say", user=ECE, text="refused, and not wanted again")
        await eventually(lambda: len(posts) == 4)
        await slack.do("say", user=ECE, text="next")
        await eventually(lambda: len(posts) == 5)
        assert posts[3:] == [(None, None), (None, None)]


async def test_an_http_app_that_is_slow_or_gone(slack: SlackWire) -> None:
    done = asyncio.Event()

    async def serve(request: web.Request) -> web.Response:
        if request.content_type == "application/json":
            return web.Response(text=(await request.json())["challenge"])
        await done.wait()
        return web.Response()

    async with served(serve) as url:
        await slack.do("app", request_url=url)
        slow = await slack.do("command", user=ECE, wait=0)
        assert (slow["acked"], slow["error"]) == (False, "http_timeout")
        done.set()
    gone = await slack.do("command", user=ECE, wait=0)
    assert gone["error"] == "connection_failed"
    with pytest.raises(ValueError, match="did not answer"):
        await slack.do("app", request_url=url)


@asynccontextmanager
async def served(handler: object) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_post("/events", handler)  # type: ignore[arg-type]
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/events"
    finally:
        await runner.cleanup()


async def test_response_urls_answer_five_times_and_change_what_they_came_from(
    slack: SlackWire,
) -> None:
    async with slack.socket() as socket:
        posted = await slack.call(
            "chat.postMessage", channel=BROADCASTS, blocks=[actions(button("Go", "go"))]
        )
        at = {"user": ECE, "place": BROADCASTS}
        await slack.do("press", **at, ts=posted["ts"], label="Go", wait=0)
        url = socket.payloads("block_actions")[0]["response_url"]

        async def respond(**body: object) -> tuple[int, str]:
            async with slack.http.post(url, json=body) as answer:
                return answer.status, await answer.text()

        assert await respond(text="a secret") == (200, "ok")
        assert await respond(text="said aloud", response_type="in_channel") == (200, "ok")
        assert (await respond(text=""))[0] == 400
        assert await respond(text="changed", replace_original=True) == (200, "ok")
        assert await respond(delete_original=True) == (200, "ok")
        status, body = await respond(text="once too often")
        assert status == 404 and "used_url" in body
        shown = await slack.do("messages", **at)
        assert [m["text"] for m in shown] == ["a secret", "said aloud"]

        await slack.do("command", **at, wait=0)
        url = next(
            e["payload"]["response_url"] for e in socket.envelopes if "command" in e["payload"]
        )
        await slack.do("clock", ahead=31 * 60)
        status, body = await respond(text="after half an hour")
        assert status == 404 and "expired_url" in body


async def test_an_event_without_anybody_connected_can_be_lost_as_in_slack_itself(
    slack: SlackWire,
) -> None:
    await slack.do("retries", seconds=[0, 0, 0], keeps=False)
    async with slack.socket() as left:
        await left.socket.close()
    await slack.do("say", user=ECE, text="lost")

    async def given_up() -> bool:
        return bool((await slack.do("acks"))["failed"] == 4)

    await eventually(given_up)
    async with slack.socket() as socket:
        await slack.do("say", user=ECE, text="heard")
        await eventually(lambda: socket.envelopes)
        (only,) = socket.envelopes
        assert only["payload"]["event"]["text"] == "heard"
