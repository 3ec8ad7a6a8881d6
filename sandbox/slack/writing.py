"""chat.* and reactions.add: what the app writes, changes and deletes."""

from __future__ import annotations

from typing import Any

from sandbox.slack.blocks import check_blocks
from sandbox.slack.errors import SlackError
from sandbox.slack.methods import Call, method
from sandbox.slack.modals import with_ids
from sandbox.slack.platform import Platform
from sandbox.slack.workspace import Conversation, Json

# api.slack.com/changelog/2018-04-truncating-really-long-messages; chat.update refuses at 4000.
TRUNCATED_AT, UPDATE_MAX = 40_000, 4000
MARKDOWN_MAX = 12_000
ATTACHMENTS_MAX = 100


def content_of(platform: Platform, given: Json, update: bool = False) -> Json:
    """Text and blocks of a message, checked; keys that were left out are None."""
    blocks, attachments = given.get("blocks"), given.get("attachments")
    text = given.get("text")
    markdown = given.get("markdown_text")
    if markdown is not None:
        if text or blocks:
            raise SlackError("markdown_text_conflict")
        if len(markdown) > MARKDOWN_MAX:
            raise SlackError("msg_too_long")
        blocks = [{"type": "markdown", "text": markdown}]
    if not (text or "").strip() and not blocks and not attachments:
        raise SlackError("no_text")
    if update and len(text or "") > UPDATE_MAX:
        raise SlackError("msg_too_long")
    if attachments and len(attachments) > ATTACHMENTS_MAX:
        raise SlackError("too_many_attachments")
    if blocks:
        check_blocks(platform, blocks, "message")
        blocks = with_ids(blocks)
    return {
        "text": (text or "")[:TRUNCATED_AT],
        "blocks": blocks or None,
        "attachments": attachments or None,
    }


def _place(call: Call) -> Conversation:
    """Where chat.postMessage may write: an id, a channel's name, or a person (their DM)."""
    platform, wanted = call.platform, call.text("channel")
    workspace = platform.workspace
    if wanted in workspace.members:
        return workspace.direct(wanted)
    if wanted not in workspace.conversations:
        named = [c for c in workspace.conversations.values() if c.name == wanted.removeprefix("#")]
        wanted = named[0].id if named and wanted else wanted
    return platform.conversation(wanted)


def check_writable(platform: Platform, channel: Conversation) -> None:
    """Whether the bot may write there, or the error Slack has for it."""
    if channel.archived:
        raise SlackError("is_archived")
    inside = platform.app.bot_user in channel.members
    public = channel.kind == "channel" and "chat:write.public" in platform.app.scopes
    if not inside and not public:
        raise SlackError("not_in_channel")
    if channel.kind == "im":
        if not platform.app.messages_tab:
            raise SlackError("messages_tab_disabled")
        (other,) = channel.members - {platform.app.bot_user}
        if platform.member(other).deleted:
            raise SlackError("channel_not_found")


@method("chat.postMessage")
def post_message(call: Call) -> Json:
    """Writes into a conversation or a thread."""
    platform, args = call.platform, call.args
    channel = _place(call)
    check_writable(platform, channel)
    content = content_of(platform, args)
    thread = call.text("thread_ts")
    if thread:
        parent = platform.messages.get(channel.id, thread)
        if parent is None:
            raise SlackError("thread_not_found")
        content["thread_ts"] = parent.get("thread_ts", thread)
        if args.get("reply_broadcast"):
            content["subtype"] = "thread_broadcast"
    if args.get("metadata"):
        content["metadata"] = args["metadata"]
    message = platform.post(channel, platform.by_bot(content))
    return {"channel": channel.id, "ts": message["ts"], "message": message}


@method("chat.postEphemeral")
def post_ephemeral(call: Call) -> Json:
    """Writes to one person in a conversation."""
    platform = call.platform
    channel = platform.conversation(call.text("channel"))
    check_writable(platform, channel)
    user = call.text("user")
    if user not in channel.members or platform.member(user).deleted:
        raise SlackError("user_not_in_channel")
    content = content_of(platform, call.args)
    content["thread_ts"] = call.text("thread_ts") or None
    message = platform.post_ephemeral(channel, user, platform.by_bot(content))
    return {"message_ts": message["ts"]}


def own_message(platform: Platform, channel: Conversation, ts: str, refusal: str) -> Json:
    """A message the bot wrote, or the refusal to touch it."""
    message = platform.messages.get(channel.id, ts)
    if message is None:
        raise SlackError("message_not_found")
    if message.get("bot_id") != platform.app.bot_id:
        raise SlackError(refusal)
    return message


@method("chat.update")
def update(call: Call) -> Json:
    """Changes a message of the bot's own. Text without blocks takes the blocks away."""
    platform = call.platform
    channel = platform.conversation(call.text("channel"))
    message = own_message(platform, channel, call.text("ts"), "cant_update_message")
    content = content_of(platform, call.args, update=True)
    platform.change(channel, message, content)
    shown: Any = {k: v for k, v in message.items() if k != "ts"}
    return {"channel": channel.id, "ts": message["ts"], "text": message["text"], "message": shown}


@method("chat.delete")
def delete(call: Call) -> Json:
    """Deletes a message of the bot's own."""
    platform = call.platform
    channel = platform.conversation(call.text("channel"))
    message = own_message(platform, channel, call.text("ts"), "cant_delete_message")
    platform.delete(channel, message)
    return {"channel": channel.id, "ts": message["ts"]}


@method("chat.getPermalink")
def permalink(call: Call) -> Json:
    """A link to a message."""
    platform = call.platform
    channel, ts = platform.conversation(call.text("channel")), call.text("message_ts")
    message = platform.messages.get(channel.id, ts)
    if message is None:
        raise SlackError("message_not_found")
    link = f"{platform.url}/slack/archives/{channel.id}/p{ts.replace('.', '')}"
    thread = message.get("thread_ts", ts)
    if thread != ts:
        link += f"?thread_ts={thread}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


@method("reactions.add")
def react(call: Call) -> Json:
    """Adds an emoji to a message."""
    platform, name = call.platform, call.text("name").strip(":")
    channel = platform.conversation(call.text("channel"))
    message = platform.messages.get(channel.id, call.text("timestamp"))
    if message is None:
        raise SlackError("message_not_found")
    reactions: list[Json] = message.setdefault("reactions", [])
    bot = platform.app.bot_user
    for reaction in reactions:
        if reaction["name"] == name:
            if bot in reaction["users"]:
                raise SlackError("already_reacted")
            reaction["users"].append(bot)
            reaction["count"] += 1
            break
    else:
        reactions.append({"name": name, "users": [bot], "count": 1})
    platform.show("edited", set(channel.members), place=channel.id, message=dict(message))
    return {}
