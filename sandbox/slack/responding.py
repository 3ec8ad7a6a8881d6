"""Response URLs: an answer to a command or a press without a token, five times in half an hour."""

from __future__ import annotations

from sandbox.slack.platform import Platform
from sandbox.slack.workspace import Conversation, Json
from sandbox.slack.writing import content_of


def respond(platform: Platform, key: str, given: Json) -> None:
    """One post to a response URL: a new message, or a change to the one it came from."""
    url = platform.tickets.respond(key)
    channel = platform.workspace.conversations[url.channel]
    source = platform.messages.get(channel.id, url.message_ts)
    ephemeral = platform.messages.ephemeral(channel.id, url.message_ts)
    if given.get("delete_original"):
        _delete_original(platform, channel, source, ephemeral)
        return
    content = content_of(platform, given)
    if given.get("replace_original") and ephemeral is not None:
        ephemeral[1].update({k: v for k, v in content.items() if v is not None})
        if content["blocks"] is None:
            ephemeral[1].pop("blocks", None)
        platform.show(
            "ephemeral", {ephemeral[0]}, place=channel.id, user=ephemeral[0], message=ephemeral[1]
        )
    elif given.get("replace_original") and source is not None:
        platform.change(channel, source, content)
    else:
        content["thread_ts"] = given.get("thread_ts") or url.thread_ts or None
        body = platform.by_bot(content)
        if given.get("response_type") == "in_channel":
            platform.post(channel, body)
        else:
            platform.post_ephemeral(channel, url.user, body)


def _delete_original(
    platform: Platform,
    channel: Conversation,
    source: Json | None,
    ephemeral: tuple[str, Json] | None,
) -> None:
    if ephemeral is not None:
        user, message = ephemeral
        platform.messages.delete_ephemeral(channel.id, message["ts"])
        platform.show("deleted", {user}, place=channel.id, ts=message["ts"])
    elif source is not None:
        platform.delete(channel, source)
