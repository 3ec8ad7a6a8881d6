"""auth.test, apps.connections.open, users.*, usergroups.*, team.info, bots.info: who there is."""

from __future__ import annotations

from sandbox.slack.errors import SlackError
from sandbox.slack.methods import Call, method, page_of
from sandbox.slack.workspace import TEAM_ID, Json


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
    page, cursor = page_of(call, list(call.platform.workspace.members.values()))
    members = [member.describe(locale, email) for member in page]
    return {
        "members": members,
        "cache_ts": int(call.platform.clock.now()),
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
