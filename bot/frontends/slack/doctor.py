"""What `tellal doctor` looks at for Slack, and how to mend it. Never prints a token."""

from __future__ import annotations

from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.frontends.slack.api import NETWORK, client, error_of
from bot.frontends.slack.scopes import MANIFEST, SCOPES, SOCKET_SCOPE
from bot.settings_sections import SlackSettings
from broadcast.channel_spec import Check
from broadcast.language import N_, terminal
from broadcast.lenient_json import a_text

EVENTS_PATH = "/slack/events"
_TOKEN_MENDS = {
    "invalid_auth": N_("Copy it again from OAuth & Permissions of the app into {name}."),
    "not_authed": N_("Copy it again from OAuth & Permissions of the app into {name}."),
    "token_revoked": N_(
        "Install the app again (OAuth & Permissions) and copy the new token to {name}."
    ),
    "token_expired": N_(
        "Install the app again (OAuth & Permissions) and copy the new token to {name}."
    ),
    "account_inactive": N_(
        "The app was removed from the workspace: install it again, copy the token."
    ),
    "team_access_not_granted": N_("Ask the organisation's admin to grant the app this workspace."),
    "ratelimited": N_("Wait a minute and run this again."),
}
_BOT, _APP = "TELLAL_SLACK__BOT_TOKEN", "TELLAL_SLACK__APP_TOKEN"


async def diagnose(settings: SlackSettings, public_url: str = "") -> list[Check]:
    """Reachable, known, permitted, rightly received, at home in its channel."""
    slack = client(settings.bot_token.get_secret_value(), settings.api_url)
    try:
        me = await slack.auth_test()
        return [
            Check(
                "slack bot",
                True,
                terminal().plain("@{what} in {other}", what=me.get("user"), other=me.get("team")),
            ),
            _scopes(me.headers),
            await _received(slack, settings, public_url),
            await _channel(slack, settings.channel, a_text(me.get("user"))),
        ]
    except SlackApiError as refused:
        return [_refused("slack token", refused, _BOT)]
    except NETWORK as error:
        mend = terminal().plain("Check TELLAL_SLACK__API_URL and this machine's network.")
        return [Check("slack api", False, type(error).__name__, mend)]


def _refused(what: str, refused: SlackApiError, name: str) -> Check:
    code = error_of(refused)
    mend = _TOKEN_MENDS.get(code, N_("Look the error up in Slack's documentation, then try again."))
    return Check(what, False, code, terminal().plain(mend, name=name))


def _scopes(headers: Any) -> Check:
    """Slack names the granted scopes in a header of each answer."""
    given = {name.lower(): value for name, value in headers.items()}.get("x-oauth-scopes", "")
    granted = {scope.strip() for scope in str(given).split(",")}
    missing = [scope for scope in SCOPES if scope not in granted]
    if not missing:
        return Check(
            "slack scopes",
            True,
            terminal().plain("all {what} needed are granted", what=len(SCOPES)),
        )
    found = "; ".join(f"{scope} is missing, for {SCOPES[scope]}" for scope in missing)
    mend = terminal().plain(
        "Add them under OAuth & Permissions, Bot Token Scopes (or paste {file} again under App Manifest), then press Reinstall to Workspace.",
        file=MANIFEST,
    )
    return Check("slack scopes", False, found, mend)


async def _received(client: AsyncWebClient, settings: SlackSettings, public_url: str) -> Check:
    """Whether what people press and write will reach us: a socket, else signed HTTP."""
    if token := settings.app_token.get_secret_value():
        return await _socket(client, token)
    name = "slack events"
    if not public_url.startswith("https://"):
        mend = terminal().plain("Set TELLAL_HTTP__PUBLIC_URL to your https:// address.")
        return Check(name, False, terminal().plain("by HTTP, but there is no public address"), mend)
    return Check(
        name,
        True,
        terminal().plain(
            "by HTTP: {what}{EVENTS_PATH} must be in the app",
            what=public_url.rstrip("/"),
            EVENTS_PATH=EVENTS_PATH,
        ),
    )


async def _socket(client: AsyncWebClient, token: str) -> Check:
    name = "slack socket"
    try:
        await client.apps_connections_open(app_token=token)
    except SlackApiError as refused:
        if error_of(refused) == "missing_scope":
            mend = terminal().plain(
                "Basic Information, App-Level Tokens: generate one with {SOCKET_SCOPE}, put it into {_APP}.",
                SOCKET_SCOPE=SOCKET_SCOPE,
                _APP=_APP,
            )
            return Check(
                name,
                False,
                terminal().plain("the app token lacks {SOCKET_SCOPE}", SOCKET_SCOPE=SOCKET_SCOPE),
                mend,
            )
        check = _refused(name, refused, _APP)
        return Check(name, False, check.found, check.mend.replace(
            "OAuth & Permissions of the app", "Basic Information, App-Level Tokens,"
        ))  # fmt: skip
    return Check(name, True, terminal().plain("Socket Mode, a connection can be opened"))


async def _channel(client: AsyncWebClient, channel: str, user: str) -> Check:
    """Whether approval cards have a place to go."""
    name, setting = "slack channel", "TELLAL_SLACK__CHANNEL"
    where = terminal().plain(
        "copy the id (C…) from the channel's details in Slack into {setting}", setting=setting
    )
    if not channel:
        found = terminal().plain("not set: cards go to each admin alone")
        return Check(
            name, True, found, terminal().plain("For one card that all see, {where}.", where=where)
        )
    try:
        place: Any = (await client.conversations_info(channel=channel)).get("channel") or {}
    except SlackApiError as refused:
        if error_of(refused) == "missing_scope":
            return Check(
                name,
                False,
                terminal().plain("may not be looked at"),
                terminal().plain("Grant the missing scopes first."),
            )
        mend = terminal().plain(
            "If it is private, write /invite @{user} there; else {where}.", user=user, where=where
        )
        return Check(name, False, f"{channel}: {error_of(refused)}", mend)
    shown = f"#{place.get('name') or channel}"
    if place.get("is_archived"):
        return Check(
            name,
            False,
            terminal().plain("{shown} is archived", shown=shown),
            terminal().plain("Unarchive it, or {where}.", where=where),
        )
    if not place.get("is_member"):
        return Check(
            name,
            False,
            terminal().plain("the app is not in {shown}", shown=shown),
            terminal().plain("Write /invite @{user} there.", user=user),
        )
    return Check(name, True, terminal().plain("cards go to {shown}", shown=shown))
