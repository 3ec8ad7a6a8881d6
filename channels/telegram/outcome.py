"""What an answer of the Bot API means for a delivery (pure). Its words: `refusals`.

Telegram has no idempotency key, so only a definite no may be tried again by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from broadcast.language import N_
from broadcast.lenient_json import a_text
from broadcast.outcome import Deferred, Outcome, Reason, Refused, Scope, Uncertain
from broadcast.retry_after import a_wait, in_words
from channels.telegram import refusals
from channels.telegram.refusals import Whose

CORRECT = N_("Correct it, and it goes on with those who have not got it.")
# Telegram's server made the message and then could not show it: the person may have seen it.
_MADE_ALL_THE_SAME = ("sent message was immediately deleted",)
_SHORTEST_WAIT_SECONDS = 1.0


def read(status: int, body: object, method: str, wait: float = 0.0) -> Outcome:
    """An answer that is no success; `body` is the decoded JSON, None when it was none. `wait` as a
    proxy asked for it, in seconds."""
    if not isinstance(body, dict) or body.get("ok") is not False:
        return _from_somebody_else(status, wait)
    code, words = _code(body, status), a_text(body.get("description"))
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
        return Refused(Reason.CONTENT, False, Scope.ACCOUNT, str(code), words, mend=CORRECT)
    if code >= 500:
        if any(part in words.casefold() for part in _MADE_ALL_THE_SAME):
            return Uncertain(words)
        # The API server itself said no, in its own form ("restart" too): nothing was accepted.
        return Deferred(Reason.UNAVAILABLE, detail=words)
    return _no(code, words)


def is_stale_handle(outcome: Outcome) -> bool:
    """Telegram does not know the file id, as after a change of bots: the bytes must go again."""
    if not isinstance(outcome, Refused) or outcome.scope is not Scope.ACCOUNT:
        return False
    row = refusals.find(outcome.detail)
    return row is not None and row.whose is Whose.FILE


def is_unheard_of(outcome: Outcome) -> bool:
    """Whether Telegram refused in words that are in no table: of one person, or of the message?"""
    if not isinstance(outcome, Refused) or outcome.scope is Scope.ACCOUNT or outcome.new_address:
        return False
    return outcome.reason is Reason.REJECTED and outcome.code == "400"


def of_everybody(outcome: Refused) -> Refused:
    """The same no, once it is clear that the message is meant."""
    return replace(outcome, reason=Reason.CONTENT, scope=Scope.ACCOUNT, mend=CORRECT)


def _no(code: int, words: str) -> Outcome:
    row = refusals.find(words)
    if row is None:
        return Refused(Reason.REJECTED, False, Scope.RECIPIENT, str(code), words)
    match row.whose:
        case Whose.PERSON | Whose.PERSON_NOW:
            closed = row.whose is Whose.PERSON
            return Refused(row.reason, closed, Scope.RECIPIENT, str(code), words)
        case Whose.LATER:
            return Deferred(row.reason, detail=words)
        case Whose.ACCOUNT:
            return Refused(row.reason, False, Scope.ACCOUNT, str(code), words)
    return Refused(row.reason, False, Scope.ACCOUNT, str(code), words, mend=CORRECT)


def _throttled(parameters: Mapping[str, Any], words: str) -> Deferred:
    """The whole token waits: usually every chat is refused for as long (facts 1.1)."""
    seconds = a_wait(parameters.get("retry_after")) or in_words(words)
    return Deferred(
        Reason.THROTTLED, max(seconds, _SHORTEST_WAIT_SECONDS), Scope.ACCOUNT, detail=words
    )


def _from_somebody_else(status: int, wait: float) -> Outcome:
    """Not the Bot API's form: a proxy spoke, or the answer was cut or garbled on its way."""
    if status == 429:
        seconds = max(wait, _SHORTEST_WAIT_SECONDS)
        return Deferred(Reason.THROTTLED, seconds, Scope.ACCOUNT, "HTTP 429")
    if 300 <= status < 500:
        # Refused on the way, so nothing was accepted; it would happen to everybody.
        detail = f"HTTP {status}, and not from the Bot API. Is something between it and us?"
        return Refused(Reason.REJECTED, False, Scope.ACCOUNT, str(status), detail)
    # 2xx garbage or a gateway's 5xx page: the server behind it may have sent the message.
    return Uncertain(f"HTTP {status} without a readable answer")


def _code(body: Mapping[str, Any], status: int) -> int:
    code = body.get("error_code")
    return code if isinstance(code, int) else status
