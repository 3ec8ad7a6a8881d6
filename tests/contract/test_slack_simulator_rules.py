"""What Slack refuses, and in which words: arguments, scopes, rights, rates, tickets, views, files."""

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
    actions,
    button,
    entry,
    modal,
    plain,
    section,
)

HOME = {"type": "home", "blocks": [section("x")]}


async def messages(slack: SlackWire, method: str, **given: Any) -> list[str]:
    answer = await slack.answer(method, **given)
    assert answer["error"] in ("invalid_arguments", "invalid_blocks"), answer
    found: list[str] = answer["response_metadata"]["messages"]
    return found


async def trigger(slack: SlackWire, user: str = ECE) -> str:
    async with slack.socket() as socket:
        await slack.do("command", user=user, wait=0)
        found: str = socket.envelopes[0]["payload"]["trigger_id"]
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


async def test_a_trigger_is_good_for_three_seconds_once_and_for_its_person(
    slack: SlackWire,
) -> None:
    view = modal(section("x"))
    assert await slack.error("views.open", trigger_id="1.2.x", view=view) == "invalid_trigger_id"
    first = await trigger(slack)
    await slack.call("views.open", trigger_id=first, view=view)
    assert await slack.error("views.open", trigger_id=first, view=view) == "exchanged_trigger_id"
    second = await trigger(slack, ANNA)
    await slack.do("clock", ahead=3.1)
    assert await slack.error("views.open", trigger_id=second, view=view) == "expired_trigger_id"
    assert await slack.do("modal", user=ANNA) is None
    assert (await slack.do("modal", user=ECE))["blocks"][0]["text"]["text"] == "x"


async def test_views_keep_what_was_typed_and_refuse_an_old_hash(slack: SlackWire) -> None:
    text = {"type": "plain_text_input", "action_id": "t"}
    view = modal(entry("Name", "name", text), entry("Why", "why", text), external_id="own")
    opened = (await slack.call("views.open", trigger_id=await trigger(slack), view=view))["view"]
    await slack.do("fill", user=ECE, values={"Name": "Ada", "Why": "so"})
    changed = await slack.call(
        "views.update",
        view_id=opened["id"],
        hash=opened["hash"],
        view=modal(entry("N", "name", text)),
    )
    values = changed["view"]["state"]["values"]
    assert values == {"name": {"t": {"type": "plain_text_input", "value": "Ada"}}}
    assert await slack.error(
        "views.update", view_id=opened["id"], hash=opened["hash"], view=view
    ) == ("hash_conflict")
    await slack.call("views.update", view_id=opened["id"], view=view)
    again = {"trigger_id": await trigger(slack), "view": view}
    assert await slack.error("views.open", **again) == "duplicate_external_id"
    found = await slack.call("views.update", external_id="own", view=modal(section("x")))
    assert found["view"]["id"] == opened["id"]
    await slack.do("close", user=ECE)
    gone = {"view_id": opened["id"], "view": view}
    assert await slack.error("views.update", **gone) == "not_found"


async def test_modals_stack_three_high(slack: SlackWire) -> None:
    view = modal(actions(button("More", "more")))
    await slack.call("views.open", trigger_id=await trigger(slack), view=view)
    async with slack.socket() as socket:
        for number in range(3):
            await slack.do("press", user=ECE, label="More", wait=0)
            wish = {
                "trigger_id": socket.payloads("block_actions")[-1]["trigger_id"], "view": view,
            }  # fmt: skip
            if number < 2:
                await slack.call("views.push", **wish)
            else:
                assert await slack.error("views.push", **wish) == "push_limit_reached"
    assert len((await slack.do("close", user=ECE, everything=True))["closed"]) == 3


async def test_the_home_tab(slack: SlackWire) -> None:
    first = (await slack.call("views.publish", user_id=ECE, view=HOME))["view"]
    await slack.call("views.publish", user_id=ECE, view=HOME, hash=first["hash"])
    assert await slack.error("views.publish", user_id=ECE, view=HOME, hash=first["hash"]) == (
        "hash_conflict"
    )
    assert "user_id" in (await messages(slack, "views.publish", user_id="U0NOBODY", view=HOME))[0]
    assert await messages(slack, "views.publish", user_id=ECE, view=modal()) == [
        "[ERROR] must be one of home [json-pointer:/view/type]"
    ]
    await slack.do("app", home_tab=False)
    assert await slack.error("views.publish", user_id=ECE, view=HOME) == "not_enabled"
    assert (await slack.do("home", user=ECE))["type"] == "home"


async def test_a_file_is_uploaded_whole_once_and_read_with_the_right_scope(
    slack: SlackWire,
) -> None:
    asked = await slack.call("files.getUploadURLExternal", filename="a.png", length=3)
    entry_ = {"files": [{"id": asked["file_id"], "title": "A"}], "channel_id": GENERAL}
    assert await slack.error("files.completeUploadExternal", **entry_) == "file_not_found"
    async with slack.http.post(asked["upload_url"], data=b"ab") as answer:
        assert answer.status == 400
    async with slack.http.post(asked["upload_url"], data=b"abc") as answer:
        assert (answer.status, await answer.text()) == (200, "OK - 3")
    await slack.call("files.completeUploadExternal", **entry_)
    assert await slack.error("files.completeUploadExternal", **entry_) == "file_not_found"
    picture = {"type": "image", "alt_text": "A", "slack_file": {"id": asked["file_id"]}}
    await slack.call("chat.postMessage", channel=GENERAL, blocks=[picture])
    picture["slack_file"] = {"id": "F0NONE"}
    assert await slack.error("chat.postMessage", channel=GENERAL, blocks=[picture]) == (
        "invalid_blocks"
    )
    file = (await slack.call("files.info", file=asked["file_id"]))["file"]

    async def read(**headers: str) -> tuple[int, str]:
        async with slack.http.get(file["url_private"], headers=headers) as answer:
            await answer.read()
            return answer.status, answer.content_type

    mine = {"Authorization": f"Bearer {BOT}"}
    assert await read(**mine) == (200, "image/png")
    assert await read() == (200, "text/html")  # a sign-in page, as Slack does
    await slack.do("scopes", remove=["files:read"])
    assert await read(**mine) == (200, "text/html")
    await slack.do("scopes", add=["files:read"])
    await slack.sandbox.do(
        "faults", kind="error", channel="slack", method="url_private", status=403, html=True
    )
    assert await read(**mine) == (403, "text/html")


async def test_a_file_in_a_modal(slack: SlackWire) -> None:
    element = {"type": "file_input", "action_id": "f", "filetypes": ["png"], "max_files": 1}
    view = modal(entry("Picture", "pic", element))
    await slack.call("views.open", trigger_id=await trigger(slack), view=view)
    with pytest.raises(ValueError, match="none of"):
        await slack.do("fill", user=ECE, values={"Picture": ["document"]})
    async with slack.socket() as socket:
        await slack.do("submit", user=ECE, values={"Picture": ["sea"]}, wait=0)
        (sent,) = socket.payloads("view_submission")
    (file,) = sent["view"]["state"]["values"]["pic"]["f"]["files"]
    assert (file["mimetype"], file["user"]) == ("image/png", ECE)


async def test_menus_pickers_and_inputs_report_what_was_chosen(slack: SlackWire) -> None:
    options = [{"text": plain(name), "value": name.lower()} for name in ("Now", "Later")]
    view = modal(
        entry("When", "when", {"type": "static_select", "action_id": "a", "options": options}),
        entry("At", "at", {"type": "datetimepicker", "action_id": "a"}),
        entry("Who", "who", {"type": "multi_users_select", "action_id": "a"}),
        entry("Tags", "tags", {"type": "checkboxes", "action_id": "a", "options": options}),
        entry("Count", "count", {"type": "number_input", "action_id": "a", "is_decimal_allowed": False}),
    )  # fmt: skip
    await slack.call("views.open", trigger_id=await trigger(slack), view=view)
    with pytest.raises(ValueError, match="no option 'Never'"):
        await slack.do("fill", user=ECE, values={"When": "Never"})
    with pytest.raises(LookupError, match="no input 'Where'"):
        await slack.do("fill", user=ECE, values={"Where": "here"})
    async with slack.socket() as socket:
        values = {"When": "Later", "At": 1_800_000_000, "Who": [ECE], "Tags": ["now"], "Count": "x"}
        refused = await slack.do("submit", user=ECE, values=values)
        assert refused["refused"] == {"Count": "Please enter a valid number."}
        await slack.do("submit", user=ECE, values={"Count": 3}, wait=0)
        state = socket.payloads("view_submission")[0]["view"]["state"]["values"]
    assert state["when"]["a"]["selected_option"]["value"] == "later"
    assert state["at"]["a"] == {"type": "datetimepicker", "selected_date_time": 1_800_000_000}
    assert state["who"]["a"]["selected_users"] == [ECE]
    assert [option["value"] for option in state["tags"]["a"]["selected_options"]] == ["now"]
    assert state["count"]["a"]["value"] == "3"


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


async def test_the_page_shows_files_as_a_persons_own_client_would(slack: SlackWire) -> None:
    said = await slack.do("say", user=ECE, place="general", files=["sea"])
    url = f"{slack.sandbox.url}/slack/peek/{said['files'][0]['id']}"
    async with slack.http.get(url) as answer:
        assert answer.content_type == "image/png"


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
