"""How a test asks the fake Slack: the live stream, what somebody saw, mistakes."""

from __future__ import annotations

from typing import Any

from tests.contract.slack_wire import ANNA, ECE, GENERAL, Json, SlackWire, modal, section

HOME = {"type": "home", "blocks": [section("x")]}


async def trigger(slack: SlackWire, user: str = ECE) -> str:
    async with slack.socket() as socket:
        await slack.do("command", user=user, wait=0)
        found: str = socket.envelopes[0]["payload"]["trigger_id"]
        return found


async def test_the_live_stream_tells_what_happens_in_slack(slack: SlackWire) -> None:
    async with slack.http.ws_connect(f"{slack.sandbox.url}/control/live") as live:
        assert (await live.receive_json())["type"] == "hello"
        posted = await slack.call("chat.postMessage", channel=GENERAL, text="x")
        await slack.call("chat.update", channel=GENERAL, ts=posted["ts"], text="y")
        await slack.call("chat.postEphemeral", channel=GENERAL, user=ECE, text="psst")
        await slack.call("views.publish", user_id=ECE, view=HOME)
        await slack.call("views.open", trigger_id=await trigger(slack), view=modal(section("x")))
        await slack.call("chat.delete", channel=GENERAL, ts=posted["ts"])
        seen: dict[str, Json] = {}
        while "slack_deleted" not in seen:
            event = await live.receive_json(timeout=3)
            seen[event["type"]] = event
    kinds = [kind.removeprefix("slack_") for kind in seen if kind != "counters"]
    assert kinds == ["message", "edited", "ephemeral", "home", "view", "deleted"]
    assert seen["slack_message"]["place"] == GENERAL and ANNA in seen["slack_message"]["users"]
    assert (seen["slack_ephemeral"]["users"], seen["slack_view"]["user"]) == ([ECE], ECE)


async def test_what_a_person_saw_can_be_asked_and_waited_for(slack: SlackWire) -> None:
    marker = (await slack.do("saw", user=ECE))["marker"]
    await slack.call("chat.postEphemeral", channel=GENERAL, user=ANNA, text="not for Ece")
    assert (await slack.do("saw", user=ECE, since=marker))["saw"] == []
    await slack.call("chat.postMessage", channel=GENERAL, text="for all")
    (seen,) = (await slack.do("saw", user=ECE, since=marker, wait=1))["saw"]
    assert seen["message"]["text"] == "for all"


async def test_control_mistakes_are_explained(slack: SlackWire) -> None:
    async def mistake(verb: str, **data: Any) -> tuple[int, str]:
        url = f"{slack.sandbox.url}/control/{verb}?channel=slack"
        async with slack.http.post(url, json=data) as answer:
            return answer.status, (await answer.json())["error"]

    assert await mistake("command", user="nobody") == (
        404, "no user 'nobody'; there are U0ECE, U0MERT, U0ANNA, U0JONAS, U0TELLAL",
    )  # fmt: skip
    assert (await mistake("press", user=ECE, place="general", ts="1.0"))[0] == 404
    assert (await mistake("submit", user=ECE)) == (404, "U0ECE has no modal open")
    assert (await mistake("say", user=ECE))[0] == 400
    await slack.do("app", commands=["/broadcast"])
    assert (await mistake("command", user=ECE, command="/other"))[1] == (
        "/other is not a valid command; there are ['/broadcast']"
    )
