"""Acting in the workspace by the control API: each verb takes a dict and gives back JSON.

`channel` names the simulator there, so a Slack conversation is called `place` in these verbs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from sandbox.slack.hand import Hand
from sandbox.slack.platform import Platform
from sandbox.slack.posting import write, write_as_app
from sandbox.slack.workspace import Group, Json

Verb = Callable[[Json], Awaitable[Any]]


class Control:
    """Acts on the workspace from outside. LookupError and ValueError are the caller's mistakes."""

    def __init__(self, platform: Platform, hand: Hand) -> None:
        self._platform = platform
        self._hand = hand

    def verbs(self) -> dict[str, Verb]:
        """The verbs by name."""
        hand = self._hand
        return {
            "command": hand.command, "press": hand.press, "shortcut": hand.shortcut,
            "submit": hand.submit, "close": hand.close, "open_home": hand.open_home,
            "fill": self.fill, "say": self.say, "app_says": self.app_says, "delete": self.delete, "members": self.members,
            "remove": self.remove, "places": self.places, "usergroups": self.usergroups,
            "messages": self.messages, "modal": self.modal, "home": self.home, "saw": self.saw,
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

    async def app_says(self, data: Json) -> Json:
        """Another app posts into a conversation, `user` being somebody who is in it."""
        return write_as_app(self._platform, self._hand.place(data, self._hand.person(data)), data)

    async def delete(self, data: Json) -> Json:
        """Deletes any message of a place, as an admin of the workspace may."""
        channel = self._hand.place(data, self._hand.person(data))
        message = self._platform.messages.get(channel.id, str(data["ts"]))
        if message is None:
            raise LookupError(f"{channel.id} has no message {data['ts']}")
        self._platform.delete(channel, message)
        return {"deleted": message["ts"]}

    async def saw(self, data: Json) -> Json:
        """What a person could see since a `marker`; waits up to `wait` seconds for the first."""
        member = self._platform.workspace.find_member(data["user"])
        sights, since = self._platform.sights, int(data.get("since") or 0)
        seen = await sights.wait(since, member.id, float(data.get("wait") or 0))
        return {"marker": sights.marker, "saw": sights.describe(seen)}
