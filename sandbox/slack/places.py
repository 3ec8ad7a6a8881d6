"""conversations.*: channels, private channels and direct messages, as far as the bot may see them."""

from __future__ import annotations

from sandbox.slack.errors import SlackError
from sandbox.slack.methods import Call, method, page_of
from sandbox.slack.workspace import Conversation, Json

_PREFIX = {"channel": "channels", "group": "groups", "im": "im"}


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
    page, cursor = page_of(call, sorted(_known(call, "read").members))
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
    page, cursor = page_of(call, found)
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


@method("conversations.history")
def conversations_history(call: Call) -> Json:
    """What stands in it, threads left out, the newest first."""
    channel = _known(call, "history")
    if call.platform.app.bot_user not in channel.members:
        raise SlackError("not_in_channel")
    return _shown(call, call.platform.messages.of(channel.id)[::-1], default=100)


@method("conversations.replies")
def conversations_replies(call: Call) -> Json:
    """A thread, its first message included."""
    channel, ts = _known(call, "history"), call.text("ts")
    parent = call.platform.messages.get(channel.id, ts)
    if parent is None:
        raise SlackError("thread_not_found")
    return _shown(call, [parent, *call.platform.messages.replies(channel.id, ts)], always=parent)


def _shown(call: Call, found: list[Json], default: int = 1000, always: Json | None = None) -> Json:
    """A page of messages within the asked time; their metadata only when asked for."""
    oldest, latest = call.text("oldest") or "0", call.text("latest") or "9" * 10
    inside = [m for m in found if m is always or float(oldest) < float(m["ts"]) < float(latest)]
    page, cursor = page_of(call, inside, default)
    metadata = bool(call.args.get("include_all_metadata"))
    return {
        "messages": [m if metadata else {k: m[k] for k in m if k != "metadata"} for m in page],
        "has_more": bool(cursor),
        "response_metadata": {"next_cursor": cursor},
    }
