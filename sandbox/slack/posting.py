"""What people write and send along: messages as Slack's editor keeps them, and their files."""

from __future__ import annotations

import base64
import uuid
from typing import Any

from sandbox.slack.files import describe
from sandbox.slack.platform import Platform
from sandbox.slack.rich_text import from_mrkdwn
from sandbox.slack.workspace import TEAM_ID, Conversation, Json, Member
from sandbox.slack.writing import content_of


def received(platform: Platform, wish: Any, user: str) -> Json:
    """A file of a person as JSON: a sample by name, or {name, data: base64, mime}."""
    if isinstance(wish, str):
        name, mime, data = platform.world.sample(wish)
    else:
        name, mime = str(wish["name"]), str(wish.get("mime") or "")
        data = base64.b64decode(str(wish["data"]).rpartition("base64,")[2], validate=True)
    return describe(platform.files.keep(name, mime, data, user), platform.url)


def shared(platform: Platform, wish: Json) -> Json:
    """The attachment by which a message stands in another one that shares it: `place` and `ts`.

    Its fields are those of public reports (NousResearch/hermes-agent issue 96384 and others); Slack
    documents none of them.
    """
    place = platform.workspace.find_conversation(wish["place"])
    message = platform.messages.get(place.id, str(wish["ts"]))
    if message is None:
        raise LookupError(f"{place.id} has no message {wish['ts']}")
    address = f"{platform.url}/slack/archives/{place.id}/p{message['ts'].replace('.', '')}"
    author = platform.workspace.members.get(str(message.get("user")))
    inside = {"blocks": message.get("blocks") or []}
    attachment: Json = {
        "id": 1, "ts": message["ts"], "channel_id": place.id, "channel_team": TEAM_ID,
        "is_msg_unfurl": True, "is_share": True, "from_url": address, "color": "D0D0D0",
        "message_blocks": [
            {"team": TEAM_ID, "channel": place.id, "ts": message["ts"], "message": inside}
        ],
        "fallback": f"[{message['ts']}] {message['text']}", "text": message["text"],
        "author_id": message.get("user", ""), "author_name": author.name if author else "",
        "footer": "Slack Conversation", "mrkdwn_in": ["text"],
    }  # fmt: skip
    for name in ("files", "attachments"):
        if message.get(name):
            attachment[name] = message[name]
    return attachment


def write_as_app(platform: Platform, channel: Conversation, wish: Json) -> Json:
    """A post of another app: `text`, `blocks`, `attachments`, under the name `app`."""
    content = content_of(platform, wish)
    name = str(wish.get("app") or "Alerts")
    frame: Json = {
        "subtype": "bot_message", "bot_id": "B0OTHER", "app_id": "A0OTHER", "username": name,
    }  # fmt: skip
    said = {key: value for key, value in content.items() if value is not None}
    return platform.post(channel, frame | said) | {"channel": channel.id}


def write(platform: Platform, member: Member, channel: Conversation, wish: Json) -> Json:
    """A message: `text` (mrkdwn as on the wire, & < > escaped) or `rich_text`, and `files`.

    `share`: {place, ts} of a message it shares. `me`: written with `/me`. `broadcast`: from a thread
    to the conversation too.
    """
    text = str(wish.get("text") or "")
    rich = wish.get("rich_text") or (from_mrkdwn(text) if text else None)
    files = [received(platform, one, member.id) for one in wish.get("files") or []]
    if not rich and not files and not wish.get("share"):
        raise ValueError("say what? give text, rich_text, files or share")
    thread = str(wish.get("thread_ts") or "")
    if thread and platform.messages.get(channel.id, thread) is None:
        raise LookupError(f"{channel.id} has no message {thread}")
    message: Json = {"user": member.id, "client_msg_id": str(uuid.uuid4()), "text": text}
    if wish.get("me"):
        message["subtype"] = "me_message"  # these come without blocks
    elif rich:
        message["blocks"] = [{"block_id": platform.clock.ts(), **rich}]
    if thread:
        message["thread_ts"] = thread
        if wish.get("broadcast"):
            message |= {"subtype": "thread_broadcast", "root": {"ts": thread}}
    if wish.get("share"):
        message["attachments"] = [shared(platform, wish["share"])]
    if files:
        message |= {"subtype": "file_share", "files": files, "upload": False}
    posted = platform.post(channel, message)
    for file in files:
        platform.files.share(file["id"], channel.id, posted["ts"])
    return posted | {"channel": channel.id}
