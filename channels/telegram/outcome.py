"""What an answer of the Bot API means for a delivery (pure). Descriptions: facts 1.2."""

from __future__ import annotations

from broadcast.ports import Deferred, Outcome, Reason, Refused, Scope, Uncertain

_PERSON = (
    ("bot was blocked by the user", Reason.BLOCKED),
    ("user is deactivated", Reason.DEACTIVATED),
    ("can't initiate conversation", Reason.UNREACHABLE),
    ("can't send messages to bots", Reason.UNREACHABLE),
    ("bot was kicked", Reason.NOT_PERMITTED),
    ("bot is not a member", Reason.NOT_PERMITTED),
    ("group chat was deleted", Reason.UNREACHABLE),
    ("chat not found", Reason.UNREACHABLE),
    ("peer_id_invalid", Reason.UNREACHABLE),
    ("user not found", Reason.UNREACHABLE),
    ("have no write access", Reason.NOT_PERMITTED),
    ("not enough rights", Reason.NOT_PERMITTED),
    ("need administrator rights", Reason.NOT_PERMITTED),
    ("chat_write_forbidden", Reason.NOT_PERMITTED),
    ("chat_admin_required", Reason.NOT_PERMITTED),
    ("channel_private", Reason.NOT_PERMITTED),
    ("topic_closed", Reason.NOT_PERMITTED),
)
_CONTENT = (
    "message text is empty", "message is too long", "caption is too long", "can't parse",
    "button_url_invalid", "button_data_invalid", "reply markup is too long", "wrong http url",
    "failed to get http url", "wrong type of the web page", "can't use the media",
    "wrong file identifier", "wrong remote file id", "file must be non-empty",
    "photo_invalid_dimensions", "type of file mismatch", "message to copy not found",
    "message can't be copied", "media_empty", "unknown field", "is not specified",
)  # fmt: skip


def read(status: int, body: dict[str, object] | None, method: str) -> Outcome:
    """An answer that is not a success; `body` None when it was not JSON."""
    if body is None or "ok" not in body:
        # A proxy's page or garbage: the API server behind it may have sent the message.
        return Uncertain(f"HTTP {status} without a readable answer")
    code = int(str(body.get("error_code", status)))
    words = str(body.get("description", ""))
    parameters = body.get("parameters")
    extra = parameters if isinstance(parameters, dict) else {}
    folded = words.casefold()
    if code == 429:
        wait = float(extra.get("retry_after", 1))
        return Deferred(Reason.THROTTLED, wait, Scope.ACCOUNT, words)
    if "migrate_to_chat_id" in extra:
        return Refused(Reason.REJECTED, new_address=str(extra["migrate_to_chat_id"]), detail=words)
    if code in {401, 404, 409, 421}:
        detail = f"{method}: {words}" if code == 404 else words
        return Refused(Reason.AUTHORIZATION, False, Scope.ACCOUNT, str(code), detail)
    if code >= 500:
        if "sent message was immediately deleted" in folded:
            return Uncertain(words)
        # Telegram's own JSON error is a definite no: nothing was accepted.
        return Deferred(Reason.UNAVAILABLE, detail=words)
    for part, reason in _PERSON:
        if part in folded:
            return Refused(reason, True, Scope.RECIPIENT, str(code), words)
    if code == 400 and any(part in folded for part in _CONTENT):
        return Refused(Reason.CONTENT, False, Scope.ACCOUNT, str(code), words)
    return Refused(Reason.REJECTED, False, Scope.RECIPIENT, str(code), words)
