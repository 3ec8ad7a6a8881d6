"""The app as installed in the workspace: its tokens, scopes, event subscriptions and addresses."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Any

from sandbox.slack.errors import SlackError

# What an app like ours asks for; the control API grants more or takes away.
SCOPES = [
    "commands",
    "chat:write",
    "chat:write.public",
    "channels:read",
    "groups:read",
    "channels:history",
    "groups:history",
    "im:read",
    "im:write",
    "im:history",
    "files:read",
    "files:write",
    "reactions:write",
    "team:read",
    "users:read",
    "usergroups:read",
]
EVENTS = [
    "app_home_opened",
    "message.im",
    "subteam_members_changed",
    "subteam_updated",
    "user_change",
    "app_uninstalled",
    "tokens_revoked",
]
SHORTCUTS = [
    {"name": "Broadcast this message", "type": "message", "callback_id": "broadcast_this"},
    {"name": "New broadcast", "type": "global", "callback_id": "broadcast_new"},
]


@dataclass
class Installation:
    """One app in one workspace. The first xoxb- and xapp- token used are its tokens from then on."""

    app_id: str = "A0TELLAL"
    bot_id: str = "B0TELLAL"
    bot_user: str = "U0TELLAL"
    name: str = "Tellal"
    bot_token: str = ""
    app_token: str = ""
    signing_secret: str = "sandbox-signing-secret"
    verification: str = "sandbox-verification-token"
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    app_scopes: set[str] = field(default_factory=lambda: {"connections:write"})
    events: set[str] = field(default_factory=lambda: set(EVENTS))
    commands: set[str] = field(default_factory=set)  # empty: every command is this app's
    # What its menus offer people; a shortcut that is not listed can still be chosen.
    shortcuts: list[dict[str, str]] = field(default_factory=lambda: list(SHORTCUTS))
    home_tab: bool = True
    messages_tab: bool = True
    refusal: str = ""  # why tokens are no longer good: token_revoked, account_inactive, …
    request_url: str = ""  # set: events and interactions come by signed HTTP

    def check_bot(self, token: str) -> None:
        """Lets a bot token through, or raises what Slack answers."""
        if not token:
            raise SlackError("not_authed")
        if token.startswith("xapp-"):
            raise SlackError("not_allowed_token_type")
        if token.startswith("xoxb-") and not self.bot_token:
            self.bot_token = token
        self._check(token, self.bot_token)

    def check_app(self, token: str) -> None:
        """The same for the app-level token, which only apps.connections.open takes."""
        if not token:
            raise SlackError("not_authed")
        if not token.startswith("xapp-"):
            raise SlackError("not_allowed_token_type")
        if not self.app_token:
            self.app_token = token
        self._check(token, self.app_token)
        if "connections:write" not in self.app_scopes:
            raise missing_scope(["connections:write"], self.app_scopes)

    def _check(self, token: str, right: str) -> None:
        if not hmac.compare_digest(token.encode(), right.encode()):
            raise SlackError("invalid_auth")
        if self.refusal:
            raise SlackError(self.refusal)

    def require(self, *scopes: str) -> None:
        """Any one of these scopes will do."""
        if scopes and not self.scopes & set(scopes):
            raise missing_scope(list(scopes), self.scopes)

    def describe(self) -> dict[str, Any]:
        """For the control API. Tokens are made up, so they may be shown."""
        return {
            "app_id": self.app_id, "bot_id": self.bot_id, "bot_user": self.bot_user,
            "bot_token": self.bot_token, "app_token": self.app_token,
            "signing_secret": self.signing_secret, "scopes": sorted(self.scopes),
            "app_scopes": sorted(self.app_scopes), "events": sorted(self.events),
            "commands": sorted(self.commands), "shortcuts": self.shortcuts, "refusal": self.refusal,
            "home_tab": self.home_tab, "messages_tab": self.messages_tab,
            "request_url": self.request_url,
        }  # fmt: skip


def missing_scope(needed: list[str], granted: set[str]) -> SlackError:
    """Slack names both what was needed and what there is."""
    return SlackError("missing_scope", needed=",".join(needed), provided=",".join(sorted(granted)))
