"""What people do in Slack: type commands, press, fill in modals, write. Each reaches the app."""

from __future__ import annotations

import base64
from typing import Any

from sandbox.slack import choices, payloads, showing, writing
from sandbox.slack.envelopes import Ack, Deliveries
from sandbox.slack.errors import SlackError
from sandbox.slack.modals import View
from sandbox.slack.platform import Platform
from sandbox.slack.rich_text import from_mrkdwn
from sandbox.slack.workspace import Conversation, Json, Member

_WAIT = 2.0  # how long a person looks at the screen after a click, unless told otherwise


class Hand:
    """Acts as any person. LookupError and ValueError tell what cannot be done."""

    def __init__(self, platform: Platform, deliveries: Deliveries) -> None:
        self._platform = platform
        self._deliveries = deliveries

    def person(self, wish: Json) -> Member:
        """Who acts; people removed from the workspace cannot."""
        member = self._platform.workspace.find_member(wish["user"])
        if member.deleted:
            raise ValueError(f"{member.id} is no longer in the workspace")
        return member

    def place(self, wish: Json, member: Member) -> Conversation:
        """Where: `channel`, else the person's direct message with the bot."""
        workspace = self._platform.workspace
        if wish.get("place") is None:
            return workspace.direct(member.id)
        channel = workspace.find_conversation(wish["place"])
        if member.id not in channel.members:
            raise ValueError(f"{member.id} is not in {channel.id}")
        return channel

    async def _ask(self, member: Member, kind: str, payload: Json, wish: Json) -> Json:
        """Delivers, and says how it was acknowledged and what the person saw because of it."""
        marker = self._platform.sights.marker
        ack = await self._deliveries.ask(kind, payload)
        result: Json = {"acked": not ack.error, "seconds": round(ack.seconds, 6)}
        if ack.error:
            result["error"] = ack.error
            self._platform.show("error", {member.id}, user=member.id, error=ack.error)
        else:
            result |= self._take(member, kind, payload, ack)
        sights = self._platform.sights
        seen = await sights.wait(marker, member.id, float(wish.get("wait", _WAIT)))
        return result | {"saw": sights.describe(seen)}

    def _take(self, member: Member, kind: str, payload: Json, ack: Ack) -> Json:
        """What an acknowledgement with content does on the person's screen."""
        answer = ack.payload
        if not answer:
            return {}
        if kind == "slash_commands":
            channel = self._platform.workspace.conversations[payload["channel_id"]]
            try:
                content = writing.content_of(self._platform, answer)
            except SlackError as refused:
                return {"refused": refused.error, "messages": list(refused.messages)}
            body = self._platform.by_bot(content)
            if answer.get("response_type") == "in_channel":
                return {"answer": self._platform.post(channel, body)}
            return {"answer": self._platform.post_ephemeral(channel, member.id, body)}
        return {}

    # Commands, shortcuts, buttons

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
        return await self._ask(member, "slash_commands", payload, wish)

    async def shortcut(self, wish: Json) -> Json:
        """Chooses a shortcut: of a message when `ts` is given, else a global one."""
        member, callback_id = self.person(wish), str(wish["callback_id"])
        if wish.get("ts"):
            channel = self.place(wish, member)
            message = self._message(channel, member, str(wish["ts"]))
            payload = payloads.message_action(self._platform, member, channel, message, callback_id)
        else:
            payload = payloads.shortcut(self._platform, member, callback_id)
        return await self._ask(member, "interactive", payload, wish)

    async def press(self, wish: Json) -> Json:
        """Presses a button or chooses from a menu: in a message (`ts`), the modal, or the Home tab."""
        member = self.person(wish)
        if wish.get("ts"):
            return await self._press_message(member, wish)
        view = self._platform.views.home(member.id) if wish.get("home") else self._top(member)
        if view is None:
            raise LookupError(f"{member.id} has no Home tab yet")
        if wish.get("values"):
            self.fill(view, wish["values"])
        block, element = _find(view.content["blocks"], wish)
        state = self._chosen(element, wish)
        if element["type"] not in choices.STATELESS:
            view.typed[block["block_id"], element["action_id"]] = state
        action = payloads.action_of(block, element, state, self._platform.clock.ts())
        payload = payloads.actions_in_view(self._platform, member, view, action)
        return await self._ask(member, "interactive", payload, wish) | {"pressed": action}

    async def _press_message(self, member: Member, wish: Json) -> Json:
        channel = self.place(wish, member)
        message = self._message(channel, member, str(wish["ts"]))
        blocks = message.get("blocks") or []
        block, element = _find(blocks, wish)
        state = self._chosen(element, wish)
        typed = {}
        if element["type"] not in choices.STATELESS:
            typed[block["block_id"], element["action_id"]] = state
        action = payloads.action_of(block, element, state, self._platform.clock.ts())
        values = choices.state_of(blocks, typed)
        payload = payloads.actions_in_message(
            self._platform, member, channel, message, action, values
        )
        return await self._ask(member, "interactive", payload, wish) | {"pressed": action}

    def _chosen(self, element: Json, wish: Json) -> Json:
        if element["type"] == "button":
            return {}
        if element["type"] == "overflow":
            return {"selected_option": choices.option_of(element, wish["choice"])}
        return choices.choose(element, wish.get("choice"))

    def _message(self, channel: Conversation, member: Member, ts: str) -> Json:
        message = self._platform.messages.get(channel.id, ts)
        if message is not None:
            return message
        private = self._platform.messages.ephemeral(channel.id, ts)
        if private is not None and private[0] == member.id:
            return private[1] | {"is_ephemeral": True}
        raise LookupError(f"{channel.id} shows {member.id} no message {ts}")

    # Modals and the Home tab

    def _top(self, member: Member) -> View:
        view = self._platform.views.top(member.id)
        if view is None:
            raise LookupError(f"{member.id} has no modal open")
        return view

    def fill(self, view: View, values: Json) -> None:
        """Types and picks, by label, block_id or action_id, without sending."""
        known = [
            (block, element)
            for block, element in choices.interactive(view.content["blocks"])
            if element["type"] not in choices.STATELESS
        ]
        for name, wish in values.items():
            for block, element in known:
                label = choices.label_of(block, element)
                if name in (label, block["block_id"], element["action_id"]):
                    state = choices.choose(element, self._files(element, wish))
                    view.typed[block["block_id"], element["action_id"]] = state
                    break
            else:
                labels = [choices.label_of(block, element) for block, element in known]
                raise LookupError(f"no input {name!r}; there are {labels}")

    def _files(self, element: Json, wish: Any) -> Any:
        """A file_input takes files; their JSON is what the app sees."""
        if element["type"] != "file_input":
            return wish
        return [self.file(one, self._platform.app.bot_user) for one in wish or []]

    async def submit(self, wish: Json) -> Json:
        """Fills in the modal on top and presses its main button."""
        member = self.person(wish)
        view = self._top(member)
        self.fill(view, wish.get("values") or {})
        refused = self._refused(view)
        if refused:
            return {"closed": False, "refused": refused, "acked": False, "saw": []}
        payload = payloads.view_submission(self._platform, member, view)
        marker = self._platform.sights.marker
        ack = await self._deliveries.ask("interactive", payload)
        result: Json = {"acked": not ack.error, "seconds": round(ack.seconds, 6), "closed": False}
        if ack.error:
            result["error"] = ack.error
            self._platform.show("error", {member.id}, user=member.id, error=ack.error)
        elif self._platform.views.top(member.id) is view:
            result |= self._decide(view, ack.payload)
        sights = self._platform.sights
        seen = await sights.wait(marker, member.id, float(wish.get("wait", _WAIT)))
        return result | {"saw": sights.describe(seen)}

    def _refused(self, view: View) -> Json:
        """Inputs Slack's own client would not send, by label."""
        refused: Json = {}
        for block, element in choices.interactive(view.content["blocks"]):
            if block["type"] != "input":
                continue
            key = (block["block_id"], element["action_id"])
            state = view.typed.get(key) or choices.initial(element)
            if why := choices.refused_by_client(block, element, state):
                refused[choices.label_of(block, element)] = why
        return refused

    def _decide(self, view: View, answer: Json) -> Json:
        """What the app wants done with a modal that was submitted."""
        platform, action = self._platform, answer.get("response_action")
        if action == "errors":
            known = {b["block_id"] for b in view.content["blocks"] if b["type"] == "input"}
            errors = dict(answer.get("errors") or {})
            if not errors or not errors.keys() <= known:
                return {"error": "invalid_errors", "errors": errors}
            platform.show("errors", {view.user}, user=view.user, view_id=view.id, errors=errors)
            return {"errors": errors}
        if action in ("update", "push"):
            try:
                content = showing.content_of(platform, answer.get("view"), "modal")
                if action == "update":
                    platform.views.update(view, content)
                else:
                    view = platform.views.push(view.user, content)
            except SlackError as refused:
                return {"error": refused.error, "messages": list(refused.messages)}
            platform.show_view(view)
            return {"view": platform.views.describe(view)}
        platform.close_views(view.user, everything=action == "clear")
        return {"closed": True}

    async def close(self, wish: Json) -> Json:
        """Closes the modal on top (`everything`: all of them); the app hears of it if it asked."""
        member = self.person(wish)
        self._top(member)
        everything = bool(wish.get("everything"))
        gone = self._platform.close_views(member.id, everything)
        for view in gone:
            if view.content.get("notify_on_close"):
                payload = payloads.view_closed(self._platform, member, view, everything)
                await self._deliveries.ask("interactive", payload)
        return {"closed": [view.id for view in gone]}

    async def open_home(self, wish: Json) -> Json:
        """Opens the app's Home tab (`tab`: home or messages) and waits for what it shows."""
        member = self.person(wish)
        tab = str(wish.get("tab") or "home")
        channel = self._platform.workspace.direct(member.id)
        view = self._platform.views.home(member.id)
        event: Json = {
            "type": "app_home_opened", "user": member.id, "channel": channel.id, "tab": tab,
            "event_ts": self._platform.clock.ts(),
        }  # fmt: skip
        if tab == "home" and view is not None:
            event["view"] = self._platform.views.describe(view)
        marker = self._platform.sights.marker
        self._platform.on_event(event)
        sights = self._platform.sights
        seen = await sights.wait(marker, member.id, float(wish.get("wait", _WAIT)))
        view = self._platform.views.home(member.id)
        shown = self._platform.views.describe(view) if view else None
        return {"view": shown, "saw": sights.describe(seen)}

    # Writing

    async def say(self, wish: Json) -> Json:
        """Writes a message: text (mrkdwn, as the editor would keep it) or rich_text, and files."""
        member = self.person(wish)
        channel = self.place(wish, member)
        text = str(wish.get("text") or "")
        files = [self.file(one, member.id) for one in wish.get("files") or []]
        rich = wish.get("rich_text") or (from_mrkdwn(text) if text else None)
        if not rich and not files:
            raise ValueError("say what? give text, rich_text or files")
        message: Json = {
            "user": member.id,
            "client_msg_id": self._platform.clock.ts(),
            "text": text,
        }
        if rich:
            message["blocks"] = [{"type": "rich_text", "block_id": "typed", **rich}]
        if files:
            message |= {"subtype": "file_share", "files": files, "upload": False}
        if wish.get("thread_ts"):
            message["thread_ts"] = str(wish["thread_ts"])
        posted = self._platform.post(channel, message)
        for file in files:
            self._platform.files.get(file["id"]).shared[channel.id] = posted["ts"]  # type: ignore[union-attr]
        return posted | {"channel": channel.id}

    def file(self, wish: Any, user: str) -> Json:
        """A sample by name, or {name, data: base64, mime}; its JSON."""
        from sandbox.slack.files import describe

        if isinstance(wish, str):
            name, mime, data = self._platform.world.sample(wish)
        else:
            name, mime = str(wish["name"]), str(wish.get("mime") or "")
            data = base64.b64decode(str(wish["data"]).rpartition("base64,")[2], validate=True)
        return describe(self._platform.files.keep(name, mime, data, user), self._platform.url)


def _find(blocks: list[Json], wish: Json) -> tuple[Json, Json]:
    """An element by action_id, block_id, value or what is written on it."""
    offered = list(choices.interactive(blocks))
    for name in ("action_id", "value", "label"):
        if name not in wish:
            continue
        for block, element in offered:
            own = choices.label_of(block, element) if name == "label" else element.get(name)
            if own == wish[name] and wish.get("block_id", block["block_id"]) == block["block_id"]:
                return block, element
    labels = [f"{choices.label_of(b, e)!r} ({e.get('action_id')})" for b, e in offered]
    raise LookupError(f"no such element; there are: {', '.join(labels) or 'none'}")
