"""What people do in Slack: type commands, choose shortcuts, press. Each reaches the app."""

from __future__ import annotations

import time

from sandbox.slack import choices, payloads, writing
from sandbox.slack.envelopes import Ack, Deliveries
from sandbox.slack.errors import SlackError
from sandbox.slack.forms import Forms
from sandbox.slack.platform import Platform
from sandbox.slack.workspace import Conversation, Json, Member

_WAIT = 2.0  # how long a person looks at the screen after a click, unless told otherwise


class Hand:
    """Acts as any person. LookupError and ValueError tell what cannot be done."""

    def __init__(self, platform: Platform, deliveries: Deliveries) -> None:
        self._platform = platform
        self._deliveries = deliveries
        self.forms = Forms(platform)

    def person(self, wish: Json) -> Member:
        """Who acts; people removed from the workspace cannot."""
        member = self._platform.workspace.find_member(wish["user"])
        if member.deleted:
            raise ValueError(f"{member.id} is no longer in the workspace")
        return member

    def place(self, wish: Json, member: Member) -> Conversation:
        """Where: `place`, else the person's direct message with the bot."""
        workspace = self._platform.workspace
        if wish.get("place") is None:
            return workspace.direct(member.id)
        channel = workspace.find_conversation(wish["place"])
        if member.id not in channel.members:
            raise ValueError(f"{member.id} is not in {channel.id}")
        return channel

    def message(self, channel: Conversation, member: Member, ts: str) -> Json:
        """A message on that person's screen, ephemeral ones marked."""
        message = self._platform.messages.get(channel.id, ts)
        if message is not None:
            return message
        private = self._platform.messages.ephemeral(channel.id, ts)
        if private is not None and private[0] == member.id:
            return private[1] | {"is_ephemeral": True}
        raise LookupError(f"{channel.id} shows {member.id} no message {ts}")

    # Clicks

    async def command(self, wish: Json) -> Json:
        """Types a slash command; `command` is /broadcast unless given."""
        member = self.person(wish)
        channel = self.place(wish, member)
        if wish.get("thread_ts"):
            raise ValueError("slash commands of apps cannot be used in threads")
        command = str(wish.get("command") or "/broadcast")
        known = self._platform.app.commands
        if known and command not in known:
            raise ValueError(f"{command} is not a valid command; there are {sorted(known)}")
        text = str(wish.get("text") or "")
        payload = payloads.slash_command(self._platform, member, channel, command, text)
        return await self._click(member, "slash_commands", payload, wish)

    async def shortcut(self, wish: Json) -> Json:
        """Chooses a shortcut: of a message when `ts` is given, else a global one."""
        member, callback_id = self.person(wish), str(wish["callback_id"])
        if wish.get("ts"):
            channel = self.place(wish, member)
            message = self.message(channel, member, str(wish["ts"]))
            payload = payloads.message_action(self._platform, member, channel, message, callback_id)
        else:
            payload = payloads.shortcut(self._platform, member, callback_id)
        return await self._click(member, "interactive", payload, wish)

    async def press(self, wish: Json) -> Json:
        """Presses or picks something: in a message (`ts`), on the Home tab, or in the modal."""
        member = self.person(wish)
        payload = self._in_message(member, wish) if wish.get("ts") else self._in_view(member, wish)
        result = await self._click(member, "interactive", payload, wish)
        return result | {"pressed": payload["actions"][0]}

    def _in_message(self, member: Member, wish: Json) -> Json:
        channel = self.place(wish, member)
        message = self.message(channel, member, str(wish["ts"]))
        blocks = message.get("blocks") or []
        block, element = choices.find(blocks, wish)
        state = choices.picked(element, wish)
        typed = {}
        if element["type"] not in choices.STATELESS:
            typed[block["block_id"], element["action_id"]] = state
        action = payloads.action_of(block, element, state, self._platform.clock.ts())
        values = choices.state_of(blocks, typed)
        return payloads.actions_in_message(self._platform, member, channel, message, action, values)

    def _in_view(self, member: Member, wish: Json) -> Json:
        if wish.get("home"):
            view = self._platform.views.home(member.id)
            if view is None:
                raise LookupError(f"{member.id} has no Home tab yet")
        else:
            view = self.forms.top(member)
        self.forms.fill(view, wish.get("values") or {})
        block, element = choices.find(view.content["blocks"], wish)
        state = choices.picked(element, wish)
        if element["type"] not in choices.STATELESS:
            view.typed[block["block_id"], element["action_id"]] = state
        action = payloads.action_of(block, element, state, self._platform.clock.ts())
        return payloads.actions_in_view(self._platform, member, view, action)

    async def submit(self, wish: Json) -> Json:
        """Fills in the modal on top and presses its main button."""
        member = self.person(wish)
        view = self.forms.top(member)
        self.forms.fill(view, wish.get("values") or {})
        refused = self.forms.refused(view)
        if refused:
            return {"acked": False, "refused": refused, "saw": []}
        payload = payloads.view_submission(self._platform, member, view)
        return await self._click(member, "interactive", payload, wish)

    async def close(self, wish: Json) -> Json:
        """Closes the modal on top (`everything`: all of them); the app hears of it if it asked."""
        member = self.person(wish)
        self.forms.top(member)
        everything = bool(wish.get("everything"))
        gone = self._platform.close_views(member.id, everything)
        for view in gone:
            if view.content.get("notify_on_close"):
                payload = payloads.view_closed(self._platform, member, view, everything)
                await self._deliveries.ask("interactive", payload)
        return {"closed": [view.id for view in gone]}

    async def open_home(self, wish: Json) -> Json:
        """Opens the app (`tab`: home or messages) and waits for what it shows. `blank`: nothing
        stands there, as after a new installation."""
        member, platform = self.person(wish), self._platform
        if wish.get("blank"):
            platform.views.forget_home(member.id)
        tab = str(wish.get("tab") or "home")
        event: Json = {
            "type": "app_home_opened", "user": member.id, "tab": tab,
            "channel": platform.workspace.direct(member.id).id, "event_ts": platform.clock.ts(),
        }  # fmt: skip
        view = platform.views.home(member.id)
        if tab == "home" and view is not None:
            event["view"] = platform.views.describe(view)
        marker, started = platform.sights.marker, time.monotonic()
        platform.on_event(event)
        seen = await self._look(member, marker, started, wish)
        view = platform.views.home(member.id)
        return {"view": platform.views.describe(view) if view else None} | seen

    async def _click(self, member: Member, kind: str, payload: Json, wish: Json) -> Json:
        """Delivers; says how it was acknowledged and what the person saw because of it."""
        marker, started = self._platform.sights.marker, time.monotonic()
        ack = await self._deliveries.ask(kind, payload)
        result: Json = {"acked": not ack.error, "seconds": round(ack.seconds, 6)}
        if ack.error:
            result["error"] = ack.error
            self._platform.show("error", {member.id}, user=member.id, error=ack.error)
        elif payload.get("type") == "view_submission":
            result |= self.forms.decide(member, payload["view"]["id"], ack.payload)
            if "closed" not in result:  # the form itself shows the answer
                wish = wish | {"wait": 0}
        elif kind == "slash_commands" and ack.payload:
            result |= self._answer(member, payload["channel_id"], ack)
        return result | await self._look(member, marker, started, wish)

    def _answer(self, member: Member, place: str, ack: Ack) -> Json:
        """An acknowledgement of a command may carry a message."""
        channel = self._platform.workspace.conversations[place]
        try:
            content = writing.content_of(self._platform, ack.payload)
        except SlackError as refused:
            return {"error": refused.error, "messages": list(refused.messages)}
        body = self._platform.by_bot(content)
        if ack.payload.get("response_type") == "in_channel":
            return {"answer": self._platform.post(channel, body)}
        return {"answer": self._platform.post_ephemeral(channel, member.id, body)}

    async def _look(self, member: Member, marker: int, started: float, wish: Json) -> Json:
        """What shows up; `answered`: seconds from the click to the first of it.

        A modal that merely closed is seen, but is no answer worth waiting for.
        """
        sights = self._platform.sights
        seconds = float(wish.get("wait", _WAIT))
        seen = await sights.wait(marker, member.id, seconds, lambda s: "closed" not in s.facts)
        answered = round(seen[0].at - started, 6) if seen else None
        return {"marker": marker, "answered": answered, "saw": sights.describe(seen)}
