"""What the Slack app must be granted and subscribe to; slack-manifest.yaml says the same."""

from __future__ import annotations

from pathlib import Path

# What a workspace admin pastes; beside this file, also in an installed wheel.
MANIFEST = Path(__file__).with_name("slack-manifest.yaml")

# Bot token scope -> what stops working without it.
SCOPES = {
    "commands": "the slash command and the shortcuts",
    "chat:write": "cards, progress and answers",
    "im:write": "writing to an admin directly",
    "im:history": "reading what an admin writes to the app directly",
    "channels:history": "finding a card again whose posting Slack did not confirm, in a public channel",
    "groups:history": "the same in a private channel; nothing else there is read",
    "files:read": "taking files into a broadcast",
    "files:write": "showing a broadcast's files",
    "users:read": "an admin's name, language and time zone, and whether they left the workspace",
    "usergroups:read": "the names of groups mentioned in a message",
    "channels:read": "finding the approval channel when it is public",
    "groups:read": "finding the approval channel when it is private",
}
# Of the app-level token (Socket Mode only); it cannot stand in the manifest.
SOCKET_SCOPE = "connections:write"

# Events the app subscribes to, and shortcuts by callback id.
EVENTS = ("app_home_opened", "app_uninstalled", "message.im", "tokens_revoked", "user_change")
SHORTCUTS = {"broadcast_this": "message", "broadcast_new": "global"}
