"""Slack's Web API: its refusals in the notifier's words, and patience where a person waits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from json import JSONDecodeError
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat import NotSaid
from broadcast.lenient_json import a_dict, a_string, parsed
from broadcast.proxy import proxy_of
from broadcast.retry_after import a_wait

Json = dict[str, Any]
TIMEOUT_SECONDS = 15
PATIENCE_SECONDS = 10.0  # whoever acts does not wait much longer than this …
PATIENCE: ContextVar[float] = ContextVar("patience_seconds")  # … what is only said, as set here
# Facts 4.4. What says that nothing can be written there (any more) …
_GONE = frozenset(
    {
        "channel_not_found", "not_in_channel", "is_archived", "messages_tab_disabled",
        "restricted_action", "user_not_found", "user_not_in_channel", "user_disabled",
        "cannot_dm_bot", "missing_scope", "team_not_found", "ekm_access_denied",
    }
)  # fmt: skip
# … that our tokens are worth nothing …
TOKEN_REFUSED = frozenset(
    {
        "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired",
        "not_allowed_token_type", "app_uninstalled",
    }
)  # fmt: skip
# … that something broke there, perhaps after it was done …
_BROKEN = frozenset(
    {"odd_answer", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)
# … that what was written cannot stand there as it is, now or later …
_REFUSED = frozenset(
    {
        "invalid_blocks", "invalid_blocks_format", "invalid_arguments", "invalid_array_arg",
        "invalid_metadata_format", "invalid_metadata_schema", "msg_too_long", "msg_blocks_too_long",
        "no_text", "too_many_attachments", "markdown_text_conflict", "message_not_found",
        "cant_update_message", "edit_window_closed", "thread_not_found", "view_too_large",
        "not_found", "hash_conflict", "duplicate_external_id", "push_limit_reached",
        "file_not_found", "file_deleted", "unknown_method", "method_not_supported_for_channel_type",
    }
)  # fmt: skip
# … that one message cannot be changed any more: deleted, or too old for the workspace's rules …
_LOST = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
# … and what may be otherwise in a moment. Any word that stands nowhere here is taken for one of these:
# a card must not be missing for ever because of an error nobody has met before.
_PASSING = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded", "team_added_to_org"})
TOO_LATE = frozenset(
    {"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_expired"}
)
UNREACHED = "ClientConnectorError"
# Blocks that name a picture are refused while Slack still works on it (uploads complete
# asynchronously: slackapi/python-slack-sdk issues 1521 and 1658), and when it was deleted there.
NO_PICTURE = "invalid_slack_file"
NETWORK = (aiohttp.ClientError, TimeoutError, OSError)


# What we use of an answer; without it a yes says nothing.
_NEEDED: dict[str, tuple[tuple[str, type], ...]] = {
    "apps.connections.open": (("url", str),),
    "auth.test": (("team_id", str), ("user_id", str)),
    "chat.postMessage": (("ts", str),),
    "conversations.history": (("messages", list),),
    "conversations.info": (("channel", dict),),
    "conversations.open": (("channel.id", str),),
    "conversations.replies": (("messages", list),),
    "files.getUploadURLExternal": (("upload_url", str), ("file_id", str)),
    "files.info": (("file", dict),),
    "usergroups.list": (("usergroups", list),),
    "users.info": (("user.id", str),),
    "views.open": (("view.id", str),),
}
ODD = "odd_answer"


class Client(AsyncWebClient):
    """Reads an answer for what it is: a success is JSON with `ok` true, however it is spelled, that
    holds what we need of it. Everything else is a SlackApiError with a word."""

    told_to_wait: Callable[[float], None] = staticmethod(
        lambda _: None
    )  # whenever Slack asks us to

    async def api_call(self, *given: Any, **named: Any) -> Any:
        try:
            return await super().api_call(*given, **named)
        except SlackApiError as no:
            if wait := retry_after(no):
                self.told_to_wait(wait)
            raise

    async def _request(self, *, http_verb: str, api_url: str, req_args: Json) -> Json:
        timeout = aiohttp.ClientTimeout(total=self.timeout)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.request(http_verb, api_url, **req_args) as answer,
        ):
            data = checked_answer(api_url.rpartition("/")[2], parsed(await answer.read()))
            return {"data": data, "headers": answer.headers, "status_code": answer.status}


def checked_answer(method: str, body: object) -> Json:
    """An answer as the rest may rely on it: `ok` is a boolean; a yes without its content is a no."""
    if not isinstance(body, dict):
        return {"ok": False}  # its status says more
    if body.get("ok") is not True:
        return {**body, "ok": False, "error": a_string(body.get("error"))}
    if all(isinstance(_at(body, path), kind) for path, kind in _NEEDED.get(method, ())):
        lists = {
            name: _objects(body[name]) for name, kind in _NEEDED.get(method, ()) if kind is list
        }
        return {**body, **lists}
    return {"ok": False, "error": ODD}


def _at(body: Json, path: str) -> object:
    found: object = body
    for name in path.split("."):
        found = a_dict(found).get(name)
    return found


def _objects(items: list[Any]) -> list[Json]:
    return [item for item in items if isinstance(item, dict)]


def silent_logger() -> logging.Logger:
    """For the libraries: what they would log holds messages and tokens; we log what matters."""
    logger = logging.getLogger("tellal.slack")
    logger.setLevel(logging.CRITICAL + 1)
    return logger


def client(
    token: str, api_url: str, told_to_wait: Callable[[float], None] = lambda _: None
) -> AsyncWebClient:
    """Does not try again by itself: a post repeated without our knowledge would be there twice."""
    base = api_url.rstrip("/") + "/"
    made = Client(
        token=token,
        base_url=base,
        timeout=TIMEOUT_SECONDS,
        retry_handlers=[],
        logger=silent_logger(),
    )
    made.told_to_wait, made.proxy = told_to_wait, proxy_of(base)  # as everywhere else
    return made


def error_of(no: SlackApiError) -> str:
    """The word Slack gives, such as `channel_not_found`; `http_502` where there is none."""
    data = getattr(no.response, "data", no.response)
    if isinstance(data, dict) and data.get("error"):
        return str(data["error"])
    return f"http_{getattr(no.response, 'status_code', 0)}"


def retry_after(no: SlackApiError) -> float:
    """Seconds Slack asks us to wait; 0 when it does not."""
    headers = getattr(no.response, "headers", None) or {}
    return a_wait(headers.get("Retry-After") or headers.get("retry-after"))


def not_said(no: SlackApiError) -> NotSaid:
    """Slack's no in neutral words."""
    error, wait = error_of(no), retry_after(no)
    if wait or error in _PASSING:
        return NotSaid(error, retry_after=wait)
    if error in _BROKEN or error.startswith("http_"):
        return NotSaid(error, unsure=True)
    if _names_a_picture(no, error):
        return NotSaid(NO_PICTURE)
    gone = error in _GONE or error in TOKEN_REFUSED or error.startswith("restricted_action")
    late = error in TOO_LATE
    return NotSaid(error, forever=gone or late or error in _REFUSED, gone=gone, lost=error in _LOST)


def _names_a_picture(no: SlackApiError, error: str) -> bool:
    data = getattr(no.response, "data", no.response)
    if not isinstance(data, dict) or error not in {"invalid_blocks", "invalid_arguments"}:
        return False
    metadata = data.get("response_metadata")
    said = metadata.get("messages") if isinstance(metadata, dict) else None
    told = [*(said if isinstance(said, list) else ()), *(data.get("errors") or ())]
    return any("slack_file" in str(line) or "slack file" in str(line) for line in told)


@contextmanager
def refusals() -> Iterator[None]:
    """Whatever keeps Slack from taking it is a NotSaid."""
    try:
        yield
    except SlackApiError as no:
        raise not_said(no) from None
    except aiohttp.ClientConnectorError as unreached:  # nothing had left yet
        raise NotSaid(UNREACHED) from unreached
    except (*NETWORK, UnicodeDecodeError, JSONDecodeError) as trouble:
        raise NotSaid(type(trouble).__name__, unsure=True) from None


async def call_patiently(call: Callable[[], Awaitable[Any]]) -> Any:
    """The same call again after a 429, or when nothing had left yet. Raises NotSaid once that would
    take longer than PATIENCE."""
    left = PATIENCE.get(PATIENCE_SECONDS)
    while True:
        try:
            with refusals():
                return await call()
        except NotSaid as no:
            wait = no.retry_after or (1.0 if no.args[0] == UNREACHED else 0.0)
            if not wait or wait > left:
                raise
            left -= wait
            await asyncio.sleep(wait)
