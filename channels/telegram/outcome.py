"""What an answer of the Bot API means for a delivery (pure). Descriptions: facts 1.2.

Telegram has no idempotency key, so only a definite no may be tried again by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from broadcast.answer import a_number
from broadcast.outcome import Deferred, Outcome, Reason, Refused, Scope, Uncertain

PERSON = (  # words of a 400 or 403, the reason, and whether every later broadcast would fail too
    ("bot was blocked by the user", Reason.BLOCKED, True),
    ("user_is_blocked", Reason.BLOCKED, True),
    ("user is deactivated", Reason.DEACTIVATED, True),
    ("input_user_deactivated", Reason.DEACTIVATED, True),
    ("can't initiate conversation", Reason.UNREACHABLE, True),
    ("can't send messages to bots", Reason.UNREACHABLE, True),
    ("group chat was deleted", Reason.UNREACHABLE, True),
    ("chat not found", Reason.UNREACHABLE, True),
    ("chat_id is empty", Reason.UNREACHABLE, True),
    ("peer_id_invalid", Reason.UNREACHABLE, True),
    ("user not found", Reason.UNREACHABLE, True),
    ("bot was kicked", Reason.NOT_PERMITTED, True),
    ("bot is not a member", Reason.NOT_PERMITTED, True),
    ("have no write access", Reason.NOT_PERMITTED, True),
    ("not enough rights to send text", Reason.NOT_PERMITTED, True),
    ("not enough rights", Reason.NOT_PERMITTED, False),  # photos, polls …: a text may still go
    ("need administrator rights", Reason.NOT_PERMITTED, True),
    ("chat_write_forbidden", Reason.NOT_PERMITTED, True),
    ("chat_admin_required", Reason.NOT_PERMITTED, True),
    ("channel_private", Reason.NOT_PERMITTED, True),
    ("topic_closed", Reason.NOT_PERMITTED, True),
    ("voice_messages_forbidden", Reason.NOT_PERMITTED, False),
)
STALE_HANDLE = ("wrong remote file id", "wrong file identifier", "wrong file_id")
CONTENT = (
    *STALE_HANDLE,
    "message text is empty", "message is too long", "caption is too long", "can't parse",
    "button_url_invalid", "button_data_invalid", "reply markup is too long", "wrong http url",
    "failed to get http url", "wrong type of the web page", "can't use the media",
    "file must be non-empty", "file is too big", "photo_invalid_dimensions",
    "type of file mismatch", "message to copy not found", "message to forward not found",
    "message can't be copied", "message can't be forwarded", "media_empty", "unknown field",
    "is not specified",
)  # fmt: skip
# Telegram's server made the message and then could not show it: the person may have seen it.
_MADE_ALL_THE_SAME = ("sent message was immediately deleted",)
_SHORTEST_WAIT_SECONDS = 1.0


def read(status: int, body: object, method: str) -> Outcome:
    """An answer that is no success; `body` is the decoded JSON, None when it was none."""
    if not isinstance(body, dict) or body.get("ok") is not False:
        return _from_somebody_else(status)
    code, words = _code(body, status), str(body.get("description", ""))
    extra = body.get("parameters")
    parameters: Mapping[str, Any] = extra if isinstance(extra, dict) else {}
    if code == 429:
        return _throttled(parameters, words)
    if moved := parameters.get("migrate_to_chat_id"):
        return Refused(Reason.REJECTED, code=str(code), detail=words, new_address=str(moved))
    if code in {401, 404, 409, 421}:
        # 404 is a malformed token, or a method this API does not know: say which was asked.
        detail = f"{method}: {words}" if code == 404 else words
        return Refused(Reason.AUTHORIZATION, False, Scope.ACCOUNT, str(code), detail)
    if code == 413:
        return Refused(Reason.CONTENT, False, Scope.ACCOUNT, str(code), words)
    if code >= 500:
        if any(part in words.casefold() for part in _MADE_ALL_THE_SAME):
            return Uncertain(words)
        # The API server itself said no, in its own form ("restart" too): nothing was accepted.
        return Deferred(Reason.UNAVAILABLE, detail=words)
    return _no(code, words)


def is_stale_handle(outcome: Outcome) -> bool:
    """Telegram does not know the file id, as after a change of bots: the bytes must go again."""
    return isinstance(outcome, Refused) and any(
        part in outcome.detail.casefold() for part in STALE_HANDLE
    )


def _no(code: int, words: str) -> Refused:
    folded = words.casefold()
    for part, reason, suppress in PERSON:
        if part in folded:
            return Refused(reason, suppress, Scope.RECIPIENT, str(code), words)
    if code == 400 and any(part in folded for part in CONTENT):
        return Refused(Reason.CONTENT, False, Scope.ACCOUNT, str(code), words)
    return Refused(Reason.REJECTED, False, Scope.RECIPIENT, str(code), words)


def _throttled(parameters: Mapping[str, Any], words: str) -> Deferred:
    """The whole token waits: usually every chat is refused for as long (facts 1.1)."""
    seconds = a_number(parameters.get("retry_after"), _SHORTEST_WAIT_SECONDS)
    return Deferred(
        Reason.THROTTLED, max(seconds, _SHORTEST_WAIT_SECONDS), Scope.ACCOUNT, detail=words
    )


def _from_somebody_else(status: int) -> Outcome:
    """Not the Bot API's form: a proxy spoke, or the answer was cut or garbled on its way."""
    if status == 429:
        return Deferred(Reason.THROTTLED, _SHORTEST_WAIT_SECONDS, Scope.ACCOUNT, "HTTP 429")
    if 300 <= status < 500:
        # Refused on the way, so nothing was accepted; it would happen to everybody.
        detail = f"HTTP {status}, and not from the Bot API. Is something between it and us?"
        return Refused(Reason.REJECTED, False, Scope.ACCOUNT, str(status), detail)
    # 2xx garbage or a gateway's 5xx page: the server behind it may have sent the message.
    return Uncertain(f"HTTP {status} without a readable answer")


def _code(body: Mapping[str, Any], status: int) -> int:
    code = body.get("error_code")
    return code if isinstance(code, int) else status
