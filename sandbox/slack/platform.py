"""The platform itself: everything the fake Slack is made of, and how things become visible."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sandbox.slack.clock import Clock
from sandbox.slack.errors import SlackError
from sandbox.slack.files import Files
from sandbox.slack.installation import Installation
from sandbox.slack.messages import Messages
from sandbox.slack.modals import View, Views
from sandbox.slack.rates import Rates
from sandbox.slack.sights import Sights
from sandbox.slack.tickets import Tickets
from sandbox.slack.workspace import TEAM_ID, Conversation, Json, Member, Workspace

if TYPE_CHECKING:
    from sandbox.world import World


class Platform:
    """One workspace with one app in it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clock = Clock()
        self.app = Installation()
        self.workspace = Workspace(self.app.bot_user)
        self.tickets = Tickets(self.clock)
        self.messages = Messages()
        self.views = Views(self.app)
        self.files = Files(self.clock)
        self.rates = Rates(self.clock, world.rate("slack", 1.0))
        self.sights = Sights()
        self.calls: dict[str, int] = {}
        self.base = ""
        self.on_event: Callable[[Json], None] = lambda _: None

    @property
    def url(self) -> str:
        """Where the workspace is served: as the app reached it last, else as it was started."""
        return self.base or self.world.url

    # What becomes visible

    def show(self, kind: str, users: set[str] | None, **facts: object) -> None:
        """To a test that waits and to the page."""
        sight = self.sights.add(kind, users, dict(facts))
        if self.world.live.open_streams:
            self.world.live.publish(sight.describe() | {"users": sorted(users or ())})

    def show_view(self, view: View) -> None:
        """A modal or a Home tab changed on somebody's screen."""
        kind = "view" if view.content["type"] == "modal" else "home"
        self.show(kind, {view.user}, user=view.user, view=self.views.describe(view))

    def close_views(self, user: str, everything: bool = False) -> list[View]:
        """Closes a person's top modal, or all of them; what is under it shows again."""
        gone = self.views.close(user, everything)
        top = self.views.top(user)
        shown = self.views.describe(top) if top else None
        self.show("view", {user}, user=user, view=shown, closed=[view.id for view in gone])
        return gone

    # Messages

    def post(self, channel: Conversation, message: Json) -> Json:
        """A message arrives in a conversation: the one place where that happens."""
        message = {"type": "message", "ts": self.clock.ts(), "team": TEAM_ID} | message
        self.messages.add(channel.id, message)
        self.show("message", set(channel.members), place=channel.id, message=message)
        self.on_event(
            message
            | {"channel": channel.id, "channel_type": channel.kind, "event_ts": message["ts"]}
        )
        return message

    def post_ephemeral(self, channel: Conversation, user: str, message: Json) -> Json:
        """A message only one person sees."""
        message = {"type": "message", "ts": self.clock.ts(), "team": TEAM_ID} | message
        self.messages.add_ephemeral(channel.id, user, message)
        self.show("ephemeral", {user}, place=channel.id, user=user, message=message)
        return message

    def change(self, channel: Conversation, message: Json, content: Json) -> None:
        """A message is edited: `content` replaces its text, blocks and the like."""
        before = dict(message)
        for name in ("text", "blocks", "attachments", "files"):
            if content.get(name) is None and name in content:
                message.pop(name, None)
        message |= {name: value for name, value in content.items() if value is not None}
        ts = self.clock.ts()
        if not content.get("blocks"):  # a message shown by its blocks is not marked as edited
            message["edited"] = {
                "user": message.get("user", ""),
                "ts": ts.partition(".")[0] + ".000000",
            }
        self.show("edited", set(channel.members), place=channel.id, message=dict(message))
        self.on_event(
            {
                "type": "message",
                "subtype": "message_changed",
                "hidden": True,
                "message": dict(message),
                "previous_message": before,
                "channel": channel.id,
                "channel_type": channel.kind,
                "ts": ts,
                "event_ts": ts,
            }  # fmt: skip
        )

    def delete(self, channel: Conversation, message: Json) -> None:
        """A message goes."""
        self.messages.delete(channel.id, message["ts"])
        ts = self.clock.ts()
        self.show("deleted", set(channel.members), place=channel.id, ts=message["ts"])
        self.on_event(
            {
                "type": "message",
                "subtype": "message_deleted",
                "hidden": True,
                "deleted_ts": message["ts"],
                "previous_message": message,
                "channel": channel.id,
                "channel_type": channel.kind,
                "ts": ts,
                "event_ts": ts,
            }  # fmt: skip
        )

    def by_bot(self, content: Json) -> Json:
        """The frame of a message the app writes."""
        app = self.app
        frame: Json = {
            "user": app.bot_user, "bot_id": app.bot_id, "app_id": app.app_id,
            "bot_profile": {
                "id": app.bot_id, "app_id": app.app_id, "name": app.name, "deleted": False,
                "updated": 0, "icons": {"image_36": "", "image_48": "", "image_72": ""},
                "team_id": TEAM_ID,
            },
        }  # fmt: skip
        return frame | {name: value for name, value in content.items() if value is not None}

    # Who and where, as the Web API words it when there is none

    def conversation(self, wanted: str) -> Conversation:
        """A conversation by id that the bot may know of."""
        channel = self.workspace.conversations.get(wanted)
        hidden = channel is not None and channel.kind != "channel"
        if channel is None or (hidden and self.app.bot_user not in channel.members):
            raise SlackError("channel_not_found")
        return channel

    def member(self, wanted: str) -> Member:
        """A person by id."""
        member = self.workspace.members.get(wanted)
        if member is None:
            raise SlackError("user_not_found")
        return member
