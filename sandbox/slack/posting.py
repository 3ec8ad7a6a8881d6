"""What people write and send along: messages as Slack's editor keeps them, and their files."""

from __future__ import annotations

import base64
import uuid
from typing import Any

from sandbox.slack.files import describe
from sandbox.slack.platform import Platform
from sandbox.slack.rich_text import from_mrkdwn
from sandbox.slack.workspace import Conversation, Json, Member


def received(platform: Platform, wish: Any, user: str) -> Json:
    """A file of a person as JSON: a sample by name, or {name, data: base64, mime}."""
    if isinstance(wish, str):
        name, mime, data = platform.world.sample(wish)
    else:
        name, mime = str(wish["name"]), str(wish.get("mime") or "")
        data = base64.b64decode(str(wish["data"]).rpartition("base64,")[2], validate=True)
    return describe(platform.files.keep(name, mime, data, user), platform.url)


def write(platform: Platform, member: Member, channel: Conversation, wish: Json) -> Json:
    """A message: `text` (mrkdwn as on the wire, & < > escaped) or `rich_text`, and `files`."""
    text = str(wish.get("text") or "")
    rich = wish.get("rich_text") or (from_mrkdwn(text) if text else None)
    files = [received(platform, one, member.id) for one in wish.get("files") or []]
    if not rich and not files:
        raise ValueError("say what? give text, rich_text or files")
    thread = str(wish.get("thread_ts") or "")
    if thread and platform.messages.get(channel.id, thread) is None:
        raise LookupError(f"{channel.id} has no message {thread}")
    message: Json = {"user": member.id, "client_msg_id": str(uuid.uuid4()), "text": text}
    if rich:
        message["blocks"] = [{"block_id": platform.clock.ts(), **rich}]
    if thread:
        message["thread_ts"] = thread
    if files:
        message |= {"subtype": "file_share", "files": files, "upload": False}
    posted = platform.post(channel, message)
    for file in files:
        platform.files.share(file["id"], channel.id, posted["ts"])
    return posted | {"channel": channel.id}
