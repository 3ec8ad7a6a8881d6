"""Slack's part of the control API: each verb takes a dict and gives back JSON.

`channel` names the simulator there, so a Slack conversation is called `place` in these verbs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from sandbox.slack.callback import Callback
from sandbox.slack.envelopes import Deliveries
from sandbox.slack.hand import Hand
from sandbox.slack.platform import Platform
from sandbox.slack.socket_mode import Sockets
from sandbox.slack.typing_hand import write
from sandbox.slack.workspace import Group, Json

Verb = Callable[[Json], Awaitable[Any]]
_REFUSALS = ("token_revoked", "account_inactive", "invalid_auth", "")


class Control:
    """Acts on the workspace from outside. LookupError and ValueError are the caller's mistakes."""

    def __init__(
        self,
        platform: Platform,
        hand: Hand,
        deliveries: Deliveries,
        sockets: Sockets,
        callback: Callback,
    ) -> None:
        self._platform = platform
        self._hand = hand
        self._deliveries = deliveries
        self._sockets = sockets
        self._callback = callback

    def verbs(self) -> dict[str, Verb]:
        """The verbs by name."""
        hand = self._hand
        return {
            "command": hand.command, "press": hand.press, "shortcut": hand.shortcut,
            "submit": hand.submit, "close": hand.close, "open_home": hand.open_home,
            "say": self.say, "fill": self.fill, "members": self.members, "remove": self.remove,
            "places": self.places, "usergroups": self.usergroups, "messages": self.messages,
            "modal": self.modal, "home": self.home, "app": self.app, "scopes": self.scopes,
            "revoke": self.revoke, "limits": self.limits, "clock": self.clock, "acks": self.acks,
            "disconnect": self.disconnect, "duplicate": self.duplicate, "retries": self.retries,
            "saw": self.saw, "calls": self.calls,
        }  # fmt: skip

    # The workspace

    async def members(self, data: Json) -> Any:
        """Lists the people; with `user`, adds or changes one."""
        workspace = self._platform.workspace
        if "user" in data:
            member = workspace.add_member(data)
            member.updated = int(self._platform.clock.now())
            self._platform.on_event({"type": "user_change", "user": member.describe(locale=True)})
            return asdict(member)
        return [asdict(member) for member in workspace.members.values()]

    async def remove(self, data: Json) -> Json:
        """Takes somebody out of the workspace (removed=false: back in)."""
        member = self._platform.workspace.find_member(data["user"])
        member.deleted = bool(data.get("removed", True))
        member.updated = int(self._platform.clock.now())
        if member.deleted:
            for channel in self._platform.workspace.conversations.values():
                if channel.kind != "im":
                    channel.members.discard(member.id)
            if self._platform.views.top(member.id):
                self._platform.close_views(member.id, everything=True)
        self._platform.on_event({"type": "user_change", "user": member.describe(locale=True)})
        return asdict(member)

    async def places(self, data: Json) -> Any:
        """Lists the conversations; with `name`, adds or changes one."""
        workspace = self._platform.workspace
        if "name" in data:
            found = [workspace.add_conversation(data)]
        else:
            found = list(workspace.conversations.values())
        return [asdict(place) | {"members": sorted(place.members)} for place in found]

    async def usergroups(self, data: Json) -> Any:
        """Lists the user groups; with `id`, makes one; `paid` false: the plan has none."""
        workspace = self._platform.workspace
        workspace.paid = bool(data.get("paid", workspace.paid))
        if "id" in data:
            handle = str(data.get("handle") or data["id"]).lower()
            users = [workspace.find_member(user).id for user in data.get("users", [])]
            name = str(data.get("name") or handle)
            workspace.groups[str(data["id"])] = Group(str(data["id"]), handle, name, users)
            event = {"type": "subteam_updated", "subteam": {"id": data["id"], "users": users}}
            self._platform.on_event(event)
        return [asdict(group) for group in workspace.groups.values()]

    # What is on screens

    async def messages(self, data: Json) -> list[Json]:
        """A conversation as a person sees it (`place` left out: their DM with the bot)."""
        member = self._platform.workspace.find_member(data["user"])
        channel = self._hand.place(data, member)
        return self._platform.messages.seen_by(channel.id, member.id)

    async def modal(self, data: Json) -> Json | None:
        """The modal a person looks at, with what they typed; null when there is none."""
        member = self._platform.workspace.find_member(data["user"])
        view = self._platform.views.top(member.id)
        return self._platform.views.describe(view) if view else None

    async def home(self, data: Json) -> Json | None:
        """Somebody's Home tab; null before the app published one."""
        member = self._platform.workspace.find_member(data["user"])
        view = self._platform.views.home(member.id)
        return self._platform.views.describe(view) if view else None

    async def fill(self, data: Json) -> Json | None:
        """Types into the modal on top without sending."""
        view = self._hand.forms.top(self._hand.person(data))
        self._hand.forms.fill(view, data["values"])
        return self._platform.views.describe(view)

    async def say(self, data: Json) -> Json:
        """Writes as a person, into a conversation, a thread or their DM with the bot."""
        member = self._hand.person(data)
        return write(self._platform, member, self._hand.place(data, member), data)

    async def saw(self, data: Json) -> Json:
        """What a person could see since a `marker`; waits up to `wait` seconds for the first."""
        member = self._platform.workspace.find_member(data["user"])
        sights, since = self._platform.sights, int(data.get("since") or 0)
        seen = await sights.wait(since, member.id, float(data.get("wait") or 0))
        return {"marker": sights.marker, "saw": sights.describe(seen)}

    # The app and the line to it

    async def app(self, data: Json) -> Json:
        """Reads or changes the app: tokens, secret, events, commands, tabs, request_url ("" = off)."""
        app = self._platform.app
        for name in ("bot_token", "app_token", "signing_secret"):
            if name in data:
                setattr(app, name, str(data[name]))
        for name in ("home_tab", "messages_tab"):
            if name in data:
                setattr(app, name, bool(data[name]))
        for name in ("events", "commands"):
            if name in data:
                setattr(app, name, {str(one) for one in data[name]})
        if data.get("request_url"):
            await self._callback.verify(str(data["request_url"]))
        app.request_url = str(data.get("request_url", app.request_url))
        return app.describe()

    async def scopes(self, data: Json) -> Json:
        """Grants: `scopes` sets them all, `add` and `remove` change some; `app_scopes` likewise."""
        app = self._platform.app
        if "scopes" in data:
            app.scopes = set(data["scopes"])
        app.scopes = (app.scopes | set(data.get("add", ()))) - set(data.get("remove", ()))
        app.app_scopes = set(data.get("app_scopes", app.app_scopes))
        return {"scopes": sorted(app.scopes), "app_scopes": sorted(app.app_scopes)}

    async def revoke(self, data: Json) -> Json:
        """Tokens answer `error` token_revoked (or account_inactive, …); revoked=false: good again."""
        revoked = bool(data.get("revoked", True))
        error = str(data.get("error", "token_revoked")) if revoked else ""
        if error not in _REFUSALS:
            raise ValueError(f"error must be one of {', '.join(_REFUSALS[:-1])}")
        app = self._platform.app
        if error == "token_revoked" and not app.refusal:
            tokens = {"oauth": [], "bot": [app.bot_user]}
            self._platform.on_event({"type": "tokens_revoked", "tokens": tokens})
        app.refusal = error
        return app.describe()

    async def limits(self, data: Json) -> Json:
        """Reads or changes the rate limits; 0 lifts one."""
        self._platform.rates.change(data)
        return self._platform.rates.describe()

    async def clock(self, data: Json) -> Json:
        """Pushes the workspace's time ahead by so many seconds in all."""
        clock = self._platform.clock
        clock.ahead = float(data.get("ahead", clock.ahead))
        return {"now": clock.now(), "ahead": clock.ahead}

    async def acks(self, data: Json) -> Json:
        """How promptly envelopes were acknowledged; `reset` starts anew."""
        acks = self._deliveries.acks(int(data.get("last", 100)))
        if data.get("reset"):
            self._deliveries.forget()
        return acks | self._sockets.describe()

    async def disconnect(self, data: Json) -> Json:
        """Ends sockets: with a `reason`, or `drop`ped; `refuse_seconds` without new ones."""
        reason = str(data.get("reason") or "refresh_requested")
        drop, refuse = bool(data.get("drop")), float(data.get("refuse_seconds") or 0)
        return {"disconnected": await self._sockets.disconnect(reason, drop, refuse)}

    async def duplicate(self, data: Json) -> Json:
        """Delivers the next `count` envelopes twice, or (`latest`) the last one once more."""
        if data.get("latest"):
            return await self._deliveries.again()
        self._deliveries.twice = int(data.get("count", 1))
        return {"twice": self._deliveries.twice}

    async def retries(self, data: Json) -> Json:
        """The pauses before an unacknowledged event comes again."""
        if "seconds" in data:
            self._deliveries.retry_seconds = [float(pause) for pause in data["seconds"]]
        return {"seconds": self._deliveries.retry_seconds}

    async def calls(self, data: Json) -> Json:
        """How often the app called each method."""
        return dict(self._platform.calls)
