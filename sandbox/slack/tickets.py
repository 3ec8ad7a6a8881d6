"""What lets an app answer a person once: trigger ids (3 s, single use) and response URLs."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sandbox.slack.clock import Clock
from sandbox.slack.errors import SlackError

TRIGGER_SECONDS = 3.0  # docs.slack.dev/surfaces/modals
URL_SECONDS, URL_USES = 30 * 60.0, 5  # docs.slack.dev: handling user interaction


@dataclass(slots=True)
class Trigger:
    """Permission to show this person a modal; `view_id`: the modal it came from."""

    user: str
    issued: float
    view_id: str = ""
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """A place to answer: in this channel, to this person, about this message (if any)."""

    user: str
    channel: str
    issued: float
    message_ts: str = ""
    thread_ts: str = ""
    uses: int = 0


class Tickets:
    """All that were ever given out."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._triggers: dict[str, Trigger] = {}
        self._urls: dict[str, ResponseUrl] = {}

    def trigger(self, user: str, view_id: str = "") -> str:
        """A new trigger id."""
        trigger_id = f"{len(self._triggers) + 1}.{secrets.randbelow(10**9)}.{secrets.token_hex(16)}"
        self._triggers[trigger_id] = Trigger(user, self._clock.now(), view_id)
        return trigger_id

    def exchange(self, trigger_id: str) -> Trigger:
        """Uses a trigger up."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self._clock.now() - trigger.issued > TRIGGER_SECONDS:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger

    def response_url(
        self, user: str, channel: str, message_ts: str = "", thread_ts: str = ""
    ) -> str:
        """The secret end of a new response URL."""
        key = secrets.token_urlsafe(18)
        now = self._clock.now()
        self._urls[key] = ResponseUrl(user, channel, now, message_ts, thread_ts)
        return key

    def respond(self, key: str) -> ResponseUrl:
        """One use of a response URL."""
        url = self._urls.get(key)
        if url is None:
            raise SlackError("invalid_url", status=404)
        if self._clock.now() - url.issued > URL_SECONDS:
            raise SlackError("expired_url", status=404)
        if url.uses >= URL_USES:
            raise SlackError("used_url", status=404)
        url.uses += 1
        return url
