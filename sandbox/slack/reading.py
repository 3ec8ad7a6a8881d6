"""auth.test, apps.connections.open, conversations.*, users.*, team.info and the like: who and where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.slack.errors import SlackError
from sandbox.slack.methods import Call, method
from sandbox.slack.workspace import TEAM_ID, Conversation, Json

_PREFIX = {"channel": "channels", "group": "groups", "im": "im"}


@method("auth.test")
def auth_test(call: Call) -> Json:
    """Whose token this is; the scopes stand in a header of the answer."""
    platform = call.platform
    return {
        "url": f"{platform.url}/slack/", "team": platform.workspace.name, "user": "tellal",
        "team_id": TEAM_ID, "user_id": platform.app.bot_user, "bot_id": platform.app.bot_id,
        "is_enterprise_install": False,
    }  # fmt: skip


@method("apps.connections.open")
def open_connection(call: Call) -> Json:
    """A WebSocket address, good for one connection."""
    if call.sockets.refusing():
        raise SlackError("service_unavailable", status=503)
    address = call.platform.url.replace("http", "ws", 1)
    return {
        "url": f"{address}/slack/link/?ticket={call.sockets.ticket()}&app_id={call.platform.app.app_id}"
    }


@method("team.info")
def team_info(call: Call) -> Json:
    """The workspace."""
    workspace = call.platform.workspace
    team = {
        "id": TEAM_ID, "name": workspace.name, "domain": workspace.domain, "email_domain": "",
        "url": f"{call.platform.url}/slack/", "icon": {"image_default": True},
    }  # fmt: skip
    return {"team": team}


@method("bots.info")
def bots_info(call: Call) -> Json:
    """The app's bot."""
    app = call.platform.app
    if call.text("bot") not in ("", app.bot_id):
        raise SlackError("bot_not_found")
    bot = {
        "id": app.bot_id, "deleted": False, "name": app.name, "updated": 0, "app_id": app.app_id,
        "user_id": app.bot_user, "icons": {"image_36": "", "image_48": "", "image_72": ""},
    }  # fmt: skip
    return {"bot": bot}


@method("users.info")
def users_info(call: Call) -> Json:
    """A person; deleted ones as well, with little to tell."""
    member = call.platform.member(call.text("user"))
    email = "users:read.email" in call.platform.app.scopes
    return {"user": member.describe(bool(call.args.get("include_locale")), email)}


@method("users.list")
def users_list(call: Call) -> Json:
    """Everybody, by pages."""
    email = "users:read.email" in call.platform.app.scopes
    locale = bool(call.args.get("include_locale"))
    page, cursor = _page(call, list(call.platform.workspace.members.values()))
    members = [member.describe(locale, email) for member in page]
    return {
        "members": members,
        "cache_ts": int(call.platform.clock.now()),
        "response_metadata": {"next_cursor": cursor},
    }


def _page(call: Call, found: Sequence[Any]) -> tuple[Sequence[Any], str]:
    """`limit` items from a cursor, and the next cursor (empty at the end)."""
    cursor = call.text("cursor")
    if cursor and not cursor.isdigit():
        raise SlackError("invalid_cursor")
    start, limit = int(cursor or 0), int(call.args.get("limit") or 1000)
    if not 0 < limit <= 1000:
        raise SlackError("invalid_limit")
    end = start + limit
    return found[start:end], str(end) if end < len(found) else ""


def _known(call: Call, scope: str) -> Conversation:
    """A conversation by id, if the app may read (write, see the history of) its kind."""
    channel = call.platform.conversation(call.text("channel"))
    call.platform.app.require(f"{_PREFIX[channel.kind]}:{scope}")
    return channel


@method("conversations.info")
def conversations_info(call: Call) -> Json:
    """One conversation."""
    channel = _known(call, "read")
    shown = channel.describe(call.platform.app.bot_user)
    if call.args.get("include_num_members"):
        shown["num_members"] = len(channel.members)
    return {"channel": shown}


@method("conversations.members")
def conversations_members(call: Call) -> Json:
    """Who is in it."""
    page, cursor = _page(call, sorted(_known(call, "read").members))
    return {"members": list(page), "response_metadata": {"next_cursor": cursor}}


@method("conversations.list")
def conversations_list(call: Call) -> Json:
    """Channels of the asked types; private ones only if the bot is in them."""
    app = call.platform.app
    words = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": ""}
    kinds = []
    for word in (call.text("types") or "public_channel").split(","):
        if word not in words:
            raise SlackError("invalid_types")
        if words[word]:
            app.require(f"{_PREFIX[words[word]]}:read")
            kinds.append(words[word])
    found = [
        channel
        for channel in call.platform.workspace.conversations.values()
        if channel.kind in kinds
        and (channel.kind == "channel" or app.bot_user in channel.members)
        and not (channel.archived and call.args.get("exclude_archived"))
    ]
    page, cursor = _page(call, found)
    channels = [channel.describe(app.bot_user) for channel in page]
    return {"channels": channels, "response_metadata": {"next_cursor": cursor}}


@method("conversations.join")
def conversations_join(call: Call) -> Json:
    """The bot joins a public channel."""
    channel = call.platform.conversation(call.text("channel"))
    if channel.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackError("is_archived")
    channel.members.add(call.platform.app.bot_user)
    return {"channel": channel.describe(call.platform.app.bot_user)}


@method("conversations.open")
def conversations_open(call: Call) -> Json:
    """The direct message with a person; group messages are not there."""
    platform = call.platform
    users = [user for user in call.text("users").split(",") if user]
    if call.text("channel"):
        channel = platform.conversation(call.text("channel"))
    elif not users:
        raise SlackError("users_list_not_supplied")
    elif len(users) > 1:
        raise SlackError("method_not_supported_for_channel_type")
    else:
        if platform.member(users[0]).deleted:
            raise SlackError("user_disabled")
        channel = platform.workspace.direct(users[0])
    platform.app.require("im:write")
    shown: Json = {"id": channel.id}
    if call.args.get("return_im"):
        shown = channel.describe(platform.app.bot_user)
    return {"channel": shown}


@method("conversations.replies")
def conversations_replies(call: Call) -> Json:
    """A thread, its first message included."""
    channel, ts = _known(call, "history"), call.text("ts")
    parent = call.platform.messages.get(channel.id, ts)
    if parent is None:
        raise SlackError("thread_not_found")
    page, cursor = _page(call, [parent, *call.platform.messages.replies(channel.id, ts)])
    return {
        "messages": list(page),
        "has_more": bool(cursor),
        "response_metadata": {"next_cursor": cursor},
    }


@method("usergroups.list")
def usergroups_list(call: Call) -> Json:
    """User groups, on paid plans."""
    workspace = call.platform.workspace
    if not workspace.paid:
        raise SlackError("plan_upgrade_required")
    shown = []
    for group in workspace.groups.values():
        one: Json = {
            "id": group.id, "team_id": TEAM_ID, "is_usergroup": True, "is_subteam": True,
            "name": group.name, "description": "", "handle": group.handle, "is_external": False,
            "date_create": 0, "date_update": 0, "date_delete": 0, "user_count": len(group.users),
            "prefs": {"channels": [], "groups": []},
        }  # fmt: skip
        if call.args.get("include_users"):
            one["users"] = list(group.users)
        shown.append(one)
    return {"usergroups": shown}


@method("usergroups.users.list")
def usergroups_users(call: Call) -> Json:
    """Who is in a user group."""
    workspace = call.platform.workspace
    if not workspace.paid:
        raise SlackError("plan_upgrade_required")
    group = workspace.groups.get(call.text("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}
