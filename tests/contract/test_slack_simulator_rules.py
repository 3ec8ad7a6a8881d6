"""What Slack refuses, and in which words: arguments, tokens, scopes, rights, rates."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.slack_wire import (
    ANNA,
    APP,
    BOT,
    BROADCASTS,
    ECE,
    GENERAL,
    Json,
    SlackWire,
    section,
)


async def messages(slack: SlackWire, method: str, **given: Any) -> list[str]:
    answer = await slack.answer(method, **given)
    assert answer["error"] in ("invalid_arguments", "invalid_blocks"), answer
    found: list[str] = answer["response_metadata"]["messages"]
    return found


async def test_arguments_are_checked_against_the_methods_description(slack: SlackWire) -> None:
    assert await messages(slack, "chat.postMessage", text="x", colour="red") == [
        "[ERROR] unknown argument: colour",
        "[ERROR] missing required field: channel",
    ]
    assert await messages(slack, "users.info", user=7) == [
        "[ERROR] must be a valid string [json-pointer:/user]"
    ]
    assert await messages(slack, "files.getUploadURLExternal", filename="x", length="many") == [
        "[ERROR] must be a valid integer [json-pointer:/length]"
    ]
    assert await slack.error("users.fly") == "unknown_method"


async def test_a_form_a_query_and_json_are_the_same_to_it(slack: SlackWire) -> None:
    posted = await slack.raw(
        "chat.postMessage",
        form=True,
        channel=GENERAL,
        unfurl_links="0",
        blocks='[{"type":"divider"}]',
    )
    assert (await posted.json())["message"]["blocks"][0]["type"] == "divider"
    url = f"{slack.api}users.info?token={BOT}&user={ECE}&include_locale=true"
    async with slack.http.get(url) as answer:
        assert (await answer.json())["user"]["locale"] == "tr-TR"
    headers = {"Authorization": f"Bearer {BOT}", "Content-Type": "application/json"}
    async with slack.http.post(f"{slack.api}auth.test", data="{", headers=headers) as answer:
        assert (await answer.json())["error"] == "invalid_json"


async def test_tokens_are_good_wrong_of_the_wrong_kind_or_revoked(slack: SlackWire) -> None:
    await slack.call("auth.test")
    await slack.call("apps.connections.open", token=APP)
    assert await slack.error("auth.test", token="") == "not_authed"
    assert await slack.error("auth.test", token="xoxb-another") == "invalid_auth"
    assert await slack.error("auth.test", token=APP) == "not_allowed_token_type"
    assert await slack.error("apps.connections.open", token=BOT) == "not_allowed_token_type"
    assert await slack.error("apps.connections.open", token="xapp-another") == "invalid_auth"
    await slack.do("revoke")
    assert await slack.error("auth.test") == "token_revoked"
    await slack.do("revoke", error="account_inactive")
    assert await slack.error("chat.postMessage", channel=GENERAL, text="x") == "account_inactive"
    await slack.do("revoke", revoked=False)
    await slack.call("auth.test")
    await slack.do("scopes", app_scopes=[])
    assert await slack.error("apps.connections.open", token=APP) == "missing_scope"


@pytest.mark.parametrize(
    ("scope", "method", "given"),
    [
        ("chat:write", "chat.postMessage", {"channel": GENERAL, "text": "x"}),
        ("users:read", "users.info", {"user": ECE}),
        ("channels:read", "conversations.info", {"channel": GENERAL}),
        ("im:write", "conversations.open", {"users": ECE}),
        ("files:write", "files.getUploadURLExternal", {"filename": "a", "length": 1}),
        ("team:read", "team.info", {}),
        ("usergroups:read", "usergroups.list", {}),
    ],
)
async def test_a_missing_scope_is_named(
    slack: SlackWire, scope: str, method: str, given: Json
) -> None:
    await slack.call(method, **given)
    await slack.do("scopes", remove=[scope])
    answer = await slack.answer(method, **given)
    assert (answer["error"], answer["needed"]) == ("missing_scope", scope)
    provided = answer["provided"].split(",")
    assert scope not in provided and "commands" in provided


async def test_where_the_bot_may_write(slack: SlackWire) -> None:
    await slack.do("places", name="lobby", members=[ECE])
    await slack.do("places", name="vault", members=[ECE], private=True)
    await slack.do("places", name="old", members=[ECE], bot=True, archived=True)

    async def post(channel: str) -> str:
        return await slack.error("chat.postMessage", channel=channel, text="x")

    await slack.call("chat.postMessage", channel="#lobby", text="x")  # chat:write.public
    await slack.do("scopes", remove=["chat:write.public"])
    assert await post("C0LOBBY") == "not_in_channel"
    assert await post("C0VAULT") == "channel_not_found"
    assert await post("C0OLD") == "is_archived"
    assert await post("C0NOWHERE") == "channel_not_found"
    opened = (await slack.call("conversations.open", users=ECE))["channel"]["id"]
    posted = await slack.call("chat.postMessage", channel=ECE, text="to a person")
    assert posted["channel"] == opened
    assert (
        await slack.error("chat.update", channel=ECE, ts=posted["ts"], text="x")
        == "channel_not_found"
    )
    await slack.do("app", messages_tab=False)
    assert await post(opened) == "messages_tab_disabled"


async def test_texts_threads_and_messages_of_others(slack: SlackWire) -> None:
    await slack.do("limits", posts_per_second=0)

    async def post(**given: Any) -> str:
        return await slack.error("chat.postMessage", channel=GENERAL, **given)

    assert await post(text="  ") == "no_text"
    assert await post(text="x", markdown_text="x") == "markdown_text_conflict"
    assert await post(text="x", blocks={"type": "divider"}) == "invalid_blocks_format"
    assert await post(text="x", thread_ts="1.0") == "thread_not_found"
    posted = await slack.call("chat.postMessage", channel=GENERAL, text="x", blocks=[section("y")])
    at = {"channel": GENERAL, "ts": posted["ts"]}
    assert await slack.error("chat.update", **at, text="x" * 4001) == "msg_too_long"
    changed = await slack.call("chat.update", **at, text="z")
    assert "blocks" not in changed["message"] and changed["message"]["edited"]
    assert await slack.error("chat.update", channel=GENERAL, ts="1.0", text="x") == (
        "message_not_found"
    )
    said = await slack.do("say", user=ECE, place="general", text="mine")
    hers = {"channel": GENERAL, "ts": said["ts"]}
    assert await slack.error("chat.update", **hers, text="x") == "cant_update_message"
    assert await slack.error("chat.delete", **hers) == "cant_delete_message"
    reply = await slack.call(
        "chat.postMessage", channel=GENERAL, text="r", thread_ts=said["ts"], reply_broadcast=True
    )
    link = await slack.call("chat.getPermalink", channel=GENERAL, message_ts=reply["ts"])
    assert f"thread_ts={said['ts']}" in link["permalink"]
    shown = await slack.do("messages", user=ECE, place="general")
    assert [len(m["replies"]) for m in shown] == [0, 1, 0] and shown[1]["reply_count"] == 1
    await slack.call("reactions.add", channel=GENERAL, timestamp=said["ts"], name="eyes")
    assert await slack.error(
        "reactions.add", channel=GENERAL, timestamp=said["ts"], name="eyes"
    ) == ("already_reacted")
    await slack.call("chat.delete", **at)
    assert len(await slack.do("messages", user=ECE, place="general")) == 2


async def test_somebody_removed_from_the_workspace(slack: SlackWire) -> None:
    channel = (await slack.call("conversations.open", users=ECE))["channel"]["id"]
    await slack.do("remove", user=ECE)
    user = (await slack.call("users.info", user=ECE))["user"]
    assert user["deleted"] and "tz" not in user
    assert ECE not in (await slack.call("conversations.members", channel=GENERAL))["members"]
    assert await slack.error("conversations.open", users=ECE) == "user_disabled"
    assert await slack.error("chat.postMessage", channel=channel, text="x") == "channel_not_found"
    private = {"channel": GENERAL, "user": ECE, "text": "x"}
    assert await slack.error("chat.postEphemeral", **private) == "user_not_in_channel"
    assert await slack.error("users.info", user="U0NOBODY") == "user_not_found"
    with pytest.raises(ValueError, match="no longer in the workspace"):
        await slack.do("command", user=ECE)


async def test_people_and_places_are_listed_by_pages(slack: SlackWire) -> None:
    await slack.do("members", user="U0NEW", name="Yeni Üye", timezone="Asia/Tokyo", locale="ja-JP")
    first = await slack.call("users.list", limit=4, include_locale=True)
    rest = await slack.call("users.list", limit=4, cursor=first["response_metadata"]["next_cursor"])
    assert rest["response_metadata"]["next_cursor"] == ""
    found = {member["id"]: member for member in first["members"] + rest["members"]}
    assert (found["U0NEW"]["name"], found["U0NEW"]["tz_offset"]) == ("yeni.uye", 32400)
    assert "email" not in found[ANNA]["profile"]
    await slack.do("scopes", add=["users:read.email"])
    user = (await slack.call("users.info", user=ANNA))["user"]
    assert user["profile"]["email"] == "anna.walker@example.org"
    listed = await slack.call("conversations.list", types="public_channel,private_channel")
    assert [channel["name"] for channel in listed["channels"]] == ["general", "broadcasts"]
    assert await slack.error("users.list", cursor="?") == "invalid_cursor"
    await slack.do("usergroups", paid=False)
    assert await slack.error("usergroups.list") == "plan_upgrade_required"


async def test_a_method_takes_so_many_calls_a_minute_and_a_channel_a_message_a_second(
    slack: SlackWire,
) -> None:
    await slack.do("limits", t3=10)
    for _ in range(12):  # ten and a little slack
        await slack.call("team.info")
    answer = await slack.raw("team.info")
    assert answer.status == 429 and 55 <= int(answer.headers["Retry-After"]) <= 60
    assert await answer.json() == {"ok": False, "error": "ratelimited"}
    await slack.call("bots.info")  # another method of the same tier
    await slack.do("clock", ahead=61)
    await slack.call("team.info")

    for _ in range(5):
        await slack.call("chat.postMessage", channel=GENERAL, text="x")
    answer = await slack.raw("chat.postMessage", channel=GENERAL, text="x")
    assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
    await slack.call("chat.postMessage", channel=BROADCASTS, text="x")  # another channel
    await slack.do("limits", posts_per_second=0)
    for _ in range(20):
        await slack.call("chat.postMessage", channel=GENERAL, text="x")
    with pytest.raises(ValueError, match="no limit"):
        await slack.do("limits", t9=1)
