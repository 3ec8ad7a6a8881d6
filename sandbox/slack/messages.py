"""Messages of every conversation, their threads, and those only one person sees."""

from __future__ import annotations

from sandbox.slack.workspace import Json


class Messages:
    """By conversation and ts. An ephemeral message lives beside the conversation it shows in."""

    def __init__(self) -> None:
        self._all: dict[str, dict[str, Json]] = {}
        self._ephemeral: dict[tuple[str, str], tuple[str, Json]] = {}
        self.count = 0

    def add(self, channel: str, message: Json) -> None:
        """Takes in a message; its thread's parent counts it."""
        self._all.setdefault(channel, {})[message["ts"]] = message
        self.count += 1
        parent = self.get(channel, str(message.get("thread_ts", "")))
        if parent is not None and parent is not message:
            replies = self.replies(channel, parent["ts"])
            users = list(dict.fromkeys(str(reply.get("user", "")) for reply in replies))
            parent |= {
                "thread_ts": parent["ts"], "reply_count": len(replies), "reply_users": users,
                "reply_users_count": len(users), "latest_reply": message["ts"],
            }  # fmt: skip

    def get(self, channel: str, ts: str) -> Json | None:
        """A message everybody there sees."""
        return self._all.get(channel, {}).get(ts)

    def of(self, channel: str) -> list[Json]:
        """What stands in a conversation itself, oldest first."""
        found = self._all.get(channel, {}).values()
        return [m for m in found if not _in_thread(m) or m.get("subtype") == "thread_broadcast"]

    def replies(self, channel: str, ts: str) -> list[Json]:
        """The thread under a message, without the message itself."""
        found = self._all.get(channel, {}).values()
        return [m for m in found if m.get("thread_ts") == ts and m["ts"] != ts]

    def delete(self, channel: str, ts: str) -> None:
        """Takes a message out; replies stay, as in Slack."""
        del self._all[channel][ts]

    def add_ephemeral(self, channel: str, user: str, message: Json) -> None:
        """Shows a message to one person."""
        self._ephemeral[channel, message["ts"]] = (user, message)

    def ephemeral(self, channel: str, ts: str) -> tuple[str, Json] | None:
        """An ephemeral message and who sees it."""
        return self._ephemeral.get((channel, ts))

    def delete_ephemeral(self, channel: str, ts: str) -> None:
        """Takes it from the screen."""
        self._ephemeral.pop((channel, ts), None)

    def seen_by(self, channel: str, user: str) -> list[Json]:
        """The conversation on a person's screen, oldest first, with `replies` in each."""
        private = [
            message | {"is_ephemeral": True}
            for (place, _), (viewer, message) in self._ephemeral.items()
            if place == channel and viewer == user
        ]
        shown = sorted([*self._all.get(channel, {}).values(), *private], key=lambda m: str(m["ts"]))
        threads: dict[str, list[Json]] = {}
        for message in shown:
            if _in_thread(message):
                threads.setdefault(message["thread_ts"], []).append(message)
        known = {message["ts"] for message in shown}
        return [
            message | {"replies": threads.get(message["ts"], [])}
            for message in shown
            # A reply shows at the top too when it was broadcast or its parent is gone.
            if not _in_thread(message)
            or message.get("subtype") == "thread_broadcast"
            or message["thread_ts"] not in known
        ]


def _in_thread(message: Json) -> bool:
    return bool(message.get("thread_ts")) and message["thread_ts"] != message["ts"]
