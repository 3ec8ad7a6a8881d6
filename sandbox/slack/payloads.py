"""The payloads Slack sends to an app, in the shapes of its published samples."""

from __future__ import annotations

import secrets
from typing import Any

from sandbox.slack.modals import View
from sandbox.slack.platform import Platform
from sandbox.slack.workspace import TEAM_ID, Conversation, Json, Member


def response_url(
    platform: Platform, user: str, channel: str, ts: str = "", thread: str = ""
) -> str:
    """A new response URL as the app gets it."""
    key = platform.tickets.response_url(user, channel, ts, thread)
    return f"{platform.url}/slack/respond/{TEAM_ID}/{key}"


def slash_command(
    platform: Platform, member: Member, channel: Conversation, command: str, text: str
) -> Json:
    """A slash command; all values are strings because HTTP sends it as a form."""
    return {
        "token": platform.app.verification, "team_id": TEAM_ID,
        "team_domain": platform.workspace.domain, "channel_id": channel.id,
        "channel_name": _name(channel), "user_id": member.id, "user_name": member.name,
        "command": command, "text": text, "api_app_id": platform.app.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url(platform, member.id, channel.id),
        "trigger_id": platform.tickets.trigger(member.id),
    }  # fmt: skip


def _interaction(platform: Platform, kind: str, member: Member) -> Json:
    return {
        "type": kind,
        "team": {"id": TEAM_ID, "domain": platform.workspace.domain},
        "user": {
            "id": member.id, "username": member.name, "name": member.name, "team_id": TEAM_ID,
        },
        "api_app_id": platform.app.app_id,
        "token": platform.app.verification,
        "is_enterprise_install": False,
        "enterprise": None,
    }  # fmt: skip


def message_action(
    platform: Platform, member: Member, channel: Conversation, message: Json, callback_id: str
) -> Json:
    """A shortcut from a message's menu."""
    return shortcut(platform, member, callback_id, "message_action") | {
        "user": {"id": member.id, "name": member.name, "team_id": TEAM_ID},
        "response_url": response_url(platform, member.id, channel.id, message["ts"]),
        "message_ts": message["ts"],
        "channel": {"id": channel.id, "name": _name(channel)},
        "message": message,
    }


def shortcut(platform: Platform, member: Member, callback_id: str, kind: str = "shortcut") -> Json:
    """A global shortcut: no channel, no message."""
    payload = _interaction(platform, kind, member)
    payload.pop("api_app_id")  # shortcuts do not name the app
    return payload | {
        "action_ts": platform.clock.ts(),
        "callback_id": callback_id,
        "trigger_id": platform.tickets.trigger(member.id),
    }


def actions_in_message(
    platform: Platform,
    member: Member,
    channel: Conversation,
    message: Json,
    action: Json,
    values: Json,
) -> Json:
    """A press in a message. Of an ephemeral message Slack sends no more than where it is."""
    ephemeral = bool(message.get("is_ephemeral"))
    container = {
        "type": "message", "message_ts": message["ts"], "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }  # fmt: skip
    if message.get("thread_ts"):
        container["thread_ts"] = message["thread_ts"]
    payload = _interaction(platform, "block_actions", member) | {
        "container": container,
        "trigger_id": platform.tickets.trigger(member.id),
        "channel": {"id": channel.id, "name": _name(channel)},
        "state": {"values": values},
        "response_url": response_url(
            platform, member.id, channel.id, message["ts"], message.get("thread_ts", "")
        ),
        "actions": [action],
    }
    return payload if ephemeral else payload | {"message": message}


def actions_in_view(platform: Platform, member: Member, view: View, action: Json) -> Json:
    """A press in a modal or on the Home tab."""
    return _interaction(platform, "block_actions", member) | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": platform.tickets.trigger(member.id, view.id),
        "view": platform.views.describe(view),
        "actions": [action],
    }


def view_submission(platform: Platform, member: Member, view: View) -> Json:
    """A modal's main button."""
    return _interaction(platform, "view_submission", member) | {
        "trigger_id": platform.tickets.trigger(member.id, view.id),
        "view": platform.views.describe(view),
        "response_urls": [],
    }


def view_closed(platform: Platform, member: Member, view: View, cleared: bool) -> Json:
    """A modal closed by its person, when the view asked for notice."""
    return _interaction(platform, "view_closed", member) | {
        "view": platform.views.describe(view),
        "is_cleared": cleared,
    }


def event_callback(platform: Platform, event: Json) -> Json:
    """What wraps every event of the Events API."""
    return {
        "token": platform.app.verification, "team_id": TEAM_ID, "context_team_id": TEAM_ID,
        "context_enterprise_id": None, "api_app_id": platform.app.app_id, "event": event,
        "type": "event_callback", "event_id": f"Ev{secrets.token_hex(6).upper()}",
        "event_time": int(platform.clock.now()),
        "authorizations": [
            {
                "enterprise_id": None, "team_id": TEAM_ID, "user_id": platform.app.bot_user,
                "is_bot": True, "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False, "event_context": f"4-{secrets.token_urlsafe(24)}",
    }  # fmt: skip


def action_of(block: Json, element: Json, state: Json, ts: str) -> Json:
    """The entry of `actions`: what was pressed, and for a choice what was chosen."""
    action: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": ts,
    }
    for name in ("value", "style", "text", "url", "confirm", "placeholder"):
        if element.get(name):
            action[name] = element[name]
    return action | state


def _name(channel: Conversation) -> str:
    return "directmessage" if channel.kind == "im" else channel.name


def form_of(payload: Json) -> dict[str, Any]:
    """A slash command as a form."""
    return {name: str(value) for name, value in payload.items()}
