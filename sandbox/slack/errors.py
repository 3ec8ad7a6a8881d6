"""What Slack answers when it says no: HTTP 200 and {"ok": false, "error": …}, but for 429."""

from __future__ import annotations

from typing import Any

import orjson


class SlackError(Exception):
    """A refusal; `messages` become response_metadata.messages, `facts` stand beside the error."""

    def __init__(
        self, error: str, *messages: str, status: int = 200, retry_after: int = 0, **facts: Any
    ) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages
        self.status = status
        self.retry_after = retry_after
        self.facts = facts

    def body(self) -> bytes:
        """The JSON of the answer."""
        answer: dict[str, Any] = {"ok": False, "error": self.error, **self.facts}
        if self.messages:
            answer["response_metadata"] = {"messages": list(self.messages)}
        return orjson.dumps(answer)


def invalid_arguments(*messages: str) -> SlackError:
    """Arguments that do not fit the method's description; each message says which."""
    return SlackError("invalid_arguments", *(f"[ERROR] {message}" for message in messages))


def rate_limited(retry_after: int) -> SlackError:
    """429; the seconds stand in the Retry-After header."""
    return SlackError("ratelimited", status=429, retry_after=retry_after)
