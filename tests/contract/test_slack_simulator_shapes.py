"""What the simulator sends looks like what Slack sends: compared with its published samples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.slack_wire import (
    BROADCASTS,
    ECE,
    Json,
    SlackWire,
    Socket,
    actions,
    button,
    entry,
    modal,
    section,
)
from tests.contract.wire import eventually

SAMPLES = Path(__file__).parents[3] / "shared/specs/slack-samples/json-logs/samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not at hand")

# Fields of a payload that hold whatever the app itself put there, and free-form maps.
OWN = {"blocks", "values", "errors", "shares", "profile", "attachments"}
# Seen in Slack's documentation and in the wild; the anonymised samples lost them.
ALSO = {
    "container": {"type", "message_ts", "channel_id", "view_id", "is_ephemeral", "thread_ts"},
    "authorizations": set(), "view": {"blocks"}, "state": {"values"},
}  # fmt: skip
TEXT = {"type": "plain_text_input", "action_id": "text"}


def sample(path: str) -> Json:
    found: Json = json.loads((SAMPLES / path).read_text("utf-8"))
    return found


def strange(given: Any, known: Any, path: str = "") -> list[str]:
    """Keys of ours that no sample has."""
    if isinstance(given, list):
        inner = known[0] if isinstance(known, list) and known else {}
        return [key for item in given for key in strange(item, inner, path)]
    if not isinstance(given, dict) or not isinstance(known, dict):
        return []
    name = path.rpartition("/")[2]
    found = []
    for key, value in given.items():
        if key not in known and key not in ALSO.get(name, ()):
            found.append(f"{path}/{key}")
        elif key not in OWN and known.get(key):
            found += strange(value, known[key], f"{path}/{key}")
    return found


def missing(given: Json, *wanted: str) -> set[str]:
    return set(wanted) - given.keys()


async def test_a_slash_command(slack: SlackWire) -> None:
    async with slack.socket() as socket:
        await slack.do("command", user=ECE, place=BROADCASTS, text="new", wait=0)
    (envelope,) = socket.envelopes
    assert envelope["accepts_response_payload"] is True and envelope["type"] == "slash_commands"
    known = sample("app-backend/slash-commands/SlashCommandPayload.json")
    assert strange(envelope["payload"], known) == []
    # An enterprise's name and id are sent in an enterprise only.
    assert known.keys() - envelope["payload"].keys() == {"enterprise_id", "enterprise_name"}


async def pressed(slack: SlackWire, socket: Socket) -> Json:
    posted = await slack.call(
        "chat.postMessage", channel=BROADCASTS, blocks=[actions(button("Go", "go", value="1"))]
    )
    await slack.do("press", user=ECE, place=BROADCASTS, ts=posted["ts"], label="Go", wait=0)
    return socket.payloads("block_actions")[-1]


async def test_a_press_in_a_message(slack: SlackWire) -> None:
    async with slack.socket() as socket:
        payload = await pressed(slack, socket)
    known = sample("app-backend/interactive-components/BlockActionPayload.json")
    assert strange(payload, known) == []
    assert not missing(
        payload, "type", "team", "user", "api_app_id", "token", "container", "trigger_id",
        "channel", "message", "response_url", "state", "actions", "is_enterprise_install",
    )  # fmt: skip
    (action,) = payload["actions"]
    assert not missing(action, "action_id", "block_id", "text", "value", "type", "action_ts")


async def test_a_modal_submitted_pressed_and_closed(slack: SlackWire) -> None:
    view = modal(
        entry("Name", "name", TEXT),
        actions(button("Preview", "preview")),
        callback_id="compose",
        notify_on_close=True,
        private_metadata="{}",
    )
    async with slack.socket() as socket:
        trigger = (await pressed(slack, socket))["trigger_id"]
        await slack.call("views.open", trigger_id=trigger, view=view)
        await slack.do("press", user=ECE, label="Preview", values={"Name": "x"}, wait=0)
        inside = socket.payloads("block_actions")[-1]
        await slack.do("submit", user=ECE, wait=0)
        trigger = (await pressed(slack, socket))["trigger_id"]
        await slack.call("views.open", trigger_id=trigger, view=view)
        await slack.do("close", user=ECE)
        submitted, closed = socket.payloads("view_submission"), socket.payloads("view_closed")
    assert inside["view"]["state"]["values"]["name"]["text"]["value"] == "x"
    assert missing(inside, "view", "container") == set() and "message" not in inside
    known = sample("app-backend/interactive-components/BlockActionPayload.json")
    assert strange(inside, known) == []
    known = sample("app-backend/views/ViewSubmissionPayload.json")
    # Documented beside the view, absent from the samples.
    assert strange(submitted[0], known) == ["/response_urls"]
    assert not missing(submitted[0], "type", "team", "user", "view", "trigger_id", "token")
    known = sample("app-backend/views/ViewClosedPayload.json")
    assert strange(closed[0], known) == [] and closed[0]["is_cleared"] is False


async def test_a_message_shortcut_with_a_file(slack: SlackWire) -> None:
    async with slack.socket() as socket:
        said = await slack.do("say", user=ECE, place=BROADCASTS, text="*x*", files=["sea"])
        await slack.do(
            "shortcut", user=ECE, place=BROADCASTS, ts=said["ts"], callback_id="use", wait=0
        )
        (payload,) = socket.payloads("message_action")
    known = sample("app-backend/interactive-components/MessageShortcutPayload.json")
    assert strange(payload, known) == []
    assert known.keys() == payload.keys()
    (file,) = payload["message"]["files"]
    assert not missing(file, "id", "name", "mimetype", "size", "url_private_download")


async def test_events(slack: SlackWire) -> None:
    await slack.do("app", events=["message.im", "app_home_opened", "user_change"])
    async with slack.socket() as socket:
        await slack.do("say", user=ECE, text="hello")
        await slack.do("say", user=ECE, files=["photo"])
        await slack.do("open_home", user=ECE, wait=0)
        await slack.call("views.publish", user_id=ECE, view={"type": "home", "blocks": []})
        await slack.do("open_home", user=ECE, wait=0)
        await slack.do("members", user=ECE, name="Ece Kaya")
        await eventually(lambda: len(socket.envelopes) == 5)
        said, sent = socket.payloads("message")
        opened = socket.payloads("app_home_opened")
        (changed,) = socket.payloads("user_change")
    text, file = sample("events/MessagePayload.json"), sample("events/MessageFileSharePayload.json")
    context = {"/context_team_id", "/context_enterprise_id"}  # new since the samples were taken
    assert set(strange(said, text)) == context
    assert text.keys() - said.keys() <= {"enterprise_id", "authed_users", "authed_teams"}
    assert not missing(
        said["event"], "client_msg_id", "type", "user", "text", "blocks", "ts", "channel",
        "event_ts", "channel_type", "team",
    )  # fmt: skip
    assert set(strange(sent, file)) <= context | {"/event/client_msg_id", "/event/team"}
    home = sample("events/AppHomeOpenedPayload.json")
    assert [set(strange(event, home)) for event in opened] == [context, context]
    assert "view" not in opened[0]["event"] and opened[1]["event"]["view"]["type"] == "home"
    assert set(strange(changed, sample("events/UserChangePayload.json"))) == context


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("auth.test", {}),
        ("team.info", {}),
        ("users.info", {"user": ECE, "include_locale": True}),
        ("users.list", {}),
        ("conversations.info", {"channel": BROADCASTS, "include_num_members": True}),
        ("conversations.members", {"channel": BROADCASTS}),
        ("usergroups.list", {"include_users": True}),
        ("files.getUploadURLExternal", {"filename": "a.png", "length": 3}),
        ("chat.postEphemeral", {"channel": BROADCASTS, "user": ECE, "text": "x"}),
    ],
)
async def test_answers(slack: SlackWire, method: str, given: Json) -> None:
    await slack.do("usergroups", id="S0TEAM", users=[ECE])
    answer = await slack.call(method, **given)
    assert strange(answer, sample(f"api/{method}.json")) == []


async def test_answers_about_a_message_and_a_view(slack: SlackWire) -> None:
    async with slack.socket() as socket:
        trigger = (await pressed(slack, socket))["trigger_id"]
        opened = await slack.call("views.open", trigger_id=trigger, view=modal(section("x")))
    assert strange(opened, sample("api/views.open.json")) == []
    home = {"type": "home", "blocks": [section("x")]}
    published = await slack.call("views.publish", user_id=ECE, view=home)
    assert strange(published, sample("api/views.publish.json")) == []
    posted = await slack.call("chat.postMessage", channel=BROADCASTS, text="x")
    at = {"channel": BROADCASTS, "message_ts": posted["ts"]}
    link = await slack.call("chat.getPermalink", **at)
    assert strange(link, sample("api/chat.getPermalink.json")) == []


async def test_history_has_no_threads_and_metadata_only_when_asked_for(slack: SlackWire) -> None:
    await slack.do("places", name="broadcasts", bot=True)
    given = {"event_type": "a", "event_payload": {"b": "c"}}
    first = await slack.call("chat.postMessage", channel=BROADCASTS, text="1", metadata=given)
    await slack.call("chat.postMessage", channel=BROADCASTS, text="2", thread_ts=first["ts"])
    last = await slack.call("chat.postMessage", channel=BROADCASTS, text="3")
    read = await slack.call("conversations.history", channel=BROADCASTS)
    assert [m["text"] for m in read["messages"]] == ["3", "1"]
    assert "metadata" not in read["messages"][1]
    for method in ("history", "replies"):
        wish = {"channel": BROADCASTS, "include_all_metadata": True}
        wish |= {"ts": first["ts"]} if method == "replies" else {"latest": last["ts"]}
        answer = await slack.call(f"conversations.{method}", **wish)
        assert answer["messages"][0]["metadata"] == given
    since = await slack.call("conversations.history", channel=BROADCASTS, oldest=first["ts"])
    assert [m["text"] for m in since["messages"]] == ["3"]
    await slack.do("scopes", remove=["channels:history"])
    assert await slack.error("conversations.history", channel=BROADCASTS) == "missing_scope"
